"""The build script against a stand-in for Go: its builds, its cache, and its errors."""

import json
import shutil
from importlib import metadata
from pathlib import Path

import pytest

from tools import build

GO = """#!/bin/sh
if [ "$1" = version ]; then echo "go version go{version} linux/amd64"; exit 0; fi
if [ "$1" = mod ]; then echo '{mod}'; exit 0; fi
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

    def install(self, version: str = "1.26.8", fails: str = "", mod: str = "") -> None:
        self.path.write_text(GO.format(version=version, log=self.log, fails=fails, mod=mod))
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


def test_fingerprint_follows_our_own_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(build.ROOT / "tools/otelcol", tmp_path / "tools/otelcol")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    before = build.fingerprint(build.TOOLS["otelcol"], (1, 26))
    with (tmp_path / "tools/otelcol/main.go").open("a") as source:
        source.write("// changed")
    assert build.fingerprint(build.TOOLS["otelcol"], (1, 26)) != before


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
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "promtool: expected Go 1.24 or newer, or Debian's apt-get; found neither" in text


def add_debian(go: FakeGo) -> None:
    (go.path.parent / "apt-get").write_text('#!/bin/sh\ntouch "$2.deb"\n')
    unpack = 'mkdir -p "$3/usr/bin"\nfor name in promtool etcd; do echo debian > "$3/usr/bin/$name"; done\n'
    (go.path.parent / "dpkg").write_text(f"#!/bin/sh\n{unpack}")
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


def test_etcd_is_taken_from_path_or_debian_and_never_built(go: FakeGo, tmp_path: Path) -> None:
    add_debian(go)
    build.provide(["etcd"], tmp_path / "out")
    assert (tmp_path / "out/debian/bin/etcd").read_text() == "debian\n"
    (go.path.parent / "apt-get").write_text("#!/bin/sh\nexit 1\n")
    build.provide(["etcd"], tmp_path / "out")
    (go.path.parent / "etcd").write_text("#!/bin/sh\n")
    (go.path.parent / "etcd").chmod(0o755)
    build.provide(["etcd"], tmp_path / "other")
    assert not (tmp_path / "other/debian").exists()
    assert go.builds == 0


@pytest.mark.parametrize(
    ("version", "quick", "expected"),
    [
        ("1.24.3", False, "found Go 1.24; Debian has no package of it: install Go from"),
        ("1.26.8", True, "found Go 1.26; Debian has no package of it: leave --quick out"),
    ],
)
def test_what_debian_does_not_have_needs_go(
    go: FakeGo, tmp_path: Path, version: str, expected: str, *, quick: bool
) -> None:
    go.install(version=version)
    with pytest.raises(build.BuildError) as refused:
        build.provide(["kube-apiserver"], tmp_path / "out", quick=quick)
    assert str(refused.value).startswith(f"kube-apiserver: expected Go 1.26 or newer, {expected}")
    assert go.builds == 0


def test_without_apt_etcd_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(build.BuildError, match=r"^etcd: expected it on PATH, or Debian's apt-get; found neither"):
        build.provide(["etcd"], tmp_path / "out")


def test_kubernetes_is_told_its_version() -> None:
    flags = build.version_flags(build.TOOLS["kube-apiserver"])
    assert "gitVersion=v1.36.3 " in flags
    assert flags.endswith("gitMajor=1 -X k8s.io/component-base/version.gitMinor=36")


def test_pulumi_is_told_its_version() -> None:
    """The engine refuses a project that asks for a newer one, and a build without a version asks for none."""
    flags = build.version_flags(build.TOOLS["pulumi"])
    assert flags == "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=3.274.1"


def test_the_provider_calls_itself_what_the_sdk_asks_for() -> None:
    """The engine warns of a provider that is older than the SDK; the module has no releases of its own."""
    flags = build.version_flags(build.TOOLS["pulumi-resource-kubernetes"])
    assert flags.endswith(f"version.Version={metadata.version('pulumi-kubernetes')}")


def test_another_module_s_file_is_embedded_by_an_overlay(go: FakeGo, tmp_path: Path) -> None:
    there = tmp_path / "module"
    go.install(mod=json.dumps({"Dir": str(there)}))
    (option,) = build.overlay(build.TOOLS["pulumi-resource-kubernetes"], tmp_path)
    replaced = json.loads(Path(option.removeprefix("-overlay=")).read_text())["Replace"]
    main = build.ROOT / "tools/pulumi-kubernetes/schema.json"
    assert replaced == {str(main): str(there / "cmd/pulumi-resource-kubernetes/schema.json")}
    assert "//go:embed schema.json" in (main.parent / "main.go").read_text()


def test_no_overlay_where_nothing_is_embedded(tmp_path: Path) -> None:
    assert build.overlay(build.TOOLS["promtool"], tmp_path) == []


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("promtool", "3.5.0"),
        ("amtool", "0.28.1"),
        ("otelcol", "0.155.0"),
        ("kubectl", "1.36.3"),
        ("pulumi", "3.274.1"),
    ],
)
def test_release_is_what_its_makers_call_it(name: str, release: str) -> None:
    assert build.release(build.TOOLS[name]) == release


@pytest.mark.parametrize("name", sorted(name for name, tool in build.TOOLS.items() if tool.module))
def test_every_tool_is_pinned(name: str) -> None:
    tool = build.TOOLS[name]
    assert build.module_version(tool).startswith("v")
    pins = (build.ROOT / "tools" / tool.module / "go.mod").read_text()
    own = pins.startswith(f"module {tool.package}\n")
    assert own or f"\t{tool.package}\n" in pins or f"\ntool {tool.package}\n" in pins
