"""References and marked secrets are accepted; the same values in plain text are not. Every secret here is made up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.analyzer import PolicyPack
from tests.policies.specs import UNKNOWN, changed, of, one, resource, secret

RULE = "no-plain-secrets"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
FUNCTION = "aws:lambda/function:Function"
# Put together here, so that no scanner of this repository takes them for real.
HOOK = "https://hooks.slack.com/" + "services/T00000000/B00000000/abcdefghijklmnop"
VALID: dict[str, Any] = {"environment": {"variables": {"API_TOKEN": secret("hunter2"), "LEVEL": "info"}}}
TOKEN = "environment.variables.API_TOKEN"


def test_accepts_a_marked_secret(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(FUNCTION, VALID))) == []


@pytest.mark.parametrize(
    "value",
    [UNKNOWN, secret(UNKNOWN), "arn:aws:secretsmanager:eu-west-1:1:secret:x", "/etc/secrets/token", "${TOKEN}", ""],
)
def test_accepts_a_reference_or_a_computed_value(pack: PolicyPack, value: object) -> None:
    assert of(RULE, pack.analyze(resource(FUNCTION, changed(VALID, TOKEN, value)))) == []


def test_reports_the_same_value_unmarked_and_does_not_repeat_it(pack: PolicyPack) -> None:
    finding = one(RULE, pack.analyze(resource(FUNCTION, changed(VALID, TOKEN, "hunter2"))))
    assert (finding.level, finding.message.startswith(f"{TOKEN}: expected a secret")) == ("mandatory", True)
    assert "hunter2" not in finding.message


def test_reports_a_known_format_under_any_name(pack: PolicyPack) -> None:
    finding = one(RULE, pack.analyze(resource(FUNCTION, changed(VALID, "environment.variables.LEVEL", HOOK))))
    assert "a Slack webhook URL in plain text" in finding.message


@pytest.mark.parametrize("wrap", ["environment", "environment.variables"])
def test_accepts_what_is_within_a_secret(pack: PolicyPack, wrap: str) -> None:
    plain = changed(VALID, TOKEN, "hunter2")
    inner = plain["environment"] if wrap == "environment" else plain["environment"]["variables"]
    assert of(RULE, pack.analyze(resource(FUNCTION, changed(plain, wrap, secret(inner))))) == []


def test_judges_each_item_of_a_list_by_its_own_mark(pack: PolicyPack) -> None:
    pod = {"env": [{"name": "A_TOKEN", "value": secret("hunter2")}, {"name": "B_TOKEN", "value": "hunter2"}]}
    assert one(RULE, pack.analyze(resource("kubernetes:core/v1:Pod", pod))).message.startswith("env[1].value: expected")


def test_reads_files_in_a_config_map(pack: PolicyPack) -> None:
    data = {"am.yaml": f"receivers:\n  - slack_configs: [{{api_url: '{HOOK}'}}]\n", "plain.txt": "nothing here"}
    assert one(RULE, pack.analyze(resource(CONFIG_MAP, {"data": data}))).message.startswith('data["am.yaml"]: expected')
    inner = {"app.json": json.dumps({"db": {"password": "hunter2"}})}
    finding = one(RULE, pack.analyze(resource(CONFIG_MAP, {"data": inner})))
    assert finding.message.startswith('data["app.json"].db.password: expected')


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (SECRET, "data", {"url": "aHVudGVyMg=="}),
        (SECRET, "stringData", {"url": UNKNOWN}),
        ("aws:secretsmanager/secretVersion:SecretVersion", "secretString", UNKNOWN),
        ("aws:ssm/parameter:Parameter", "value", "anything"),
    ],
)
def test_reports_what_must_be_secret_and_is_not_marked(pack: PolicyPack, kind: str, name: str, value: object) -> None:
    assert "not marked" in one(RULE, pack.analyze(resource(kind, {name: value}))).message
    assert of(RULE, pack.analyze(resource(kind, {name: secret(value)}))) == []


def test_a_secret_is_accepted_leaf_by_leaf(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(SECRET, {"data": {"a": secret("eA=="), "b": secret(UNKNOWN)}}))) == []


def test_reads_text_assets_and_leaves_files_unread(pack: PolicyPack) -> None:
    signature, asset = "4dabf18193072939515e22adb298388d", "c44067f5952c0a294b673a41bacd8c17"
    archive = "0def7320c3a5731c473e5ecbe6d01bc7"
    text = {signature: asset, "text": f"url = '{HOOK}'"}
    file = {signature: asset, "path": "/no/such/file"}
    code = {signature: archive, "assets": {"main.py": text, "other.py": file}}
    assert one(RULE, pack.analyze(resource(FUNCTION, {"code": code}))).message.startswith('code["main.py"]: expected')
    assert of(RULE, pack.analyze(resource(FUNCTION, {"code": file}))) == []


def test_forgets_the_marks_of_an_earlier_preview(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(FUNCTION, VALID))) == []
    assert of(RULE, pack.analyze(resource(FUNCTION, changed(VALID, TOKEN, "hunter2")))) != []
    assert of(RULE, pack.analyze(resource(FUNCTION, VALID))) == []


def test_changes_nothing(pack: PolicyPack) -> None:
    assert pack.remediate(resource(FUNCTION, VALID)) == VALID
