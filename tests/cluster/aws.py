"""The echoing stand-in for AWS whose EKS cluster answers at the address of a real API server.

Everything else is as `tests/engine/provider.py` says. EKS's certificate and address are those of the server; the token
comes from a stand-in for `aws eks get-token` on PATH, which the program's kubeconfig starts as it would the AWS CLI.
"""

from __future__ import annotations

import base64
import json
import shlex
from importlib import metadata
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from sandbox.aws.aws_target import AwsTarget
from sandbox.aws.cloud import Cloud
from sandbox.values import from_struct, to_struct
from tests.e2e.apiserver import ApiServer
from tests.engine.plugin import run
from tests.engine.provider import Provider, put

_CLUSTER = "aws:eks/cluster:Cluster"


class Aws(Provider):
    """AWS with one cluster that is really there.

    Args:
        cloud: the folder that stands for the cloud.
        cluster: the outputs of every EKS cluster.
    """

    def __init__(self, cloud: Path, cluster: dict[str, Any]) -> None:
        super().__init__(AwsTarget(Cloud(None)), cloud, metadata.version("pulumi-aws"))
        self._cluster = cluster

    def Create(self, request: provider_pb2.CreateRequest, context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        """Make the object; a cluster's address and certificate are those of the real server."""
        made = super().Create(request, context)
        if request.preview or not request.urn.split("::")[2].endswith(_CLUSTER):
            return made
        outputs = {**from_struct(made.properties), **self._cluster}
        put(self._cloud, made.id, request.urn, outputs)
        return provider_pb2.CreateResponse(id=made.id, properties=to_struct(outputs))


def outputs(server: ApiServer) -> dict[str, Any]:
    """Return what EKS says of a cluster that is at this server."""
    authority = base64.b64encode(server.certificate.read_bytes()).decode()
    return {"endpoint": f"https://{server.address}", "certificateAuthority": {"data": authority}}


def write_token_command(folder: Path, server: ApiServer) -> None:
    """Write an executable `aws` that prints the administrator's token, as `aws eks get-token` prints one."""
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "status": {"token": server.token},
    }
    script = folder / "aws"
    script.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(json.dumps(credential))}\n", "utf-8")
    script.chmod(0o755)


def main(arguments: list[str]) -> None:
    """Serve the cloud in the folder named first, with the cluster that is written down in the file named second."""
    cloud, cluster = map(Path, arguments)
    provider = Aws(cloud, json.loads(cluster.read_text("utf-8")))
    run(lambda server: add_ResourceProviderServicer_to_server(provider, server))
