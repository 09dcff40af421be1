"""A stack of a key, an encrypted bucket and a topic is accepted; the origin of each key is broken in turn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from policies.support.encryption import table
from sandbox.analyzer import AnalyzerResource, PolicyPack
from tests.policies.specs import UNKNOWN, encrypted, of, one, resource, urn

RULE = "encryption-own-key"
KEY = "aws:kms/key:Key"
TOPIC = "aws:sns/topic:Topic"
BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
REFERENCE = "pulumi:pulumi:StackReference"
ARN = "arn:aws:kms:eu-west-1:123456789012:key/own"


def topic(key: object = UNKNOWN, origins: Sequence[str] | None = (urn(KEY),)) -> AnalyzerResource:
    return resource(TOPIC, {"kmsMasterKeyId": key}, depends={} if origins is None else {"kmsMasterKeyId": origins})


def encryption(bucket: object = UNKNOWN, origins: Sequence[str] = (urn(BUCKET),)) -> AnalyzerResource:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}}]
    depends = {"bucket": origins, "rules": [urn(KEY)]}
    return resource(ENCRYPTION, {"bucket": bucket, "rules": rules}, depends=depends)


OWN_KEY = resource(KEY, {"arn": UNKNOWN})
OWN_BUCKET = resource(BUCKET, {"bucket": "logs", "id": UNKNOWN})


def test_accepts_keys_of_the_stack_while_their_arn_is_unknown(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([OWN_KEY, OWN_BUCKET, encryption(), topic()])) == []


@pytest.mark.parametrize("kind", ["aws:kms/replicaKey:ReplicaKey", "aws:kms/alias:Alias", REFERENCE])
def test_accepts_replicas_aliases_and_referenced_stacks(pack: PolicyPack, kind: str) -> None:
    assert of(RULE, pack.analyze_stack([resource(kind, {}), topic(origins=[urn(kind)])])) == []


def test_accepts_a_key_that_the_program_read_and_the_engine_does_not_list(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([topic(key=ARN, origins=[urn(REFERENCE)])])) == []


def test_accepts_a_known_key_that_is_the_stacks_own(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([resource(KEY, {"arn": ARN}), topic(key=ARN, origins=None)])) == []


@pytest.mark.parametrize("key", [UNKNOWN, ARN])
def test_reports_a_key_without_an_origin(pack: PolicyPack, key: str) -> None:
    finding = one(RULE, pack.analyze_stack([OWN_KEY, topic(key=key, origins=None)]))
    assert (finding.level, finding.urn) == ("mandatory", urn(TOPIC))
    assert finding.message.endswith("a value computed elsewhere" if key == UNKNOWN else ARN)


def test_reports_a_key_that_comes_from_something_else(pack: PolicyPack) -> None:
    assert one(RULE, pack.analyze_stack([OWN_KEY, OWN_BUCKET, encryption(), topic(origins=[urn(BUCKET)])])).urn == urn(
        TOPIC
    )


@pytest.mark.parametrize("key", [None, "", "alias/aws/sns"])
def test_leaves_absent_and_aws_keys_to_the_other_rule(pack: PolicyPack, key: str | None) -> None:
    assert of(RULE, pack.analyze_stack([topic(key=key, origins=None)])) == []


def test_asks_every_kind_of_the_table_for_the_origin_of_its_key(pack: PolicyPack) -> None:
    stack = [resource(kind, encrypted(row, ARN)) for kind, row in table().items()]
    assert {finding.urn for finding in of(RULE, pack.analyze_stack(stack))} == {item.urn for item in stack}


def test_reports_a_bucket_without_an_encryption_configuration(pack: PolicyPack) -> None:
    finding = one(RULE, pack.analyze_stack([OWN_KEY, OWN_BUCKET]))
    assert (finding.urn, "BucketServerSideEncryptionConfiguration" in finding.message) == (urn(BUCKET), True)


def test_reports_a_bucket_when_only_another_is_encrypted(pack: PolicyPack) -> None:
    other = resource(BUCKET, {"bucket": "other"}, name="two")
    assert one(RULE, pack.analyze_stack([OWN_KEY, OWN_BUCKET, other, encryption()])).urn == urn(BUCKET, "two")


def test_knows_the_bucket_of_an_encryption_by_its_name_too(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([OWN_KEY, OWN_BUCKET, encryption("logs", origins=[])])) == []
    assert one(RULE, pack.analyze_stack([OWN_KEY, OWN_BUCKET, encryption("other", origins=[])])).urn == urn(BUCKET)
