"""Grafana dashboards: every panel of the catalog, on the declared data source."""

import json
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.scope import scope_of
from compiler.catalog.steady import steady
from compiler.dashboards.grafana import dashboard_json
from compiler.dashboards.steps import colors
from compiler.model.dashboards import Dashboard, Variable
from compiler.target import Target
from tests.frozen import frozen_catalog


def rendered(watched: Watched, board: Dashboard, target: Target) -> Any:
    """Return the model of a workload's dashboard."""
    return json.loads(dashboard_json(watched, board, target, scope_of(watched, frozen_catalog())))


@pytest.fixture(scope="module")
def board(shop: Watched, target: Target) -> Any:
    return rendered(shop, shop.dashboards.grafana[0], target)


def panels(board: Any) -> dict[str, Any]:
    return {panel["title"]: panel for panel in board["panels"] if panel["type"] != "row"}


def test_a_dashboard_says_what_and_whose_it_is(board: Any) -> None:
    assert board["title"] == "Shop: System health"
    assert board["uid"] == "shop-operations"
    assert board["tags"] == ["shop", "shop"]
    assert (board["refresh"], board["time"]) == ("30s", {"from": "now-3h", "to": "now"})


def test_every_row_and_panel_of_the_catalog_is_there_in_order(board: Any, shop: Watched) -> None:
    dashboard = shop.dashboards.grafana[0]
    expected = [title for row in dashboard.rows for title in (row.title, *(panel.title for panel in row.panels))]
    assert [panel["title"] for panel in board["panels"]] == expected


def test_a_panel_shows_its_queries(board: Any, shop: Watched) -> None:
    shown, scope = panels(board), scope_of(shop, frozen_catalog())
    for row in shop.dashboards.grafana[0].rows:
        for panel in row.panels:
            targets = shown[panel.title]["targets"]
            expected = [steady(scope.apply(query.expr), scope, bridged=False) for query in panel.queries]
            assert [target["expr"] for target in targets] == expected
            assert len({target["refId"] for target in targets}) == len(targets)
            assert shown[panel.title]["type"] == panel.type
            assert shown[panel.title]["gridPos"]["w"] == panel.width
            assert shown[panel.title]["fieldConfig"]["defaults"]["unit"] == panel.unit
            assert all(target["datasource"] == {"type": "prometheus", "uid": "prometheus"} for target in targets)


def test_a_number_asks_once_and_a_line_over_time(board: Any) -> None:
    for panel in panels(board).values():
        for target in panel["targets"]:
            assert target.get("instant", False) == (panel["type"] == "stat")
            assert target.get("range", False) == (panel["type"] == "timeseries")


def test_colours_begin_where_the_catalog_says(board: Any, shop: Watched) -> None:
    defaults = panels(board)["Latency p50, p95, p99"]["fieldConfig"]["defaults"]
    declared = {panel.title: panel for row in shop.dashboards.grafana[0].rows for panel in row.panels}
    base, steps = colors(shop, declared["Latency p50, p95, p99"])
    shown = [(step.get("value"), step["color"]) for step in defaults["thresholds"]["steps"]]
    assert shown == [(None, base), *steps]
    assert defaults["custom"]["thresholdsStyle"]["mode"] == "line"
    plain = panels(board)["Requests a second by tier"]["fieldConfig"]["defaults"]
    assert "thresholdsStyle" not in plain["custom"]


def test_panels_do_not_overlap(board: Any) -> None:
    taken = set[tuple[int, int]]()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken
        taken |= cells


def test_a_description_is_shown_where_there_is_one(board: Any) -> None:
    assert panels(board)["Assistant: usage"]["description"] == "Share of requests that invoke the language model."
    assert "description" not in panels(board)["Streaming: lag"]


MODEL = Variable.model_validate({"name": "model", "label": "Model", "metric": "requests_total", "from": "model_name"})


def templating(watched: Watched, target: Target, variable: Variable) -> Any:
    board = watched.dashboards.grafana[0].model_copy(update={"variables": (variable,)})
    (shown,) = rendered(watched, board, target)["templating"]["list"]
    return shown


def test_a_variable_asks_prometheus_for_the_values_of_a_label(shop: Watched, target: Target) -> None:
    shown = templating(shop, target, MODEL)
    assert (shown["name"], shown["label"], shown["type"]) == ("model", "Model", "query")
    assert shown["datasource"] == {"type": "prometheus", "uid": "prometheus"}
    assert shown["query"]["query"] == shown["definition"] == "label_values(requests_total, model_name)"
    assert (shown["query"]["qryType"], shown["refresh"], shown["sort"]) == (1, 2, 1)
    assert not shown["multi"]
    assert not shown["includeAll"]


def test_a_variable_that_offers_all_chooses_all_at_first(shop: Watched, target: Target) -> None:
    shown = templating(shop, target, MODEL.model_copy(update={"all": True}))
    assert shown["multi"]
    assert (shown["includeAll"], shown["allValue"]) == (True, ".*")
    assert shown["current"] == {"selected": True, "text": ["All"], "value": ["$__all"]}


@pytest.fixture(scope="module")
def models(billing: Watched, target: Target) -> Any:
    boards = {board.name: board for board in billing.dashboards.grafana}
    return rendered(billing, boards["ml-models-health"], target)


def test_a_panel_on_cloudwatch_names_metric_dimensions_and_statistic(models: Any) -> None:
    (query,) = panels(models)["Billing: R²"]["targets"]
    assert query["datasource"] == {"type": "cloudwatch", "uid": "cloudwatch"}
    assert (query["namespace"], query["metricName"], query["statistic"]) == ("CustomMetrics/ML", "ModelR2", "Average")
    assert query["dimensions"] == {"Model": ["billing"], "Environment": ["prod"]}
    assert (query["queryMode"], query["metricQueryType"], query["metricEditorMode"]) == ("Metrics", 0, 0)
    assert (query["period"], query["region"], query["matchExact"]) == ("86400", "default", True)


def test_bars_are_a_table_of_names_and_numbers(models: Any) -> None:
    parity = panels(models)["Demographic parity"]
    assert parity["type"] == "barchart"
    assert parity["transformations"] == [{"id": "reduce", "options": {"reducers": ["lastNotNull"]}}]
    assert parity["options"]["xField"] == "Field"
    assert [query["label"] for query in parity["targets"]] == ["gender", "age", "location"]
    scores = panels(models)["Billing scores, 0 to 1"]
    assert scores["transformations"][0]["options"] == {"reducers": ["sum"]}
    assert panels(models)["Parcels by drift"]["type"] == "table"


def test_a_heat_map_has_a_row_for_each_value_of_a_dimension(models: Any) -> None:
    drift = panels(models)["KS statistic per parcel"]
    assert (drift["type"], drift["options"]["calculate"]) == ("heatmap", False)
    (query,) = drift["targets"]
    assert (query["dimensions"]["Parcel"], query["label"]) == (["*"], "${PROP('Dim.Parcel')}")


def test_an_expression_reads_lines_that_are_hidden(billing: Watched, target: Target) -> None:
    boards = {board.name: board for board in billing.dashboards.grafana}
    business = rendered(billing, boards["business-metrics"], target)
    value, cost, ratio = panels(business)["LTV/CAC ratio"]["targets"]
    assert (value["id"], value["hide"], cost["id"], cost["hide"]) == ("m1", True, "m2", True)
    assert (ratio["expression"], ratio["metricEditorMode"], ratio["hide"]) == ("m1 / m2", 1, False)
    charges = rendered(billing, boards["cost"], target)
    assert panels(charges)["Cost by service since the month began"]["targets"][0]["region"] == "us-east-1"


def test_exemplars_are_shown_of_kept_traces_only(catalog: Catalog, target: Target) -> None:
    """What is counted before sampling has none: nine in ten would lead to a trace that is gone."""
    platform = next(watched for watched in catalog if watched.name == "platform")
    dashboard = next(board for board in platform.dashboards.grafana if board.name == "spans")
    made = rendered(platform, dashboard, target)
    shown = [each for panel in panels(made).values() for each in panel["targets"] if each.get("exemplar")]
    assert [("traces_kept_duration_seconds_bucket" in each["expr"], each["range"]) for each in shown] == [(True, True)]
