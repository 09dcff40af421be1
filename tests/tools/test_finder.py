"""The choice among programs of a name, and the message where there is none."""

from pathlib import Path

import pytest

from tests.tools import finder


def program(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{path.name}, version {version} (branch: , revision: unknown)'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    finder.find.cache_clear()
    return folder


def with_shell(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_path_comes_before_built_of_same_major(
    tmp_path: Path, empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = program(empty_path / "mytool", "3.1.0")
    program(tmp_path / "bin/mytool", "3.5.0")
    with_shell(monkeypatch, empty_path)
    assert finder.find("mytool", tmp_path) == expected


def test_newer_major_wins_over_path(tmp_path: Path, empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty_path / "mytool", "2.42.0+ds")
    expected = program(tmp_path / "bin/mytool", "v3.5.0")
    with_shell(monkeypatch, empty_path)
    assert finder.find("mytool", tmp_path) == expected


def test_built_comes_before_unpacked(tmp_path: Path, empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "debian/bin/mytool", "2.42.0")
    expected = program(tmp_path / "bin/mytool", "2.42.0")
    with_shell(monkeypatch, empty_path)
    assert finder.find("mytool", tmp_path) == expected


def test_client_and_server_are_of_one_release(
    tmp_path: Path, empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(empty_path / "kubectl", "9.0.0")
    expected = program(tmp_path / "bin/kubectl", "1.36.3")
    with_shell(monkeypatch, empty_path)
    assert next(finder.candidates("kubectl", tmp_path)) == expected


def test_alias_on_path_is_found(tmp_path: Path, empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = program(empty_path / "prometheus-alertmanager", "0.25.0")
    monkeypatch.setenv("PATH", str(empty_path))
    assert list(finder.candidates("alertmanager", tmp_path)) == [expected]


def test_version_without_a_number_is_zero(tmp_path: Path) -> None:
    assert finder.version(program(tmp_path / "mytool", "unknown")) == (0,)


@pytest.mark.usefixtures("empty_path")
def test_missing_tool_skips_with_the_command(tmp_path: Path) -> None:
    assert finder.find("mytool", tmp_path) is None
    with pytest.raises(pytest.skip.Exception, match=r"python3 tools/build.py mytool"):
        finder.require("mytool")
