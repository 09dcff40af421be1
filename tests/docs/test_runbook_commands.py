"""What a runbook asks one to type exists: queries mean something, shell blocks parse, AWS has the operations."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache

import botocore.session
from botocore import xform_name

from compiler.catalog import promql
from compiler.conventions import added_labels, recorded_labels, series
from tests.docs.pages import blocks, catalog, every_page, objectives, rules

AWS_COMMANDS_OF_THE_CLI = {("s3", "ls"), ("logs", "tail"), ("lambda", "wait")}
"""Commands that the AWS CLI makes itself: no operation of an API has their names."""
FLAGS_OF_THE_CLI = {"query", "output", "max-items"}


def declared_labels(name: str) -> frozenset[str] | None:
    """Return the labels of a series that the catalog declares or that a rule records; None for any other."""
    for watched in catalog():
        for metric in watched.metrics.prometheus:
            exposed = series(metric, added_labels(watched.workload, metric.producer))
            if name in exposed:
                return exposed[name]
        for recording in watched.recordings:
            if recording.name == name:
                return frozenset(recording.labels)
    each = frozenset(slo.each.label for watched in catalog() for slo in watched.slos if slo.each)
    return recorded_labels(name, each) if ":" not in name or name in recorded_names() else None


@cache
def recorded_names() -> frozenset[str]:
    return frozenset(rule.record for watched in catalog() for rule in rules(watched.name) if rule.record)


@cache
def values_of(label: str, name: str) -> frozenset[str]:
    """Return the values that a label of a series can have; none when any may be."""
    if label == "workload":
        return frozenset(watched.name for watched in catalog())
    if label == "slo":
        return frozenset(slo.name for watched in catalog() for slo in objectives(watched))
    if label == "service":
        return frozenset(service for watched in catalog() for service in watched.workload.services)
    declared = (watched.metric(name) for watched in catalog())
    return frozenset(value for metric in declared if metric for value in metric.labels.get(label, ()))


def aws_commands(page: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield service, operation and flags of every AWS command in the page's shell blocks."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"(?=\baws [a-z])", line)[1:]:
                words = part.split()
                yield words[1], words[2], re.findall(r" --([a-z0-9-]+)", part)


@every_page
def test_promql_means_something(page: str) -> None:
    for block in blocks(page, "promql"):
        expression = promql.parse(block)
        promql.shape(expression, declared_labels)
        for selector in promql.selectors(expression):
            for matcher in selector.matchers.matchers:
                known = values_of(matcher.name, str(selector.name))
                asked = matcher.value.split("|") if str(matcher.op) == "MatchOp.Re" else [matcher.value]
                assert not known or set(asked) <= known, f"{selector.name}: {matcher.name}: expected one of {known}"


@every_page
def test_shell_blocks_parse(page: str) -> None:
    for block in blocks(page, "sh"):
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{done.stderr}{block}"


@every_page
def test_aws_commands_exist(page: str) -> None:
    for service, operation, flags in aws_commands(page):
        if (service, operation) in AWS_COMMANDS_OF_THE_CLI:
            continue
        model = botocore.session.get_session().get_service_model(service)
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in operations, f"aws {service} {operation}: no such operation"
        shape = model.operation_model(operations[operation]).input_shape
        members = {xform_name(member, "-") for member in shape.members} if shape else set()
        assert set(flags) <= members | FLAGS_OF_THE_CLI, f"aws {service} {operation}: it takes {sorted(members)}"
