"""An AWS role that the pods of one service account assume, by EKS Pod Identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.service_role import PODS, ServiceRole, ServiceRoleArgs
from components.parts.tags import Tags


@dataclass(frozen=True)
class PodRoleArgs:
    """The service account and its rights.

    Attributes:
        name: the role's name; it carries the environment.
        cluster_name: the EKS cluster, whose pod-identity agent hands out the credentials.
        namespace: the service account's namespace.
        service_account: the service account's name.
        statements: what the pods may do, as the statements of a policy document.
        tags: the tags of the role and of the association.
    """

    name: str
    cluster_name: pulumi.Input[str]
    namespace: pulumi.Input[str]
    service_account: pulumi.Input[str]
    statements: Sequence[Mapping[str, object]]
    tags: Tags


class PodRole(pulumi.ComponentResource):
    """A role and its association with a service account; pods that start after `association` have it."""

    association: pulumi.Resource
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PodRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:PodRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = ServiceRole(name, ServiceRoleArgs(args.name, PODS, args.tags, statements=args.statements), child)
        self.association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=role.arn,
            tags=args.tags.to_dict(),
            opts=child,
        )
        self.arn = role.arn
        self.register_outputs({"role": self.arn})
