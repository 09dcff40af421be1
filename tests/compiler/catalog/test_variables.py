"""Variables in the texts of dashboards are found and filled in as Grafana does."""

import pytest

from compiler.catalog import promql
from compiler.catalog.variables import fill, used


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('requests_total{model="$model"}', {"model"}),
        ('requests_total{model=~"${model:regex}", tenant=~"$tenant"}', {"model", "tenant"}),
        ("rate(requests_total[$__rate_interval])", set[str]()),
        ('label_replace(up, "a", "$1", "b", "(.*)$")', set[str]()),
        ("${PROP('Dim.Model')}", set[str]()),
        ("Costs of $10", set[str]()),
    ],
)
def test_variables_are_told_from_other_dollars(text: str, names: set[str]) -> None:
    assert used(text) == names


def test_a_variable_is_filled_in_and_others_stay() -> None:
    text = 'rate(a_total{model="$model", tenant=~"${tenant:regex}"}[5m])'
    assert fill(text, {"tenant": "t1|t2"}) == 'rate(a_total{model="$model", tenant=~"t1|t2"}[5m])'
    assert fill("$model_name", {"model": "a"}) == "$model_name"


@pytest.mark.parametrize("span", ["$__rate_interval", "${__rate_interval}", "$__interval", "$__range"])
def test_an_expression_over_a_span_of_grafanas_parses_once_it_is_filled_in(span: str) -> None:
    with pytest.raises(promql.PromQLError):
        promql.parse(f"rate(up[{span}])")
    promql.parse(fill(f"rate(up[{span}])"))
