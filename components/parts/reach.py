"""The ingress of a pod's network policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True)
class Reach:
    """Who may reach some ports; everybody where no pods are named.

    Attributes:
        ports: the ports' numbers; none stand for every port.
        pods: label expressions, each of which a peer's pod in the same namespace may fit.
        everywhere: the pods of any namespace as well.
        protocols: of the ports.
    """

    ports: Sequence[int]
    pods: Sequence[k8s.meta.v1.LabelSelectorArgs] = ()
    everywhere: bool = False
    protocols: Sequence[str] = ("TCP",)


def named(key: str, *values: pulumi.Input[str]) -> k8s.meta.v1.LabelSelectorArgs:
    """Return the selector of pods by one label."""
    expression = k8s.meta.v1.LabelSelectorRequirementArgs(key=key, operator="In", values=list(values))
    return k8s.meta.v1.LabelSelectorArgs(match_expressions=[expression])


def by_prometheus(*ports: int) -> Reach:
    """Allow Prometheus to scrape these ports; its operator labels its pods so."""
    return Reach(ports, [named("app.kubernetes.io/name", "prometheus")])


def ingress_policy(
    name: str,
    namespace: pulumi.Input[str],
    pods: Mapping[str, pulumi.Input[str]],
    reached: Sequence[Reach],
    opts: pulumi.ResourceOptions,
) -> None:
    """Create the network policy that allows these peers and no others; the node's own probes are always allowed.

    Egress is not restricted: AWS answers at addresses that no policy can name.

    Args:
        name: of the policy.
        namespace: of the pods.
        pods: their labels.
        reached: who may reach what.
        opts: whose child it is.
    """
    k8s.networking.v1.NetworkPolicy(
        name,
        metadata={"name": name, "namespace": namespace},
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=pods),
            policy_types=["Ingress"],
            ingress=[_rule(each) for each in reached],
        ),
        opts=opts,
    )


def _rule(reach: Reach) -> k8s.networking.v1.NetworkPolicyIngressRuleArgs:
    """Return a rule without its empty parts: an API server drops empty lists, which would then be drift."""
    peers = [k8s.networking.v1.NetworkPolicyPeerArgs(pod_selector=each) for each in reach.pods]
    if reach.everywhere:
        peers.append(k8s.networking.v1.NetworkPolicyPeerArgs(namespace_selector=k8s.meta.v1.LabelSelectorArgs()))
    ports = [
        k8s.networking.v1.NetworkPolicyPortArgs(port=port, protocol=protocol)
        for port in reach.ports
        for protocol in reach.protocols
    ]
    return k8s.networking.v1.NetworkPolicyIngressRuleArgs(ports=ports or None, from_=peers or None)
