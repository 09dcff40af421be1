"""Find the real tools that tests use, promtool and a Kubernetes API server among them: on PATH or below `.tools/`."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALIASES = {
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
    "blackbox_exporter": ("blackbox_exporter", "prometheus-blackbox-exporter"),
}
"""Debian calls some by a longer name."""
OF_ONE_RELEASE = frozenset({"kube-apiserver", "kube-controller-manager", "kubectl"})
"""Built together, and taken together: a client on PATH may be years apart from the server."""


def candidates(name: str, tools: Path) -> Iterator[Path]:
    """Yield every program of that name: on PATH, built from Go, unpacked from Debian packages."""
    if name in OF_ONE_RELEASE and (tools / "bin" / name).is_file():
        yield tools / "bin" / name
    for alias in ALIASES.get(name, (name,)):
        on_path = shutil.which(alias)
        if on_path:
            yield Path(on_path)
    for folder in ("bin", "debian/bin"):
        path = tools / folder / name
        if path.is_file():
            yield path


@cache
def version(program: Path) -> tuple[int, ...]:
    """Return the version a program states, as numbers; (0,) when it states none."""
    run = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30)
    found = re.search(r"version[ =]v?(\d+(?:\.\d+)+)", run.stdout + run.stderr)
    return tuple(int(number) for number in found[1].split(".")) if found else (0,)


@cache
def find(name: str, tools: Path = ROOT / ".tools") -> Path | None:
    """Return the newest program of that name, or None.

    Newest by major version and otherwise first: a range such as `[5m]` is open on the left from Prometheus 3.0 on,
    and production runs 3.x, so an old promtool on PATH does not hide a built one.
    """
    found = list(candidates(name, tools))
    return max(found, key=lambda program: version(program)[0]) if found else None


def require(name: str) -> Path:
    """Return the program, or skip the test with the command that installs it."""
    program = find(name)
    if program is None:
        pytest.skip(f"no {name} on PATH or in .tools/: get it with `python3 tools/build.py {name}`")
    return program
