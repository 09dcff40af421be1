"""The base layer: what lives long and holds data. Its key and bucket outlive every weekly change."""

from dataclasses import dataclass

import pulumi

from components.archive_bucket import ArchiveBucket, ArchiveBucketArgs, Lifecycle
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from stacks.context import Context


@dataclass(frozen=True)
class Base:
    """What the base gives to the layers above it."""

    key_arn: pulumi.Input[str]
    archive_bucket: pulumi.Input[str]

    @property
    def outputs(self) -> dict[str, pulumi.Input[str]]:
        """The outputs that `<env>-base` exports, as `referenced` reads them."""
        return {"keyArn": self.key_arn, "archiveBucket": self.archive_bucket}


def deploy(context: Context) -> Base:
    """Create the key and the archive bucket."""
    key = EncryptionKey(
        "platform",
        EncryptionKeyArgs(
            alias=context.named("platform"),
            account_id=context.account_id,
            region=context.settings.region,
            tags=context.platform_tags,
            protect=context.settings.protect,
        ),
        context.in_aws,
    )
    bucket = ArchiveBucket(
        "archive",
        ArchiveBucketArgs(
            # Bucket names are shared by all of AWS: account and region make this one ours.
            name=pulumi.Output.concat(context.named("archive"), "-", context.account_id, f"-{context.settings.region}"),
            key_arn=key.arn,
            lifecycles=_lifecycles(context),
            tags=context.platform_tags,
            protect=context.settings.protect,
        ),
        context.in_aws,
    )
    return Base(key.arn, bucket.name)


def _lifecycles(context: Context) -> list[Lifecycle]:
    """One lifecycle for each retention class; a class's records lie under its name."""
    return [
        Lifecycle(f"{name}/", kept.standard_days if kept.glacier_days else None, kept.archive_days)
        for name, kept in context.catalog.retention.classes.items()
        if kept.archive_days
    ]


def referenced(context: Context) -> Base:
    """Read the base that the stack `<env>-base` has deployed."""
    name = f"{context.settings.environment}-base"
    reference = pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{name}")
    return Base(reference.require_output("keyArn"), reference.require_output("archiveBucket"))
