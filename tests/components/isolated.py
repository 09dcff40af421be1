"""Run a few lines of program on the SDK's own runtime and record every registration.

No engine and no cloud: each resource gets its inputs back, with the few computed properties that others build on.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
from google.protobuf import empty_pb2
from pulumi.runtime import settings
from pulumi.runtime.mocks import MockEngine
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from components.parts.entrance_certificate import EntranceCertificate
from components.parts.tags import Tags
from sandbox.model import make_urn
from sandbox.values import from_struct, to_struct

PROJECT, STACK = "observability", "test"
ACCOUNT = "123456789012"
_FEATURES = (resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS, resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS)
COMPUTED: dict[str, dict[str, Any]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:eks/nodeGroup:NodeGroup": {"status": "ACTIVE"},
    "aws:secretsmanager/secretVersion:SecretVersion": {"secretArn": "the ARN of its secret"},
    "aws:opensearch/domain:Domain": {"endpoint": "vpc-logs.es.example.com"},
    "aws:msk/configuration:Configuration": {"arn": "the ARN of the configuration", "latestRevision": 1},
    "aws:msk/cluster:Cluster": {"bootstrapBrokersSaslScram": "b-1.logs.example.com:9096"},
    "aws:eks/cluster:Cluster": {
        "status": "ACTIVE",
        "endpoint": "https://eks.example.com",
        "certificateAuthority": {"data": "Q0E="},
    },
}
"""What a provider would answer, by the resource's type."""
TAGS = Tags("observability", "sre", "engineering", "platform", "prod")


@dataclass(frozen=True)
class Registered:
    """One registration: what the program asked of the engine; secrets keep their marker."""

    type: str
    name: str
    urn: str
    parent: str
    provider: str
    custom: bool
    inputs: dict[str, Any]
    dependencies: list[str]
    secret_outputs: list[str]
    protect: bool
    imported: str
    ignored: list[str]
    timeouts: tuple[str, str]
    retained: bool


@dataclass
class Deployed:
    """All registrations of a program, and the outputs that its components registered."""

    resources: list[Registered] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, kind: str) -> list[Registered]:
        """Return those of one type, by the last part of its token: `Topic` of `aws:sns/topic:Topic`; no components."""
        return [each for each in self.resources if each.type.rpartition(":")[2] == kind and each.custom]

    def one(self, kind: str, name: str | None = None) -> Registered:
        """Return the one of that type, and of that name where there are several."""
        found = [each for each in self.of(kind) if name in {None, each.name}]
        assert len(found) == 1, f"expected one {kind} {name or ''}, found {[each.name for each in found]}"
        return found[0]

    def outputs_of(self, component: str) -> dict[str, Any]:
        """Return what the one component of that type registered as its outputs."""
        (urn,) = [each.urn for each in self.resources if each.type == f"observability:index:{component}"]
        return self.outputs[urn]


class _Recorder:
    """Answers the SDK's calls; the names of the methods are the protocol's."""

    def __init__(self) -> None:
        self.deployed = Deployed()

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        answers: dict[str, Callable[[Any], Any]] = {
            "GetDeploymentInfo": lambda _: resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES),
            "SignalAndWaitForShutdown": lambda _: empty_pb2.Empty(),
            "RegisterResource": self._registered,
            "RegisterResourceOutputs": self._finished,
        }
        # A component that calls a function of a provider is refused: what it needs is an argument.
        return answers[name]

    def _registered(self, request: Any) -> resource_pb2.RegisterResourceResponse:
        made = Registered(
            type=request.type,
            name=request.name,
            urn=make_urn(STACK, PROJECT, request.parent, request.type, request.name),
            parent=request.parent,
            provider=request.provider.rpartition("::")[0],
            custom=request.custom,
            inputs=from_struct(request.object),
            dependencies=sorted(request.dependencies),
            secret_outputs=list(request.additionalSecretOutputs),
            protect=request.protect,
            imported=request.importId,
            ignored=list(request.ignoreChanges),
            timeouts=(request.customTimeouts.create, request.customTimeouts.update),
            retained=request.retainOnDelete,
        )
        self.deployed.resources.append(made)
        computed = {"arn": arn(request.name), "keyId": request.name, "status": {}, **COMPUTED.get(request.type, {})}
        outputs = to_struct({**computed, **made.inputs})
        return resource_pb2.RegisterResourceResponse(urn=made.urn, id=f"{request.name}-id", object=outputs)

    def _finished(self, request: Any) -> empty_pb2.Empty:
        self.deployed.outputs[request.urn] = from_struct(request.outputs)
        return empty_pb2.Empty()


def arn(name: str) -> str:
    """Return the ARN that a resource of that name gets."""
    return f"arn:aws:test:us-east-1:{ACCOUNT}:{name}"


def deploy(program: Callable[[], object]) -> Deployed:
    """Run a program, such as `lambda: Prometheus("platform", args)`, as an update would.

    Raises:
        Exception: whatever the program raises.
    """
    recorder = _Recorder()
    contextvars.copy_context().run(_run, program, recorder)
    return recorder.deployed


def _run(program: Callable[[], object], recorder: _Recorder) -> None:
    settings.configure(
        settings.Settings(project=PROJECT, stack=STACK, monitor=recorder, engine=MockEngine(None), dry_run=False)
    )
    settings.ROOT.set(None)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run_in_stack(lambda: _nothing(program())))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def _nothing(_made: object) -> None:
    """Do nothing: the SDK awaits what a program returns, and a component cannot be awaited."""


def in_aws() -> pulumi.ResourceOptions:
    """Return options with an explicit provider, as the layers give them."""
    return pulumi.ResourceOptions(providers=[aws.Provider("aws", region="us-east-1")])


def in_cluster() -> pulumi.ResourceOptions:
    """Return options with an explicit provider, as the layers give them."""
    return pulumi.ResourceOptions(providers=[k8s.Provider("cluster")])


def certificate() -> EntranceCertificate:
    """Return the certificate of an entrance, to be made within a program."""
    return EntranceCertificate(*(pulumi.Output.secret(text) for text in ("certificate", "key", "authority")))


def before() -> pulumi.Resource:
    """Return a resource named `before`, to come after."""
    return k8s.core.v1.Namespace("before")


def comes_after(made: Registered) -> bool:
    """Return whether a resource waits for the one of `before`."""
    return any(urn.endswith("::before") for urn in made.dependencies)
