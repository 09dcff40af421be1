"""The foundation layer: joins the stack with its base and makes the platform's namespace."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from stacks.base import Base
from stacks.context import Context


@dataclass(frozen=True)
class Foundation:
    """What the foundation gives to the layers above it."""

    base: Base
    namespace: pulumi.Output[str]


def deploy(context: Context, base: Base) -> Foundation:
    """Make the namespace."""
    namespace = k8s.core.v1.Namespace(
        "platform",
        metadata={
            "name": context.settings.namespace,
            "labels": {"observability/environment": context.settings.environment},
        },
        opts=pulumi.ResourceOptions(provider=context.cluster),
    )
    return Foundation(base, namespace.metadata.name)
