"""Images, charts and servers with a version or a digest are accepted; names that move are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.rules.images_pinned import is_pinned
from sandbox.analyzer import PolicyPack
from tests.policies.pods import COLLECTOR, EVERY, FLINK, GRAFANA, OPERATED, POD_PLACES, PROMETHEUS, SINGLE, valid
from tests.policies.specs import UNKNOWN, changed, of, one, resource

RULE = "images-pinned"
RELEASE = "kubernetes:helm.sh/v3:Release"
FUNCTION = "aws:lambda/function:Function"
MODEL = "aws:sagemaker/model:Model"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
DIGEST = f"@sha256:{'0123456789abcdef' * 4}"
PINNED = [
    *("a:1.2", "a:v1.2.3", "a:1.2.3-alpine", "a:alpine-3.19", "registry:5000/a/b:2026.11.1", f"a{DIGEST}"),
    *(f"a:latest{DIGEST}", "a:20260801", "a:0a1b2c3", "ghcr.io/a/b:release-1.4.2"),
]
MOVING = [
    "",
    "a",
    "a:latest",
    "a:3",
    "a:stable",
    "registry:5000/a",
    "registry.1.2/a",
    "a:main",
    "a@sha256:0123",
    "a:v1",
]


@pytest.mark.parametrize("image", PINNED)
def test_an_image_with_a_version_or_a_digest_is_pinned(image: str) -> None:
    assert is_pinned(image)


@pytest.mark.parametrize("image", MOVING)
def test_an_image_that_may_change_is_not(image: str) -> None:
    assert not is_pinned(image)


@pytest.mark.parametrize("kind", EVERY)
def test_accepts_pinned_images_and_servers(pack: PolicyPack, kind: str) -> None:
    assert of(RULE, pack.analyze(resource(kind, valid(kind)))) == []


@pytest.mark.parametrize("kind", sorted(POD_PLACES))
def test_reports_the_image_of_a_container(pack: PolicyPack, kind: str) -> None:
    place = f"{POD_PLACES[kind]}.containers[0].image"
    for broken in (changed(valid(kind), place, "company/app:latest"), changed(valid(kind), place)):
        finding = one(RULE, pack.analyze(resource(kind, broken)))
        assert finding.level == "mandatory"
        assert finding.message.startswith(f"{POD_PLACES[kind]}.containers[app].image: expected")
    assert one(RULE, pack.analyze(resource(kind, changed(valid(kind), place, UNKNOWN)))).not_run


@pytest.mark.parametrize("version", ["latest", "", "3", None])
@pytest.mark.parametrize("kind", sorted(set(SINGLE) - {COLLECTOR}))
def test_reports_a_server_without_a_version(pack: PolicyPack, kind: str, version: str | None) -> None:
    finding = one(RULE, pack.analyze(resource(kind, changed(OPERATED[kind], "spec.version", version))))
    assert finding.message == f"spec.version: expected a version such as 1.2.3, found {version or 'nothing'}"


@pytest.mark.parametrize("kind", [COLLECTOR, FLINK])
@pytest.mark.parametrize("image", ["company/collector:latest", "", None])
def test_reports_what_its_operator_would_name_an_image_for(pack: PolicyPack, kind: str, image: str | None) -> None:
    """Its operator would take one of its own version, which is not the one that was tried."""
    finding = one(RULE, pack.analyze(resource(kind, changed(OPERATED[kind], "spec.image", image))))
    assert finding.message == f"spec.image: expected an image with a version or a digest, found {image or 'nothing'}"


def test_takes_a_servers_image_in_place_of_its_version(pack: PolicyPack) -> None:
    spec: dict[str, Any] = {key: value for key, value in OPERATED[PROMETHEUS]["spec"].items() if key != "version"}
    assert of(RULE, pack.analyze(resource(PROMETHEUS, {"spec": {**spec, "image": "a:v3.5.0"}}))) == []
    moving = {"spec": {**spec, "image": "a:latest"}}
    assert one(RULE, pack.analyze(resource(PROMETHEUS, moving))).message.startswith("spec.image: expected")
    whole = changed(OPERATED[GRAFANA], "spec.version", f"docker.io/grafana/grafana{DIGEST}")
    assert of(RULE, pack.analyze(resource(GRAFANA, whole))) == []


def test_judges_an_image_that_replaces_an_operators(pack: PolicyPack) -> None:
    spec: dict[str, Any] = OPERATED[PROMETHEUS]["spec"]
    moving = {"spec": {**spec, "containers": [{"name": "prometheus", "image": "a:latest"}]}}
    assert one(RULE, pack.analyze(resource(PROMETHEUS, moving))).message.startswith("spec.containers[prometheus].image")


@pytest.mark.parametrize("version", [None, "88.x", ">=88.0.0", "latest", "88"])
def test_reports_a_chart_without_a_version(pack: PolicyPack, version: str | None) -> None:
    assert of(RULE, pack.analyze(resource(RELEASE, {"chart": "a", "version": "88.5.3"}))) == []
    finding = one(RULE, pack.analyze(resource(RELEASE, {"chart": "a", "version": version})))
    assert finding.message.startswith("version: expected a version such as 1.2.3")


@pytest.mark.parametrize(
    ("kind", "properties", "place"),
    [
        (FUNCTION, {"imageUri": "a:latest"}, "imageUri"),
        (MODEL, {"primaryContainer": {"image": "a"}}, "primaryContainer.image"),
        (
            TASK,
            {"containerDefinitions": json.dumps([{"image": "a:1.0"}, {"image": "b"}])},
            "containerDefinitions[1].image",
        ),
    ],
)
def test_reports_images_that_aws_runs(pack: PolicyPack, kind: str, properties: dict[str, Any], place: str) -> None:
    assert one(RULE, pack.analyze(resource(kind, properties))).message.startswith(f"{place}: expected")


def test_accepts_code_without_an_image_and_cannot_judge_unknown_ones(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(FUNCTION, {"runtime": "python3.13"}))) == []
    assert one(RULE, pack.analyze(resource(FUNCTION, {"imageUri": UNKNOWN}))).not_run
    assert one(RULE, pack.analyze(resource(TASK, {"containerDefinitions": UNKNOWN}))).not_run
    assert one(RULE, pack.analyze(resource(RELEASE, {"version": UNKNOWN}))).not_run
