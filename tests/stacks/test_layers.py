"""Layers are derived from the program: every component of a stack belongs to exactly one."""

from __future__ import annotations

import pytest

from settings import Settings
from stacks.layers import layers
from tests.program.previews import STACKS, Runs, is_component


@pytest.mark.parametrize("stack", STACKS)
def test_every_component_belongs_to_one_layer(stack: str, preview: Runs) -> None:
    tops = [each for each in preview(stack).resources if is_component(each.urn) and "$" not in each.urn.split("::")[2]]
    for each in tops:
        kind = each.type.rpartition(":")[2]
        assert len([layer.name for layer in layers() if kind in layer.components]) == 1, kind


@pytest.mark.promise("layers")
def test_they_are_those_of_the_settings_and_say_what_they_are() -> None:
    allowed = Settings.model_json_schema()["properties"]["layers"]["items"]["enum"]
    assert [layer.name for layer in layers()] == allowed
    assert all(layer.summary.endswith(".") and layer.summary[0].isupper() for layer in layers())
    assert [layer.name for layer in layers() if layer.stands_alone] == ["foundation"]
