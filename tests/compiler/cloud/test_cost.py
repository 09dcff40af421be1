"""The estimate: list prices and requests are counted, use is listed, nothing is guessed."""

import json
from decimal import Decimal
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.cloud.cost import CostReport, estimate

KEY, BUCKET, ALIAS = "aws:kms/key:Key", "aws:s3/bucket:Bucket", "aws:kms/alias:Alias"
PROMETHEUS = "kubernetes:monitoring.coreos.com/v1:Prometheus"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaimPatch"


def resource(kind: str, name: str = "one", **inputs: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "inputs": inputs}


def pods(replicas: int | None = None, storage: str | None = None, **requests: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"resources": {"requests": requests}}
    if replicas is not None:
        spec["replicas"] = replicas
    if storage:
        spec["storage"] = {"volumes": [{"size": storage}]}
    return resource(PROMETHEUS, spec=spec)


@pytest.fixture
def report(catalog: Catalog) -> CostReport:
    shop = {"Workload": "shop"}
    resources = [
        resource(KEY, "key", tags=shop),
        resource(KEY, "platform-key"),
        resource(BUCKET, "bucket", tags=shop),
        resource(ALIAS, "alias"),
        resource("aws:odd/thing:Thing", "thing"),
        resource("observability:index:Component", "component"),
        resource("pulumi:providers:aws", "provider"),
        resource("kubernetes:core/v1:ConfigMap", "map"),
        resource("kubernetes:helm.sh/v3:Release", "chart"),
    ]
    return estimate(resources, catalog.prices)


def test_what_costs_is_listed_with_how_that_is_known(report: CostReport) -> None:
    assert [(line.workload, line.name, line.monthly_usd, line.basis) for line in report.lines] == [
        ("platform", "platform-key", Decimal("1.00"), "list price"),
        ("platform", "thing", None, "no price in catalog/prices.yaml"),
        ("platform", "chart", None, "the chart's pods are not visible"),
        ("shop", "key", Decimal("1.00"), "list price"),
        ("shop", "bucket", None, "0.023 USD a GB stored, and requests"),
    ]


def test_sums(report: CostReport) -> None:
    assert report.monthly_usd == Decimal("2.00")
    assert report.by_workload == {"platform": Decimal("1.00"), "shop": Decimal("1.00")}
    assert report.unpriced == 3


def test_amounts_in_json_are_text(report: CostReport) -> None:
    data = json.loads(report.to_json())
    assert (data["monthly"], data["currency"], data["as_of"], data["unpriced"]) == ("2.00", "USD", "2026-08", 3)
    assert {line["monthly_usd"] for line in data["lines"]} == {"1.00", None}


def test_pods_cost_what_they_request(catalog: Catalog) -> None:
    (line,) = estimate([pods(2, "50Gi", cpu="500m", memory="2Gi")], catalog.prices).lines
    one = (Decimal("0.5") * Decimal("0.04048") + 2 * Decimal("0.004445")) * 730 + 50 * Decimal("0.08")
    assert line.monthly_usd == (2 * one).quantize(Decimal("0.01"))


def test_replicas_and_volume_have_defaults(catalog: Catalog) -> None:
    (one,) = estimate([pods(cpu=1)], catalog.prices).lines
    (none,) = estimate([pods(0, cpu=1)], catalog.prices).lines
    assert (one.monthly_usd, none.monthly_usd) == (Decimal("29.55"), Decimal("0.00"))


@pytest.mark.parametrize("inputs", [{}, {"spec": None}, {"spec": {"resources": "?"}}, {"tags": None}])
def test_what_is_not_known_yet_does_not_break_the_estimate(catalog: Catalog, inputs: dict[str, Any]) -> None:
    assert estimate([resource(PROMETHEUS, **inputs)], catalog.prices).lines == ()
    assert estimate([resource(KEY, **inputs)], catalog.prices).monthly_usd == Decimal("1.00")


def test_an_alarm_on_metric_math_costs_each_metric_that_it_reads(catalog: Catalog) -> None:
    line, expression = {"id": "a", "metric": {"metricName": "Count"}}, {"id": "e", "expression": "a / b"}
    math = resource("aws:cloudwatch/metricAlarm:MetricAlarm", metricQueries=[line, {**line, "id": "b"}, expression])
    plain = resource("aws:cloudwatch/metricAlarm:MetricAlarm", "two", metricName="Count")
    lines = estimate([math, plain], catalog.prices).lines
    assert [(each.monthly_usd, each.basis) for each in lines] == [
        (Decimal("0.20"), "list price of each of 2 metrics"),
        (Decimal("0.10"), "list price"),
    ]


def test_a_deployment_costs_what_its_containers_request(catalog: Catalog) -> None:
    container = {"resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}
    spec = {"replicas": 2, "template": {"spec": {"containers": [container, container]}}}
    deployed = estimate([resource("kubernetes:apps/v1:Deployment", spec=spec)], catalog.prices)
    assert deployed.monthly_usd == estimate([pods(replicas=2, cpu="1", memory="2Gi")], catalog.prices).monthly_usd > 0


def test_a_claim_costs_what_it_asks_for_and_its_template_nothing(catalog: Catalog) -> None:
    asked = {"resources": {"requests": {"storage": "100Gi"}}}
    spec = {"storage": {"volumeClaimTemplate": {"spec": asked}}, "volumeClaimTemplates": [{"spec": asked}], **asked}
    (line,) = estimate([resource(CLAIM, spec=asked)], catalog.prices).lines
    assert (line.monthly_usd, line.basis) == (Decimal("8.00"), "requested volume")
    (template,) = estimate(
        [resource(PROMETHEUS, spec={**spec, "resources": {"requests": {"cpu": 0}}})], catalog.prices
    ).lines
    assert template.monthly_usd == Decimal("0.00")


def test_nothing_costs_nothing(catalog: Catalog) -> None:
    report = estimate([], catalog.prices)
    assert (report.monthly_usd, report.unpriced, report.by_workload) == (Decimal("0.00"), 0, {})


MACHINES = "aws:eks/nodeGroup:NodeGroup"


def machines(kind: object = "m6i.large", count: object = 3) -> dict[str, Any]:
    return resource(MACHINES, instanceTypes=[kind], scalingConfig={"desiredSize": count, "maxSize": 6})


def test_machines_cost_their_hours_times_their_number(catalog: Catalog) -> None:
    (line,) = estimate([machines()], catalog.prices).lines
    assert (line.monthly_usd, line.basis) == (Decimal("210.24"), "list price of 3 m6i.large")


@pytest.mark.parametrize(("kind", "count"), [("x9.huge", 3), ("m6i.large", None), ({}, "three")])
def test_machines_without_a_known_price_are_listed_unpriced(catalog: Catalog, kind: object, count: object) -> None:
    (line,) = estimate([machines(kind, count)], catalog.prices).lines
    assert line.monthly_usd is None
    assert "catalog/prices.yaml" in line.basis


def test_pods_on_machines_of_ours_are_not_counted_twice(catalog: Catalog) -> None:
    report = estimate([machines(), pods(2, "50Gi", cpu="500m", memory="2Gi")], catalog.prices)
    assert report.monthly_usd == Decimal("210.24") + 2 * 50 * Decimal("0.08")


def brokers(kind: object = "kafka.m7g.large", count: object = 3) -> dict[str, Any]:
    group = {"instanceType": kind, "storageInfo": {"ebsStorageInfo": {"volumeSize": 200}}}
    return resource("aws:msk/cluster:Cluster", numberOfBrokerNodes=count, brokerNodeGroupInfo=group)


def test_brokers_cost_their_hours_and_volumes_times_their_number(catalog: Catalog) -> None:
    (line,) = estimate([brokers()], catalog.prices).lines
    # 3 x (0.204 x 730 + 200 x 0.10)
    assert (line.monthly_usd, line.basis) == (Decimal("506.76"), "list price of 3 kafka.m7g.large, and their volumes")


def test_brokers_without_a_known_price_are_listed_unpriced(catalog: Catalog) -> None:
    (line,) = estimate([brokers("kafka.x9.huge")], catalog.prices).lines
    assert (line.monthly_usd, line.basis) == (None, "no price of kafka.x9.huge in catalog/prices.yaml")
