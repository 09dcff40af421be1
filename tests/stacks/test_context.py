"""Providers refuse other accounts, change secrets in place, and versions are pinned."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml

from sandbox.project import load_config, load_project
from settings import Settings, load_settings
from stacks import foundation
from stacks.context import Context, Versions
from stacks.secrets import secret_names
from tests.components.isolated import Deployed, deploy
from tests.program.previews import ENVIRONMENTS, ROOT, Runs
from tests.workloads import project_catalog


@pytest.fixture(scope="module")
def context() -> Context:
    catalog = project_catalog()
    config = load_config(load_project(ROOT), "prod").values
    settings = load_settings(config, "prod", secret_names(catalog))
    return Context(settings, catalog, Versions.load(ROOT / "versions.yaml"))


def _providers(context: Context, **changed: object) -> Deployed:
    fresh = replace(
        context, settings=Settings.model_validate({**context.settings.model_dump(by_alias=True), **changed})
    )
    return deploy(lambda: (fresh.aws, foundation.provider(fresh, None)))


@pytest.mark.promise("accountId")
def test_provider_refuses_other_accounts_where_the_settings_name_one(context: Context) -> None:
    inputs = _providers(context, accountId="123456789012").one("aws").inputs
    assert inputs["allowedAccountIds"] == '["123456789012"]'
    assert "allowedAccountIds" not in _providers(context).one("aws").inputs


def test_provider_is_of_the_region(context: Context) -> None:
    assert _providers(context, region="eu-west-1").one("aws").inputs["region"] == "eu-west-1"


def _of_own(context: Context) -> dict[str, object]:
    own = {"cluster": "own", "kubeContext": "mine", "layers": ("foundation", "metrics", "cloud")}
    return _providers(context, **own).one("kubernetes").inputs


@pytest.mark.promise("kubeContext")
def test_cluster_is_the_named_context(context: Context) -> None:
    assert _of_own(context)["context"] == "mine"
    assert "context" not in _providers(context).one("kubernetes").inputs


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_secrets_change_in_place(preview: Runs, environment: str) -> None:
    """While a replaced configuration is gone, the operator falls back on one that tells nobody."""
    (provider,) = [each for each in preview(environment).resources if each.type == "pulumi:providers:kubernetes"]
    assert provider.inputs["enableSecretMutable"] == "true"


def test_providers_are_made_once(context: Context) -> None:
    fresh = replace(context)
    deployed = deploy(lambda: [fresh.in_aws, fresh.in_aws])
    assert [each.name for each in deployed.resources if "providers" in each.type] == ["aws"]


def test_names_and_tags_carry_the_environment(context: Context) -> None:
    assert context.named("platform") == "observability-prod-platform"
    assert context.platform_tags.to_dict()["Environment"] == "production"


def test_every_version_is_exact() -> None:
    data = yaml.safe_load((ROOT / "versions.yaml").read_text("utf-8"))
    versions = [*(chart["version"] for chart in data["charts"].values()), *data["servers"].values()]
    assert [version for version in versions if not re.fullmatch(r"v?\d+\.\d+\.\d+", str(version))] == []
