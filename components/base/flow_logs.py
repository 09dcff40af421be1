"""The flow logs of a network, in an encrypted log group."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.log_group import log_group
from components.parts.service_role import ServiceRole, ServiceRoleArgs
from components.parts.tags import Tags

# Source: Amazon VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs", without CreateLogGroup:
# the group exists already, under its key and with an end.
_WRITE = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")


@dataclass(frozen=True)
class FlowLogsArgs:
    """The network, and the retention of its flow logs.

    Attributes:
        name: the network's name; it carries the environment.
        vpc_id: the network.
        key_arn: the key that encrypts the log group.
        log_days: how long the logs are kept; a value that CloudWatch allows.
        tags: the tags of everything in it.
    """

    name: str
    vpc_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    log_days: int
    tags: Tags


class FlowLogs(pulumi.ComponentResource):
    """A VPC's flow logs, accepted and rejected traffic alike."""

    log_group: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = log_group(f"{name}-flow", f"/aws/vpc/{args.name}/flow", args, child)
        role = ServiceRole(
            f"{name}-flow",
            ServiceRoleArgs(
                name=f"{args.name}-flow-logs",
                service="vpc-flow-logs.amazonaws.com",
                tags=args.tags,
                statements=[
                    {
                        "Effect": "Allow",
                        "Action": _WRITE,
                        "Resource": [group.arn, pulumi.Output.concat(group.arn, ":*")],
                    }
                ],
            ),
            child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags={**args.tags.to_dict(), "Name": f"{args.name}-flow"},
            opts=child,
        )
        self.log_group = group.name
        self.register_outputs({"log_group": self.log_group})
