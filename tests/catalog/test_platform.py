"""What the platform monitors of itself: limits, layers, and metric names as the exporters have them."""

import re
from dataclasses import replace
from typing import get_args

import pytest
import yaml

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import series
from compiler.model.base import LayerName
from compiler.target import Target
from settings import Layer
from tests.catalog_copy import ROOT

BUILT = get_args(Layer)


@pytest.fixture(scope="module")
def platform(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "platform")


def compiled(platform: Watched, catalog: Catalog, target: Target) -> dict[str, str]:
    rules = [rule for group in rule_groups(platform, catalog, target) for rule in group.rules]
    return {rule.alert: rule.expr for rule in rules if rule.alert}


def test_the_file_of_an_alert_is_named_after_its_layer(platform: Watched) -> None:
    """The metrics layer is in every stack: its alerts need none."""
    layers = {alert.name: alert.layer for alert in platform.alerts}
    for file in sorted((ROOT / "catalog" / "platform" / "alerts").glob("*.yaml")):
        names = [each["name"] for each in yaml.safe_load(file.read_text(encoding="utf-8"))["alerts"]]
        assert {layers[name] for name in names} == {None if file.stem == "metrics" else file.stem}


def test_a_stack_gets_alerts_on_what_it_holds_only(platform: Watched, catalog: Catalog, target: Target) -> None:
    """Else what is not deployed would be told as gone, for ever."""
    found = set(compiled(platform, catalog, replace(target, layers=BUILT)))
    assert found == {alert.name for alert in platform.alerts if alert.layer in (None, *BUILT)}
    for layer in BUILT:
        without = set(compiled(platform, catalog, replace(target, layers=tuple(set(BUILT) - {layer}))))
        assert found - without == {alert.name for alert in platform.alerts if alert.layer == layer}


def test_every_alert_is_compiled_where_every_layer_is(platform: Watched, catalog: Catalog, target: Target) -> None:
    assert set(target.layers) == set(get_args(LayerName))
    assert set(compiled(platform, catalog, target)) == {alert.name for alert in platform.alerts}


def test_only_what_a_layer_deploys_may_be_told_as_gone(platform: Watched) -> None:
    """A part that every stack has is told by its targets: TargetsDown; the Watchdog tells of Prometheus itself."""
    gone = [alert for alert in platform.alerts if alert.absence]
    assert gone
    assert all(alert.layer for alert in gone)


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
