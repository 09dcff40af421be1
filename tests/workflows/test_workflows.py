"""The workflows of GitHub Actions: they call what exists, may do little, and run only code that was named exactly."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
WRITES = {
    ("runbooks.yml", "deploy", "pages"),
    ("runbooks.yml", "deploy", "id-token"),
    ("log-job.yml", "image", "packages"),
}
"""Everything that any job may write."""
MINUTES = {"nightly.yml": 240}
"""How long a job may take where it is not one that every change waits for."""

each = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def workflow(file: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def jobs(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = workflow(file)["jobs"]
    return found


def steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(file).values():
        yield from job["steps"]


def makes(text: str) -> list[str]:
    """Return the targets that a command asks `make` for; what has an equals sign is a variable."""
    found = re.findall(r"\bmake ((?:[\w./-]+(?:=\S+)?[ \t]*)+)", text)
    return [word for words in found for word in words.split() if "=" not in word]


def test_there_are_the_five() -> None:
    assert [file.name for file in FILES] == ["ci.yml", "log-job.yml", "nightly.yml", "preview.yml", "runbooks.yml"]


@each
def test_every_command_is_a_target_of_the_makefile(file: Path) -> None:
    commands = [step["run"] for step in steps(file) if "run" in step]
    assert commands
    for command in commands:
        assert command.startswith("make "), command
        assert makes(command), command
        assert set(makes(command)) <= TARGETS, command


@each
def test_no_command_is_made_of_what_a_stranger_wrote(file: Path) -> None:
    assert not [step["run"] for step in steps(file) if "${{" in step.get("run", "")]
    # YAML 1.1 reads the key `on` as true.
    assert "pull_request_target" not in str(workflow(file)[True])


@each
def test_a_job_may_only_do_what_is_said_here(file: Path) -> None:
    assert workflow(file)["permissions"] == {}
    for name, job in jobs(file).items():
        may = job["permissions"]
        assert set(may.values()) <= {"read", "write"}
        assert {(file.name, name, scope) for scope, right in may.items() if right == "write"} <= WRITES
        assert 0 < job["timeout-minutes"] <= MINUTES.get(file.name, 90)


@each
def test_every_action_is_named_by_its_commit_and_its_release(file: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", file.read_text(encoding="utf-8"))
    assert len(used) == sum("uses" in step for step in steps(file))
    for action, comment in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_an_action_is_the_same_everywhere() -> None:
    used = {step["uses"] for file in FILES for step in steps(file) if "uses" in step}
    assert len(used) == len({action.partition("@")[0] for action in used})


@each
def test_a_checkout_leaves_no_credentials_behind(file: Path) -> None:
    checkouts = [step for step in steps(file) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_ci_runs_what_every_change_must_pass() -> None:
    asked = makes((ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    ran = [target for step in steps(ROOT / ".github/workflows/ci.yml") for target in makes(step.get("run", ""))]
    assert asked
    assert sorted(ran) == sorted(asked)


def test_every_night_runs_what_is_too_slow_for_a_change() -> None:
    (asked,) = re.findall(r"^nightly: (.*?) ##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    ran = [target for step in steps(ROOT / ".github/workflows/nightly.yml") for target in makes(step.get("run", ""))]
    assert sorted(ran) == sorted(asked.split())


def test_the_built_servers_are_kept_as_long_as_their_pins_stay() -> None:
    caches = [step for file in FILES for step in steps(file) if step.get("uses", "").startswith("actions/cache@")]
    assert caches
    for cache in caches:
        assert cache["with"]["path"] == ".tools"
        assert "hashFiles('tools/*/go.sum', 'tools/build.py', 'tools/programs.json')" in cache["with"]["key"]
        assert "steps.go.outputs.go-version" in cache["with"]["key"]
    assert list(ROOT.glob("tools/*/go.sum"))


def test_what_is_published_is_what_make_docs_writes() -> None:
    (upload,) = (
        step for step in steps(ROOT / ".github/workflows/runbooks.yml") if "upload-pages" in step.get("uses", "")
    )
    main = (ROOT / "compiler" / "__main__.py").read_text(encoding="utf-8")
    assert f'Path("{upload["with"]["path"]}")' in main


def test_every_stack_is_previewed() -> None:
    command = ["make", "--dry-run", "--no-print-directory", "previews", "SUMMARY=summary.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    stacks = {path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")}
    expected = {stack for stack in stacks if not stack.endswith("-base")}
    listed = re.search(r"for stack in (.*?);", done.stdout)
    assert listed
    assert set(listed[1].split()) == expected
    assert '--markdown "summary.md"' in done.stdout


def test_newer_releases_of_actions_are_proposed() -> None:
    proposed = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert "github-actions" in {update["package-ecosystem"] for update in proposed}


def test_the_log_jobs_image_is_named_by_the_commit_and_built_on_the_flink_of_versions_yaml() -> None:
    (build,) = (step for step in steps(ROOT / ".github/workflows/log-job.yml") if "run" in step)
    assert build["env"]["IMAGE"].endswith("/log-job:${{ github.sha }}")
    command = ["make", "--dry-run", "--no-print-directory", "log-image", "IMAGE=host/name:1", "PUSH=yes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    flink = yaml.safe_load((ROOT / "versions.yaml").read_text(encoding="utf-8"))["flink"]
    assert f'docker build --build-arg FLINK={flink} --tag "host/name:1"' in done.stdout
    assert '--password-stdin "host"' in done.stdout


def test_the_log_job_is_built_for_the_flink_that_it_runs_on() -> None:
    flink = yaml.safe_load((ROOT / "versions.yaml").read_text(encoding="utf-8"))["flink"]
    pom = (ROOT / "pipelines/log-job/pom.xml").read_text(encoding="utf-8")
    assert f"<flink.version>{flink.partition('-')[0]}</flink.version>" in pom
    assert f"<maven.compiler.release>{flink.partition('-java')[2]}</maven.compiler.release>" in pom


def test_the_log_job_does_not_run_as_root() -> None:
    text = (ROOT / "pipelines/log-job/Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (.*)", text, re.MULTILINE)[-1] == "9999"
    assert re.findall(r"^FROM (.*)", text, re.MULTILINE) == ["flink:${FLINK}"]
