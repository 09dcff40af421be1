"""The program's network policies name every client of production's pods, and operators open nothing besides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.values import reveal
from tests.program.previews import Runs

FACTS = Path(__file__).resolve().parents[2] / "facts" / "operators"
TEMPLATES = {
    "DaemonSet": ("template",),
    "Deployment": ("template",),
    "StatefulSet": ("template",),
    "CronJob": ("jobTemplate", "spec", "template"),
}
# An operator's policies that are there only as long as a field of its resource does not refuse them: the operator, the
# kind, the field, what refuses, the source.
REFUSED_BY = {
    "otel": ("OpenTelemetryCollector", ("networkPolicy", "enabled"), False, "operator 0.158, collector_webhook.go"),
}
# Pods that hold a secret and let everybody in, with the reason.
OPEN: dict[str, str] = {}
# What an operator's policy lets in and ours does not, with the reason.
WIDER: dict[str, str] = {}


@dataclass(frozen=True)
class Policy:
    """A network policy for what comes in."""

    name: str
    spec: Mapping[str, Any]

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Return whether it is about pods with these labels."""
        return "Ingress" in self.spec["policyTypes"] and fits(self.spec["podSelector"], labels)

    def opened(self) -> Iterator[tuple[str, str]]:
        """Yield each port that it opens, and to whom, as text that can be compared."""
        for rule in self.spec.get("ingress") or []:
            for port in rule.get("ports") or [{"port": "every"}]:
                for peer in rule.get("from") or ["everybody"]:
                    yield str(port["port"]), json.dumps(peer, sort_keys=True)


@dataclass(frozen=True)
class Pod:
    """Pods of one template."""

    name: str
    labels: Mapping[str, str]
    holds_secret: bool


def fits(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Return whether a label selector selects these labels; `In` is the only operator in use."""
    expressions = selector.get("matchExpressions") or []
    assert {each["operator"] for each in expressions} <= {"In"}
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and all(
        labels.get(each["key"]) in each["values"] for each in expressions
    )


def holds_secret(value: Any) -> bool:
    """Return whether a specification mounts a secret or takes a variable from one."""
    if isinstance(value, dict):
        found = {"secretName", "secretKeyRef", "secretRef", "configSecret", "secrets"} & set(value)
        return bool(found) or any(holds_secret(each) for each in value.values())
    return isinstance(value, list) and any(holds_secret(each) for each in value)


def recorded(*parts: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each object that an operator made with its operator; `refused` are those that the program disables."""
    for file in sorted(FACTS.glob("*.json")):
        facts = json.loads(file.read_text(encoding="utf-8"))
        # What was read off an operator's source has names, labels and ports alone; the resources themselves say more.
        if "source" in facts:
            continue
        for item in (each for part in parts for each in facts.get(part, [])):
            yield file.stem, item


@pytest.fixture(scope="module")
def objects(preview: Runs) -> list[dict[str, Any]]:
    """Return every object of production."""
    return [reveal(each.inputs) for each in preview("prod").kubernetes if "kind" in each.inputs]


@pytest.fixture(scope="module")
def ours(objects: list[dict[str, Any]]) -> list[Policy]:
    return [Policy(each["metadata"]["name"], each["spec"]) for each in objects if each["kind"] == "NetworkPolicy"]


def theirs(objects: list[dict[str, Any]]) -> list[Policy]:
    """Return the policies that operators make of production's resources as they are now."""
    found = []
    for operator, item in recorded("objects", "refused"):
        if item["kind"] != "NetworkPolicy":
            continue
        kind, path, refusal, _ = REFUSED_BY.get(operator, ("", (), None, ""))
        owners = [
            each for each in objects if each["kind"] == kind and item["name"].startswith(each["metadata"]["name"])
        ]
        if not owners or any(_at(each["spec"], path) != refusal for each in owners):
            found.append(Policy(item["name"], item["spec"]))
    return found


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def pods(objects: list[dict[str, Any]]) -> Iterator[Pod]:
    """Yield the program's pods, the operators', and Alertmanager's, by the labels that policies select."""
    for each in objects:
        name = f"{each['kind']} {each['metadata']['name']}"
        if each["kind"] in TEMPLATES:
            template = _at(each["spec"], TEMPLATES[each["kind"]])
            yield Pod(name, template["metadata"]["labels"], holds_secret(template["spec"]))
        elif each["kind"] in ("Alertmanager", "Prometheus"):
            labels = each["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]
            yield Pod(name, labels, holds_secret(each["spec"]))
    for operator, item in recorded("objects"):
        labels = [item["podLabels"]] if "podLabels" in item else [pod["labels"] for pod in item.get("pods", [])]
        for each in labels:
            # What an operator mounts is recorded by its path only: all its pods are taken to hold a secret.
            yield Pod(f"{operator} {item['kind']} {item['name']}", each, holds_secret=True)


def test_every_pod_that_holds_a_secret_lets_only_some_in(objects: list[dict[str, Any]], ours: list[Policy]) -> None:
    """A key is worth as much as the way to the process that has it."""
    policies = [*ours, *theirs(objects)]
    found = [*pods(objects)]
    holders = [pod for pod in found if pod.holds_secret]
    assert len(holders) >= 12
    open_to_all = {pod.name for pod in holders if not any(policy.selects(pod.labels) for policy in policies)}
    assert open_to_all == set(OPEN)


def test_operators_open_nothing_of_pods_that_ours_select(objects: list[dict[str, Any]], ours: list[Policy]) -> None:
    """Policies add up: what one opens no other closes."""
    wider = set()
    for pod in pods(objects):
        allowed = {opened for policy in ours if policy.selects(pod.labels) for opened in policy.opened()}
        if allowed:
            added = [policy for policy in theirs(objects) if policy.selects(pod.labels)]
            wider |= {policy.name for policy in added for opened in policy.opened() if opened not in allowed}
    assert wider == set(WIDER)


def test_a_policy_of_ours_selects_pods_that_there_are(objects: list[dict[str, Any]], ours: list[Policy]) -> None:
    """By labels that nobody has, a policy guards nothing."""
    found = [*pods(objects)]
    assert {policy.name for policy in ours if not any(policy.selects(pod.labels) for pod in found)} == set()
