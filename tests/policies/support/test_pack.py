"""Rules are found by folder, each has a spec, and exemptions work by the pack's own protocol."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml
from pulumi_policy import EnforcementLevel, StackValidationPolicy

from compiler.errors import UserError
from policies.support.exemptions import load
from policies.support.pack import RULES, PackError, discover
from sandbox.analyzer import Finding, PolicyPack
from tests.policies.specs import TAGS, of, resource, secret, urn

TOPIC = "aws:sns/topic:Topic"
BUCKET = "aws:s3/bucket:Bucket"
PLAIN: dict[str, object] = {"tags": TAGS, "password": "hunter2"}
DOCS = Path(__file__).resolve().parents[3] / "docs" / "policies.md"
SPECS = Path(__file__).resolve().parents[1] / "rules"
NEW_RULE = """
from pulumi_policy import ResourceValidationPolicy

RULE = ResourceValidationPolicy("brand-new", "A rule added by one file.", lambda args, report: report("seen", args.urn))
"""


def exempt(pack: Path, *entries: dict[str, str]) -> None:
    """Write the exemptions of a copied pack; dates lie so far off that no test run meets them."""
    about = {"reason": "agreed", "owner": "finops", "expires": "2999-12-31"}
    document = yaml.safe_dump({"exemptions": [about | entry for entry in entries]}).replace("'", "")
    (pack / "exemptions.yaml").write_text(document)


def judge(pack: Path, properties: dict[str, object], name: str = "one") -> list[Finding]:
    with PolicyPack(pack, project="observability", stack="test", dry_run=True) as running:
        return running.analyze(resource(TOPIC, properties, name=name))


@pytest.mark.parametrize("module", sorted(file.stem for file in RULES.glob("[a-z]*.py")))
def test_every_rule_has_a_spec(module: str) -> None:
    assert (SPECS / f"test_{module}.py").is_file()


def test_every_rule_stops_a_deployment_and_is_described() -> None:
    """The estimate is no bill: a stack above its budget is advice, as the setting says."""
    rules = discover()
    stops = {EnforcementLevel.MANDATORY, EnforcementLevel.REMEDIATE}
    assert [rule.name for rule in rules if rule.enforcement_level not in stops] == ["within-budget"]
    assert all(rule.description.endswith(".") for rule in rules)


def test_rule_files_and_names_agree() -> None:
    files = {file.stem.replace("_", "-") for file in RULES.glob("[a-z]*.py")}
    assert files == {rule.name for rule in discover()}


def test_the_docs_describe_every_rule_and_no_other() -> None:
    described = re.findall(r"^\| `([a-z-]+)` \|", DOCS.read_text(), re.MULTILINE)
    assert sorted(described) == sorted(rule.name for rule in discover())


def test_the_exemption_in_the_docs_is_valid(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(exemptions:.*?)```", DOCS.read_text(), re.DOTALL)
    (tmp_path / "exemptions.yaml").write_text(example)
    assert len(load(tmp_path / "exemptions.yaml", {rule.name for rule in discover()})) == 1


def test_a_new_file_is_a_new_rule(copied_pack: Path) -> None:
    (copied_pack / "rules" / "brand_new.py").write_text(NEW_RULE)
    assert [finding.message for finding in of("brand-new", judge(copied_pack, {"tags": TAGS}))] == ["seen"]


def test_discover_refuses_a_file_without_a_rule_and_a_name_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "some_rules"
    folder.mkdir()
    (folder / "first.py").write_text(NEW_RULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    assert [rule.name for rule in discover(folder, "some_rules")] == ["brand-new"]
    (folder / "second.py").write_text(NEW_RULE)
    with pytest.raises(PackError, match=r"rules/second\.py: RULE: the name 'brand-new' is taken"):
        discover(folder, "some_rules")
    (folder / "second.py").unlink()
    (folder / "other.py").write_text("RULE = 1\n")
    with pytest.raises(
        PackError, match=r"rules/other\.py: RULE: expected a resource or stack validation policy, found 1"
    ):
        discover(folder, "some_rules")


def test_an_exempted_finding_is_advice_that_says_why(copied_pack: Path) -> None:
    exempt(copied_pack, {"rule": "required-tags", "resource": f"{TOPIC}::billing-*"})
    [finding] = of("required-tags", judge(copied_pack, {}, name="billing-alerts"))
    assert (finding.level, finding.exempted, finding.not_run) == ("advisory", True, False)
    assert finding.message.startswith("exempt until 2999-12-31 (finops: agreed): tags: expected")


def test_an_exemption_leaves_other_resources_and_rules_alone(copied_pack: Path) -> None:
    exempt(copied_pack, {"rule": "required-tags", "resource": f"{TOPIC}::billing-*"})
    found = judge(copied_pack, {}, name="other")
    assert {(f.policy, f.level, f.exempted) for f in found} == {
        ("required-tags", "mandatory", False),
        ("encryption-at-rest", "mandatory", False),
    }
    found = judge(copied_pack, {}, name="billing-alerts")
    assert ("encryption-at-rest", "mandatory", False) in {(f.policy, f.level, f.exempted) for f in found}


def test_an_expired_exemption_brings_the_finding_back(copied_pack: Path) -> None:
    exempt(copied_pack, {"rule": "required-tags", "resource": f"{TOPIC}::*", "expires": "2001-01-01"})
    [finding] = of("required-tags", judge(copied_pack, {}))
    assert (finding.level, finding.exempted) == ("mandatory", False)
    assert finding.message.endswith("(the exemption of finops expired on 2001-01-01)")


def test_a_later_exemption_replaces_an_expired_one(copied_pack: Path) -> None:
    entry = {"rule": "required-tags", "resource": f"{TOPIC}::*"}
    exempt(copied_pack, entry, entry | {"expires": "2001-01-01"})
    assert [finding.exempted for finding in of("required-tags", judge(copied_pack, {}))] == [True]


def test_an_exempted_rule_still_sees_which_values_are_secret(copied_pack: Path) -> None:
    exempt(copied_pack, {"rule": "no-plain-secrets", "resource": f"{TOPIC}::legacy"})
    [exempted] = of("no-plain-secrets", judge(copied_pack, PLAIN, name="legacy"))
    assert (exempted.exempted, "found a value for 'password'" in exempted.message) == (True, True)
    assert [f.level for f in of("no-plain-secrets", judge(copied_pack, PLAIN))] == ["mandatory"]
    assert of("no-plain-secrets", judge(copied_pack, PLAIN | {"password": secret("hunter2")}, name="legacy")) == []


def test_a_stack_rule_is_exempted_for_one_resource(copied_pack: Path) -> None:
    exempt(copied_pack, {"rule": "encryption-own-key", "resource": urn(BUCKET, "public")})
    buckets = [resource(BUCKET, {"bucket": name}, name=name) for name in ("public", "logs")]
    with PolicyPack(copied_pack, project="observability", stack="test", dry_run=True) as running:
        found = {finding.urn: finding.exempted for finding in running.analyze_stack(buckets)}
    assert found == {urn(BUCKET, "public"): True, urn(BUCKET, "logs"): False}


def test_an_exempted_rule_that_cannot_run_says_so_once(copied_pack: Path) -> None:
    exempt(copied_pack, {"rule": "required-tags", "resource": f"{TOPIC}::*"})
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    found = of("required-tags", judge(copied_pack, {"tags": unknown}))
    assert [(finding.not_run, finding.exempted) for finding in found] == [(True, False)]


def test_companions_are_no_rules_of_their_own(copied_pack: Path, pack: PolicyPack) -> None:
    exempt(copied_pack, {"rule": "required-tags", "resource": f"{TOPIC}::*"})
    with PolicyPack(copied_pack, project="observability", stack="test", dry_run=True) as running:
        assert running.rules == pack.rules
    assert {rule.name: rule.kind for rule in pack.rules} == {
        rule.name: "stack" if isinstance(rule, StackValidationPolicy) else "resource" for rule in discover()
    }


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"rule": "no-such-rule", "resource": "a::b"}, "rule: no rule 'no-such-rule'"),
        ({"rule": "required-tags", "resource": "a::b", "owner": ""}, "owner: expected one, found nothing"),
    ],
)
def test_a_mistake_in_the_exemptions_stops_the_pack_with_one_line(
    copied_pack: Path, entry: dict[str, str], message: str
) -> None:
    exempt(copied_pack, entry)
    with pytest.raises(UserError, match=rf"did not start: exemptions\.yaml: exemptions\[0\]: {message}") as caught:
        judge(copied_pack, {})
    assert "\n" not in str(caught.value)
