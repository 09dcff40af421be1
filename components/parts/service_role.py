"""A role that one AWS service assumes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.policy_document import policy_document
from components.parts.tags import Tags

PODS = "pods.eks.amazonaws.com"


@dataclass(frozen=True)
class ServiceRoleArgs:
    """The service and its rights.

    Attributes:
        name: the role's name; it carries the environment, since roles belong to the whole account.
        service: the service that takes it on, such as `eks.amazonaws.com`.
        tags: the role's tags.
        managed: the names of AWS managed policies, with their path.
        statements: what it may do besides, as the statements of a policy document.
    """

    name: str
    service: str
    tags: Tags
    managed: Sequence[str] = ()
    statements: Sequence[Mapping[str, object]] = ()


class ServiceRole(pulumi.ComponentResource):
    """A role with its policies; `arn` is handed out when they are attached."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:ServiceRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # EKS tags the session of a pod's role; without TagSession the pod gets no credentials.
        actions = ["sts:AssumeRole", "sts:TagSession"] if args.service == PODS else ["sts:AssumeRole"]
        role = aws.iam.Role(
            name,
            name=args.name,
            assume_role_policy=policy_document(
                [{"Effect": "Allow", "Principal": {"Service": args.service}, "Action": actions}]
            ),
            tags=args.tags.to_dict(),
            opts=child,
        )
        granted: list[pulumi.Output[str]] = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy.rpartition('/')[2]}",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{policy}",
                opts=child,
            ).id
            for policy in args.managed
        ]
        if args.statements:
            document = policy_document(args.statements)
            granted.append(aws.iam.RolePolicy(name, name=args.name, role=role.id, policy=document, opts=child).id)
        self.name = role.name
        # A user of the role that comes before its rights fails, and on deletion lacks the right to clean up.
        self.arn = pulumi.Output.all(role.arn, *granted).apply(lambda known: str(known[0]))
        self.register_outputs({"name": self.name, "arn": self.arn})
