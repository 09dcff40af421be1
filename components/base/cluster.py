"""The platform's Kubernetes cluster on EKS: control plane, access, add-ons."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.base.node_group import NodeGroup, NodeGroupArgs
from components.parts.log_group import log_group
from components.parts.service_role import PODS, ServiceRole, ServiceRoleArgs
from components.parts.tags import Tags

_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
# Source: EBS CSI driver, docs/install.md, "customer managed key": what the managed policy leaves out.
_VOLUME_KEY = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKeyWithoutPlaintext", "DescribeKey")
# By default EKS accepts network policies and enforces none of them; source: EKS user guide, "Limit Pod traffic with
# Kubernetes network policies".
_ENFORCED: Mapping[str, str] = {"enableNetworkPolicy": "true"}


@dataclass(frozen=True)
class ClusterArgs:
    """The cluster to create.

    Attributes:
        name: the cluster's name; it carries the environment.
        version: Kubernetes, as EKS writes it: `1.35`.
        subnet_ids: private subnets in two zones at least.
        key_arn: the key that encrypts Kubernetes Secrets, the control plane's logs, and the machines' disks.
        public_cidrs: networks that may reach the API from outside the VPC; none keeps it private.
        admin_arns: roles that administer the cluster, besides the one that makes it.
        log_days: how long the control plane's logs are kept; a value that CloudWatch allows.
        instance_type: the machines' type.
        node_count: how many machines to begin with; at least this many stay, and as many again may be added.
        protect: refuse to delete the cluster until that is switched off.
        tags: the tags of everything in it.
    """

    name: str
    version: str
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    public_cidrs: Sequence[str]
    admin_arns: Sequence[str]
    log_days: int
    instance_type: str
    node_count: int
    protect: bool
    tags: Tags


@dataclass(frozen=True)
class _AddOn:
    """An EKS add-on: whether nodes need it before they join, its settings, and the role of its pods."""

    name: str
    service_account: str = ""
    managed: str = ""
    statements: Sequence[Mapping[str, object]] = ()
    before_machines: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


class Cluster(pulumi.ComponentResource):
    """An EKS cluster with private nodes, whose access is granted by IAM and whose pods have roles of their own."""

    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    log_group: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Cluster", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        cluster = self._control_plane()
        self.name = cluster.name
        self._administrators()
        add_ons = _add_ons(args.key_arn)
        before = [self._add_on(each, []) for each in add_ons if each.before_machines]
        nodes = NodeGroup(
            name,
            NodeGroupArgs(
                cluster_name=self.name,
                name=args.name,
                subnet_ids=args.subnet_ids,
                key_arn=args.key_arn,
                instance_type=args.instance_type,
                count=args.node_count,
                after=before,
                tags=args.tags,
            ),
            self._child,
        )
        after = [self._add_on(each, [nodes.group]) for each in add_ons if not each.before_machines]
        # Deployments to the cluster depend on this: they need nodes, DNS and volumes there.
        ready = pulumi.Output.all(cluster.endpoint, *(each.id for each in after))
        self.endpoint = ready.apply(lambda known: str(known[0]))
        self.certificate_authority = cluster.certificate_authority.data
        self.register_outputs({"name": self.name, "endpoint": self.endpoint})

    def _control_plane(self) -> aws.eks.Cluster:
        args = self._args
        role = ServiceRole(
            self._name,
            ServiceRoleArgs(f"{args.name}-cluster", "eks.amazonaws.com", args.tags, ["AmazonEKSClusterPolicy"]),
            self._child,
        )
        logs = log_group(f"{self._name}-control-plane", f"/aws/eks/{args.name}/cluster", args, self._child)
        self.log_group = logs.name
        return aws.eks.Cluster(
            self._name,
            name=args.name,
            version=args.version,
            role_arn=role.arn,
            vpc_config={
                "subnet_ids": list(args.subnet_ids),
                "endpoint_private_access": True,
                "endpoint_public_access": bool(args.public_cidrs),
                "public_access_cidrs": list(args.public_cidrs) or None,
            },
            encryption_config={"provider": {"key_arn": args.key_arn}, "resources": ["secrets"]},
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": True},
            # The add-ons below instead: those that EKS installs by itself are never upgraded.
            bootstrap_self_managed_addons=False,
            enabled_cluster_log_types=list(_LOGS),
            # After 14 months EKS upgrades the cluster rather than charge six times as much for it.
            upgrade_policy={"support_type": "STANDARD"},
            deletion_protection=args.protect,
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, depends_on=[logs]),
        )

    def _administrators(self) -> None:
        for arn in self._args.admin_arns:
            name = f"{self._name}-{arn.rpartition('/')[2]}"
            entry = aws.eks.AccessEntry(
                name, cluster_name=self.name, principal_arn=arn, tags=self._args.tags.to_dict(), opts=self._child
            )
            aws.eks.AccessPolicyAssociation(
                name,
                cluster_name=self.name,
                principal_arn=entry.principal_arn,
                policy_arn=_ADMIN,
                access_scope={"type": "cluster"},
                opts=self._child,
            )

    def _add_on(self, add_on: _AddOn, after: Sequence[pulumi.Resource]) -> aws.eks.Addon:
        args = self._args
        roles: list[aws.eks.AddonPodIdentityAssociationArgsDict] = []
        if add_on.service_account:
            role = ServiceRole(
                add_on.name,
                ServiceRoleArgs(f"{args.name}-{add_on.name}", PODS, args.tags, [add_on.managed], add_on.statements),
                self._child,
            )
            roles = [{"role_arn": role.arn, "service_account": add_on.service_account}]
        return aws.eks.Addon(
            add_on.name,
            cluster_name=self.name,
            # The version is EKS's default for the cluster's Kubernetes.
            addon_name=add_on.name,
            pod_identity_associations=roles or None,
            configuration_values=json.dumps(add_on.settings) if add_on.settings else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )


def _add_ons(key_arn: pulumi.Input[str]) -> Sequence[_AddOn]:
    """Return the add-ons: nodes join only with network and identities in place; Deployments wait for nodes."""
    key: list[Mapping[str, object]] = [
        {"Effect": "Allow", "Action": [f"kms:{action}" for action in _VOLUME_KEY], "Resource": key_arn},
        {
            "Effect": "Allow",
            "Action": "kms:CreateGrant",
            "Resource": key_arn,
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]
    return (
        _AddOn("vpc-cni", "aws-node", "AmazonEKS_CNI_Policy", before_machines=True, settings=_ENFORCED),
        _AddOn("kube-proxy", before_machines=True),
        _AddOn("eks-pod-identity-agent", before_machines=True),
        _AddOn("coredns"),
        _AddOn("aws-ebs-csi-driver", "ebs-csi-controller-sa", "service-role/AmazonEBSCSIDriverPolicy", key),
    )
