"""Every AWS resource that takes tags carries those that ownership, cost and clean-up are computed from."""

from __future__ import annotations

import json

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.taggable import is_taggable
from policies.support.values import UNKNOWN, cannot_judge, properties

REQUIRED = ("Project", "Environment", "Team", "CostCenter", "Workload")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report each missing or empty tag; the provider's default tags count, a value may be unknown."""
    if not is_taggable(args.resource_type):
        return
    tags = _tags(properties(args.props).get("tags"))
    if args.provider and any(name not in tags for name in REQUIRED):
        tags = _tags(_default_tags(properties(args.provider.props).get("defaultTags"))) | tags
    missing = [name for name in REQUIRED if name not in tags]
    empty = [
        name for name in REQUIRED if name in tags and tags[name] is not UNKNOWN and not str(tags[name] or "").strip()
    ]
    if missing:
        report(f"tags: expected {', '.join(REQUIRED)}; missing: {', '.join(missing)}", args.urn)
    if empty:
        report(f"tags: expected a value for each; empty: {', '.join(empty)}", args.urn)


def _tags(tags: object) -> dict[str, object]:
    if tags is UNKNOWN:
        cannot_judge("tags")
    if isinstance(tags, list):  # auto-scaling groups have a list of {key, value, propagateAtLaunch}
        return {str(tag.get("key")): tag.get("value") for tag in tags if isinstance(tag, dict)}
    return tags if isinstance(tags, dict) else {}


def _default_tags(defaults: object) -> object:
    if isinstance(defaults, str):  # explicit providers receive their nested configuration as JSON text
        defaults = json.loads(defaults)
    return defaults.get("tags") if isinstance(defaults, dict) else defaults


RULE = ResourceValidationPolicy(
    name="required-tags",
    description=f"AWS resources carry the tags {', '.join(REQUIRED)}.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
