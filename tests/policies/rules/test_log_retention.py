"""A log group of a class is accepted; its retention is taken away, made odd, made unknown."""

from __future__ import annotations

import pytest

from compiler.catalog.yaml_source import read
from compiler.cloud.retention import CLOUDWATCH_DAYS
from compiler.model.platform import Retention
from policies.rules.log_retention import TABLE, agreed
from sandbox.analyzer import PolicyPack
from tests.policies.specs import UNKNOWN, of, one, resource

RULE = "log-retention"
GROUP = "aws:cloudwatch/logGroup:LogGroup"


def test_the_table_of_the_catalog_is_read() -> None:
    table = Retention.model_validate(read(TABLE, "catalog/retention.yaml").data)
    hot = {name for name, kept in table.classes.items() if kept.cloudwatch_days is not None}
    assert hot
    assert {name for names in agreed().values() for name in names} == hot


@pytest.mark.parametrize("days", sorted(agreed()))
def test_accepts_the_days_of_the_catalogs_classes(pack: PolicyPack, days: int) -> None:
    assert of(RULE, pack.analyze(resource(GROUP, {"retentionInDays": days}))) == []


@pytest.mark.parametrize("properties", [{}, {"retentionInDays": 0}, {"retentionInDays": None}])
def test_reports_events_that_are_kept_for_ever(pack: PolicyPack, properties: dict[str, object]) -> None:
    finding = one(RULE, pack.analyze(resource(GROUP, properties)))
    assert (finding.level, finding.message.endswith("found none, which is for ever")) == ("mandatory", True)


@pytest.mark.parametrize("days", [91, 2, 10_000])
def test_reports_days_that_cloudwatch_refuses(pack: PolicyPack, days: int) -> None:
    finding = one(RULE, pack.analyze(resource(GROUP, {"retentionInDays": days})))
    assert finding.message.startswith("retentionInDays: expected one that CloudWatch allows")
    assert finding.message.endswith(f"found {days}")


@pytest.mark.parametrize("days", [days for days in CLOUDWATCH_DAYS if days not in agreed()])
def test_reports_days_that_no_class_says(pack: PolicyPack, days: int) -> None:
    finding = one(RULE, pack.analyze(resource(GROUP, {"retentionInDays": days})))
    assert finding.message.startswith("retentionInDays: expected one of catalog/retention.yaml: ")
    assert finding.message.endswith(f"found {days}")


def test_cannot_judge_days_that_are_unknown(pack: PolicyPack) -> None:
    finding = one(RULE, pack.analyze(resource(GROUP, {"retentionInDays": UNKNOWN})))
    assert (finding.level, finding.not_run) == ("advisory", True)


def test_leaves_other_resources_alone(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource("aws:cloudwatch/logStream:LogStream", {}))) == []
