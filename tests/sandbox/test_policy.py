"""A policy pack between the program and the targets."""

from typing import Any

import pytest

from compiler.errors import UserError
from tests.sandbox.lab import Lab

RULES = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def named(args, report):
    if args.resource_type == "aws:sns/topic:Topic" and args.props.get("displayName") == "bad":
        report("a bad display name")

def warned(args, report):
    if args.resource_type == "aws:sns/topic:Topic":
        report("have you thought of queues?")

PolicyPack("toy", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("named", "names are good", named),
    ResourceValidationPolicy("warned", "advice", warned, EnforcementLevel.ADVISORY),
])
"""


@pytest.fixture
def judged(cloud: Lab) -> Any:
    (cloud.project / "policies").mkdir()
    (cloud.project / "policies" / "__main__.py").write_text(RULES)
    (cloud.project / "policies" / "PulumiPolicy.yaml").write_text("runtime: python\n")
    return cloud


def test_a_mandatory_finding_stops_before_anything_changes(judged: Lab) -> None:
    judged.write('aws.sns.Topic("a", name="a")\naws.sns.Topic("t", name="t", display_name="bad")')
    result = judged.run("up")
    assert result.blocking == [
        "urn:pulumi:local::toy::aws:sns/topic:Topic::t: named (mandatory): a bad display name"
    ]  # fmt: skip
    assert judged.listing() == {}


def test_what_is_known_only_in_the_update_is_judged_there(judged: Lab) -> None:
    judged.write("""
        first = aws.sns.Topic("a", name="a")
        aws.sns.Topic("t", name="t", display_name=first.arn.apply(lambda arn: "bad"))
    """)
    with pytest.raises(UserError, match=r"named \(mandatory\): a bad display name"):
        judged.run("up")
    assert judged.listing() == {"aws:sns/topic:Topic": ["arn:aws:sns:eu-west-1:123456789012:a"]}


def test_advice_stops_nothing(judged: Lab) -> None:
    result = judged.up('aws.sns.Topic("a", name="a")')
    assert result.ops() == {"create": 1}
    assert [(each.policy, each.level) for each in result.findings] == [("warned", "advisory")]
