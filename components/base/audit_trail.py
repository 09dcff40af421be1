"""Audit logs in a bucket with object lock, where nobody can change them during their retention."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base.archive_bucket import ArchiveBucket, ArchiveBucketArgs, Lifecycle
from components.cloud.log_delivery import LogDelivery, LogDeliveryArgs
from components.parts.tags import Tags

_PREFIX = "audit/"


@dataclass(frozen=True)
class AuditTrailArgs:
    """The audit logs and their retention.

    Attributes:
        name: of what carries it; it carries the environment.
        bucket: the bucket's name.
        log_groups: the names of the audit log groups by the names that resources get.
        days: how long a record is locked, and then kept.
        region: the region.
        key_arn: the key that encrypts it.
        log_days: how long the carrier's own log is kept.
        tags: the tags of all of it.
        protect: whether the engine refuses to delete the bucket, and no one can delete a locked record.
    """

    name: str
    bucket: pulumi.Input[str]
    log_groups: Mapping[str, pulumi.Input[str]]
    days: int
    region: str
    key_arn: pulumi.Input[str]
    log_days: int
    tags: Tags
    protect: bool = False


class AuditTrail(pulumi.ComponentResource):
    """A bucket of its own with object lock, and the delivery of the log groups there."""

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:AuditTrail", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = ArchiveBucket(
            name,
            ArchiveBucketArgs(
                name=args.bucket,
                key_arn=args.key_arn,
                lifecycles=[Lifecycle(_PREFIX, None, args.days)],
                tags=args.tags,
                protect=args.protect,
                lock_days=args.days,
            ),
            child,
        )
        LogDelivery(
            name,
            LogDeliveryArgs(
                name=args.name,
                log_groups=args.log_groups,
                bucket_arn=bucket.arn,
                prefix=_PREFIX,
                region=args.region,
                key_arn=args.key_arn,
                log_days=args.log_days,
                tags=args.tags,
            ),
            child,
        )
        self.bucket = bucket.name
        self.register_outputs({"bucket": self.bucket})
