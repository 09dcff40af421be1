"""A load balancer with private addresses only."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

_HTTPS = 443


def private_entrance(
    name: str,
    namespace: pulumi.Input[str],
    pods: Mapping[str, pulumi.Input[str]],
    port: int | str,
    opts: pulumi.ResourceOptions,
) -> None:
    """Create a load balancer from the network's clients to pods by HTTPS; EKS configures it by the annotations.

    Args:
        name: what it leads to; its own name follows from that.
        namespace: where.
        pods: their labels.
        port: the port of the pods, by number or name.
        opts: whose child it is.
    """
    prefix = "service.beta.kubernetes.io/aws-load-balancer"
    k8s.core.v1.Service(
        f"{name}-private",
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=f"{name}-private",
            namespace=namespace,
            annotations={f"{prefix}-internal": "true", f"{prefix}-scheme": "internal", f"{prefix}-type": "nlb"},
        ),
        spec=k8s.core.v1.ServiceSpecArgs(
            type="LoadBalancer",
            selector=dict(pods),
            ports=[k8s.core.v1.ServicePortArgs(name="https", port=_HTTPS, target_port=port)],
        ),
        opts=opts,
    )
