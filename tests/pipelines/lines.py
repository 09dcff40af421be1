"""Run the log job's own code on lines, without a cluster: one Java process that answers line by line."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JAR = Path(__file__).resolve().parents[2] / ".tools" / "java" / "log-job.jar"
KEY = b"0123456789abcdef0123456789abcdef"
NOW = 1_769_682_700_000
"""When Kafka received every line, unless said otherwise: 2026-01-29T10:31:40Z, in milliseconds."""


@dataclass(frozen=True)
class Outcome:
    """What became of one line."""

    raw: str
    document: dict[str, Any] | None = None
    dead_letter: dict[str, Any] | None = None
    place: tuple[str, ...] = ()
    """Index and folder of a document, topic of a dead letter."""


def why_not() -> str | None:
    """Return what is missing to run the job's code here, in one line; None where all is there."""
    if shutil.which("java") is None:
        return "java is not on PATH: the log job's code cannot run"
    return None if JAR.is_file() else f"no {JAR.name}: build it by `make pipelines`"


class RedactLines:
    """The command line of the same name."""

    def __init__(self, job: Path, key: Path, *places: Path) -> None:
        command: list[str | Path] = [
            "java",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            JAR,
            "observability.logs.RedactLines",
            job,
            key,
            *places,
        ]
        self.rules: dict[str, Any] = json.loads(job.read_text(encoding="utf-8"))
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def process(self, lines: Sequence[tuple[str, bytes]], received_at: int = NOW) -> list[Outcome]:
        """Return the result of each (topic, line), in order."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ChildProcessError("RedactLines: no pipes")
        found = []
        for topic, line in lines:
            stdin.write(f"{topic}\t{received_at}\t{base64.b64encode(line).decode()}\n".encode())
            stdin.flush()
            found.append(outcome(stdout.readline().decode()))
        return found

    def close(self) -> None:
        """End this process."""
        self._process.communicate(timeout=20)


def outcome(line: str) -> Outcome:
    """Read what the command line wrote about one line."""
    kind, *place, text = line.rstrip("\n").split("\t")
    if kind == "document":
        return Outcome(line, document=json.loads(text), place=tuple(place))
    return Outcome(line, dead_letter=json.loads(text), place=tuple(place))


def running(folder: Path, rules: str, *places: Path) -> Iterator[RedactLines]:
    """Start the job's code with the compiled rules, for a fixture."""
    (folder / "job.json").write_text(rules, encoding="utf-8")
    (folder / "key").write_bytes(KEY)
    job = RedactLines(folder / "job.json", folder / "key", *places)
    try:
        yield job
    finally:
        job.close()
