"""A cluster role that lets an account read some kinds of objects, and nothing else."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s


def cluster_reader(
    name: str,
    namespace: pulumi.Input[str],
    account: pulumi.Input[str],
    readable: Mapping[str, Sequence[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Let an account get, list and watch.

    Args:
        name: of the role and its binding; in the cluster the namespace stands before it.
        namespace: the account's.
        account: the account's name.
        readable: kinds by their API group, in the plural.
        opts: whose children they are.
    """
    metadata = k8s.meta.v1.ObjectMetaArgs(name=pulumi.Output.concat(namespace, "-", name))
    rules = [
        k8s.rbac.v1.PolicyRuleArgs(api_groups=[group], resources=list(kinds), verbs=["get", "list", "watch"])
        for group, kinds in readable.items()
    ]
    role = k8s.rbac.v1.ClusterRole(name, metadata=metadata, rules=rules, opts=opts)
    subject = k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=account, namespace=namespace)
    k8s.rbac.v1.ClusterRoleBinding(
        name,
        metadata=metadata,
        role_ref=k8s.rbac.v1.RoleRefArgs(
            api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata.name
        ),
        subjects=[subject],
        opts=opts,
    )
