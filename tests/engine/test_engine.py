"""The real engine deploys the stacks with the results that the sandbox predicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine import former
from tests.engine.environment import Environment, leaks
from tests.engine.provider import held
from tests.program.copies import release
from tests.states import kept

pytestmark = pytest.mark.e2e


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Callable[[str], Environment]]:
    """Make an environment, and end its sandbox's cloud after the test."""
    made: list[Environment] = []

    def of(stack: str) -> Environment:
        made.append(Environment(stack, tmp_path / stack))
        return made[-1]

    yield of
    for each in made:
        each.close()


def test_a_stack_lives_and_goes(whole: str, deploy: Callable[[str], Environment]) -> None:
    """The whole cycle of a stack, its base first."""
    environment = deploy(whole)
    for stack in environment.stacks:
        assert environment.preview(stack) == []
        assert environment.up(stack) == []
    assert environment.stale() == []
    _up_again_changes_nothing(environment)
    _a_threshold_changes_its_workload_alone(environment)
    for stack in environment.stacks:
        assert set(environment.refresh(stack).counts()) == {"same"}
    assert [*leaks(environment.pulumi)] == []
    _goes(environment)


def test_a_stack_previews(previewed: str, deploy: Callable[[str], Environment]) -> None:
    """The preview of a stack, on its deployed base."""
    environment = deploy(previewed)
    for stack in environment.stacks:
        assert environment.preview(stack) == []
        if stack != previewed:
            assert environment.up(stack) == []
    assert [*leaks(environment.pulumi)] == []


@pytest.mark.parametrize("released", kept.releases())
def test_a_former_state_is_brought_up_to_date(
    upgraded: str, released: str, deploy: Callable[[str], Environment]
) -> None:
    """Nothing that holds data is replaced or deleted on the way, and aliases are followed."""
    environment = deploy(upgraded)
    for stack in environment.stacks:
        former.restore(environment.pulumi, released, stack)
        done = environment.update(stack, f"up from {released}")
        assert [*kept.losses([*former.steps(done)])] == []
        assert environment.update(stack, "up again").changed() == {}


def _up_again_changes_nothing(environment: Environment) -> None:
    for stack in environment.stacks:
        assert environment.update(stack, "up again").changed() == {}


def _a_threshold_changes_its_workload_alone(environment: Environment) -> None:
    expected = environment.change_a_threshold()
    assert bool(expected) is environment.has("kubernetes:monitoring.coreos.com/v1:PrometheusRule")
    assert environment.update(environment.name, "up with a changed threshold").changed() == expected


def _goes(environment: Environment) -> None:
    """Destroy it: protected resources refuse until the protection is removed as documented."""
    kept = {stack: [*_options(environment, stack, "protect")] for stack in environment.stacks}
    protecting = [stack for stack in environment.stacks if kept[stack]]
    before = held(environment.pulumi.cloud)
    retained = sorted(each for stack in environment.stacks for each in _options(environment, stack, "retainOnDelete"))
    for stack in protecting:
        assert environment.destroy(stack, refused=True).code != 0
        assert held(environment.pulumi.cloud) == before
    if protecting:
        release(environment.project, environment.name)
    for stack in protecting:
        environment.update(stack, "up without protection")
    for stack in reversed(environment.stacks):
        environment.destroy(stack)
        assert environment.pulumi.state(stack) == []
    # Claims of volumes go with their namespace, which the stand-in does not know.
    assert held(environment.pulumi.cloud) == retained


def _options(environment: Environment, stack: str, option: str) -> Iterator[str]:
    """Yield the URNs of a stack's resources that have an option."""
    yield from (each["urn"] for each in environment.pulumi.state(stack) if each.get(option))
