"""The job writes documents and files, and deletes only what is its own."""

from __future__ import annotations

import json

from components.logs.writer import LogWriter, LogWriterArgs
from tests.components.isolated import TAGS, deploy, in_aws


def test_it_may_do_what_it_must_and_nothing_else() -> None:
    args = LogWriterArgs("observability-prod-log-job", "cluster", "space", "log-job", "D", "archive", "K", TAGS)
    deployed = deploy(lambda: LogWriter("log-job", args, in_aws()))
    policy = json.loads(deployed.one("RolePolicy").inputs["policy"])
    allowed = {action: each["Resource"] for each in policy["Statement"] for action in each["Action"]}
    files, own = "arn:aws:s3:::archive/*/logs/*", "arn:aws:s3:::archive/flink/*"
    assert allowed == {
        "es:ESHttpPost": "D/_bulk",
        "s3:ListBucket": "arn:aws:s3:::archive",
        "s3:ListBucketMultipartUploads": "arn:aws:s3:::archive",
        "s3:GetObject": [files, own],
        "s3:PutObject": [files, own],
        "s3:AbortMultipartUpload": [files, own],
        "s3:ListMultipartUploadParts": [files, own],
        "s3:DeleteObject": [own],
        "kms:Decrypt": "K",
        "kms:GenerateDataKey": "K",
    }
    association = deployed.one("PodIdentityAssociation").inputs
    assert (association["serviceAccount"], association["namespace"]) == ("log-job", "space")
