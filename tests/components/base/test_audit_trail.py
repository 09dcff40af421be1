"""Audit logs are locked for as long as they are kept: for everybody in production."""

from __future__ import annotations

import pytest

from components.base.audit_trail import AuditTrail, AuditTrailArgs
from tests.components.isolated import TAGS, Deployed, deploy, in_aws


def made(*, protect: bool) -> Deployed:
    args = AuditTrailArgs(
        "observability-prod-audit-logs", "audit", {"cluster": "/aws/eks/x"}, 365, "us-east-1", "K", 90, TAGS, protect
    )
    return deploy(lambda: AuditTrail("audit", args, in_aws()))


@pytest.mark.parametrize(("protect", "mode"), [(True, "COMPLIANCE"), (False, "GOVERNANCE")])
def test_records_are_locked_for_as_long_as_they_are_kept(*, protect: bool, mode: str) -> None:
    deployed = made(protect=protect)
    lock = deployed.one("BucketObjectLockConfiguration")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": mode, "days": 365}}
    assert deployed.one("BucketVersioning").urn in lock.dependencies
    assert deployed.one("Bucket").inputs["objectLockEnabled"] is True
    assert deployed.one("Bucket").protect is protect
    (rule,) = deployed.one("BucketLifecycleConfiguration").inputs["rules"]
    assert (rule["filter"], rule["expiration"]) == ({"prefix": "audit/"}, {"days": 365})


def test_what_is_carried_there_lies_under_the_prefix_of_the_lifecycle() -> None:
    target = made(protect=False).one("FirehoseDeliveryStream").inputs["extendedS3Configuration"]
    assert target["prefix"].startswith("audit/")
    assert target["errorOutputPrefix"].startswith("audit/")
