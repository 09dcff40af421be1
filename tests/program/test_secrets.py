"""Secrets are where they are needed and nowhere else; nothing that is not known yet is written as text."""

from __future__ import annotations

import json
import shutil

import pytest

from compiler.model.platform import Secretive
from compiler.routing.notifier import secrets
from sandbox import api
from sandbox.summary import Summary
from sandbox.values import Secret, masked, reveal
from tests.program.copies import copy_folder
from tests.program.previews import ENVIRONMENTS, ROOT, STACKS, Runs, leaves
from tests.workloads import project_catalog

DUMMY = "sandbox-dummy-"
PREFIX = "observability/local"
ROUTING = project_catalog().routing
FILES = {channel.secret for channel in ROUTING.channels.values() if isinstance(channel, Secretive)}
SECRET, *OTHERS = secrets(ROUTING)
"""One that a stack's config has, and the others that the notifier reads."""
# What the SDK puts in place of an output that a program turns into text.
STRINGIFIED = ("Calling __str__ on an Output", "Calling [toString]", "Output object at 0x", "<pulumi.")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_receivers_secrets_are_secret(preview: Runs, environment: str) -> None:
    held = preview(environment).one("Secret", "platform-receivers").inputs["stringData"]
    assert set(reveal(held)) == FILES
    for path, value, secret in leaves(held):
        assert secret, path
        assert value.startswith(DUMMY), path


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_secrets_are_in_no_other_input_and_no_output(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    for each in ran.resources:
        for path, value, secret in (*leaves(each.inputs), *leaves(each.outputs)):
            if each.type != "kubernetes:core/v1:Secret":
                assert not secret, f"{each.urn}{path} is secret"
                assert DUMMY not in str(value), f"{each.urn}{path}"
    assert not [path for path, _, secret in leaves(ran.outputs) if secret]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_config_map_holds_configuration_that_could_hold_secrets(preview: Runs, environment: str) -> None:
    """Receivers and their addresses are in Secrets; what exporters are told is open.

    The log job's rules name what is a secret, and Fluent Bit's configuration the file that holds one.
    """
    others = {"fluent-bit", "log-collector", "log-job"}
    for each in (each for each in preview(environment).of("ConfigMap") if each.name not in others):
        text = str(each.inputs["data"])
        assert [word for word in ("receiver", "webhook", "password", "token", "smtp") if word in text] == [], each.urn


@pytest.mark.parametrize("run", ["preview", pytest.param("up", marks=pytest.mark.slow)])
@pytest.mark.parametrize("stack", ["local", "dr"])
def test_no_output_was_turned_into_text(request: pytest.FixtureRequest, run: str, stack: str) -> None:
    ran = request.getfixturevalue(run)(stack)
    for each in ran.resources:
        for path, value, _ in leaves(each.inputs):
            assert not [mark for mark in STRINGIFIED if mark in str(value)], f"{each.urn}{path}: {value}"


@pytest.mark.parametrize("stack", STACKS)
def test_no_output_was_turned_into_text_in_any_preview(preview: Runs, stack: str) -> None:
    text = json.dumps([masked(each.inputs) for each in preview(stack).resources])
    assert [mark for mark in STRINGIFIED if mark in text] == []


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """Return a deployment of the project with a receiver's secret in a stack's own config."""
    project = tmp_path_factory.mktemp("configured") / "project"
    names = ("__main__.py", "settings.py", "versions.yaml", "Pulumi.yaml")
    project.mkdir()
    for name in ("catalog", "compiler", "components", "docs", "jobs", "lambdas", "stacks"):
        copy_folder(ROOT / name, project / name)
    for name in names:
        shutil.copy(ROOT / name, project / name)
    local = (ROOT / "Pulumi.local.yaml").read_text(encoding="utf-8")
    secret = f"  observability:{SECRET}: {{secure: AAABADn4}}\n"
    (project / "Pulumi.local.yaml").write_text(local + secret, encoding="utf-8")
    summary = api.run("up", "local", project=project, state=project / ".sandbox")
    # With the last stack its cloud ends, which would else outlive the test.
    api.run("destroy", "local", project=project, state=project / ".sandbox")
    return summary


@pytest.mark.slow
def test_a_secret_of_the_stacks_config_takes_precedence_over_the_store(deployed: Summary) -> None:
    assert f"local: observability:{SECRET} is encrypted: a dummy stands in for it" in deployed.notes
    assert not [note for note in deployed.notes if f"observability/local/{SECRET}" in note]
    held = deployed.get("kubernetes:core/v1:Secret", "platform-receivers").inputs["stringData"]
    assert isinstance(held[SECRET], Secret)
    stored = deployed.get("aws:secretsmanager/secretVersion:SecretVersion", f"{PREFIX}/config/{SECRET}")
    assert stored.inputs["secretString"] == held[SECRET]


@pytest.mark.slow
def test_the_function_reads_a_secret_of_the_config_where_the_stack_stores_it(deployed: Summary) -> None:
    """It reads all others, which somebody stored, by their name; what other receivers have it may not read."""
    (policy,) = [
        each
        for each in deployed.resources
        if each.urn.endswith("Notifier$observability:index:ServiceRole$aws:iam/rolePolicy:RolePolicy::notifier")
    ]
    (allowed,) = [each for each in json.loads(policy.inputs["policy"])["Statement"] if each["Sid"] == "Secrets"]
    names = {arn.partition(":secret:")[2].rpartition("-")[0] for arn in allowed["Resource"]}
    assert f"{PREFIX}/config/{SECRET}" in names
    assert f"{PREFIX}/{SECRET}" not in names
    assert {f"{PREFIX}/{each}" for each in OTHERS} <= names
    code = deployed.get("aws:lambda/function:Function", "notifier").inputs["code"]
    assert f"{PREFIX}/config/{SECRET}" in str(code)
    assert deployed.findings == []
