"""What the platform watches in itself: limits, layers, and names that are those of the exporters."""

import re
from dataclasses import replace
from typing import get_args

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog import Catalog, Watched
from compiler.conventions import series
from compiler.model.base import LayerName
from compiler.target import Target
from settings import Layer

# Each alert with its layer, where it has one, and its bounds by severity: side, limit, duration.
LIMITS: dict[str, tuple[str | None, dict[str, tuple[str, float, str]]]] = {
    "Watchdog": (None, {"none": ("==", 1, "1m")}),
    "TargetsDown": (None, {"warning": (">", 10, "10m")}),
    "RuleEvaluationFailures": (None, {"critical": (">", 0, "5m")}),
    "RuleGroupSlow": (None, {"warning": (">", 0.8, "10m")}),
    "ConfigReloadFailed": (None, {"critical": ("==", 0, "5m")}),
    "CardinalityGrowing": (None, {"warning": (">", 1.5, "30m")}),
    "SeriesBudgetExceeded": (None, {"warning": (">", 100_000, "15m")}),
    "NotificationsFailing": (None, {"critical": (">", 10, "5m")}),
    "NotificationsDropped": (None, {"critical": (">", 0, "5m")}),
    "AlertmanagerMembersMissing": (None, {"warning": ("<", 1, "10m")}),
    "RemoteWriteBehind": (None, {"warning": (">", 5, "10m")}),
    "StorageNearlyFull": (None, {"critical": ("<", 5, "5m"), "warning": ("<", 10, "15m")}),
    "CertificateExpiring": ("foundation", {"critical": ("<", 3, "15m"), "warning": ("<", 14, "1h")}),
    "CloudWatchExporterErrors": ("cloud", {"warning": (">", 5, "15m")}),
    "KafkaOfflinePartitions": ("logs", {"critical": (">", 0, "2m")}),
    "KafkaUnderReplicatedPartitions": ("logs", {"warning": (">", 0, "10m")}),
    "KafkaDiskNearlyFull": ("logs", {"critical": ("<", 10, "5m"), "warning": ("<", 20, "15m")}),
    "KafkaConsumerLag": ("logs", {"warning": (">", 10, "10m")}),
    "FlinkJobNotRunning": ("logs", {"critical": ("==", 0, "5m")}),
    "FlinkJobRestarting": ("logs", {"warning": (">", 2, "5m")}),
    "FlinkCheckpointStale": ("logs", {"critical": ("==", 0, "5m")}),
    "FlinkBackpressure": ("logs", {"warning": (">", 50, "15m")}),
    "OpenSearchNotGreen": ("logs", {"critical": ("==", 2, "2m"), "warning": ("==", 1, "30m")}),
    "OpenSearchDiskLow": ("logs", {"critical": ("<", 10, "5m"), "warning": ("<", 15, "15m")}),
    "OpenSearchWritesRejected": ("logs", {"warning": (">", 0, "10m")}),
    "OpenSearchSnapshotOld": ("logs", {"warning": (">", 26, "15m")}),
    "LogLinesUnusable": ("logs", {"warning": (">", 5, "15m")}),
    "LogDocumentsRejected": ("logs", {"warning": (">", 0, "5m")}),
    "LogAgentLosesRecords": ("logs", {"warning": (">", 0, "5m")}),
    "LogAgentsPaused": ("logs", {"warning": (">", 0, "10m")}),
    "CollectorRefusesSpans": ("traces", {"warning": (">", 0, "5m")}),
    "CollectorLosesSpans": ("traces", {"warning": (">", 0, "5m")}),
    "CollectorQueueNearlyFull": ("traces", {"warning": (">", 80, "5m")}),
    "CollectorsDown": ("traces", {"critical": ("<", 50, "5m"), "warning": ("<", 100, "10m")}),
    "TailSamplerDropsTraces": ("traces", {"warning": (">", 0, "5m")}),
    "SpansNonconforming": ("traces", {"warning": (">", 0, "15m")}),
    "TraceCoverageLow": ("traces", {"warning": ("<", 0.99, "15m")}),
    "ClickHouseRejectsInserts": ("analytics", {"critical": (">", 0, "2m")}),
    "ClickHouseTooManyParts": ("analytics", {"warning": (">", 1_000, "10m")}),
    "ClickHouseReplicaBehind": ("analytics", {"warning": (">", 5, "10m")}),
    "ClickHouseDiskNearlyFull": ("analytics", {"critical": ("<", 10, "5m"), "warning": ("<", 20, "15m")}),
}
BUILT = get_args(Layer)


@pytest.fixture(scope="module")
def platform(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "platform")


def compiled(platform: Watched, catalog: Catalog, target: Target) -> dict[str, str]:
    rules = [rule for group in rule_groups(platform, catalog, target) for rule in group.rules]
    return {rule.alert: rule.expr for rule in rules if rule.alert}


def test_every_alert_has_its_layer_and_its_limits(platform: Watched) -> None:
    found = {
        alert.name: (
            alert.layer,
            {
                severity: (threshold.operator, threshold.value, threshold.for_)
                for severity, threshold in alert.thresholds.items()
            },
        )
        for alert in platform.alerts
    }
    assert found == LIMITS


def test_a_stack_gets_alerts_on_what_it_holds_only(platform: Watched, catalog: Catalog, target: Target) -> None:
    """Else what is not deployed would be told as gone, for ever."""
    found = set(compiled(platform, catalog, replace(target, layers=BUILT)))
    assert found == {name for name, (layer, _) in LIMITS.items() if layer in (None, *BUILT)}
    without_cloud = set(compiled(platform, catalog, replace(target, layers=tuple(set(BUILT) - {"cloud"}))))
    assert found - without_cloud == {"CloudWatchExporterErrors"}


def test_every_alert_is_compiled_where_every_layer_is(platform: Watched, catalog: Catalog, target: Target) -> None:
    assert set(target.layers) == set(get_args(LayerName))
    assert set(compiled(platform, catalog, target)) == set(LIMITS)


def test_only_what_a_layer_deploys_may_be_told_as_gone(platform: Watched) -> None:
    """A part that every stack has is told by its targets: TargetsDown; the Watchdog tells of Prometheus itself."""
    assert {alert.name for alert in platform.alerts if alert.absence} == {
        "KafkaOfflinePartitions",
        "FlinkJobNotRunning",
        "OpenSearchNotGreen",
        "CollectorsDown",
    }
    assert all(alert.layer for alert in platform.alerts if alert.absence)


def test_the_layers_that_are_built_are_layers_of_the_catalog() -> None:
    """The base and the account's own stack run nothing that Prometheus sees."""
    assert set(BUILT) - {"base", "account"} <= set(get_args(LayerName))


def test_every_metric_is_used(platform: Watched, catalog: Catalog, target: Target) -> None:
    """What nobody asks for need not be scraped by a producer of the platform's own."""
    texts = [*compiled(platform, catalog, target).values()]
    for watched in catalog:
        texts += [alert.value for alert in watched.alerts]
        texts += [
            query.expr
            for board in watched.dashboards.grafana
            for row in board.rows
            for panel in row.panels
            for query in panel.queries
        ]
    texts += [each.value for each in catalog.criteria.criteria if each.value]
    used = set(re.findall(r"[a-zA-Z_]\w*", " ".join(texts)))
    assert [metric.name for metric in platform.metrics.prometheus if not used & set(series(metric))] == []


def test_the_budget_is_what_production_may_cost(platform: Watched) -> None:
    budget = platform.workload.budget
    assert budget
    assert (budget.monthly_usd, budget.environments) == (2_200, ("prod",))
