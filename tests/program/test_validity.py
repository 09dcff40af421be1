"""Real providers and API servers would take what the program declares; planted mistakes are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.aws.aws_target import AwsTarget
from sandbox.aws.cloud import Cloud
from sandbox.kubernetes import schema
from sandbox.model import Resource
from sandbox.values import reveal
from tests.components import crds
from tests.program.previews import ENVIRONMENTS, STACKS, Runs
from tests.program.sdk import arguments, resource_class
from tools.facts import FACTS

RELEASE = "kubernetes:helm.sh/v3:Release"
# The sandbox adds these to the inputs, as providers do.
ADDED = {"apiVersion", "kind", "tagsAll"}
WRONG: dict[str, dict[str, Any]] = {
    "Service": {"ports": "web"},
    "ClusterRole": {"rules": {}},
    "PodDisruptionBudget": {"maxUnavailable": []},
    "Alertmanager": {"replicas": "three"},
    "Prometheus": {"replicas": "two"},
    "PrometheusRule": {"groups": {}},
    "ServiceMonitor": {"endpoints": "metrics"},
    "Grafana": {"version": 13},
    "GrafanaDashboard": {"json": {}},
    "GrafanaDatasource": {"datasource": "prometheus"},
    "GrafanaFolder": {"title": 5},
}


def _is_custom(resource: Resource) -> bool:
    return resource_class(resource.type) is None


@pytest.mark.parametrize("stack", STACKS)
def test_types_exist_in_the_installed_providers(preview: Runs, stack: str) -> None:
    for each in preview(stack).real:
        if each.package == "aws" or not _is_custom(each):
            assert getattr(resource_class(each.type), "pulumi_type", None) == each.type
        else:
            assert "." in each.inputs["apiVersion"], f"{each.urn}: neither the SDK's nor a custom resource"


@pytest.mark.parametrize("stack", STACKS)
def test_inputs_are_arguments_of_their_type(preview: Runs, stack: str) -> None:
    for each in preview(stack).real:
        if not _is_custom(each):
            given = {re.sub("([A-Z])", r"_\1", key).lower() for key in each.inputs if key not in ADDED}
            assert given <= arguments(each.type), each.urn


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_object_was_held_against_its_schema(preview: Runs, environment: str) -> None:
    modes = {each.urn: each.mode for each in preview(environment).kubernetes if each.type != RELEASE}
    assert {urn for urn, mode in modes.items() if mode != "checked"} == set()
    assert len(modes) > 20


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_no_schema_can_judge_is_a_release_with_a_pinned_version(preview: Runs, environment: str) -> None:
    releases = preview(environment).of("Release")
    assert {each.mode for each in releases} == {"opaque"}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", each.inputs["version"]) for each in releases)


def test_a_chart_is_listed_with_the_arguments_that_the_program_adds(preview: Runs) -> None:
    releases = {each.inputs["name"]: reveal(each.inputs["values"]) for each in preview("prod").of("Release")}
    added = {name: values["manager"]["extraArgs"] for name, values in releases.items() if "manager" in values}
    assert added
    for name, extra in added.items():
        listed = json.loads((FACTS / "charts" / f"{name}.json").read_text(encoding="utf-8"))["objects"]
        containers = [each for item in listed for each in item.get("containers", [])]
        assert set(extra) <= {each for container in containers for each in container.get("args", [])}, name


def _quantities(value: object) -> Iterator[str]:
    """Yield the amounts that containers and volumes ask for and are limited to, wherever they stand."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key in {"requests", "limits"} and isinstance(each, Mapping):
                yield from (str(amount) for amount in each.values())
            else:
                yield from _quantities(each)
    elif isinstance(value, list):
        for each in value:
            yield from _quantities(each)


def _is_canonical(quantity: str) -> bool:
    """Check whether a quantity is as `resource.Quantity` writes it: no larger unit divides it. Source: apimachinery."""
    number = int(re.sub("[^0-9]", "", quantity))
    return number % {"i": 1024, "m": 1000}.get(quantity[-1], number + 1) != 0


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_amounts_are_written_as_kubernetes_writes_them_back(preview: Runs, environment: str) -> None:
    made = [each for each in preview(environment).kubernetes if each.type != RELEASE]
    amounts = {each.urn: set(_quantities(reveal(each.inputs))) for each in made}
    assert sum(map(len, amounts.values())) > 10
    assert {urn: found for urn, found in amounts.items() if not all(map(_is_canonical, found))} == {}


def test_an_amount_that_a_larger_unit_divides_is_found() -> None:
    assert [each for each in ("4096Mi", "2048Gi", "1000m") if _is_canonical(each)] == []
    assert all(map(_is_canonical, ("4Gi", "512Mi", "1536m", "1")))


def _objects(preview: Runs) -> dict[str, dict[str, Any]]:
    """Return one object of each kind that prod has."""
    made = (each for each in preview("prod").kubernetes if each.type != RELEASE)
    return {each.inputs["kind"]: reveal(each.inputs) for each in made}


def _refused(manifest: Mapping[str, Any]) -> None:
    with pytest.raises(UserError, match=str(manifest["kind"])):
        schema.check(manifest, crds.CRDS, "planted")


def test_an_unknown_field_is_refused_in_every_kind(preview: Runs) -> None:
    objects = _objects(preview)
    assert set(WRONG) <= set(objects)
    for kind, manifest in objects.items():
        assert schema.check(manifest, crds.CRDS, kind)
        _refused({**manifest, "nonsense": 1})
        if "spec" in manifest:
            _refused({**manifest, "spec": {**manifest["spec"], "nonsense": 1}})


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_type_is_refused(preview: Runs, kind: str) -> None:
    manifest = deepcopy(_objects(preview)[kind])
    manifest.get("spec", manifest).update(WRONG[kind])
    _refused(manifest)


@pytest.mark.parametrize(
    ("kind", "changed", "named"),
    [
        ("MetricAlarm", {"comparisonOperator": "Above"}, "GreaterThanThreshold"),
        ("MetricAlarm", {"period": "five minutes"}, "(?i)period"),
        ("Budget", {"timeUnit": "WEEKLY"}, "MONTHLY"),
        ("LogGroup", {"retentionInDays": "long"}, "(?i)retentionInDays"),
    ],
)
def test_what_aws_would_not_take_is_refused(preview: Runs, kind: str, changed: dict[str, Any], named: str) -> None:
    """By the input shapes of botocore's service model, without a call."""
    made = preview("prod").of(kind)[0]
    target = AwsTarget(Cloud(None))
    settings = {"region": "us-east-1"}
    target.validate(made, settings)
    wrong = Resource(made.urn, made.type, made.name, inputs={**made.inputs, **changed})
    with pytest.raises(UserError, match=named):
        target.validate(wrong, settings)
