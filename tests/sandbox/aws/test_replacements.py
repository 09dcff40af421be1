"""What a row replaces for, held against a second source: what CloudFormation cannot change in place.

CloudFormation's resource schemas (in cfn-lint's wheel) stand for the provider's `ForceNew`, which no registry here has.
The provider does otherwise where it calls an operation that CloudFormation does not use, or refuses a step on its own
(internal/service/<service>/*.go, `ForceNew` and `CustomizeDiff`): such rows have `other` in cloudformation.yaml.
"""

import importlib
import inspect
import json
import keyword
import re
import warnings
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.aws.rows import row, rows

NOTES = yaml.safe_load(Path(__file__).with_name("cloudformation.yaml").read_text())
SCHEMAS = Path(str(files("cfnlint"))) / "data" / "schemas"


@cache
def names() -> dict[str, str]:
    """Return the file of each CloudFormation resource by its name in lower case."""
    listed = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text())
    return {name.lower(): file for name, file in listed.items()}


def _named(token: str) -> tuple[str, str]:
    """Return module and kind of a type token: `sns` and `Topic` of `aws:sns/topic:Topic`."""
    _, path, kind = token.split(":")
    return path.partition("/")[0], kind


def schema(token: str) -> dict[str, Any]:
    """Return the CloudFormation schema of a row's type; empty where there is none."""
    module, kind = _named(token)
    file = names().get(NOTES.get(token, {}).get("as", f"AWS::{module}::{kind}").lower())
    return dict(json.loads((SCHEMAS / "resources" / f"{file}.json").read_text())) if file else {}


def members(token: str, path: str = "") -> set[str]:
    """Return the names under a property of pulumi-aws, as Pulumi spells them; none where there is no such property."""
    module, kind = _named(token)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pulumi-aws warns of its own types on import
        sdk = importlib.import_module(f"pulumi_aws.{module}_" if keyword.iskeyword(module) else f"pulumi_aws.{module}")
        made = getattr(sdk, kind)._internal_init
        for part in filter(None, path.split(".")):
            name = re.sub(r"([A-Z])", r"_\1", part).lower()
            hint = inspect.signature(made).parameters.get(name)
            found = re.search(r"'(\w+Args)'", str(hint.annotation)) if hint else None
            if not found:
                return set()
            made = getattr(sdk, found[1]).__init__
    return {re.sub(r"_(.)", lambda match: match[1].upper(), name) for name in inspect.signature(made).parameters}


def fixed(token: str) -> set[str]:
    """Return the properties that CloudFormation cannot change in place and pulumi-aws has, as Pulumi spells them."""
    found = set()
    for pointer in schema(token).get("createOnlyProperties", []):
        above, _, name = pointer.removeprefix("/properties/").replace("/", ".").rpartition(".")
        above = ".".join(part[0].lower() + part[1:] for part in above.split(".") if part)
        known = {each.lower(): each for each in members(token, above)} if "*" not in pointer else {}
        if name.lower() in known:
            found.add(f"{above}.{known[name.lower()]}".lstrip("."))
    return found


def named(token: str) -> set[str]:
    """Return the paths whose change replaces, by the row."""
    return {*row(token).replace, *row(token).replace_when}


def missing(token: str, known: set[str]) -> set[str]:
    """Return what CloudFormation cannot change in place, and neither these paths nor a note name."""
    other = NOTES.get(token, {}).get("other", {})
    return {
        path
        for path in fixed(token) - set(other)
        if not any(each == path or path.startswith(f"{each}.") or each.startswith(f"{path}.") for each in known)
    }


@pytest.mark.parametrize("token", sorted(token for token in rows() if schema(token)))
def test_a_row_replaces_for_what_cloudformation_cannot_change(token: str) -> None:
    assert missing(token, named(token)) == set()


def test_the_comparison_sees_what_a_row_leaves_out() -> None:
    broker = "brokerNodeGroupInfo.clientSubnets"
    assert missing("aws:msk/cluster:Cluster", named("aws:msk/cluster:Cluster") - {broker}) == {broker}
    assert sum(bool(fixed(token)) for token in rows()) > 30


def test_a_note_is_of_a_row_and_says_why() -> None:
    assert set(NOTES) <= set(rows())
    for token, note in NOTES.items():
        assert schema(token), token
        assert all(reason for reason in note.get("other", {}).values())


@pytest.mark.parametrize("token", sorted(token for token in rows() if any("." in path for path in named(token))))
def test_a_nested_property_is_one_of_pulumi_aws(token: str) -> None:
    for path in named(token):
        above, _, name = path.rpartition(".")
        assert name in members(token, above), path
