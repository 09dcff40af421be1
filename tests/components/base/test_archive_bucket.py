"""The archive: private, encrypted, versioned, TLS only; records leave it when their lifecycle says so."""

from __future__ import annotations

import json

import pytest

from components.base.archive_bucket import ArchiveBucket, ArchiveBucketArgs, Lifecycle
from tests.components.isolated import TAGS, Deployed, arn, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
LIFECYCLES = [Lifecycle("short/", None, 90), Lifecycle("long/", 365, 2555)]


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    args = ArchiveBucketArgs("observability-prod-archive", KEY, LIFECYCLES, TAGS)
    return deploy(lambda: ArchiveBucket("archive", args, in_aws()))


@pytest.mark.parametrize(
    "switch", ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
)
def test_blocks_public_access(deployed: Deployed, switch: str) -> None:
    assert deployed.one("BucketPublicAccessBlock").inputs[switch] is True


@pytest.mark.parametrize("protect", [False, True])
def test_only_the_bucket_itself_is_protected_where_that_is_asked(*, protect: bool) -> None:
    args = ArchiveBucketArgs("observability-prod-archive", KEY, LIFECYCLES, TAGS, protect=protect)
    made = deploy(lambda: ArchiveBucket("archive", args, in_aws()))
    assert [each.type for each in made.resources if each.protect] == (["aws:s3/bucket:Bucket"] if protect else [])


def test_access_lists_are_off(deployed: Deployed) -> None:
    assert deployed.one("BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_encrypts_with_the_stacks_key(deployed: Deployed) -> None:
    (rule,) = deployed.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert rule["bucketKeyEnabled"] is True


def test_is_versioned_before_older_versions_expire(deployed: Deployed) -> None:
    versioning = deployed.one("BucketVersioning")
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert versioning.urn in deployed.one("BucketLifecycleConfiguration").dependencies


def test_refuses_everything_without_tls(deployed: Deployed) -> None:
    policy = deployed.one("BucketPolicy")
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [arn("archive"), f"{arn('archive')}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert deployed.one("BucketPublicAccessBlock").urn in policy.dependencies


def test_each_lifecycle_is_a_rule_on_its_own_folder(deployed: Deployed) -> None:
    short, long = deployed.one("BucketLifecycleConfiguration").inputs["rules"]
    assert (short["id"], short["status"], short["filter"]) == ("short", "Enabled", {"prefix": "short/"})
    assert short["expiration"] == {"days": 90}
    assert "transitions" not in short
    assert long["transitions"] == [{"days": 365, "storageClass": "GLACIER"}]
    assert long["expiration"] == {"days": 2555}


def test_leaves_nothing_behind_that_is_paid_for_and_not_seen(deployed: Deployed) -> None:
    for rule in deployed.one("BucketLifecycleConfiguration").inputs["rules"]:
        assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
        assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}


def test_only_the_bucket_itself_takes_tags(deployed: Deployed) -> None:
    assert [each.type for each in deployed.resources if "tags" in each.inputs] == ["aws:s3/bucket:Bucket"]
    assert deployed.one("Bucket").inputs["tags"] == TAGS.to_dict()
