"""A tagged topic is accepted; each required tag in turn is removed, emptied, made unknown."""

from __future__ import annotations

import json

import pytest

from sandbox.analyzer import PolicyPack
from tests.policies.specs import TAGS, UNKNOWN, changed, of, one, resource, secret

RULE = "required-tags"
REQUIRED = ("Project", "Environment", "Team", "CostCenter", "Workload")
TOPIC = "aws:sns/topic:Topic"
GROUP = "aws:autoscaling/group:Group"
VALID = {"name": "alerts", "tags": TAGS}


def test_accepts_a_resource_with_all_tags(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(TOPIC, VALID))) == []


@pytest.mark.parametrize("tag", REQUIRED)
def test_reports_a_missing_tag_by_name(pack: PolicyPack, tag: str) -> None:
    finding = one(RULE, pack.analyze(resource(TOPIC, changed(VALID, f"tags.{tag}"))))
    assert (finding.level, finding.message.endswith(f"missing: {tag}")) == ("mandatory", True)


@pytest.mark.parametrize("empty", ["", "  ", None])
@pytest.mark.parametrize("tag", REQUIRED)
def test_reports_an_empty_tag(pack: PolicyPack, tag: str, empty: str | None) -> None:
    finding = one(RULE, pack.analyze(resource(TOPIC, changed(VALID, f"tags.{tag}", empty))))
    assert finding.message.endswith(f"empty: {tag}")


@pytest.mark.parametrize("value", [UNKNOWN, secret("team-x"), secret(UNKNOWN)])
def test_accepts_a_tag_whose_value_is_unknown_or_secret(pack: PolicyPack, value: object) -> None:
    assert of(RULE, pack.analyze(resource(TOPIC, changed(VALID, "tags.Team", value)))) == []


@pytest.mark.parametrize("broken", [{}, {"tags": {}}])
def test_reports_a_resource_without_tags(pack: PolicyPack, broken: dict[str, object]) -> None:
    assert one(RULE, pack.analyze(resource(TOPIC, broken))).message.endswith(", ".join(REQUIRED))


def test_cannot_judge_tags_that_are_unknown_as_a_whole(pack: PolicyPack) -> None:
    finding = one(RULE, pack.analyze(resource(TOPIC, {"tags": UNKNOWN})))
    assert (finding.level, finding.not_run) == ("advisory", True)


@pytest.mark.parametrize("encode", [dict, json.dumps], ids=["object", "JSON text"])
def test_counts_the_default_tags_of_the_provider(pack: PolicyPack, encode: type) -> None:
    defaults = {"defaultTags": encode({"tags": {name: value for name, value in TAGS.items() if name != "Team"}})}
    assert of(RULE, pack.analyze(resource(TOPIC, {"tags": {"Team": "ml"}}, defaults=defaults))) == []
    assert one(RULE, pack.analyze(resource(TOPIC, {}, defaults=defaults))).message.endswith("missing: Team")


def test_reads_the_tag_list_of_an_auto_scaling_group(pack: PolicyPack) -> None:
    tags = [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()]
    assert of(RULE, pack.analyze(resource(GROUP, {"tags": tags}))) == []
    assert one(RULE, pack.analyze(resource(GROUP, {"tags": tags[1:]}))).message.endswith("missing: Project")


@pytest.mark.parametrize(
    "kind",
    ["aws:cloudwatch/dashboard:Dashboard", "kubernetes:core/v1:ConfigMap", "pulumi:pulumi:Stack", "aws:no/such:Type"],
)
def test_leaves_what_takes_no_tags_alone(pack: PolicyPack, kind: str) -> None:
    assert of(RULE, pack.analyze(resource(kind, {}))) == []
