"""A number in the settings is a size or a count: a larger one never deletes or replaces what holds data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from annotated_types import Le

from compiler.errors import UserError
from sandbox import api
from sandbox.state import State, stack_path
from settings import Settings
from tests.program.copies import copied
from tests.states.kept import losses, preview, releases, restore

DECLARED: Mapping[str, Mapping[str, Any]] = yaml.safe_load(Path("Pulumi.yaml").read_text(encoding="utf-8"))["config"]
NUMBERS = {name: field for name, field in Settings.model_fields.items() if field.annotation is int}
# Four zones at most; nodes of the domain stand in all of them.
CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "dev": {"zones": 3, "searchInstanceCount": 3, "kafkaBrokers": 1},
    # A base has no Kafka, but one number and one word that fit, as every stack.
    "prod": {"zones": 4, "searchInstanceCount": 4, "kafkaControllers": "separate", "kafkaBrokers": 4},
}


def larger(config: Mapping[str, Any]) -> dict[str, int]:
    """Return every number of a stack, one larger where that is allowed."""
    found = {}
    for name, field in NUMBERS.items():
        key = str(field.alias or name)
        number = config.get(f"observability:{key}", DECLARED[key].get("default"))
        most = [limit.le for limit in field.metadata if isinstance(limit, Le)]
        found[f"observability:{key}"] = min([number + 1, *most])
    return found


def change(project: Path, stack: str, values: Mapping[str, Any]) -> None:
    """Write other values into a stack's file."""
    file = project / f"Pulumi.{stack}.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["config"] |= values
    file.write_text(yaml.safe_dump(document), encoding="utf-8")


@pytest.mark.parametrize("stack", ["dev-base", "dev", "prod-base", "prod"])
def test_larger_numbers_lose_nothing(stack: str, tmp_path: Path) -> None:
    project, environment = copied(tmp_path / "project", judged=False), stack.removesuffix("-base")
    chosen = {f"observability:{key}": value for key, value in CHOSEN[environment].items()}
    config = yaml.safe_load((project / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]
    change(project, stack, larger(config) | chosen)
    _, steps = preview(releases()[0], stack, tmp_path / "state", project)
    # In a preview of both, what a changed base gives to the other stack is not known, and looks like a change there.
    own = [step for step in steps if step.resource.urn.startswith(f"urn:pulumi:{stack}::")]
    assert any(step.op == "update" for step in own)
    assert [*losses(own)] == []


def test_another_number_of_brokers_is_stopped_before_anything_is_deleted(tmp_path: Path) -> None:
    project = copied(tmp_path / "project", judged=False)
    change(project, "dev", {"observability:kafkaBrokers": 3})
    with pytest.raises(UserError, match="kafkaBrokers: expected 1 with kafkaControllers: combined") as refused:
        preview(releases()[0], "dev", tmp_path / "state", project)
    (line,) = str(refused.value).splitlines()
    assert "docs/kafka.md" in line


def test_another_topology_is_refused_where_data_is_protected(tmp_path: Path) -> None:
    """Once the present program has been deployed, that is: the protection of what is there counts, not a new one."""
    project, folder = copied(tmp_path / "project", judged=False), tmp_path / "state"
    restore(releases()[0], "prod", folder)
    state = State(stack_path(folder, "prod"))
    pools = [each for each in state.resources().values() if each.type.endswith(":KafkaNodePool")]
    assert {each.name for each in pools} == {"nodepool-controllers", "nodepool-brokers"}
    for pool in pools:
        pool.protect = True
        state.put(pool)
    state.close()
    change(project, "prod", {"observability:kafkaControllers": "combined", "observability:kafkaBrokers": 1})
    with pytest.raises(UserError, match=r"nodepool-brokers.*is protected and would be deleted; nothing was deleted"):
        api.run("preview", "prod", project=project, state=folder)
