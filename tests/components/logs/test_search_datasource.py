"""Grafana's data source of logs: signed by the reader's role, and blind to restricted lines."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any

import pytest

from components.logs.search_datasource import SearchDatasource, SearchDatasourceArgs
from tests.components import crds
from tests.components.isolated import Deployed, Registered, before, comes_after, deploy, in_cluster

READER = "arn:aws:iam::123456789012:role/observability-prod-log-reader"


@pytest.fixture(scope="module")
def made() -> Registered:
    def program() -> None:
        args = SearchDatasourceArgs(
            namespace="observability",
            plugin_version="2.34.7",
            endpoint="https://search.example.com",
            engine_version="3.1",
            region="us-east-1",
            links={"dataLinks": [{"field": "trace_id"}]},
            reader_arn=READER,
            after=[before()],
        )
        SearchDatasource("opensearch", args, in_cluster())

    deployed: Deployed = deploy(program)
    return deployed.one("GrafanaDatasource")


def test_requests_are_signed_by_the_readers_role(made: Registered) -> None:
    data: dict[str, Any] = made.inputs["spec"]["datasource"]
    assert (data["url"], data["access"]) == ("https://search.example.com", "proxy")
    assert (data["jsonData"]["sigV4Auth"], data["jsonData"]["sigV4AssumeRoleArn"]) == (True, READER)
    assert "secureJsonData" not in data


def test_a_line_leads_where_it_is_told_to(made: Registered) -> None:
    assert made.inputs["spec"]["datasource"]["jsonData"]["dataLinks"] == [{"field": "trace_id"}]


def test_it_does_not_look_at_restricted_lines(made: Registered) -> None:
    pattern = made.inputs["spec"]["datasource"]["jsonData"]["database"]
    assert fnmatch("logs-shop-7d-2026.11.22", pattern)
    assert not fnmatch("restricted-warehouse-log-ins-14d-2026.11.22", pattern)


def test_grafana_gets_the_plugin_and_the_operator_takes_it(made: Registered) -> None:
    spec = made.inputs["spec"]
    assert spec["plugins"] == [{"name": spec["datasource"]["type"], "version": "2.34.7"}]
    assert comes_after(made)
    crds.check(made.inputs)
