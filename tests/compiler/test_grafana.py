"""Grafana dashboards: every panel of the catalog, on the declared data source."""

import json
from typing import Any

import pytest

from compiler.catalog import Watched
from compiler.grafana import dashboard_json


@pytest.fixture(scope="module")
def board(personalization: Watched) -> Any:
    return json.loads(dashboard_json(personalization, personalization.dashboards.grafana[0]))


def panels(board: Any) -> dict[str, Any]:
    return {panel["title"]: panel for panel in board["panels"] if panel["type"] != "row"}


def test_a_dashboard_says_what_and_whose_it_is(board: Any) -> None:
    assert board["title"] == "Personalization: System health"
    assert board["uid"] == "personalization-operations"
    assert board["tags"] == ["personalization", "personalization"]
    assert (board["refresh"], board["time"]) == ("30s", {"from": "now-3h", "to": "now"})


def test_every_row_and_panel_of_the_catalog_is_there_in_order(board: Any, personalization: Watched) -> None:
    dashboard = personalization.dashboards.grafana[0]
    expected = [title for row in dashboard.rows for title in (row.title, *(panel.title for panel in row.panels))]
    assert [panel["title"] for panel in board["panels"]] == expected


def test_a_panel_shows_its_queries(board: Any, personalization: Watched) -> None:
    shown = panels(board)
    for row in personalization.dashboards.grafana[0].rows:
        for panel in row.panels:
            targets = shown[panel.title]["targets"]
            assert [target["expr"] for target in targets] == [query.expr for query in panel.queries]
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


def test_colours_begin_where_the_catalog_says(board: Any) -> None:
    defaults = panels(board)["Latency p50, p95, p99"]["fieldConfig"]["defaults"]
    assert [(step.get("value"), step["color"]) for step in defaults["thresholds"]["steps"]] == [
        (None, "green"),
        (0.1, "yellow"),
        (0.15, "red"),
    ]
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
    assert panels(board)["LLM: usage"]["description"] == "Share of requests that invoke the language model."
    assert "description" not in panels(board)["Streaming: lag"]
