"""Configuration as the engine reads it."""

from pathlib import Path
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.project import load_config, load_project

TYPED = """
name: toy
runtime: python
config:
  size: {type: integer, default: 3}
  flag: {type: boolean, default: false}
  teams: {type: array, items: {type: string}, default: [a]}
  needed: {type: string}
  aws:region: {value: eu-west-1}
"""


def write(folder: Path, stack: str, project: str = TYPED) -> Any:
    (folder / "Pulumi.yaml").write_text(project)
    (folder / "Pulumi.dev.yaml").write_text(stack)
    return load_project(folder)


def test_defaults_values_and_the_stack_are_merged_as_text(tmp_path: Path) -> None:
    project = write(tmp_path, "config: {toy:needed: x, toy:flag: true, toy:free: {a: [1]}}")
    assert load_config(project, "dev").values == {
        "toy:size": "3",
        "toy:flag": "true",
        "toy:teams": '["a"]',
        "toy:needed": "x",
        "aws:region": "eu-west-1",
        "toy:free": '{"a": [1]}',
    }


def test_an_encrypted_value_becomes_a_dummy_marked_secret(tmp_path: Path) -> None:
    project = write(tmp_path, "config: {toy:needed: {secure: v1:xyz}}")
    config = load_config(project, "dev")
    assert config.values["toy:needed"].startswith("sandbox-dummy-")
    assert config.secret_keys == config.dummies == ("toy:needed",)


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (
            "config: {toy:needed: x, toy:size: lots}",
            r"Pulumi.dev.yaml: toy:size must be of type integer; found \"lots\"",
        ),
        ("config: {toy:needed: x, toy:size: true}", "must be of type integer"),
        ("config: {toy:needed: x, toy:flag: 1}", "must be of type boolean"),
        ("config: {toy:needed: x, toy:teams: [a, 2]}", r"toy:teams\[1\] must be of type string"),
        ("config: {toy:size: 1}", "toy:needed is missing"),
        ("config:\n  a: [1\n  b: 2", "Pulumi.dev.yaml:3: not valid YAML"),
        ("- 1", "Pulumi.dev.yaml:1: expected a mapping"),
        ("config: [1]", "config: expected a mapping"),
    ],
)
def test_mistakes_name_their_place(tmp_path: Path, stack: str, message: str) -> None:
    project = write(tmp_path, stack)
    with pytest.raises(UserError, match=message):
        load_config(project, "dev")


def test_an_unknown_stack_lists_those_there_are(tmp_path: Path) -> None:
    project = write(tmp_path, "")
    with pytest.raises(UserError, match=r"stack 'prod' has no Pulumi.prod.yaml; stacks here: dev"):
        load_config(project, "prod")


@pytest.mark.parametrize(("text", "message"), [("runtime: python", "name: expected"), ("name: x\nconfig: 3", "config")])
def test_a_broken_project_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        write(tmp_path, "", text)


def test_a_folder_without_a_project(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        load_project(tmp_path)
