"""The metrics of an objective on CloudWatch must exist, and be one series."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.catalog_copy import CatalogCopy

SLOS = "billing/slos.yaml"
Edit = Callable[[Any], object]


def _events(**change: object) -> Edit:
    return lambda data: data["slos"][0]["cloudwatch"].update(change)


def _value(**change: object) -> Edit:
    return lambda data: data["thresholds"][1].update(change)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_events(bad="api-6xx"), "api-availability.cloudwatch.bad: unknown CloudWatch metric 'api-6xx'"),
        (_events(total="pipeline-started"), "'pipeline-started' cannot be exported to Prometheus: expected dimensions"),
        (_events(dashboard="ops"), "api-availability.cloudwatch.dashboard: unknown CloudWatch dashboard 'ops'"),
        (_events(topics=["pagers"]), "api-availability.cloudwatch.topics.0: unknown topic 'pagers'"),
        (_value(metrics=["model-r3"]), "model-accuracy.metrics.0: unknown CloudWatch metric 'model-r3'"),
        (_value(metrics=["nan-log-lines"]), "model-accuracy.metrics.0: 'nan-log-lines' cannot be exported"),
        (
            _value(severities={"missed": "p9", "absence": "p3"}),
            "model-accuracy.severities.missed: unknown severity 'p9'",
        ),
        (_value(service="modles"), "model-accuracy.service: unknown service 'modles'"),
        (_value(dashboard="cost-of"), "model-accuracy.dashboard: unknown Grafana dashboard 'cost-of'"),
        (_value(runbook="none"), "model-accuracy.runbook: no runbook: expected the page"),
        (_value(name="api-availability"), "api-availability.name: 'api-availability' is declared twice"),
        (_value(name="fairness"), "'fairness' is declared twice: names are unique"),
    ],
)
def test_a_wrong_name_is_told_with_its_place(copy: CatalogCopy, edit: Edit, message: str) -> None:
    copy.change(SLOS, edit)
    assert [line for line in copy.mistakes() if message in line]


def test_an_objective_has_one_source_of_events(copy: CatalogCopy) -> None:
    copy.change(SLOS, lambda data: data["slos"][0].update(events={"total": "a_total", "bad": "b_total"}))
    (line,) = copy.mistakes()
    assert "expected either events or cloudwatch, found both or neither" in line
