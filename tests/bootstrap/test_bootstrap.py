"""The state's bucket and key, on a cloud in this process: what is made, and that a second run changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bootstrap.__main__ import main
from bootstrap.bucket import Bucket
from bootstrap.key import ALIAS
from bootstrap.replication import rules

STATE, COPY = "observability-state-123456789012-us-east-1", "observability-state-123456789012-us-west-2"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield


def _client(service: str, region: str = "us-east-1") -> Any:
    session: Any = boto3.Session()
    return session.client(service, region_name=region)


@pytest.mark.usefixtures("cloud")
def test_a_second_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    first = capsys.readouterr().out
    assert f"made the bucket {STATE}" in first
    assert main([]) == 0
    second = capsys.readouterr().out
    assert second.startswith("nothing to change\n")
    for printed in (f"pulumi login 's3://{STATE}?region=us-east-1", f"awskms://{ALIAS}?region=us-east-1"):
        assert printed in first
        assert printed in second


@pytest.mark.usefixtures("cloud")
def test_the_search_domains_service_has_its_role(capsys: pytest.CaptureFixture[str]) -> None:
    """Without it the first domain in a network is refused."""
    main([])
    roles = _client("iam").list_roles(PathPrefix="/aws-service-role/opensearchservice.amazonaws.com/")["Roles"]
    assert len(roles) == 1
    assert "made the role of opensearchservice.amazonaws.com" in capsys.readouterr().out


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(("bucket", "region"), [(STATE, "us-east-1"), (COPY, "us-west-2")])
def test_both_buckets_are_versioned_encrypted_private_and_tls_only(bucket: str, region: str) -> None:
    main([])
    s3, key = _client("s3", region), _client("kms", region).describe_key(KeyId=ALIAS)["KeyMetadata"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


@pytest.mark.usefixtures("cloud")
def test_the_copy_has_everything_but_the_locks() -> None:
    main([])
    made = _client("s3").get_bucket_replication(Bucket=STATE)["ReplicationConfiguration"]["Rules"]
    wanted = rules(Bucket(COPY, "us-west-2", made[0]["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]))
    # moto forgets filters: the names carry a digest of the whole rule.
    assert [rule["ID"] for rule in made] == [rule["ID"] for rule in wanted]
    prefixes = [rule["Filter"]["Prefix"] for rule in wanted]
    for kept in (".pulumi/stacks/observability/prod.json", ".pulumi/history/a", ".pulumi/meta.yaml"):
        assert any(kept.startswith(prefix) for prefix in prefixes)
    assert not any(".pulumi/locks/a".startswith(prefix) for prefix in prefixes)
    assert {rule["Destination"]["Bucket"] for rule in made} == {f"arn:aws:s3:::{COPY}"}


@pytest.mark.usefixtures("cloud")
def test_one_key_stands_in_both_regions_and_rotates() -> None:
    main([])
    here, there = (
        _client("kms", region).describe_key(KeyId=ALIAS)["KeyMetadata"] for region in ("us-east-1", "us-west-2")
    )
    assert here["MultiRegion"] is there["MultiRegion"] is True
    assert here["KeyId"] == there["KeyId"]
    assert _client("kms").get_key_rotation_status(KeyId=here["KeyId"])["KeyRotationEnabled"] is True


@pytest.mark.usefixtures("cloud")
def test_what_was_changed_by_hand_is_put_right_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    _client("s3").delete_public_access_block(Bucket=STATE)
    capsys.readouterr()
    main([])
    assert capsys.readouterr().out.startswith(f"{STATE}: blocked public access\n\nNext:")


@pytest.mark.usefixtures("cloud")
def test_a_copy_in_the_same_region_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--replica-region", "us-east-1"]) == 1
    assert capsys.readouterr().err == "--replica-region: expected another region than us-east-1, found the same\n"


def test_without_credentials_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    assert main([]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("no AWS credentials: expected them in the environment or a profile, found none; run")
