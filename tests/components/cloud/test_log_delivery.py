"""CloudWatch logs are delivered to the archive: decompressed, compressed, encrypted, by roles with no other right."""

from __future__ import annotations

import json

import pytest

from components.cloud.log_delivery import LogDelivery, LogDeliveryArgs
from tests.components.isolated import TAGS, Deployed, arn, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
BUCKET = "arn:aws:s3:::archive"
ARGS = LogDeliveryArgs(
    name="observability-prod-shop-logs",
    log_groups={"api": "/aws/lambda/api", "jobs": "/ecs/jobs"},
    bucket_arn=BUCKET,
    prefix="shop/",
    region="us-east-1",
    key_arn=KEY,
    log_days=90,
    tags=TAGS,
)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: LogDelivery("shop", ARGS, in_aws()))


def test_every_group_is_subscribed_whole(deployed: Deployed) -> None:
    filters = deployed.of("LogSubscriptionFilter")
    assert {each.inputs["logGroup"] for each in filters} == {"/aws/lambda/api", "/ecs/jobs"}
    stream = deployed.one("FirehoseDeliveryStream")
    for each in filters:
        assert (each.inputs["filterPattern"], each.inputs["destinationArn"]) == ("", arn("shop"))
        assert stream.urn in each.dependencies


def test_lines_arrive_unpacked_in_folders_of_their_hour(deployed: Deployed) -> None:
    inputs = deployed.one("FirehoseDeliveryStream").inputs
    assert inputs["destination"] == "extended_s3"
    assert inputs["serverSideEncryption"]["keyArn"] == KEY
    target = inputs["extendedS3Configuration"]
    assert target["prefix"] == "shop/cloudwatch/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
    # What cannot be unpacked must lie under the same class, whose lifecycle deletes it.
    assert target["errorOutputPrefix"].startswith("shop/")
    assert (target["compressionFormat"], target["kmsKeyArn"]) == ("GZIP", KEY)
    kinds = [each["type"] for each in target["processingConfiguration"]["processors"]]
    assert kinds == ["Decompression", "CloudWatchLogProcessing"]


def test_the_writer_writes_below_its_prefix_and_the_sender_sends(deployed: Deployed) -> None:
    policies = {each.name: json.loads(each.inputs["policy"])["Statement"] for each in deployed.of("RolePolicy")}
    listing, objects, key, log = policies["shop-writer"]
    assert (listing["Resource"], objects["Resource"]) == (BUCKET, f"{BUCKET}/shop/*")
    assert key["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    assert log["Action"] == ["logs:PutLogEvents"]
    (sending,) = policies["shop-sender"]
    assert sending["Resource"] == arn("shop")
    assert sending["Action"] == ["firehose:PutRecord", "firehose:PutRecordBatch"]
    services = {
        each.name: json.loads(each.inputs["assumeRolePolicy"])["Statement"][0]["Principal"]["Service"]
        for each in deployed.of("Role")
    }
    assert services == {"shop-writer": "firehose.amazonaws.com", "shop-sender": "logs.amazonaws.com"}


def test_its_own_log_ends_and_is_encrypted(deployed: Deployed) -> None:
    group = deployed.one("LogGroup").inputs
    assert (group["retentionInDays"], group["kmsKeyId"]) == (90, KEY)
