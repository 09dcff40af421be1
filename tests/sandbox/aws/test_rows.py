"""Every row of the table against pulumi-aws and botocore."""

import importlib
import inspect
import keyword
import re
import warnings

import pytest

from compiler.errors import UserError
from sandbox.aws.cloud import Cloud
from sandbox.aws.rows import Row, row, rows


@pytest.fixture(scope="module")
def model() -> Cloud:
    return Cloud(None)


def inputs_of(known: Row) -> set[str]:
    """Input names of the type in pulumi-aws, as Pulumi spells them."""
    module, kind = known.type.split(":")[1].split("/")[0], known.type.rpartition(":")[2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pulumi-aws warns of its own types on import
        # The SDK writes words of Python with an underscore: lambda_.
        name = f"{module}_" if keyword.iskeyword(module) else module
        resource = getattr(importlib.import_module(f"pulumi_aws.{name}"), kind)
    names = inspect.signature(resource._internal_init).parameters
    return {re.sub(r"_(.)", lambda match: match.group(1).upper(), name) for name in names}


@pytest.mark.parametrize("token", sorted(rows()))
def test_a_row_names_real_properties_and_operations(token: str, model: Cloud) -> None:
    known = row(token)
    names = inputs_of(known)
    assert {path.partition(".")[0] for path in [*known.replace, *known.replace_when]} <= names
    assert not known.name or known.name in names
    assert ("tags" in names) == bool(known.tags)
    assert known.source.startswith("internal/service/")
    assert known.mode in {"applied", "recorded"}
    calls = [*known.create, *known.updates(), *known.read, *known.delete, *([known.list] if known.list else [])]
    for call in calls:
        if call["op"] != "empty_bucket":
            shape = model.shape(known.service, call["op"])
            assert set(call.get("args", {})) <= set(shape.members if shape else ())
    given = set(re.findall(r"\$\{?([a-z][A-Za-z0-9]*)", str([known.create, known.delete])))
    taken = {name for call in known.create for name in call.get("take", {})}
    assert given <= names | taken | {"account", "id", "partition", "region", "tagsAll", "arn"}


def test_an_applied_row_can_do_everything() -> None:
    for known in rows().values():
        assert not known.applied or (known.read and known.delete), known.type


def test_a_type_without_a_row_says_how_to_add_one() -> None:
    with pytest.raises(UserError, match=r"aws:x/y:Z: .* add one to sandbox/aws/rows.yaml \(docs/sandbox.md"):
        row("aws:x/y:Z")
