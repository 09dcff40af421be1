"""The text of a change for readers."""

import copy
from typing import Any

from sandbox.difference import lines
from sandbox.values import Secret, changes


def shown(old: dict[str, object], new: dict[str, object]) -> list[str]:
    return [line for change in changes(old, new) for line in lines(change, old, new)]


RULES: dict[str, Any] = {
    "groups": [
        {
            "name": "alerts",
            "rules": [
                {"record": "rate", "labels": {"service": "api"}, "expr": "a"},
                {"record": "rate", "labels": {"service": "edge"}, "expr": "b"},
            ],
        },
        {
            "name": "more",
            "rules": [
                {"alert": "Slow", "labels": {"severity": "critical"}, "expr": "x > 0.15"},
                {"alert": "Slow", "labels": {"severity": "warning"}, "expr": f"({'long ' * 20}) > 0.1"},
            ],
        },
    ]
}


def test_parts_of_lists_have_their_names_and_long_texts_show_where_they_differ() -> None:
    new = copy.deepcopy(RULES)
    new["groups"][1]["rules"][1]["expr"] = f"({'long ' * 20}) > 0.12"
    assert shown(RULES, new) == ['groups[more].rules[Slow warning].expr: ...ong long ) > 0.1" => ...ong long ) > 0.12"']


def test_records_of_one_name_are_told_apart_by_their_labels() -> None:
    new = copy.deepcopy(RULES)
    new["groups"][0]["rules"][1]["expr"] = "c"
    assert shown(RULES, new) == ['groups[alerts].rules[rate edge].expr: "b" => "c"']


def test_an_added_and_a_removed_rule_are_one_line_each() -> None:
    new = copy.deepcopy(RULES)
    new["groups"][0]["rules"] = [{"alert": "New", "expr": "y"}]
    assert shown(RULES, new)[0] == 'groups[alerts].rules[New]: null => {"alert": "New", "expr": "y"}'
    assert len(shown(RULES, new)) == 3


def test_items_without_names_keep_their_numbers() -> None:
    assert shown({"a": [1, 2]}, {"a": [1, 3]}) == ["a[1]: 2 => 3"]
    assert shown({"a": [1]}, {"a": [1, 3]}) == ["a: [1] => [1, 3]"]


def test_secrets_stay_secret() -> None:
    text = shown({"a": [{"name": "x", "key": Secret("one")}]}, {"a": [{"name": "x", "key": Secret("two")}]})
    assert text == ['a[x].key: "<secret>" => "<secret>"']
