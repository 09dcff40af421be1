"""The client drives any pack as the engine does; the packs here are small and made for one question each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import struct_pb2

from compiler.errors import UserError
from sandbox.analyzer import AnalyzerResource, Finding, PolicyPack
from sandbox.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_WIRE, Secret

URN = "urn:pulumi:dev::shop::obs:Alerts$aws:sns/topic:Topic::alerts"
PARENT = "urn:pulumi:dev::shop::obs:Alerts::alerts"
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:aws::main"

MIRROR = (Path(__file__).parent / "mirror" / "__main__.py").read_text()


def altered(statement: str) -> str:
    """Return the mirror, with a statement at the start of what it runs for each resource."""
    head = "def show(args: ResourceValidationArgs, report: ReportViolation) -> None:\n"
    assert head in MIRROR
    return MIRROR.replace(head, f"{head}    {statement}\n")


def write_pack(folder: Path, program: str) -> Path:
    (folder / "__main__.py").write_text(program)
    return folder


def start(folder: Path, **options: Any) -> PolicyPack:
    return PolicyPack(folder, project="shop", stack="dev", **({"dry_run": True} | options))


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PolicyPack]:
    with start(write_pack(tmp_path_factory.mktemp("mirror"), MIRROR)) as running:
        yield running


def topic(properties: Any = None, **options: Any) -> AnalyzerResource:
    return AnalyzerResource(URN, "aws:sns/topic:Topic", "alerts", {} if properties is None else properties, **options)


def only(policy: str, findings: list[Finding]) -> Finding:
    [finding] = [finding for finding in findings if finding.policy == policy and not finding.exempted]
    return finding


def seen(mirror: PolicyPack, resource: AnalyzerResource) -> Any:
    return json.loads(only("show", mirror.analyze(resource)).message)


def test_shows_a_resource_with_its_options_and_provider(mirror: PolicyPack) -> None:
    found = seen(
        mirror,
        topic(
            {"a": [1, {"b": None}], "null": None},
            parent=PARENT,
            provider=f"{PROVIDER}::id-1",
            provider_properties={"region": "eu-west-1"},
            protect=True,
            ignore_changes=("tags",),
            aliases=("urn:old",),
            additional_secret_outputs=("arn",),
        ),
    )
    assert found == {
        "type": "aws:sns/topic:Topic",
        "name": "alerts",
        "urn": URN,
        "props": {"a": [1, {"b": None}]},
        "provider": ["pulumi:providers:aws", PROVIDER, "main", {"region": "eu-west-1"}],
        "options": [True, ["tags"], ["urn:old"], ["arn"]],
        "parent": PARENT,
    }


def test_a_component_has_no_provider(mirror: PolicyPack) -> None:
    assert seen(mirror, topic())["provider"] is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (UNKNOWN_WIRE, UNKNOWN_WIRE),
        (UNKNOWN, UNKNOWN_WIRE),
        (Secret("s"), "s"),
        ({SIGNATURE: SECRET_SIGNATURE, "value": [1]}, [1]),
        ({SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "v", "dependencies": []}, "v"),
        ({SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}, UNKNOWN_WIRE),
        ({SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x", "id": "i"}, "i"),
        ({SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x", "id": ""}, UNKNOWN_WIRE),
        ({SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x"}, "urn:x"),
    ],
)
def test_every_form_of_a_value_reaches_the_pack(mirror: PolicyPack, value: object, shown: object) -> None:
    assert seen(mirror, topic({"p": {"q": value}}))["props"] == {"p": {"q": shown}}


@pytest.mark.parametrize(
    "value", [Secret("s"), {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "s", "secret": True}]
)
def test_remediations_see_secrets_and_internal_keys(mirror: PolicyPack, value: object) -> None:
    found = mirror.analyze(topic({"p": value, "__defaults": ["p"]}))
    assert json.loads(only("fix", found).message) == {
        "p": {SIGNATURE: SECRET_SIGNATURE, "value": "s"},
        "__defaults": ["p"],
    }
    assert json.loads(only("show", found).message)["props"] == {"p": "s"}


def test_takes_a_struct_as_well(mirror: PolicyPack) -> None:
    struct = struct_pb2.Struct()
    struct.update({"a": {"b": [True]}})
    assert seen(mirror, topic(struct))["props"] == {"a": {"b": [True]}}


def test_levels_and_messages_are_the_packs(mirror: PolicyPack) -> None:
    found = mirror.analyze(topic())
    levels = {(finding.policy, finding.level, finding.exempted) for finding in found}
    assert levels == {
        ("show", "mandatory", False),
        ("context", "advisory", False),
        ("fix", "mandatory", False),
        ("show", "advisory", True),
    }
    assert {finding.urn for finding in found} == {URN}
    assert [finding.message for finding in found if finding.exempted] == ["exempt"]


def test_lists_the_rules_without_companions_and_what_is_off(mirror: PolicyPack) -> None:
    assert {(rule.name, rule.level, rule.kind) for rule in mirror.rules} == {
        ("show", "mandatory", "resource"),
        ("context", "advisory", "resource"),
        ("needs", "advisory", "resource"),
        ("fix", "remediate", "resource"),
        ("boom", "advisory", "resource"),
        ("stack", "advisory", "stack"),
    }


def test_what_could_not_run_is_told_from_advice(mirror: PolicyPack) -> None:
    found = mirror.analyze(topic({"needs": UNKNOWN}))
    assert [(f.policy, f.level, f.urn) for f in found if f.not_run] == [("needs", "advisory", URN)]


def test_remediated_properties_are_what_is_judged(mirror: PolicyPack) -> None:
    found = mirror.analyze(topic({"fix": True, "p": Secret("s")}))
    assert [f.message for f in found if f.level == "remediate"] == ["remediated: Fixes."]
    assert json.loads(only("show", found).message)["props"] == {"fix": True, "p": "s", "fixed": True}
    assert mirror.remediate(topic({"fix": True})) == {"fix": True, "fixed": True}


def test_shows_the_stack_with_what_depends_on_what(mirror: PolicyPack) -> None:
    parent = AnalyzerResource(PARENT, "obs:Alerts", "alerts", {})
    child = topic(
        {"k": UNKNOWN, "s": Secret(1), "__internal": 1},
        parent=PARENT,
        dependencies=(PARENT,),
        property_dependencies={"k": [PARENT], "s": []},
    )
    *shown, last = mirror.analyze_stack([parent, child])
    assert (last.message, last.urn) == ("of the whole stack", "")
    assert [finding.urn for finding in shown] == [PARENT, URN]
    assert json.loads(shown[1].message) == {
        "props": {"k": UNKNOWN_WIRE, "s": 1},
        "parent": PARENT,
        "dependencies": [PARENT],
        "property_dependencies": {"k": [PARENT]},
    }


def test_a_pack_knows_its_stack_and_nothing_of_the_users_clouds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "KUBECONFIG", "PULUMI_ACCESS_TOKEN", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "something real")
    options = {"dry_run": False, "config": {"shop:key": "value"}, "organization": "acme"}
    with start(write_pack(tmp_path, MIRROR), **options) as running:
        context_of = json.loads(only("context", running.analyze(topic())).message)
    *context, _, folder, environment = context_of
    assert context == ["shop", "dev", "acme", False, "value"]
    assert Path(folder) == tmp_path.resolve()
    assert [name for name, value in environment.items() if value == "something real"] == []


def test_a_rule_that_fails_is_one_line_that_names_the_resource(mirror: PolicyPack) -> None:
    with pytest.raises(
        UserError, match=rf"a rule of the policy pack failed for {URN.replace('$', '.')}: .*division by zero"
    ):
        mirror.analyze(topic({"boom": 1}))


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import sys\nsys.exit('exemptions.yaml: wrong')", "exemptions.yaml: wrong"),
        ("print('no port')", "it printed no port"),
        ("raise SystemExit(0)", "it printed no port"),
    ],
)
def test_a_pack_that_does_not_start_is_one_clear_line(tmp_path: Path, program: str, message: str) -> None:
    with pytest.raises(UserError) as caught, start(write_pack(tmp_path, program)):
        pass
    assert str(caught.value).startswith(f"{tmp_path.resolve()}: the policy pack did not start: {message}")
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not a policy pack: expected a file __main__\.py"), start(tmp_path):
        pass


def test_a_pack_that_stays_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.analyzer._START_SECONDS", 1.0)
    silent = (
        f"import os, threading\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\nthreading.Event().wait()"
    )
    with pytest.raises(UserError, match="printed no port within 1 s"), start(write_pack(tmp_path, silent)):
        pass
    if (tmp_path / "pid").exists():
        assert not is_running(int((tmp_path / "pid").read_text()))


def test_a_pack_that_dies_is_reported(tmp_path: Path) -> None:
    program = altered("os._exit(3)")
    with start(write_pack(tmp_path, program)) as running, pytest.raises(UserError, match="policy pack failed"):
        running.analyze(topic())


@pytest.mark.parametrize("stubborn", ["", "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"])
def test_the_process_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stubborn: str) -> None:
    monkeypatch.setattr("sandbox.analyzer._END_SECONDS", 0.5)
    program = stubborn + MIRROR
    with start(write_pack(tmp_path, program)) as running:
        process = json.loads(only("context", running.analyze(topic())).message)[5]
        assert is_running(process)
    assert not is_running(process)
    running.close()


def test_a_pack_that_prints_does_not_block(tmp_path: Path) -> None:
    noisy = altered("print('x' * 300_000)")
    with start(write_pack(tmp_path, noisy)) as running:
        assert only("show", running.analyze(topic())).level == "mandatory"


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
