"""Reading properties of which some are unknown."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UNKNOWN_NUMBER_VALUE, UnknownValueError, unknown_checking_proxy

from policies.support.values import UNKNOWN, at, cannot_judge, leaves, plain, properties, shown
from tests.policies.specs import UNKNOWN as UNKNOWN_TEXT


def test_plain_marks_unknown_values_wherever_they_are() -> None:
    proxied = unknown_checking_proxy({"a": UNKNOWN_TEXT, "b": [1, {"c": UNKNOWN_NUMBER_VALUE}], "d": "text"})
    assert plain(proxied) == {"a": UNKNOWN, "b": [1, {"c": UNKNOWN}], "d": "text"}


def test_properties_are_an_object_always() -> None:
    assert (properties({"a": 1}), properties(None)) == ({"a": 1}, {})


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"a": 1}, "a", [("a", 1)]),
        ({}, "a", [("a", None)]),
        ({}, "a.b", [("a.b", None)]),
        ({"a": {"b": 1}}, "a.b", [("a.b", 1)]),
        ({"a": "text"}, "a.b", [("a.b", None)]),
        ({"a": [{"b": 1}, {}]}, "a[].b", [("a[0].b", 1), ("a[1].b", None)]),
        ({"a": []}, "a[].b", [("a.b", None)]),
        ({"a": {"b": 1}}, "a[].b", [("a.b", 1)]),
        ({"a": [{"b": [1, 2]}]}, "a[].b[]", [("a[0].b[0]", 1), ("a[0].b[1]", 2)]),
        ({"a": UNKNOWN}, "a[].b.c", [("a.b.c", UNKNOWN)]),
    ],
)
def test_at_finds_every_value_with_its_place(value: object, path: str, found: list[tuple[str, object]]) -> None:
    assert at(value, path) == found


def test_leaves_yields_values_with_their_paths() -> None:
    assert list(leaves({"a": [1, {"b": None}], "c": {}})) == [(("a", "0"), 1), (("a", "1", "b"), None)]


def test_shown_writes_paths_as_pulumi_does() -> None:
    assert shown(("data", "am.yaml", "receivers", "0", "url")) == 'data["am.yaml"].receivers[0].url'


def test_cannot_judge_names_the_place() -> None:
    with pytest.raises(UnknownValueError) as caught:
        cannot_judge("spec.groups")
    assert "spec.groups" in str(caught.value.message)
    assert repr(UNKNOWN) == "<computed>"
