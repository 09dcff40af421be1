"""X-Ray's rules and groups as they are compiled, each tagged; a rule with a boost as CloudFormation's type takes it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from compiler.traces.xray import BoostSpec, GroupSpec, SamplingRuleSpec
from components.parts.tags import Tags
from components.traces.xray_sampling import XRaySampling, XRaySamplingArgs, boosted
from tests.components.isolated import Deployed, deploy, in_aws

PLAIN = SamplingRuleSpec("billing-batch-prod", 1_000, 1.0, 0, "billing-training")
BOOSTED = replace(PLAIN, rule_name="billing-normal-prod", priority=9_000, fixed_rate=0.05, boost=BoostSpec(0.5, 10))
GROUP = GroupSpec("billing-errors-prod", "fault = true OR error = true")
TAGS = Tags("billing", "ml", "ml", "billing", "prod")


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    args = XRaySamplingArgs([PLAIN, BOOSTED], [GROUP], TAGS)
    return deploy(lambda: XRaySampling("billing", args, in_aws()))


def test_a_rule_is_as_it_is_compiled(deployed: Deployed) -> None:
    made = deployed.one("SamplingRule").inputs
    assert (made["ruleName"], made["priority"], made["fixedRate"], made["reservoirSize"]) == (
        *("billing-batch-prod", 1_000, 1.0),
        0,
    )
    assert (made["serviceName"], made["urlPath"]) == ("billing-training", "*")
    assert made["tags"] == TAGS.to_dict()


def test_a_group_looks_for_what_is_unusual_and_tells_nobody(deployed: Deployed) -> None:
    made = deployed.one("Group").inputs
    assert made["filterExpression"] == GROUP.filter_expression
    assert made["insightsConfiguration"] == {"insightsEnabled": True, "notificationsEnabled": False}
    assert made["tags"] == TAGS.to_dict()


def test_a_rule_that_may_rise_says_how_far(deployed: Deployed) -> None:
    made = deployed.one("Resource").inputs
    assert made["typeName"] == "AWS::XRay::SamplingRule"
    state: dict[str, Any] = json.loads(made["desiredState"])
    rule = state["SamplingRule"]
    assert (rule["RuleName"], rule["FixedRate"]) == ("billing-normal-prod", 0.05)
    assert rule["SamplingRateBoost"] == {"MaxRate": 0.5, "CooldownWindowMinutes": 10}
    assert {each["Key"]: each["Value"] for each in state["Tags"]} == TAGS.to_dict()


def test_x_ray_itself_takes_such_a_rule() -> None:
    """Cloud Control gets a text: that its content is right, the model of X-Ray's own call tells."""
    model = botocore.session.get_session().get_service_model("xray").operation_model("CreateSamplingRule")
    assert model.input_shape
    report = ParamValidator().validate({"SamplingRule": boosted(BOOSTED)}, model.input_shape)
    assert not report.has_errors(), report.generate_report()


def test_a_rule_without_a_boost_needs_no_cloud_control() -> None:
    with pytest.raises(ValueError, match="billing-batch-prod: expected a boost"):
        boosted(PLAIN)
