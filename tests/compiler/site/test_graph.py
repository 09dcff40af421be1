"""Layers, parts, and what each needs."""

import pytest

from compiler.site.graph import parts, ranks, reduced
from tests.compiler.site.recordings import LAYERS, component, resource, urn

KEY = urn("aws:x:KeyPart", "k")


def test_parts_hold_what_is_within_and_need_what_that_needs() -> None:
    made = parts([*component("Server", "s", KEY), *component("Key", "k")], LAYERS)
    assert [(part.layer, part.key, part.needs, len(part.resources)) for part in made] == [
        ("base", "key-k", frozenset(), 1),
        ("metrics", "server-s", {"key-k"}, 1),
    ]
    assert made[0].counts == {"aws": 1}


def test_a_component_within_another_is_part_of_it() -> None:
    outer = component("Server", "s")
    inner = resource("observability:index:Key", "inner", outer[0].urn)
    made = parts([*outer, inner, resource("aws:x:Y", "y", inner.urn)], LAYERS)
    assert [(part.key, len(part.resources)) for part in made] == [("server-s", 2)]


def test_what_stands_alone_and_what_no_layer_makes() -> None:
    made = parts([resource("kubernetes:core/v1:Namespace", "n"), *component("Stranger", "x")], LAYERS)
    assert [(part.layer, part.key) for part in made] == [("foundation", "namespace-n"), ("other", "stranger-x")]


def test_stacks_and_providers_are_no_parts() -> None:
    assert parts([resource("pulumi:pulumi:Stack", "s"), resource("pulumi:providers:aws", "p")], LAYERS) == []


def test_a_reference_needs_what_its_stack_holds() -> None:
    reference = resource("pulumi:pulumi:StackReference", "org/project/toy-base", mode="read")
    made = parts([reference, *component("Key", "k", stack="toy-base"), *component("Bucket", "b")], LAYERS)
    assert {part.name: part.needs for part in made} == {"b": set(), "k": set(), "toy-base": {"key-k"}}


def test_keys_are_unique() -> None:
    twins = [*component("Key", "k"), *component("Key", "k", stack="other"), *component("Key", "k", stack="third")]
    assert sorted(part.key for part in parts(twins, LAYERS)) == ["key-k", "key-k--2", "key-k--3"]


def test_the_order_of_registration_does_not_matter() -> None:
    resources = [*component("Server", "s", KEY), *component("Key", "k"), *component("Server", "a")]
    assert parts(resources, LAYERS) == parts(resources[::-1], LAYERS)


def test_what_is_needed_by_way_of_something_else_has_no_line() -> None:
    needs = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset("")}
    assert reduced(needs) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_ranks_lead_from_left_to_right_and_sources_stand_near() -> None:
    needs = {"crds": "", "operator": "crds", "server": "operator", "late": "", "board": "server late"}
    found = ranks({key: frozenset(value.split()) for key, value in needs.items()})
    assert found == {"crds": 0, "operator": 1, "server": 2, "late": 2, "board": 3}


@pytest.mark.parametrize("needs", [{"a": frozenset("b"), "b": frozenset("a")}, {"a": frozenset("a")}])
def test_parts_that_need_each_other_still_have_a_place(needs: dict[str, frozenset[str]]) -> None:
    assert set(ranks(needs)) == set(needs)
    assert set(reduced(needs)) == set(needs)
