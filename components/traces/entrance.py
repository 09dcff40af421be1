"""The entrance: receives spans over HTTP from where no agent runs, such as a point of presence."""

from dataclasses import dataclass, replace

import pulumi

from compiler.traces.entrance import TLS
from compiler.traces.parts import HTTP_PORT
from components.parts.entrance_certificate import EntranceCertificate, certificate_secret, secret_name
from components.parts.pods import after
from components.parts.private_entrance import private_entrance
from components.parts.reach import Reach
from components.traces.collector import Collector, instance
from components.traces.span_collector import SpanCollectorArgs


@dataclass(frozen=True)
class TraceEntranceArgs:
    """How the entrance runs: a collector, in so many pods."""

    collector: SpanCollectorArgs
    replicas: int
    certificate: EntranceCertificate


class TraceEntrance(pulumi.ComponentResource):
    """Pods behind a private load balancer; a client shows a certificate or is turned away."""

    def __init__(self, name: str, args: TraceEntranceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:TraceEntrance", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        shared = args.collector
        # From anywhere: the load balancer preserves its clients' addresses.
        wanted = shared.collector("deployment", "100m", [Reach([HTTP_PORT])])
        certificate = certificate_secret(name, shared.namespace, args.certificate, child)
        wanted = replace(
            wanted, replicas=args.replicas, files={secret_name(name): TLS}, after=[*wanted.after, certificate]
        )
        pods = Collector(name, wanted, child).resource
        to = instance(name, shared.namespace)
        private_entrance(name, shared.namespace, to, HTTP_PORT, after(child, pods))
        self.register_outputs({})
