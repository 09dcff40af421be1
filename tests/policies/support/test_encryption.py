"""Every name in the table exists in the installed SDK, nested ones too."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from policies.support.encryption import Row, is_aws_managed, table
from policies.support.values import UNKNOWN
from tests.program.sdk import resource_class

PATHS = [
    (kind, path)
    for kind, row in sorted(table().items())
    if kind.startswith("aws:")
    for path in (row.key, *row.require, *row.when)
]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize(("kind", "path"), PATHS)
def test_every_path_exists_in_the_sdk(kind: str, path: str) -> None:
    found = resource_class(kind)
    assert found is not None, kind
    inputs = importlib.import_module(f"{found.__module__.rpartition('.')[0]}._inputs")
    arguments = inspect.signature(vars(found)["_internal_init"]).parameters
    *parents, last = [name.removesuffix("[]") for name in path.split(".")]
    for parent in parents:
        nested = re.search(r"ForwardRef\('(\w+Args)'\)", str(arguments[snake(parent)].annotation))
        assert nested is not None, (kind, parent)
        arguments = inspect.signature(getattr(inputs, nested[1])).parameters
    assert snake(last) in arguments


@pytest.mark.parametrize(
    ("key", "managed"),
    [
        ("alias/aws/s3", True),
        ("arn:aws:kms:eu-west-1:1:alias/aws/s3", True),
        ("alias/awsome", False),
        ("arn:aws:kms:eu-west-1:1:key/1", False),
        (None, False),
    ],
)
def test_knows_the_keys_of_aws(key: object, managed: object) -> None:
    assert is_aws_managed(key) is managed


def test_the_property_of_a_key_is_the_first_of_its_path() -> None:
    assert [Row(key).key_property for key in ("kmsKeyId", "rules[].sse.key")] == ["kmsKeyId", "rules"]


def test_an_unknown_condition_applies() -> None:
    row = Row("keyId", when={"type": ["SecureString"]})
    assert [row.applies({"type": kind}) for kind in ("SecureString", "String", UNKNOWN)] == [True, False, True]
