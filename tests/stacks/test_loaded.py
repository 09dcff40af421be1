"""What a stack declares live: workloads and services of the catalog, and no others."""

from dataclasses import replace

import pytest

from compiler.artefacts import rule_groups
from compiler.conventions import SEEN_LIVE
from compiler.errors import UserError
from compiler.metrics import liveness
from sandbox.project import load_config, load_project
from settings import Settings
from stacks.loaded import settings_for
from tests.catalog_copy import ROOT
from tests.workloads import first, project_catalog


def settings(*live: str, stack: str = "prod") -> Settings:
    values = dict(load_config(load_project(ROOT), stack).values)
    named = ", ".join(f'"{name}"' for name in live)
    return settings_for(project_catalog(), stack, values | {"observability:live": f"[{named}]"})


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod", "dr"])
def test_no_stack_declares_anything_live_before_its_first_up(stack: str) -> None:
    given = load_config(load_project(ROOT), stack).values
    assert settings_for(project_catalog(), stack, given).live == ()


@pytest.mark.promise("live")
def test_silence_of_what_is_declared_live_counts_from_the_first_up_on() -> None:
    watched = first(lambda each: any(alert.absence for alert in each.alerts) and each.expected_in("prod"))
    catalog = project_catalog()

    def absences(*live: str) -> set[bool]:
        """Return whether an absence waits for the service's first data, for each rule that tells of one."""
        groups = rule_groups(watched, catalog, settings(*live).target)
        alerts = [rule for group in groups for rule in group.rules if rule.alert and "absent(" in rule.expr]
        return {f"{SEEN_LIVE}{{" in rule.expr.replace("absent(service", "") for rule in alerts}

    assert absences() == {True}
    assert absences(watched.name) == {False}
    assert liveness.silent(watched, settings(watched.name).target) == []
    service, *others = liveness.silent(watched, settings().target)
    assert liveness.silent(watched, settings(f"{watched.name}/{service}").target) == others


@pytest.mark.parametrize("name", ["nobody", "platform/nobody"])
def test_what_the_catalog_does_not_have_cannot_be_live(name: str) -> None:
    with pytest.raises(UserError) as refused:
        settings("platform", name)
    place = "Pulumi.prod.yaml: observability:live.1: expected a workload of the catalog, or workload/service"
    assert str(refused.value).startswith(f"{place}, found '{name}'")


def test_the_nearest_name_is_offered() -> None:
    watched = first(lambda each: each.alerts)
    with pytest.raises(UserError, match=f"did you mean {watched.name}"):
        settings(f"{watched.name}x")


def test_where_a_workload_does_not_run_nothing_of_it_is_expected() -> None:
    watched = first(lambda each: each.alerts)
    elsewhere = replace(settings().target, environment="nowhere")
    assert liveness.silent(watched, elsewhere) == []
    assert liveness.liveness_group(watched, elsewhere).rules == ()
