"""Cold logs as tables of the archive's folders, and queries whose results are encrypted and end."""

from __future__ import annotations

import pytest

from compiler.logs.lake import LakeQuery, LakeTable
from components.logs.lake import LogLake, LogLakeArgs
from tests.components.isolated import ACCOUNT, TAGS, Deployed, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
TABLE = LakeTable(
    name="shop_logs",
    prefix="shop/logs/",
    columns={"level": "string", "metrics": "struct<latency_ms:double>"},
    renamed={"event_time": "@timestamp"},
    partitions={"workload": "string", "dt": "string"},
    projection={"projection.dt.type": "date"},
    help="Logs of shops.",
)
ARGS = LogLakeArgs(
    name="observability-prod-logs",
    database="observability_prod_logs",
    bucket="archive",
    account_id=ACCOUNT,
    tables=[TABLE],
    queries=[LakeQuery("request", "A request's lines.", "SELECT 1")],
    key_arn=KEY,
    tags=TAGS,
)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: LogLake("logs", ARGS, in_aws()))


def test_a_table_reads_the_folders_of_its_class(deployed: Deployed) -> None:
    inputs = deployed.one("CatalogTable").inputs
    stored = inputs["storageDescriptor"]
    assert (stored["location"], stored["compressed"]) == ("s3://archive/shop/logs/", True)
    assert {each["name"]: each["type"] for each in stored["columns"]} == dict(TABLE.columns)
    assert stored["serDeInfo"]["parameters"]["mapping.event_time"] == "@timestamp"
    assert [each["name"] for each in inputs["partitionKeys"]] == ["workload", "dt"]
    assert inputs["parameters"]["projection.enabled"] == "true"
    assert inputs["parameters"]["projection.dt.type"] == "date"
    assert inputs["databaseName"] == "observability_prod_logs"


def test_results_are_encrypted_and_nobody_chooses_otherwise(deployed: Deployed) -> None:
    configuration = deployed.one("Workgroup").inputs["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    results = configuration["resultConfiguration"]
    assert results["outputLocation"] == "s3://archive/athena-results/"
    assert results["encryptionConfiguration"] == {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY}
    assert configuration["bytesScannedCutoffPerQuery"] == 2**40


def test_queries_belong_to_the_workgroup(deployed: Deployed) -> None:
    query = deployed.one("NamedQuery").inputs
    assert (query["name"], query["workgroup"], query["query"]) == ("request", ARGS.name, "SELECT 1")
