"""The stack reaches its cluster without a token in its state, and finds storage and certificates there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.base import ClusterAccess
from stacks.foundation import kubeconfig
from tests.components.isolated import deploy
from tests.program.previews import ENVIRONMENTS, Runs

OF_EKS = [each for each in ENVIRONMENTS if each != "local"]


def _kubeconfig() -> dict[str, Any]:
    made: list[str] = []

    def program() -> None:
        access = ClusterAccess("obs-prod", "https://eks.example.com", "Q0E=")
        kubeconfig(access, "eu-west-1").apply(made.append)

    deploy(program)
    return dict(json.loads(made[0]))


def test_a_token_is_asked_for_at_each_use_and_kept_nowhere() -> None:
    (user,) = _kubeconfig()["users"]
    assert set(user["user"]) == {"exec"}
    asked = user["user"]["exec"]
    assert [asked["command"], *asked["args"][:6]] == [
        *("aws", "--region", "eu-west-1", "eks", "get-token", "--cluster-name", "obs-prod")
    ]
    assert asked["interactiveMode"] == "Never"


def test_the_cluster_is_known_by_its_own_certificate() -> None:
    config = _kubeconfig()
    (cluster,) = config["clusters"]
    assert cluster["cluster"] == {"server": "https://eks.example.com", "certificate-authority-data": "Q0E="}
    (context,) = config["contexts"]
    assert config["current-context"] == context["name"]
    assert context["context"] == {"cluster": cluster["name"], "user": config["users"][0]["name"]}


@pytest.mark.parametrize("environment", OF_EKS)
def test_the_cluster_is_the_bases_and_no_context_of_the_user(preview: Runs, environment: str) -> None:
    (provider,) = [each for each in preview(environment).resources if each.type == "pulumi:providers:kubernetes"]
    assert "context" not in provider.inputs
    assert "kubeconfig" in provider.inputs


@pytest.mark.parametrize("environment", OF_EKS)
def test_a_new_cluster_has_storage_and_certificates(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    storage = ran.one("StorageClass").inputs
    for kind in ("Prometheus", "Alertmanager"):
        claim = ran.one(kind).inputs["spec"]["storage"]["volumeClaimTemplate"]["spec"]
        assert claim["storageClassName"] == storage["metadata"]["name"]
    assert ran.one("Release", "cert-manager")
