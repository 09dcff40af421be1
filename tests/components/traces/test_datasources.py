"""Data sources of traces and profiles: each where it answers, with its links, picked up by the one Grafana."""

from __future__ import annotations

from typing import Any

import pytest

from components.traces.datasources import TraceDatasources, TraceDatasourcesArgs
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    def program() -> None:
        args = TraceDatasourcesArgs(
            namespace="observability",
            urls={"jaeger": "http://jaeger.svc:16686", "pyroscope": "http://pyroscope.svc:4040"},
            types={"jaeger": "jaeger", "pyroscope": "grafana-pyroscope-datasource"},
            settings={"jaeger": {"nodeGraph": {"enabled": True}}},
            after=[before()],
        )
        TraceDatasources("traces", args, in_cluster())

    return deploy(program)


@pytest.mark.parametrize(
    ("uid", "kind", "url"),
    [
        ("jaeger", "jaeger", "http://jaeger.svc:16686"),
        ("pyroscope", "grafana-pyroscope-datasource", "http://pyroscope.svc:4040"),
    ],
)
def test_grafana_asks_each_where_it_answers(deployed: Deployed, uid: str, kind: str, url: str) -> None:
    made = deployed.one("GrafanaDatasource", uid)
    spec: dict[str, Any] = made.inputs["spec"]
    assert (spec["uid"], spec["datasource"]["type"], spec["datasource"]["url"]) == (uid, kind, url)
    assert spec["instanceSelector"] == {"matchLabels": {"dashboards": "observability"}}
    assert comes_after(made)
    crds.check(made.inputs)


def test_links_are_those_that_are_given(deployed: Deployed) -> None:
    settings = deployed.one("GrafanaDatasource", "jaeger").inputs["spec"]["datasource"]["jsonData"]
    assert settings == {"nodeGraph": {"enabled": True}}
    assert "jsonData" not in deployed.one("GrafanaDatasource", "pyroscope").inputs["spec"]["datasource"]
