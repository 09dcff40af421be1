#!/usr/bin/env python3
"""Build the real servers and checkers that tests use, into `.tools/bin/`, from pinned Go modules.

    python3 tools/build.py promtool prometheus alertmanager amtool
    python3 tools/build.py kube-apiserver kubectl etcd
    python3 tools/build.py otelcol
    python3 tools/build.py pulumi pulumi-resource-kubernetes kube-controller-manager prometheus-operator
    python3 tools/build.py --quick promtool amtool blackbox_exporter

A tool that is there and up to date is left alone. Without a Go tool chain, and with `--quick`, Debian and Ubuntu
packages are unpacked into `.tools/debian/` instead, without root: older releases, but in seconds, where a build takes
minutes. etcd and the blackbox exporter always come from there, unless they are on PATH; the Kubernetes programs never
do. Only the standard library is used: this runs before any set-up.

Prometheus and Alertmanager are two modules, since their releases of one time need different versions of
`prometheus/common` and cannot be linked from one.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / ".tools"
REPORT_EVERY = 10.0
"""Seconds between progress lines: a cold build is minutes of silence otherwise."""
DEBIAN_ALERTMANAGER_TEMPLATE = Path("/usr/share/prometheus/alertmanager/default.tmpl")
"""Debian's Alertmanager opens this very path and does not start without it."""


class BuildError(Exception):
    """What is missing and how to get it, in one line."""


@dataclass(frozen=True)
class Tool:
    """Where one program comes from: a Go module below `tools/`, its package, and the Debian package and file.

    Empty where there is none: the other way is the only one then.
    """

    module: str = ""
    package: str = ""
    debian_package: str = ""
    debian_file: str = ""
    versioned_by: str = ""
    """The module whose version is the tool's own; the package's where it is empty."""
    linked: Mapping[str, str] = field(default_factory=dict)
    """What the linker puts into variables of the program, where it looks up its own version; a server acts on it."""
    embedded: Mapping[str, str] = field(default_factory=dict)
    """Files that our main embeds, by the path that they have in the module `versioned_by`."""


TOOLS = {name: Tool(**row) for name, row in json.loads((ROOT / "tools" / "programs.json").read_text()).items()}
"""By the program's name; a new one is a row, and a folder with its go.mod."""


def go_version() -> tuple[int, int] | None:
    """Return the installed Go's (major, minor), or None where there is none."""
    if shutil.which("go") is None:
        return None
    text = subprocess.run(["go", "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def go_minimum(tool: Tool) -> tuple[int, int]:
    """Return the (major, minor) that the tool's go.mod asks for."""
    found = re.search(r"^go (\d+)\.(\d+)", (ROOT / "tools" / tool.module / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise BuildError(f"tools/{tool.module}/go.mod: expected a line `go 1.24`, found none: `go mod tidy` there")
    return int(found[1]), int(found[2])


def module_version(tool: Tool) -> str:
    """Return the version that go.mod pins for the tool's own module, such as `v0.305.0`."""
    repository = tool.versioned_by or tool.package.partition("/cmd/")[0]
    text = (ROOT / "tools" / tool.module / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require )?{re.escape(repository)} (v\S+)", text, re.MULTILINE)
    if found is None:
        message = f"tools/{tool.module}/go.mod: expected a requirement on {repository}, found none: `go get` it there"
        raise BuildError(message)
    return found[1]


def release(tool: Tool) -> str:
    """Return the version as its makers call it: Prometheus tags the Go module of release 3.5.0 as `v0.305.0`."""
    major, minor, patch = module_version(tool).removeprefix("v").split(".")
    if tool.module == "prometheus":
        return f"{int(minor) // 100}.{int(minor) % 100}.{patch}"
    return f"{major}.{minor}.{patch}"


def fingerprint(tool: Tool, go: tuple[int, int]) -> str:
    """Return the digest that decides whether a built tool is up to date: pins, the project's sources, the compiler."""
    folder = ROOT / "tools" / tool.module
    digest = hashlib.sha256(f"{release(tool)} {tool.package} go{go[0]}.{go[1]}".encode())
    for path in (folder / "go.mod", folder / "go.sum", *sorted(folder.glob("*.go"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(name: str, stamp: str, out: Path) -> bool:
    """Return whether `out/bin` holds this very build."""
    stamp_file = out / "bin" / f".{name}.stamp"
    return (out / "bin" / name).is_file() and stamp_file.is_file() and stamp_file.read_text() == stamp


def version_flags(tool: Tool) -> str:
    """Return the linker's flags: the program's version variables, from go.mod."""
    major, minor, *_ = release(tool).split(".")
    values = {"release": release(tool), "version": module_version(tool), "major": major, "minor": minor}
    return " ".join(f"-X {name}={value.format(**values)}" for name, value in tool.linked.items())


def overlay(tool: Tool, scratch: Path) -> list[str]:
    """Return the overlay option: it shows the compiler another module's files beside the project's main."""
    if not tool.embedded:
        return []
    folder = ROOT / "tools" / tool.module
    download = ["go", "mod", "download", "-json", tool.versioned_by]
    found = subprocess.run(download, cwd=folder, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise BuildError(f"tools/{tool.module}: `{' '.join(download)}` failed: {found.stdout} {found.stderr}")
    there = Path(json.loads(found.stdout)["Dir"])
    files = {str(folder / name): str(there / path) for name, path in tool.embedded.items()}
    (scratch / "overlay.json").write_text(json.dumps({"Replace": files}))
    return [f"-overlay={scratch / 'overlay.json'}"]


def go_command(tool: Tool, target: Path, *options: str) -> list[str]:
    """Return the build, at low priority: a laptop stays usable while 1,500 packages compile."""
    low = ["nice", "-n", "10"] if shutil.which("nice") else []
    flags = ["-mod=readonly", "-buildvcs=false", "-v", f"-ldflags=-s -w {version_flags(tool)}"]
    return [*low, "go", "build", *flags, *options, "-o", str(target), tool.package]


def build(name: str, stamp: str, out: Path) -> None:
    """Compile one tool and move it into place in one step, so that an aborted build leaves nothing behind.

    Raises:
        BuildError: when the Go tool chain refuses; its last lines are shown.
    """
    tool = TOOLS[name]
    binaries = out / "bin"
    binaries.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=f"build-{name}-") as scratch:
        target = Path(scratch) / name
        _watch(name, go_command(tool, target, *overlay(tool, target.parent)), ROOT / "tools" / tool.module)
        target.replace(binaries / name)
    (binaries / f".{name}.stamp").write_text(stamp)


def _watch(name: str, command: Sequence[str], folder: Path) -> None:
    """Run the build; its output (one line a compiled package) becomes a progress line now and then."""
    environment = {**os.environ, "GOWORK": "off"}
    print(f"{name}: building from tools/{TOOLS[name].module} (minutes when nothing is cached)", flush=True)
    started = reported = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            lines.append(line.strip())
            if time.monotonic() - reported > REPORT_EVERY:
                reported = time.monotonic()
                print(f"{name}: {len(lines)} packages, {reported - started:.0f} s", flush=True)
    if process.returncode != 0:
        message = f"tools/{TOOLS[name].module}: go build of {name} failed: {' | '.join(lines[-5:])}"
        raise BuildError(message)
    print(f"{name}: built in {time.monotonic() - started:.0f} s, {len(lines)} packages compiled", flush=True)


def refuse_what_debian_lacks(names: Sequence[str]) -> None:
    """Raise a BuildError that says how to get the tools, where Debian packages do not provide them."""
    minimum = max((go_minimum(TOOLS[name]) for name in names if TOOLS[name].module), default=(0, 0))
    go, found = f"Go {minimum[0]}.{minimum[1]} or newer", go_version()
    lacking = [name for name in names if not TOOLS[name].debian_package]
    if lacking:
        own = f"Go {found[0]}.{found[1]}" if found else "none"
        get = "leave --quick out" if found and found >= minimum else "install Go from https://go.dev/dl"
        raise BuildError(f"{', '.join(lacking)}: expected {go}, found {own}; Debian has no package of it: {get}")
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        own, get = (go, "Go from your distribution or https://go.dev/dl") if any(minimum) else ("it on PATH", "it")
        raise BuildError(f"{', '.join(names)}: expected {own}, or Debian's apt-get; found neither: install {get}")
    if "alertmanager" in names and not DEBIAN_ALERTMANAGER_TEMPLATE.is_file():
        message = (
            f"alertmanager: Debian's build needs {DEBIAN_ALERTMANAGER_TEMPLATE}, which is not there: "
            f"install {go}, or `apt-get install prometheus-alertmanager`"
        )
        raise BuildError(message)


def unpack_debian(names: Sequence[str], out: Path) -> None:
    """Fetch and unpack the distribution's packages below `out/debian`, without root and without installing.

    Raises:
        BuildError: where there is no apt, the download fails, or a tool cannot run from there.
    """
    refuse_what_debian_lacks(names)
    packages = sorted({TOOLS[name].debian_package for name in names})
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix="debian-") as scratch:
        _run(["apt-get", "download", *packages], Path(scratch))
        for archive in sorted(Path(scratch).glob("*.deb")):
            _run(["dpkg", "-x", str(archive), "unpacked"], Path(scratch))
        binaries = out / "debian" / "bin"
        binaries.mkdir(parents=True, exist_ok=True)
        for name in names:
            (Path(scratch) / "unpacked/usr/bin" / TOOLS[name].debian_file).replace(binaries / name)
    print(f"{', '.join(names)}: unpacked from Debian's {', '.join(packages)}, not the newest releases", flush=True)


def _run(command: Sequence[str], folder: Path) -> None:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        message = f"`{' '.join(command)}` failed: {result.stderr.strip().splitlines()[-1:]}; try `apt-get update`"
        raise BuildError(message)


@contextmanager
def exclusive(out: Path) -> Iterator[None]:
    """Hold a lock, so that two builds at once do not compile everything twice."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def provide(names: Sequence[str], out: Path, *, quick: bool = False) -> None:
    """Make each named tool available below `out`, by Go where possible, else from Debian packages.

    Args:
        names: the tools.
        out: the folder that holds `bin/` and `debian/`.
        quick: whether any version will do, and none may be built.

    Raises:
        BuildError: when neither way works.
    """
    go = go_version()
    with exclusive(out):
        unpacked = [name for name in names if quick or not TOOLS[name].module or not go or go < go_minimum(TOOLS[name])]
        places = ("bin", "debian/bin") if quick else ("debian/bin",)
        missing = [name for name in unpacked if not is_there(name, [out / place for place in places])]
        if missing:
            unpack_debian(missing, out)
        for name in names:
            if go is None or name in unpacked:
                continue
            stamp = fingerprint(TOOLS[name], go)
            if is_current(name, stamp, out):
                print(f"{name}: up to date ({release(TOOLS[name])})", flush=True)
            else:
                build(name, stamp, out)


def is_there(name: str, folders: Sequence[Path]) -> bool:
    """Return whether one of the folders holds the tool, or PATH does and no version is pinned."""
    on_path = None if TOOLS[name].module else shutil.which(name)
    return on_path is not None or any((folder / name).is_file() for folder in folders)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the tools of the command line; exit status 0, or 1 with one line on what is missing."""
    parser = argparse.ArgumentParser(description="Builds pinned tools into .tools/bin/.")
    parser.add_argument("names", nargs="+", choices=sorted(TOOLS), metavar="tool", help=", ".join(sorted(TOOLS)))
    parser.add_argument("--quick", action="store_true", help="take Debian's packages, or what is there; build nothing")
    options = parser.parse_args(arguments)
    try:
        provide(list(dict.fromkeys(options.names)), OUT, quick=options.quick)
    except BuildError as error:
        print(f"tools/build.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
