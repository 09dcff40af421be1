"""The bucket of the archive."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.policy_document import policy_document
from components.parts.tags import Tags


@dataclass(frozen=True)
class Lifecycle:
    """How long the records under a prefix are kept, in days from their arrival.

    Attributes:
        prefix: the workload's folder in the bucket, with a slash at the end.
        glacier_after_days: when they move to Glacier; None for never.
        delete_after_days: when they are deleted.
    """

    prefix: str
    glacier_after_days: int | None
    delete_after_days: int


@dataclass(frozen=True)
class ArchiveBucketArgs:
    """The bucket to make.

    Attributes:
        name: the bucket's name.
        key_arn: the key that encrypts it.
        lifecycles: how long what lies in it is kept, by prefix.
        tags: its tags.
        protect: whether the engine refuses to delete it, and no one can delete a locked record.
        lock_days: how long nobody may change or delete a record; None for no lock.
    """

    name: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    lifecycles: Sequence[Lifecycle]
    tags: Tags
    protect: bool = False
    lock_days: int | None = None


class ArchiveBucket(pulumi.ComponentResource):
    """A private, versioned bucket, encrypted with the stack's key and reached by TLS only."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ArchiveBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:ArchiveBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            name,
            bucket=args.name,
            # Only a new bucket can be given this.
            object_lock_enabled=True if args.lock_days else None,
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        blocked = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            name, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.id, rules=[_encryption(args.key_arn)], opts=child
        )
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.id,
            rules=[_rule(lifecycle) for lifecycle in args.lifecycles],
            # Expiring older versions is only accepted of a bucket that is versioned already.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=_tls_only(bucket.arn),
            # Two writes of public access settings at once fail with OperationAborted.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[blocked]),
        )
        if args.lock_days:
            _lock(name, bucket, versioning, args, self)
        self.name, self.arn = bucket.bucket, bucket.arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def _lock(
    name: str,
    bucket: aws.s3.Bucket,
    versioning: aws.s3.BucketVersioning,
    args: ArchiveBucketArgs,
    parent: pulumi.Resource,
) -> None:
    # COMPLIANCE binds even the account's owner; elsewhere an environment has to be removable.
    mode = "COMPLIANCE" if args.protect else "GOVERNANCE"
    aws.s3.BucketObjectLockConfiguration(
        name,
        bucket=bucket.id,
        rule={"default_retention": {"mode": mode, "days": args.lock_days}},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versioning]),
    )


def _encryption(key_arn: pulumi.Input[str]) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        # One data key a bucket and hour rather than one an object: KMS calls cost money.
        "bucket_key_enabled": True,
    }


def _rule(lifecycle: Lifecycle) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
    rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": lifecycle.prefix.strip("/"),
        "status": "Enabled",
        "filter": {"prefix": lifecycle.prefix},
        "expiration": {"days": lifecycle.delete_after_days},
        "noncurrent_version_expiration": {"noncurrent_days": 30},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }
    if lifecycle.glacier_after_days is not None:
        rule["transitions"] = [{"days": lifecycle.glacier_after_days, "storage_class": "GLACIER"}]
    return rule


def _tls_only(arn: pulumi.Output[str]) -> pulumi.Output[str]:
    return policy_document(
        [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, pulumi.Output.concat(arn, "/*")],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
    )
