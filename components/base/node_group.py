"""The nodes of a cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.service_role import ServiceRole, ServiceRoleArgs
from components.parts.tags import Tags

# Pods get addresses by the CNI's own role, so the machines do not need its policy.
_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
_DISK_GIB = 50


@dataclass(frozen=True)
class NodeGroupArgs:
    """The nodes to create.

    Attributes:
        cluster_name: the cluster they join.
        name: the prefix of their names.
        subnet_ids: private subnets.
        key_arn: the key that encrypts their disks; its policy must let Auto Scaling use it.
        instance_type: their type.
        count: how many to begin with, and how many stay at least; as many again may be added.
        after: what must be there before a machine can join.
        tags: the tags of the group, the machines and their disks.
    """

    cluster_name: pulumi.Input[str]
    name: str
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    instance_type: str
    count: int
    after: Sequence[pulumi.Resource]
    tags: Tags


class NodeGroup(pulumi.ComponentResource):
    """A managed node group: encrypted disks, and credentials of the machine out of its pods' reach."""

    group: aws.eks.NodeGroup

    def __init__(self, name: str, args: NodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:NodeGroup", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = ServiceRole(
            f"{name}-nodes", ServiceRoleArgs(f"{args.name}-nodes", "ec2.amazonaws.com", args.tags, _POLICIES), child
        )
        template = aws.ec2.LaunchTemplate(
            name,
            name=args.name,
            block_device_mappings=[_disk(args.key_arn)],
            # Session tokens only, and one hop: a pod would be the second.
            metadata_options={"http_tokens": "required", "http_endpoint": "enabled", "http_put_response_hop_limit": 1},
            tag_specifications=[
                {"resource_type": kind, "tags": _named(args)} for kind in ("instance", "volume", "network-interface")
            ],
            update_default_version=True,
            tags=args.tags.to_dict(),
            opts=child,
        )
        self.group = aws.eks.NodeGroup(
            name,
            cluster_name=args.cluster_name,
            # A prefix: a replacement stands beside the group until the pods have moved.
            node_group_name_prefix=f"{args.name}-",
            node_role_arn=role.arn,
            subnet_ids=list(args.subnet_ids),
            ami_type="AL2023_x86_64_STANDARD",
            capacity_type="ON_DEMAND",
            instance_types=[args.instance_type],
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={"desired_size": args.count, "min_size": args.count, "max_size": 2 * args.count},
            update_config={"max_unavailable": 1},
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.after),
                # An autoscaler changes it.
                ignore_changes=["scalingConfig.desiredSize"],
            ),
        )
        self.register_outputs({"group": self.group.node_group_name})


def _named(args: NodeGroupArgs) -> Mapping[str, str]:
    return {**args.tags.to_dict(), "Name": args.name}


def _disk(key_arn: pulumi.Input[str]) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict:
    return {
        "device_name": "/dev/xvda",
        "ebs": {
            "volume_type": "gp3",
            "volume_size": _DISK_GIB,
            "encrypted": "true",
            "kms_key_id": key_arn,
            "delete_on_termination": "true",
        },
    }
