"""A cluster of real programs: etcd, API server, controller manager and the Prometheus operator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.kubelet import Kubelet
from tests.cluster.operators import Operators
from tests.e2e.apiserver import ApiServer, Etcd, attempt, free_port
from tests.e2e.definitions import definitions, install
from tests.e2e.servers import Server, until
from tests.tools import finder

ROOT = Path(__file__).resolve().parents[2]
CRDS = ROOT / "facts" / "crds"
_OPERATOR = ROOT / "facts" / "charts" / "kube-prometheus-stack.json"
DEFAULT_CLASS: dict[str, Any] = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "example.com/played",
}
"""As kind and most managed clusters bring one along; EKS has none."""


class ControllerManager(Server):
    """kube-controller-manager: makes pods of workloads, collects garbage, lets namespaces go."""

    def __init__(self, program: Path, kubeconfig: Path, server: ApiServer, key: Path, folder: Path) -> None:
        self._port = free_port()
        options = [
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--service-account-private-key-file={key}",
            f"--root-ca-file={server.certificate}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={folder / 'controller-certificates'}",
            "--leader-elect=false",
            # The loop that plays the machines gives signs of life when it finds time.
            "--controllers=*,-node-lifecycle-controller,-persistentvolume-attach-detach-controller",
        ]
        super().__init__("kube-controller-manager", [program, *options], folder)

    def _address(self) -> str:
        self.alive()
        return f"127.0.0.1:{self._port}"

    def _ready(self) -> bool:
        self.alive()
        return "Caches are synced" in self.log()


class PrometheusOperator(Server):
    """The Prometheus operator with the arguments that its chart gives it, apart from certificates and the kubelet."""

    def __init__(self, program: Path, kubeconfig: Path, folder: Path) -> None:
        self._port = free_port()
        flags = ("--prometheus-", "--config-reloader", "--secret-field-selector")
        images = [each for each in _arguments() if each.startswith(flags)]
        command: list[str | Path] = [
            "env",
            f"KUBECONFIG={kubeconfig}",
            program,
            f"--web.listen-address=127.0.0.1:{self._port}",
            *images,
        ]
        super().__init__("prometheus-operator", command, folder, ready="/healthz")

    def _address(self) -> str:
        self.alive()
        return f"127.0.0.1:{self._port}"


def _arguments() -> list[str]:
    objects = json.loads(_OPERATOR.read_text("utf-8"))["objects"]
    deployments = [each for each in objects if each["kind"] == "Deployment" and each["name"].endswith("-operator")]
    found: list[str] = deployments[0]["containers"][0]["args"]
    return found


@dataclass(frozen=True)
class Cluster:
    """What runs, and what fails in it.

    Attributes:
        pods: parts of the names of pods that cannot start; may be changed at any time.
        resources: custom resources that fail with their operator's words, by `plural/name`.
        absent: groups of kinds whose operator does not run.
    """

    server: ApiServer
    kubeconfig: Path
    pods: set[str] = field(default_factory=set)
    resources: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)

    def add_default_class(self) -> None:
        """Make a class of storage that claims without one get."""
        status, answer = self.server.call("POST", "/apis/storage.k8s.io/v1/storageclasses", DEFAULT_CLASS)
        assert status == 201, answer

    def left(self) -> list[str]:
        """Return what remains of a platform: namespaces of ours, and custom resources."""
        spaces = [each["metadata"]["name"] for each in self.server.items("/api/v1/namespaces")]
        own = [f"namespace {each}" for each in spaces if not each.startswith(("kube-", "default"))]
        for path in sorted(CRDS.glob("*.json")):
            each = json.loads(path.read_text("utf-8"))
            found = self.server.items(f"/apis/{each['group']}/{each['version']}/{each['plural']}")
            own += [f"{each['plural']}/{item['metadata']['name']}" for item in found]
        return own


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Run a cluster with the operators' kinds installed, and end every program of it in reverse."""
    names = ("etcd", "kube-apiserver", "kube-controller-manager", "prometheus-operator")
    programs = {name: finder.require(name) for name in names}
    with ExitStack() as running:
        etcd = attempt(lambda home: Etcd(programs["etcd"], home), folder / "etcd")
        running.callback(etcd.close)
        homes: list[Path] = []

        def serve(home: Path) -> ApiServer:
            homes.append(home)
            return ApiServer(programs["kube-apiserver"], etcd.address, home)

        server = attempt(serve, folder / "server")
        running.callback(server.close)
        config = server.kubeconfig(folder / "kubeconfig")
        install(server, definitions(CRDS))
        made = Cluster(server, config)
        key = homes[-1] / "service-accounts.pem"
        manager = ControllerManager(programs["kube-controller-manager"], config, server, key, folder)
        running.callback(manager.close)
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        until(lambda: server.call("GET", account)[0] == 200, 60, "the first service account")
        operator = PrometheusOperator(programs["prometheus-operator"], config, folder)
        running.callback(operator.close)
        running.callback(Kubelet(server, made.pods).close)
        running.callback(Operators(server, made.resources, made.absent).close)
        yield made
