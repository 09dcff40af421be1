"""Queries of panels with their variables filled in."""

import json

import pytest

from tests.e2e.panels import Question, questions


def dashboard(definition: str, *, everything: bool) -> str:
    variable = {"name": "model", "definition": definition, "includeAll": everything, "allValue": ".*"}
    target = {
        "datasource": {"type": "prometheus"},
        "expr": 'rate(x{model=~"$model"}[$__rate_interval])',
        "instant": True,
    }
    other = {"datasource": {"type": "cloudwatch"}, "expr": "y", "instant": True}
    row = {"title": "Row", "panels": [{"title": "Panel", "targets": [target, other]}]}
    return json.dumps({"templating": {"list": [variable]}, "panels": [row]})


@pytest.mark.parametrize(("everything", "chosen"), [(False, "rank"), (True, ".*")])
def test_variables_are_filled_in(*, everything: bool, chosen: str) -> None:
    artefacts = {"grafana/w/d.json": dashboard("label_values(x, model)", everything=everything), "other.json": "{}"}
    (question,) = questions(artefacts, lambda metric, label: ["rank", f"{metric} {label}"])
    assert question == Question("w/d", "Panel", f'rate(x{{model=~"{chosen}"}}[5m])', instant=True)
    assert question.series == {"x"}
    assert question.place == "w/d, Panel"


def test_a_variable_of_another_kind_is_told() -> None:
    artefacts = {"grafana/w/d.json": dashboard("query_result(x)", everything=False)}
    with pytest.raises(ValueError, match=r"query_result\(x\): expected label_values"):
        list(questions(artefacts, lambda *_: []))
