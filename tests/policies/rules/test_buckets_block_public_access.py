"""A bucket with its block is accepted; the block is taken away, and given to another bucket."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.analyzer import AnalyzerResource, PolicyPack
from tests.policies.specs import UNKNOWN, of, one, resource, urn

RULE = "buckets-block-public-access"
BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
LOGS = resource(BUCKET, {"bucket": "logs", "id": UNKNOWN})


def block(bucket: object = UNKNOWN, origins: Sequence[str] = (urn(BUCKET),)) -> AnalyzerResource:
    return resource(BLOCK, {"bucket": bucket}, depends={"bucket": origins})


def test_accepts_a_bucket_with_its_block_while_its_id_is_unknown(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([LOGS, block()])) == []


def test_knows_the_bucket_of_a_block_by_its_name_too(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([LOGS, block("logs", origins=[])])) == []


def test_reports_a_bucket_without_a_block(pack: PolicyPack) -> None:
    finding = one(RULE, pack.analyze_stack([LOGS]))
    assert (finding.level, finding.urn) == ("mandatory", urn(BUCKET))
    assert "BucketPublicAccessBlock" in finding.message


def test_reports_a_bucket_when_only_another_has_a_block(pack: PolicyPack) -> None:
    other = resource(BUCKET, {"bucket": "other"}, name="two")
    assert one(RULE, pack.analyze_stack([LOGS, other, block()])).urn == urn(BUCKET, "two")
    assert one(RULE, pack.analyze_stack([LOGS, block("other", origins=[])])).urn == urn(BUCKET)


def test_says_nothing_of_a_stack_without_buckets(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([resource("aws:sns/topic:Topic", {})])) == []
