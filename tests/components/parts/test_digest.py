"""Digests differ for different contents, and reveal none of them."""

from __future__ import annotations

import pulumi
import pytest

from components.parts.digest import digest, digest_annotations
from tests.components.isolated import deploy


def test_a_digest_depends_on_names_and_content_and_not_on_the_order() -> None:
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})
    assert len({digest(files) for files in ({"a": "1"}, {"b": "1"}, {"a": "2"}, {"a": "1", "b": ""})}) == 4


def test_each_object_has_an_annotation_by_its_kind_and_name() -> None:
    found = digest_annotations({"job": {"rules": "1"}}, {"job": {"password": "2"}})
    assert found == {
        "observability/configmap-job": digest({"rules": "1"}),
        "observability/secret-job": digest({"password": "2"}),
    }


def test_a_secret_is_told_by_its_digest_alone() -> None:
    seen: list[tuple[str, bool]] = []

    async def look(value: pulumi.Output[str]) -> None:
        seen.append((str(await value.future()), await value.is_secret()))

    def program() -> None:
        secret: pulumi.Output[str] = pulumi.Output.secret("the key")
        found = digest_annotations({}, {"job": {"key": secret}})["observability/secret-job"]
        pulumi.Output.from_input(found)
        pulumi.export("looked", pulumi.Output.from_input(look(pulumi.Output.from_input(found))))

    deploy(program)
    assert seen == [(digest({"key": "the key"}), False)]


@pytest.mark.parametrize("name", ["log-collector-certificate", "a" * 46])
def test_the_annotation_is_a_name_that_kubernetes_takes(name: str) -> None:
    (key,) = digest_annotations({name: {}})
    assert len(key.partition("/")[2]) <= 63
