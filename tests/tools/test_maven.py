"""The script that builds the job, against a stand-in for Maven; and that every pin is exact."""

import re
from pathlib import Path

import pytest

from tools import maven
from tools.build import ROOT, BuildError

MVN = """#!/bin/sh
echo "$@" >> "{log}"
if [ -n "{fails}" ]; then echo "[ERROR] {fails}"; exit 1; fi
mkdir -p target && echo jar > target/log-job.jar
for word in "$@"; do
    case "$word" in -DoutputDirectory=*) mkdir -p "${{word#*=}}"; echo jar > "${{word#*=}}/a.jar";; esac
done
"""
POMS = sorted([*ROOT.glob("pipelines/*/pom.xml"), *ROOT.glob("tools/*/pom.xml")])


class FakeMaven:
    """An `mvn` on PATH, and sources of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.log, self.root, self.out = folder / "bin", folder / "log", folder / "root", folder / "out"
        for made in (self.path, self.root / "pipelines/log-job/src", self.root / "tools/kafka"):
            made.mkdir(parents=True)
        (self.root / "pipelines/log-job/pom.xml").write_text("<project/>")
        (self.root / "pipelines/log-job/src/A.java").write_text("class A {}")
        (self.root / "tools/kafka/pom.xml").write_text("<project/>")
        monkeypatch.setenv("PATH", f"{self.path}:/usr/bin:/bin")
        monkeypatch.setattr(maven, "ROOT", self.root)
        (self.path / "javac").write_text("#!/bin/sh\n")
        self.install()
        (self.path / "javac").chmod(0o755)

    def install(self, fails: str = "") -> None:
        (self.path / "mvn").write_text(MVN.format(log=self.log, fails=fails))
        (self.path / "mvn").chmod(0o755)

    @property
    def runs(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMaven:
    return FakeMaven(tmp_path, monkeypatch)


def test_builds_what_is_missing_and_leaves_what_is_current(fake: FakeMaven) -> None:
    for _ in range(2):
        maven.provide(["log-job", "kafka"], fake.out)
    assert (fake.out / "log-job.jar").read_text() == "jar\n"
    assert (fake.out / "kafka/a.jar").is_file()
    assert fake.runs == 2


@pytest.mark.parametrize("change", ["source", "pin", "removed"])
def test_builds_again_what_is_out_of_date(fake: FakeMaven, change: str) -> None:
    maven.provide(["log-job"], fake.out)
    if change == "source":
        (fake.root / "pipelines/log-job/src/A.java").write_text("class A { int a; }")
    elif change == "pin":
        (fake.root / "pipelines/log-job/pom.xml").write_text("<project></project>")
    else:
        (fake.out / "log-job.jar").unlink()
    maven.provide(["log-job"], fake.out)
    assert fake.runs == 2


def test_failed_build_leaves_nothing_and_shows_the_cause(fake: FakeMaven) -> None:
    fake.install(fails="expected: <1> but was: <2>")
    with pytest.raises(BuildError, match=r"(?s)log-job: `mvn .*` failed:.*expected: <1> but was: <2>"):
        maven.provide(["log-job"], fake.out)
    assert not list(fake.out.glob("*log-job*"))


def test_main_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(maven, "OUT", tmp_path / "out")
    assert maven.main(["log-job"]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "log-job: expected javac and mvn on PATH, javac and mvn not found: install a JDK 17" in message


@pytest.mark.parametrize("pom", POMS, ids=lambda pom: pom.parent.name)
def test_every_version_is_exact_and_no_registry_is_named(pom: Path) -> None:
    text = pom.read_text(encoding="utf-8")
    assert "repositor" not in text
    parts = re.findall(r"<(dependency|plugin)>(.*?)</\1>", text, re.DOTALL)
    assert parts
    for _, part in parts:
        version = re.search(r"<version>(.*?)</version>", part)
        assert version, part
        assert re.fullmatch(r"\d[\w.-]*|\$\{[\w.]+\}", version[1]), part
        assert "SNAPSHOT" not in version[1]
