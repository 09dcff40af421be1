"""Exemptions are read strictly: a valid entry is broken one field at a time."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.support.exemptions import FILE, Exemption, PackError, load, short_name
from policies.support.pack import discover
from tests.policies.specs import urn

RULES = {"required-tags", "encryption-at-rest"}
VALID: dict[str, Any] = {
    "rule": "required-tags",
    "resource": "aws:sns/topic:Topic::billing-*",
    "reason": "the payer's account owns it",
    "owner": "finops",
    "expires": date(2030, 1, 31),
}
TOPIC = urn("aws:sns/topic:Topic", "billing-alerts")
NESTED = "urn:pulumi:dev::observability::obs:Alerts$obs:Topics$aws:sns/topic:Topic::billing-alerts"


def write(folder: Path, document: object) -> Path:
    file = folder / "exemptions.yaml"
    file.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return file


def test_reads_a_valid_entry(tmp_path: Path) -> None:
    assert load(write(tmp_path, {"exemptions": [VALID]}), RULES) == (Exemption(**VALID),)


def test_the_packs_own_file_is_valid() -> None:
    load(FILE, {rule.name for rule in discover()})


@pytest.mark.parametrize("field", VALID)
@pytest.mark.parametrize("empty", [None, "", "absent"])
def test_a_missing_field_is_named(tmp_path: Path, field: str, empty: str | None) -> None:
    entry = {key: value for key, value in VALID.items() if key != field}
    document = entry if empty == "absent" else entry | {field: empty}
    with pytest.raises(PackError, match=rf"^exemptions\.yaml: exemptions\[0\]: {field}: expected one, found nothing"):
        load(write(tmp_path, {"exemptions": [document]}), RULES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": "no-such-rule"}, "rule: no rule 'no-such-rule': expected one of encryption-at-rest, required-tags"),
        ({"resource": "billing"}, "resource: expected `type::name` or a URN, found 'billing'"),
        ({"expires": "soon"}, "expires: expected a date such as 2027-03-31, found 'soon'"),
        ({"expires": 2030}, "expires: expected a date such as 2027-03-31, found 2030"),
        ({"owner": ["a", "b"]}, "owner: expected text, found \\['a', 'b'\\]"),
        ({"until": "2030-01-01"}, "until: no such field"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(PackError, match=message):
        load(write(tmp_path, {"exemptions": [VALID | change]}), RULES)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("a: [", "exemptions.yaml: expected YAML"),
        ([], "expected a list `exemptions`, found NoneType"),
        ({"exemptions": "x"}, "expected a list `exemptions`, found str"),
        ({"exemptions": ["x"]}, r"exemptions\[0\]: expected the fields rule, .* found 'x'"),
    ],
)
def test_a_malformed_file_is_explained_in_one_line(tmp_path: Path, document: object, message: str) -> None:
    with pytest.raises(PackError, match=message) as caught:
        load(write(tmp_path, document), RULES)
    assert "\n" not in str(caught.value)


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        load(write(tmp_path, {"exemptions": [VALID | {"rule": "x"}, VALID, VALID | {"owner": ""}]}), RULES)
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["exemptions[0]", "exemptions[2]"]


@pytest.mark.parametrize(
    ("resource", "covered"),
    [
        ("aws:sns/topic:Topic::billing-*", True),
        ("aws:sns/topic:Topic::*", True),
        ("*::billing-alerts", True),
        (NESTED, True),
        ("urn:pulumi:*::aws:sns/topic:Topic::*", False),  # its type in the URN has the parents' before it
        ("urn:pulumi:*$aws:sns/topic:Topic::*", True),
        ("aws:sns/topic:Topic::billing", False),
        ("aws:sqs/queue:Queue::*", False),
        ("aws:sns/topic:topic::*", False),
    ],
)
def test_covers_resources_by_glob(resource: str, *, covered: bool) -> None:
    exemption = Exemption(**(VALID | {"resource": resource}))
    assert exemption.covers("required-tags", NESTED) is covered
    assert not exemption.covers("encryption-at-rest", NESTED)


def test_holds_through_its_last_day() -> None:
    exemption = Exemption(**VALID)
    assert (exemption.holds(date(2030, 1, 31)), exemption.holds(date(2030, 2, 1))) == (True, False)


def test_short_name_leaves_stack_project_and_parents_out() -> None:
    assert short_name(TOPIC) == short_name(NESTED) == "aws:sns/topic:Topic::billing-alerts"
    assert short_name("") == "::"
