"""The agents: one on each node, which receives the spans of its pods and routes each trace to one gateway."""

from dataclasses import replace

import pulumi

from compiler.traces.agent import NODE_NAME
from compiler.traces.parts import GRPC_PORT, HTTP_PORT
from components.parts.cluster_reader import cluster_reader
from components.parts.reach import Reach
from components.traces.collector import Collector, account
from components.traces.span_collector import SpanCollectorArgs

_READABLE = {"": ("pods", "namespaces"), "apps": ("replicasets",)}


class TraceAgents(pulumi.ComponentResource):
    """A collector on every node, whatever taints it has; pods reach their own node's by one service."""

    resource: pulumi.Resource

    def __init__(self, name: str, args: SpanCollectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:TraceAgents", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # The rights to look up the pod and owner of a span.
        cluster_reader(name, args.namespace, account(name), _READABLE, child)
        shared = args.collector("daemonset", "100m", [Reach([GRPC_PORT, HTTP_PORT], everywhere=True)])
        self.resource = Collector(
            name,
            replace(
                shared,
                facts={**shared.facts, NODE_NAME: "spec.nodeName"},
                tolerations=[{"operator": "Exists"}],
                priority="system-node-critical",
            ),
            child,
        ).resource
        self.register_outputs({})
