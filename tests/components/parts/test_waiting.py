"""The waits of custom resources, and that each custom resource has one."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from components.parts import waiting
from components.parts.waiting import WAIT_FOR, WAITS, row

SPECS: dict[str, dict[str, Any]] = {"opentelemetry.io/OpenTelemetryCollector": {"mode": "statefulset", "replicas": 3}}


class _Custom(k8s.apiextensions.CustomResource):
    """A custom resource that nothing registers."""

    def __init__(self) -> None:
        """Make nothing."""


def _transformed(kind: str, spec: dict[str, Any], annotations: dict[str, str] | None = None) -> Any:
    metadata = {"name": "a", **({"annotations": annotations} if annotations else {})}
    props = {"api_version": kind, "kind": kind, "metadata": metadata, "spec": spec}
    args = pulumi.ResourceTransformationArgs(_Custom(), kind, "a", props, pulumi.ResourceOptions())
    return waiting.waiting(90)(args)


def _waited(kind: str, spec: dict[str, Any]) -> list[str]:
    metadata = _transformed(kind, spec).props["metadata"]
    found = json.loads(metadata["annotations"][WAIT_FOR])
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("key", WAITS)
def test_a_kind_is_waited_for_or_says_why_not(key: str) -> None:
    expressions = WAITS[key].expressions(SPECS.get(key, {}))
    assert bool(expressions) is not bool(WAITS[key].because)
    assert set(WAITS[key].after) <= {each.partition("/")[2] for each in WAITS}


@pytest.mark.parametrize("key", WAITS)
def test_expressions_are_such_as_the_provider_parses(key: str) -> None:
    """Source: provider/pkg/jsonpath/jsonpath.go, Parse: one value at most, and braces around the path alone."""
    for each in WAITS[key].expressions(SPECS.get(key, {})):
        kind, _, rest = each.partition("=")
        assert kind in {"condition", "jsonpath"}, each
        if kind == "jsonpath":
            assert rest.startswith("{"), each
            assert rest.count("{") == rest.count("}") == 1, each
            assert rest.replace("==", "").count("=") <= 1, each


def test_conditions_are_judged_by_the_generation_that_they_are_of() -> None:
    waited = _waited("kubernetes:monitoring.coreos.com/v1:Prometheus", {})
    assert {each for each in waited if each.startswith("condition=")} == {"condition=Reconciled", "condition=Available"}
    assert waited[0].startswith("jsonpath="), "what quotes the resource's words must be asked before what does not"


@pytest.mark.parametrize("replicas", [1, 4])
def test_a_collector_runs_when_all_its_pods_do(replicas: int) -> None:
    waited = _waited(
        "kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector", {"mode": "deployment", "replicas": replicas}
    )
    assert waited[-1].endswith(f"={replicas}/{replicas}")


def test_of_agents_one_must_run() -> None:
    waited = _waited("kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector", {"mode": "daemonset"})
    assert "statusReplicas" not in waited[-1]
    assert "match" in waited[-1]


def test_what_a_resource_has_stays() -> None:
    found = _transformed("kubernetes:kafka.strimzi.io/v1:Kafka", {"a": 1}, {"strimzi.io/x": "y"})
    assert found.props["metadata"]["annotations"]["strimzi.io/x"] == "y"
    assert WAIT_FOR in found.props["metadata"]["annotations"]
    assert found.props["spec"] == {"a": 1}


@pytest.mark.promise("readyTimeoutSeconds")
def test_a_time_is_set_for_making_and_changing() -> None:
    limits = _transformed("kubernetes:kafka.strimzi.io/v1:KafkaNodePool", {}).opts.custom_timeouts
    assert (limits.create, limits.update) == ("90s", "90s")


def test_a_kind_without_a_row_is_refused_with_what_to_do() -> None:
    with pytest.raises(LookupError, match=r"WAITS: expected a row for example\.com/Thing"):
        row("kubernetes:example.com/v1:Thing")


def test_other_resources_are_left_alone() -> None:
    args = pulumi.ResourceTransformationArgs(_Custom(), "aws:sqs/queue:Queue", "a", {}, pulumi.ResourceOptions())
    assert waiting.waiting(90)(args) is None
