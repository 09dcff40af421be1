"""The agents: one on each node, which takes the spans of the node's pods and sends each trace's to its gateway."""

from dataclasses import replace

import pulumi
import pulumi_kubernetes as k8s

from compiler.traces.agent import NODE_NAME
from compiler.traces.parts import GRPC_PORT, HTTP_PORT
from components.collector import Collector, Reach, account
from components.span_collector import SpanCollectorArgs


class TraceAgents(pulumi.ComponentResource):
    """A collector on every node, whatever taints it has; pods reach their own node's by one service."""

    resource: pulumi.Resource

    def __init__(self, name: str, args: SpanCollectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:TraceAgents", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        _rights(name, args.namespace, child)
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


def _rights(name: str, namespace: pulumi.Input[str], child: pulumi.ResourceOptions) -> None:
    """Let the agents ask which pod a span comes from and what that belongs to, and nothing else."""
    metadata = k8s.meta.v1.ObjectMetaArgs(name=pulumi.Output.concat(namespace, "-", name))
    readable = {"": ["pods", "namespaces"], "apps": ["replicasets"]}
    rules = [
        k8s.rbac.v1.PolicyRuleArgs(api_groups=[group], resources=kinds, verbs=["get", "list", "watch"])
        for group, kinds in readable.items()
    ]
    role = k8s.rbac.v1.ClusterRole(name, metadata=metadata, rules=rules, opts=child)
    subject = k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=account(name), namespace=namespace)
    k8s.rbac.v1.ClusterRoleBinding(
        name,
        metadata=metadata,
        role_ref=k8s.rbac.v1.RoleRefArgs(
            api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata.name
        ),
        subjects=[subject],
        opts=child,
    )
