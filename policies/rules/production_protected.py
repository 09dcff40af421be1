"""Data in production is not deleted by accident: by the option `protect`, or by its own protection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.environment import environment, is_production
from policies.support.values import UNKNOWN, at, cannot_judge, properties

# Each with the property by which the service itself refuses deletion; None where it has none.
HOLDS_DATA: Final[Mapping[str, str | None]] = {
    "aws:amp/workspace:Workspace": None,
    "aws:backup/vault:Vault": None,
    "aws:dynamodb/table:Table": "deletionProtectionEnabled",
    "aws:ebs/volume:Volume": None,
    "aws:efs/fileSystem:FileSystem": None,
    "aws:eks/cluster:Cluster": "deletionProtection",
    "aws:kms/externalKey:ExternalKey": None,
    "aws:kms/key:Key": None,
    "aws:kms/replicaKey:ReplicaKey": None,
    "aws:msk/cluster:Cluster": None,
    "aws:opensearch/domain:Domain": None,
    "aws:rds/cluster:Cluster": "deletionProtection",
    "aws:rds/instance:Instance": "deletionProtection",
    "aws:s3/bucket:Bucket": None,
    "kubernetes:core/v1:PersistentVolumeClaim": None,
    # With a pool go its brokers, whose messages nobody has read yet.
    "kubernetes:kafka.strimzi.io/v1:KafkaNodePool": None,
}


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report data that one `destroy`, or one line taken out of the program, would delete."""
    if args.resource_type not in HOLDS_DATA or args.opts.protect or not is_production():
        return
    own = HOLDS_DATA[args.resource_type]
    found = at(properties(args.props), own)[0][1] if own else None
    if found is UNKNOWN:
        cannot_judge(str(own))
    if found is not True:
        other = f" or {own}: true" if own else ""
        report(
            f"expected the option protect{other} in {environment()}, found none: exempt it to take it down", args.urn
        )


RULE = ResourceValidationPolicy(
    name="production-protected",
    description="What holds data in production is protected from deletion.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
