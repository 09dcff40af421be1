"""Java servers: found, started with a log file, awaited, ended by pid."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.servers import STOP_TIMEOUT, until

ROOT = Path(__file__).resolve().parents[2]
JAVA = ROOT / ".tools" / "java"
START_TIMEOUT = 180.0
"""Seconds; OpenSearch takes 10 to 30 on an idle machine, and starts beside two others here."""
_OPENSEARCH_NEEDS = 21
LOGGING = """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} %m%n
"""


def java(least: int = 17) -> Path | None:
    """Return a Java of that release or newer: on PATH, named by JAVA_HOME or the like, or where systems put them."""
    on_path = shutil.which("java")
    homes = [Path(value) for name, value in sorted(os.environ.items()) if name.startswith("JAVA_HOME")]
    homes += [Path(on_path).resolve().parents[1]] if on_path else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"))
    found = [(release(home), home) for home in homes]
    fits = sorted((number, str(home)) for number, home in found if number >= least)
    return Path(fits[0][1]) / "bin" / "java" if fits else None


def release(home: Path) -> int:
    """Return the release of the Java in a folder; 0 where there is none."""
    file = home / "release"
    version = re.search(r'JAVA_VERSION="(\d+)', file.read_text()) if file.is_file() else None
    return int(version[1]) if version and (home / "bin" / "java").is_file() else 0


def why_not() -> str | None:
    """Return what is missing for a run with all servers, in one line; None if nothing is."""
    if java() is None or java(_OPENSEARCH_NEEDS) is None:
        return f"no Java {_OPENSEARCH_NEEDS} or newer beside Java 17: OpenSearch cannot start"
    missing = [name for name in ("log-job.jar", "kafka", "opensearch", "flink") if not (JAVA / name).exists()]
    return f"{', '.join(missing)} not found: `make pipelines log-servers`" if missing else None


def needed(least: int = 17) -> Path:
    """Return the path of `java`, where `why_not` returned None.

    Raises:
        FileNotFoundError: when there is none after all.
    """
    found = java(least)
    if found is None:
        raise FileNotFoundError(f"no Java {least} or newer")
    return found


def logging_to_console(folder: Path) -> str:
    """Return the option by which log4j, which would say errors only, says what happens."""
    file = folder / "log4j2.properties"
    file.write_text(LOGGING)
    return f"-Dlog4j2.configurationFile={file}"


def free_port() -> int:
    """Return a port that nobody listens on; for servers that must have the same one after a restart."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class JavaServer:
    """One process and its log; it may be started again."""

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path, ready: str, **environment: str) -> None:
        self.name, self._command, self._folder = name, command, folder
        self._ready = re.compile(ready)
        self._environment = {**os.environ, **environment}
        self._log = folder / f"{name}.log"
        self.start()

    def start(self) -> None:
        """Start the process and wait until its log says that it is ready."""
        self._from = len(self.log())
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.await_ready()

    def await_ready(self) -> None:
        try:
            self.ready = until(self._look, START_TIMEOUT, f"{self.name} ready")
        except BaseException:
            self.close()
            raise

    def _look(self) -> re.Match[str] | None:
        if self._process.poll() is not None:
            raise ChildProcessError(f"{self.name} ended with {self._process.returncode}: {self.log()[-3000:]}")
        return self._ready.search(self.log(), self._from)

    def log(self) -> str:
        """Return its log, over all its starts."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def kill(self) -> None:
        """Kill it, as the loss of a node would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End this process: SIGTERM, then SIGKILL."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
