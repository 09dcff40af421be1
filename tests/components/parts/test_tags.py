"""Every resource has its cost-allocation tags."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.components.isolated import TAGS


def test_names_who_pays() -> None:
    assert TAGS.to_dict() == {
        "Project": "observability",
        "Environment": "production",
        "Team": "sre",
        "CostCenter": "engineering",
        "Workload": "platform",
    }


@pytest.mark.parametrize(
    ("environment", "tag"),
    [
        ("prod", "production"),
        ("dev", "development"),
        ("dr", "disaster-recovery"),
        ("staging", "staging"),
        ("local", "local"),
    ],
)
def test_environment_is_spelt_as_bills_spell_it(environment: str, tag: str) -> None:
    assert replace(TAGS, environment=environment).to_dict()["Environment"] == tag


def test_model_is_named_only_where_a_resource_serves_one() -> None:
    assert TAGS.to_dict("billing") == {**TAGS.to_dict(), "Model": "billing"}
