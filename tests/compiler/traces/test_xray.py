"""X-Ray's rules agree with the table, as far as a head can; groups and programs get the rest."""

import json
from dataclasses import fields, replace
from fnmatch import fnmatchcase
from inspect import signature
from typing import get_args

import botocore.loaders
import pytest
import yaml
from pulumi_aws.xray import Group, SamplingRule

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog, Watched
from compiler.model.base import EnvironmentName
from compiler.target import Target
from compiler.traces.sampling import Facts, decide
from compiler.traces.xray import GroupSpec, SamplingRuleSpec, adaptive, groups, sampling_rules
from tests.catalog_copy import CatalogCopy

TRACES = "billing/traces.yaml"


@pytest.fixture
def watched(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "billing")


def test_x_ray_keeps_of_each_service_what_the_table_says(watched: Watched, target: Target) -> None:
    rules = sorted(sampling_rules(watched, target), key=lambda rule: rule.priority)
    for service in watched.traces.services:
        first = next(rule for rule in rules if fnmatchcase(service, rule.service_name))
        assert 100 * first.fixed_rate == decide(watched.traces.sampling, Facts(frozenset({service}))), service


def test_requests_from_api_gateway_get_the_normal_share(watched: Watched, target: Target) -> None:
    rules = sorted(sampling_rules(watched, target), key=lambda rule: rule.priority)
    gateway = f"billing-api-{target.environment}/{target.environment}"
    first = next(rule for rule in rules if fnmatchcase(gateway, rule.service_name))
    assert (first.fixed_rate, first.reservoir_size) == (0.05, 1)


def test_a_share_that_changes_in_the_catalog_changes_in_x_ray(copy: CatalogCopy, target: Target) -> None:
    copy.change(TRACES, lambda data: data["sampling"][3].update(keep=7))
    changed = next(watched for watched in copy.load() if watched.name == "billing")
    assert [rule.fixed_rate for rule in sampling_rules(changed, target)] == [1.0, 0.07]


def test_what_jaeger_gets_has_no_rules_in_x_ray(catalog: Catalog, target: Target) -> None:
    for watched in catalog:
        expected = watched.traces.xray is not None
        assert bool(sampling_rules(watched, target)) is expected
        assert bool(groups(watched, target)) is expected
        assert (adaptive(watched) is not None) is expected


@pytest.mark.parametrize("environment", get_args(EnvironmentName))
def test_names_and_figures_are_what_x_ray_takes(watched: Watched, target: Target, environment: str) -> None:
    """Source of the bounds: the API's own description, as botocore carries it."""
    shapes = botocore.loaders.Loader().load_service_model("xray", "service-2")["shapes"]
    there = replace(target, environment=environment)
    rules = sampling_rules(watched, there)
    assert len({rule.priority for rule in rules}) == len(rules)
    for rule in rules:
        assert len(rule.rule_name) <= shapes["RuleName"]["max"]
        assert shapes["Priority"]["min"] <= rule.priority <= shapes["Priority"]["max"]
        assert shapes["FixedRate"]["min"] <= rule.fixed_rate <= shapes["FixedRate"]["max"]
        assert len(rule.service_name) <= shapes["ServiceName"]["max"]
    for group in groups(watched, there):
        assert len(group.group_name) <= shapes["GroupName"]["max"]
        assert environment in group.group_name


def test_specs_have_the_names_of_pulumis_arguments() -> None:
    takes = signature(SamplingRule._internal_init).parameters
    assert {field.name for field in fields(SamplingRuleSpec)} - {"boost"} <= set(takes)
    assert {"group_name", "filter_expression"} <= set(signature(Group._internal_init).parameters)
    assert {"group_name", "filter_expression", "insights_enabled", "notifications_enabled"} == {
        field.name for field in fields(GroupSpec)
    }


def test_the_boost_goes_its_own_way_only_as_long_as_pulumi_aws_has_none() -> None:
    assert "sampling_rate_boost" not in signature(SamplingRule._internal_init).parameters, (
        "pulumi-aws has the boost now: components/traces/xray_sampling.py needs no Cloud Control, "
        "nor does docs/sampling.md"
    )


def test_groups_find_failed_and_slow_traces_of_this_workload(watched: Watched, target: Target) -> None:
    found = {group.group_name.rpartition("-")[2]: group.filter_expression for group in groups(watched, target)}
    assert set(found) == {"errors", "slow"}
    assert f'service("predict-{target.environment}") {{ fault = true OR error = true }}' in found["errors"]
    assert 'service("billing-training") { fault = true' in found["errors"]
    assert 'service("billing-predictor") { responsetime > 0.2 }' in found["slow"]
    assert "billing-training" not in found["slow"]  # every training run takes longer
    assert all(group.insights_enabled for group in groups(watched, target))


def test_programs_are_told_the_same_conditions(watched: Watched) -> None:
    configuration = adaptive(watched)
    assert configuration is not None
    assert configuration["anomalyConditions"] == [
        {"errorCodeRegex": r"^5\d\d$", "usage": "both"},
        {"highLatencyMs": 200, "usage": "both"},
    ]


def test_without_a_boost_programs_capture_only(copy: CatalogCopy, target: Target) -> None:
    copy.change(TRACES, lambda data: data["xray"].pop("boost"))
    changed = next(watched for watched in copy.load() if watched.name == "billing")
    configuration = adaptive(changed)
    assert configuration is not None
    assert "anomaly-span-capture" in str(configuration)
    assert "both" not in str(configuration)
    assert all(rule.boost is None for rule in sampling_rules(changed, target))


def test_the_artefacts_hold_every_rule_and_group(catalog: Catalog, target: Target, watched: Watched) -> None:
    made = {path: text for path, text in compile_artefacts(catalog, target).items() if path.startswith("xray/")}
    count = len(sampling_rules(watched, target)) + len(groups(watched, target))
    assert len(made) == count + 1
    normal = json.loads(made[f"xray/rules/billing-{target.environment}-normal.json"])
    assert normal["boost"] == {"max_rate": 1.0, "cooldown_window_minutes": 10}
    assert yaml.safe_load(made["xray/billing-adaptive.yaml"])["version"] == 1.0


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d["services"].update(trainer="training"), "expected a name that begins with 'billing-'"),
        (
            lambda d: d["sampling"][2].update(name="batch-training-of-models"),
            "expected 16 characters at most, since X-Ray takes 32",
        ),
        (
            lambda d: d["sampling"][2]["when"]["services"].append("billing-inference"),
            "expected one service, since X-Ray's rules have one name",
        ),
    ],
)
def test_what_x_ray_cannot_take_is_told(copy: CatalogCopy, edit: object, message: str) -> None:
    assert callable(edit)
    copy.change(TRACES, edit)
    assert any(message in line for line in copy.mistakes()), copy.mistakes()
