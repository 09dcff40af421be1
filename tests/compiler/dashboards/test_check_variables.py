"""Variables of dashboards without values or declaration are reported with their place."""

from typing import Any

import pytest

from tests.catalog_copy import CatalogCopy

BOARDS = "shop/dashboards.yaml"
MODEL = {"name": "model", "label": "Model", "metric": "model_requests_total", "from": "model_name"}


def declare(copy: CatalogCopy, expr: str, *variables: dict[str, Any], **panel: object) -> None:
    """Give the first dashboard variables, and its first panel an expression and other changes."""

    def edit(data: Any) -> None:
        board = data["grafana"][0]
        board["variables"] = list(variables)
        board["rows"][0]["panels"][0].update({"queries": [{"expr": expr}], **panel})

    copy.change(BOARDS, edit)


@pytest.mark.parametrize(
    ("variable", "expr"),
    [
        (MODEL, 'sum(rate(model_requests_total{model_name="$model"}[5m]))'),
        (MODEL, 'sum(rate(model_requests_total{model_name="${model}"}[$__rate_interval]))'),
        (MODEL | {"all": True}, 'sum(rate(model_requests_total{model_name=~"$model"}[5m]))'),
        (MODEL | {"metric": "model_inference_latency_seconds_count"}, 'up{service="$model"}'),
        (MODEL | {"metric": "up", "from": "instance"}, 'up{instance="$model"}'),
    ],
)
def test_a_variable_that_is_declared_is_taken(copy: CatalogCopy, variable: dict[str, Any], expr: str) -> None:
    declare(copy, expr, variable)
    assert copy.load()


def test_a_variable_may_stand_in_titles_and_legends_alone(copy: CatalogCopy) -> None:
    declare(copy, "up", MODEL, title="Targets of $model")
    assert copy.load()


@pytest.mark.parametrize(
    ("variable", "expr", "message"),
    [
        (
            MODEL,
            'up{service="$modell", instance="$model"}',
            "unknown variable '$modell': expected one of $model: did you mean '$model'?",
        ),
        (MODEL, "up", "nothing uses $model: use it, or drop it"),
        (MODEL, "topk($model, up)", "does not parse"),
        (
            MODEL | {"all": True},
            'up{service="$model"}',
            "$model may stand for several values: expected service=~, found =",
        ),
        (MODEL | {"all": True}, 'up{service!="$model"}', "expected service!~, found !="),
        (MODEL | {"metric": "model_requests"}, 'up{service="$model"}', "no series has the name 'model_requests'"),
        (MODEL | {"metric": "model_inference_latency_seconds"}, 'up{service="$model"}', "a histogram's with _count"),
        (MODEL | {"from": "model"}, 'up{service="$model"}', "'model_requests_total' has no label 'model': it has "),
        (MODEL | {"name": "$model"}, 'up{service="$model"}', "String should match pattern"),
    ],
)
def test_a_wrong_variable_is_told(copy: CatalogCopy, variable: dict[str, Any], expr: str, message: str) -> None:
    declare(copy, expr, variable)
    reported = [line for line in copy.mistakes() if f"catalog/{BOARDS}:" in line and ": operations." in line]
    assert any(message in line for line in reported), reported


@pytest.mark.parametrize("changes", [{"title": "Targets of $queue"}, {"queries": [{"expr": "up", "legend": "$queue"}]}])
def test_an_unknown_variable_is_told_in_titles_and_legends(copy: CatalogCopy, changes: dict[str, Any]) -> None:
    declare(copy, "up", **changes)
    (line,) = copy.mistakes()
    assert "unknown variable '$queue': expected one of none" in line


def test_a_variable_is_declared_once(copy: CatalogCopy) -> None:
    declare(copy, 'up{service="$model"}', MODEL, MODEL)
    (line,) = copy.mistakes()
    assert ": operations.variables.model.name: 'model' is declared twice" in line
