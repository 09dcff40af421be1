"""A log group of the platform's own."""

from typing import Protocol

import pulumi
import pulumi_aws as aws

from components.parts.tags import Tags


class Logged(Protocol):
    """The Args of a component with a log of its own: its days, a value that CloudWatch allows, its key, its tags."""

    @property
    def log_days(self) -> int:
        """Return how long the log is kept, in days."""

    @property
    def key_arn(self) -> pulumi.Input[str]:
        """Return the key that encrypts the log."""

    @property
    def tags(self) -> Tags:
        """Return the tags of the log group."""


def log_group(name: str, path: str, args: Logged, opts: pulumi.ResourceOptions) -> aws.cloudwatch.LogGroup:
    """Create a log group: the service that writes to it would make one itself, without key and without retention.

    Args:
        name: of the resource.
        path: of the log group in CloudWatch.
        args: its retention, key and tags.
        opts: whose child it is.
    """
    return aws.cloudwatch.LogGroup(
        name,
        name=path,
        retention_in_days=args.log_days,
        kms_key_id=args.key_arn,
        tags=args.tags.to_dict(),
        opts=opts,
    )
