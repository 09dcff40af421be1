"""A security group that opens some TCP ports to or from one network."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.parts.tags import Tags

HTTPS = 443
_Kind = type[aws.vpc.SecurityGroupIngressRule] | type[aws.vpc.SecurityGroupEgressRule]


@dataclass(frozen=True)
class OpenPort:
    """A rule of the group: the resource's name, its description, and the port."""

    name: str
    description: str
    port: int = HTTPS


@dataclass(frozen=True)
class SecurityGroupArgs:
    """The group and its rules. Groups are stateful: answers need no rule.

    Attributes:
        name: of the group in AWS; it carries the environment.
        description: of the group.
        vpc_id: the network that it belongs to.
        cidr: the addresses at the other end of every rule.
        tags: of the group and its rules.
        ingress: the ports that may be reached.
        egress: the ports that may be reached from it.
    """

    name: str
    description: str
    vpc_id: pulumi.Input[str]
    cidr: IPv4Network
    tags: Tags
    ingress: Sequence[OpenPort] = ()
    egress: Sequence[OpenPort] = ()


def security_group(name: str, args: SecurityGroupArgs, opts: pulumi.ResourceOptions) -> aws.ec2.SecurityGroup:
    """Create a security group with its rules, all with the same parent."""
    group = aws.ec2.SecurityGroup(
        name,
        name=args.name,
        description=args.description,
        vpc_id=args.vpc_id,
        tags={**args.tags.to_dict(), "Name": args.name},
        opts=opts,
    )
    kinds: list[tuple[_Kind, Sequence[OpenPort]]] = [
        (aws.vpc.SecurityGroupIngressRule, args.ingress),
        (aws.vpc.SecurityGroupEgressRule, args.egress),
    ]
    for kind, rules in kinds:
        for rule in rules:
            kind(
                rule.name,
                security_group_id=group.id,
                description=rule.description,
                ip_protocol="tcp",
                from_port=rule.port,
                to_port=rule.port,
                cidr_ipv4=str(args.cidr),
                tags=args.tags.to_dict(),
                opts=opts,
            )
    return group
