"""The language of the rows."""

from typing import Any

import pytest

from sandbox.aws.expressions import MISSING, evaluate
from sandbox.values import UNKNOWN

SPECIFIED = [{"resourceType": "volume", "tags": {"a": "1"}}]
SCOPE = {
    "removed": ["a"],
    "specified": SPECIFIED,
    "name": "n",
    "nested": {"a": 1},
    "unknown": UNKNOWN,
    "tagsAll": {"b": "2", "a": "1"},
    "tag_form": "Key/Value",
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain", "plain"),
        (3, 3),
        ("$name", "n"),
        ("$nested.a", 1),
        ("$unknown.a", UNKNOWN),
        ("a-${name}-${nested.a}", "a-n-1"),
        ("a-${unknown}", UNKNOWN),
        ("a-${nothing}", MISSING),
        ("$nothing|or true", True),
        ("$nothing|or", ""),
        ("$name|unless n", MISSING),
        ({"a": "$nothing", "b": ["$name", "$nothing"]}, {"b": ["n"]}),
        ({"a": {"b": "$nothing"}}, MISSING),
        ("$removed|tagkeys", [{"Key": "a"}]),
        ("$specified|tagspecs", [{"resourceType": "volume", "tags": [{"Key": "a", "Value": "1"}]}]),
        ("$tagsAll|tags", [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]),
    ],
)
def test_templates(template: Any, expected: object) -> None:
    assert evaluate(template, SCOPE) == expected


def test_metric_queries_nest_as_the_api_does() -> None:
    query = {
        "id": "m",
        "metric": {"metricName": "E", "namespace": "N", "period": 60, "stat": "Sum", "dimensions": {"a": "b"}},
    }
    assert evaluate("$q|metricqueries", {"q": [query, {"id": "e", "expression": "m"}]}) == [
        {
            "id": "m",
            "metricStat": {
                "metric": {"metricName": "E", "namespace": "N", "dimensions": [{"Name": "a", "Value": "b"}]},
                "period": 60,
                "stat": "Sum",
            },
        },
        {"id": "e", "expression": "m"},
    ]


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="expected JSON"):
        evaluate("$p|json", {"p": "{"})


def test_answers_come_back_as_pulumi_spells_them() -> None:
    answer = [{"ID": "a", "NoncurrentDays": 3, "SSEAlgorithm": "x", "KMSMasterKeyID": "k"}]
    assert evaluate("$a|camel", {"a": answer}) == [
        {"id": "a", "noncurrentDays": 3, "sseAlgorithm": "x", "kmsMasterKeyId": "k"}
    ]  # fmt: skip
