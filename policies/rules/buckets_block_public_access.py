"""Every bucket has a public-access block of its own in the stack, so that no later policy or list can open it."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, PolicyResource, ReportViolation, StackValidationArgs, StackValidationPolicy

from policies.support.values import properties

BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


def validate(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report buckets without a public-access block; its settings are judged by `no-public-access`."""
    blocks = [resource for resource in args.resources if resource.resource_type == BLOCK]
    for resource in args.resources:
        if resource.resource_type == BUCKET and not any(_guards(block, resource) for block in blocks):
            report("expected a BucketPublicAccessBlock for this bucket in the stack", resource.urn)


def _guards(block: PolicyResource, bucket: PolicyResource) -> bool:
    if any(origin.urn == bucket.urn for origin in block.property_dependencies.get("bucket", [])):
        return True
    name, own = properties(block.props).get("bucket"), properties(bucket.props)
    return isinstance(name, str) and name in {own.get("bucket"), own.get("id")}


RULE = StackValidationPolicy(
    name="buckets-block-public-access",
    description="Every bucket has a public-access block.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
