"""What holds data is accepted in production with a protection, and elsewhere without; the protection is taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.rules.production_protected import HOLDS_DATA
from sandbox.analyzer import PolicyPack
from tests.policies.conftest import PACK
from tests.policies.specs import UNKNOWN, of, one, resource
from tests.program.sdk import resource_class

RULE = "production-protected"
KINDS = sorted(HOLDS_DATA)
OWN = sorted((kind, name) for kind, name in HOLDS_DATA.items() if name)


@pytest.mark.parametrize("kind", KINDS)
def test_accepts_a_protected_resource(prod_pack: PolicyPack, kind: str) -> None:
    assert of(RULE, prod_pack.analyze(resource(kind, {}, protect=True))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_reports_an_unprotected_one(prod_pack: PolicyPack, kind: str) -> None:
    finding = one(RULE, prod_pack.analyze(resource(kind, {})))
    assert (finding.level, "in prod, found none" in finding.message) == ("mandatory", True)


@pytest.mark.parametrize(("kind", "name"), OWN)
def test_counts_the_services_own_protection(prod_pack: PolicyPack, kind: str, name: str) -> None:
    assert of(RULE, prod_pack.analyze(resource(kind, {name: True}))) == []
    assert f"or {name}: true" in one(RULE, prod_pack.analyze(resource(kind, {name: False}))).message
    assert one(RULE, prod_pack.analyze(resource(kind, {name: UNKNOWN}))).not_run


@pytest.mark.parametrize("kind", KINDS)
def test_asks_nothing_of_other_environments(pack: PolicyPack, kind: str) -> None:
    assert of(RULE, pack.analyze(resource(kind, {}))) == []


@pytest.mark.parametrize("stack", ["prod", "prod-base", "dr-base"])
def test_knows_production_by_the_stacks_name_where_no_setting_says_so(stack: str) -> None:
    with PolicyPack(Path(PACK), project="observability", stack=stack, dry_run=True) as running:
        assert one(RULE, running.analyze(resource("aws:kms/key:Key", {}))).level == "mandatory"


def test_the_setting_wins_over_the_name() -> None:
    config = {"observability:environment": "dev"}
    with PolicyPack(Path(PACK), project="observability", stack="prod", dry_run=True, config=config) as running:
        assert of(RULE, running.analyze(resource("aws:kms/key:Key", {}))) == []


@pytest.mark.parametrize("kind", ["aws:sns/topic:Topic", "kubernetes:core/v1:Namespace"])
def test_leaves_what_holds_no_data_alone(prod_pack: PolicyPack, kind: str) -> None:
    assert of(RULE, prod_pack.analyze(resource(kind, {}))) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("aws:")])
def test_the_installed_provider_has_every_kind(kind: str) -> None:
    assert getattr(resource_class(kind), "pulumi_type", None) == kind
