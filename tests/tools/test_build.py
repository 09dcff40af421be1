"""The build script against a stand-in for Go: what it builds, what it leaves alone, what it says when it cannot."""

from pathlib import Path

import pytest

from tools import build

GO = """#!/bin/sh
if [ "$1" = version ]; then echo "go version go{version} linux/amd64"; exit 0; fi
echo build >> "{log}"
if [ -n "{fails}" ]; then echo "{fails}" >&2; exit 1; fi
while [ "$1" != "-o" ]; do shift; done
echo binary > "$2"
"""


class FakeGo:
    """A `go` on PATH, and the count of its builds."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "go"
        self.log = folder / "builds.log"

    def install(self, version: str = "1.26.8", fails: str = "") -> None:
        self.path.write_text(GO.format(version=version, log=self.log, fails=fails))
        self.path.chmod(0o755)

    @property
    def builds(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    fake = FakeGo(folder)
    fake.install()
    return fake


def test_builds_what_is_missing_and_leaves_what_is_current(
    go: FakeGo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    build.provide(["promtool"], out)
    assert (out / "bin/promtool").read_text() == "binary\n"
    build.provide(["promtool"], out)
    assert go.builds == 1
    assert "promtool: up to date (3.5.0)" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["removed", "other go", "other pins"])
def test_builds_again_what_is_out_of_date(go: FakeGo, tmp_path: Path, change: str) -> None:
    out = tmp_path / "out"
    build.provide(["amtool"], out)
    if change == "removed":
        (out / "bin/amtool").unlink()
    elif change == "other go":
        go.install(version="1.27.0")
    else:
        (out / "bin/.amtool.stamp").write_text("another")
    build.provide(["amtool"], out)
    assert go.builds == 2


def test_fingerprint_follows_the_pins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "tools/prometheus"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module x\n\trequire github.com/prometheus/prometheus v0.305.0\n")
    (folder / "go.sum").write_text("")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    before = build.fingerprint(build.TOOLS["promtool"], (1, 26))
    (folder / "go.sum").write_text("changed")
    assert build.fingerprint(build.TOOLS["promtool"], (1, 26)) != before


def test_failed_build_leaves_nothing_and_shows_the_cause(go: FakeGo, tmp_path: Path) -> None:
    go.install(fails="undefined: promslog.AllowedLevel")
    with pytest.raises(build.BuildError, match=r"go build of amtool failed: undefined: promslog"):
        build.provide(["amtool"], tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*amtool*"))


def test_main_says_what_is_missing_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build, "OUT", tmp_path / "out")
    assert build.main(["promtool"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "promtool: expected Go 1.24 or newer, or Debian's apt-get; found neither" in said


def add_debian(go: FakeGo) -> None:
    (go.path.parent / "apt-get").write_text('#!/bin/sh\ntouch "$2.deb"\n')
    (go.path.parent / "dpkg").write_text('#!/bin/sh\nmkdir -p "$3/usr/bin"\necho debian > "$3/usr/bin/promtool"\n')
    for name in ("apt-get", "dpkg"):
        (go.path.parent / name).chmod(0o755)


def test_old_go_falls_back_to_debian_packages(go: FakeGo, tmp_path: Path) -> None:
    go.install(version="1.19.8")
    add_debian(go)
    build.provide(["promtool"], tmp_path / "out")
    assert (tmp_path / "out/debian/bin/promtool").read_text() == "debian\n"
    assert go.builds == 0


def test_quick_takes_debian_packages_and_builds_nothing(go: FakeGo, tmp_path: Path) -> None:
    add_debian(go)
    build.provide(["promtool"], tmp_path / "out", quick=True)
    assert (tmp_path / "out/debian/bin/promtool").read_text() == "debian\n"
    assert go.builds == 0


@pytest.mark.usefixtures("go")
def test_quick_is_content_with_what_was_built(tmp_path: Path) -> None:
    build.provide(["promtool"], tmp_path / "out")
    build.provide(["promtool"], tmp_path / "out", quick=True)
    assert not (tmp_path / "out/debian").exists()


def test_debian_alertmanager_needs_its_template(go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go.install(version="1.19.8")
    for name in ("apt-get", "dpkg"):
        (go.path.parent / name).write_text("#!/bin/sh\n")
        (go.path.parent / name).chmod(0o755)
    monkeypatch.setattr(build, "DEBIAN_ALERTMANAGER_TEMPLATE", tmp_path / "missing.tmpl")
    with pytest.raises(build.BuildError, match=r"apt-get install prometheus-alertmanager"):
        build.provide(["alertmanager"], tmp_path / "out")


@pytest.mark.parametrize(("name", "release"), [("promtool", "3.5.0"), ("amtool", "0.28.1")])
def test_release_is_what_its_makers_call_it(name: str, release: str) -> None:
    assert build.release(build.TOOLS[name]) == release


@pytest.mark.parametrize("name", sorted(build.TOOLS))
def test_every_tool_is_pinned(name: str) -> None:
    assert build.module_version(build.TOOLS[name]).startswith("v0.")
    assert (
        f"\t{build.TOOLS[name].package}\n" in (build.ROOT / "tools" / build.TOOLS[name].module / "go.mod").read_text()
    )
