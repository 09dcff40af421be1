"""The key that encrypts data is one of this platform's, and every bucket says which.

Where a key comes from is known by the property's dependencies even while its ARN is not, so this judges previews too.
"""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_policy import EnforcementLevel, PolicyResource, ReportViolation, StackValidationArgs, StackValidationPolicy

from policies.support.encryption import is_aws_managed, table
from policies.support.values import UNKNOWN, properties

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
KEYS = {"aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey", "aws:kms/alias:Alias"}
REFERENCE = "pulumi:pulumi:StackReference"


def validate(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report keys from elsewhere, and buckets without an encryption configuration in the stack."""
    known = _known_keys(args.resources)
    for resource in args.resources:
        if (message := _foreign_key(resource, known)) is not None:
            report(message, resource.urn)
        if resource.resource_type == BUCKET and not any(_encrypts(other, resource) for other in args.resources):
            report("expected a BucketServerSideEncryptionConfiguration for this bucket in the stack", resource.urn)


def _foreign_key(resource: PolicyResource, known: set[object]) -> str | None:
    row = table().get(resource.resource_type)
    found = properties(resource.props)
    if row is None or not row.applies(found):
        return None
    # A missing or AWS-managed key is reported by encryption-at-rest.
    keys = [(path, key) for path, key in row.keys(found) if key not in (None, "") and not is_aws_managed(key)]
    if not keys or _of_stack(resource.property_dependencies.get(row.key_property)) or all(k in known for _, k in keys):
        return None
    path, key = keys[0]
    shown = "a value computed elsewhere" if key is UNKNOWN else key
    return f"{path}: expected a key of this stack or an output of a stack that it references, found {shown}"


def _of_stack(origins: Sequence[PolicyResource] | None) -> bool:
    """Return whether a value comes from a key of this stack, or was read: from another stack or an existing key.

    What was read is no resource of the stack, so the SDK leaves it out and the list is empty. A literal has no list.
    """
    return origins is not None and (not origins or any(o.resource_type in {*KEYS, REFERENCE} for o in origins))


def _known_keys(stack: Sequence[PolicyResource]) -> set[object]:
    found = [properties(resource.props) for resource in stack if resource.resource_type in KEYS]
    return {key[name] for key in found for name in ("arn", "keyId", "id", "name") if isinstance(key.get(name), str)}


def _encrypts(encryption: PolicyResource, bucket: PolicyResource) -> bool:
    if encryption.resource_type != BUCKET_ENCRYPTION:
        return False
    if any(origin.urn == bucket.urn for origin in encryption.property_dependencies.get("bucket", [])):
        return True
    name = properties(encryption.props).get("bucket")
    own = properties(bucket.props)
    return isinstance(name, str) and name in {own.get("bucket"), own.get("id")}


RULE = StackValidationPolicy(
    name="encryption-own-key",
    description="Data is encrypted with a key of this platform, in every bucket too.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
