"""Each key is activated, by its name."""

from __future__ import annotations

from components.account.cost_allocation_tags import CostAllocationTags, CostAllocationTagsArgs
from tests.components.isolated import deploy, in_aws


def test_each_key_is_activated() -> None:
    args = CostAllocationTagsArgs(["Project", "Model"])
    made = deploy(lambda: CostAllocationTags("cost", args, in_aws())).of("CostAllocationTag")
    assert [(each.inputs["tagKey"], each.inputs["status"]) for each in made] == [
        ("Project", "Active"),
        ("Model", "Active"),
    ]
