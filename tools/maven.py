#!/usr/bin/env python3
"""Build the log job and fetch the real Java servers that tests use, into `.tools/java/`, with Maven.

    python3 tools/maven.py log-job
    python3 tools/maven.py kafka opensearch flink

`log-job` is compiled and tested from `pipelines/log-job`; the others are the libraries that `tools/<name>/pom.xml`
pins. What is there and up to date is left alone. Only the standard library is used: this runs before any set-up.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.build import OUT, ROOT, BuildError, exclusive

JOB = "log-job"
SERVERS = ("flink", "kafka", "opensearch")
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def folder_of(name: str) -> Path:
    """Return the folder with the pom.xml."""
    return ROOT / "pipelines" / name if name == JOB else ROOT / "tools" / name


def fingerprint(name: str) -> str:
    """Return the digest that decides whether a result is up to date: every source and pin."""
    folder = folder_of(name)
    digest = hashlib.sha256()
    for path in sorted([folder / "pom.xml", *(folder / "src").rglob("*")]):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(name: str, stamp: str, out: Path) -> bool:
    """Return whether the folder holds the result of these very sources."""
    stamp_file = out / f".{name}.stamp"
    return stamp_file.is_file() and stamp_file.read_text() == stamp and result(name, out).exists()


def result(name: str, out: Path) -> Path:
    """Return the jar of the job, or a server's folder of jars."""
    return out / (f"{name}.jar" if name == JOB else name)


def build(name: str, out: Path) -> None:
    """Build one, and move it into place at the end, so that an aborted build leaves nothing behind.

    Raises:
        BuildError: when Maven refuses; its first errors are shown.
    """
    started = time.monotonic()
    stamp = fingerprint(name)
    if is_current(name, stamp, out):
        print(f"{name}: up to date", flush=True)
        return
    print(f"{name}: Maven builds {folder_of(name).relative_to(ROOT)} (minutes when nothing is cached)", flush=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=f"build-{name}-") as scratch:
        product = Path(scratch) / name
        if name == JOB:
            # The class of a deleted source would still be in the jar.
            shutil.rmtree(folder_of(name) / "target", ignore_errors=True)
            maven(name, ["package"])
            shutil.copy2(folder_of(name) / "target" / f"{JOB}.jar", product)
        else:
            maven(name, [COPY, f"-DoutputDirectory={product}"])
        shutil.rmtree(out / name, ignore_errors=True)
        product.replace(result(name, out))
    (out / f".{name}.stamp").write_text(stamp)
    print(f"{name}: built in {time.monotonic() - started:.0f} s", flush=True)


def maven(name: str, goals: Sequence[str]) -> None:
    """Run Maven quietly.

    Raises:
        BuildError: with what it said first.
    """
    command = ["mvn", "--batch-mode", "--quiet", *goals]
    done = subprocess.run(command, cwd=folder_of(name), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        errors = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line][:20]
        raise BuildError(f"{name}: `{' '.join(command)}` failed:\n" + "\n".join(errors))


def provide(names: Sequence[str], out: Path) -> None:
    """Make each of the named available below `out`.

    Raises:
        BuildError: when Java or Maven is missing, or Maven refuses.
    """
    missing = [program for program in ("javac", "mvn") if shutil.which(program) is None]
    if missing:
        how = "install a JDK 17 or newer and Maven (Debian: apt-get install openjdk-17-jdk-headless maven)"
        found = f"{' and '.join(missing)} not found"
        raise BuildError(f"{', '.join(names)}: expected javac and mvn on PATH, {found}: {how}")
    with exclusive(out):
        for name in names:
            build(name, out)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what the command line names; exit status 0, or 1 with what is missing or wrong."""
    parser = argparse.ArgumentParser(description="Builds the log job and fetches Java servers into .tools/java/.")
    parser.add_argument("names", nargs="+", choices=(JOB, *SERVERS), metavar="name", help=f"{(JOB, *SERVERS)}")
    names = parser.parse_args(arguments).names
    try:
        provide(list(dict.fromkeys(names)), OUT / "java")
    except BuildError as error:
        print(f"tools/maven.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
