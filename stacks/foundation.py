"""The foundation layer: joins the stack with its base and its cluster, and makes what all else there needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from components.foundation.cert_manager import CertManager, CertManagerArgs
from components.foundation.storage_class import StorageClass, StorageClassArgs
from components.metrics.workload_metrics import service_labels
from settings import EKS_STORAGE_CLASS
from stacks.base import Base, ClusterAccess
from stacks.context import PLATFORM, Context


@dataclass(frozen=True)
class Foundation:
    """What the foundation provides to the layers above it.

    `certificates` is what an operator's webhook waits for, since it gets its certificate there; in your own cluster
    that is there already.
    """

    base: Base
    cluster: k8s.Provider
    namespace: pulumi.Output[str]
    certificates: Sequence[pulumi.Resource] = ()

    @property
    def in_cluster(self) -> pulumi.ResourceOptions:
        """Options for a component whose children live in the cluster."""
        return pulumi.ResourceOptions(providers=[self.cluster])


def deploy(context: Context, base: Base) -> Foundation:
    """Create the namespace and, in a cluster of the base's, the default storage and cert-manager."""
    cluster = provider(context, base.cluster)
    namespace = k8s.core.v1.Namespace(
        "platform",
        metadata={
            "name": context.settings.namespace,
            "labels": {"observability/environment": context.settings.environment},
        },
        opts=pulumi.ResourceOptions(provider=cluster),
    )
    foundation = Foundation(base, cluster, namespace.metadata.name)
    if base.cluster is None:
        return foundation
    return replace(foundation, certificates=[_equip(context, foundation).release])


def _equip(context: Context, foundation: Foundation) -> CertManager:
    """Create what a new cluster lacks; your own has its storage, and room for one cert-manager only."""
    name = context.settings.volume_class or EKS_STORAGE_CLASS
    StorageClass(
        "default",
        StorageClassArgs(name, foundation.base.key_arn, context.platform_tags),
        foundation.in_cluster,
    )
    return CertManager(
        "cert-manager",
        CertManagerArgs(context.chart("cert-manager"), foundation.namespace, service_labels(PLATFORM, "cert-manager")),
        foundation.in_cluster,
    )


def provider(context: Context, access: ClusterAccess | None) -> k8s.Provider:
    """Return the provider of the stack's cluster: the base's, or the settings' context of the user's kubeconfig.

    Secrets change in place: replaced, Alertmanager's configuration would be gone for a moment, in which the
    operator takes an empty one instead, and no alert is sent. ConfigMaps as well: a pod that starts in such a moment
    waits for the new one.
    """
    return k8s.Provider(
        "cluster",
        kubeconfig=None if access is None else kubeconfig(access, context.settings.region),
        context=context.settings.kube_context or None,
        enable_server_side_apply=True,
        enable_secret_mutable=True,
        enable_config_map_mutable=True,
    )


def kubeconfig(access: ClusterAccess, region: str) -> pulumi.Output[str]:
    """Return a kubeconfig that gets a token from the AWS CLI at each use, so that the state holds none."""
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", access.name, "--output", "json"]
    credentials = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": arguments}
    server = {"server": access.endpoint, "certificate-authority-data": access.certificate_authority}
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "eks", "cluster": server}],
            "users": [{"name": "eks", "user": {"exec": {**credentials, "interactiveMode": "Never"}}}],
            "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "eks"}}],
            "current-context": "eks",
        }
    )
