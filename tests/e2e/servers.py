"""Real servers on free loopback ports: started with a log file, awaited until they are ready, ended by pid."""

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tests.e2e.loopback import ask

Found = TypeVar("Found")
START_TIMEOUT = 180.0
"""Seconds; most start in well under one on an idle machine, an API server on a busy one took more than sixty."""
STOP_TIMEOUT = 20.0
POLL = 0.05
_LISTENING = re.compile(r'msg="Listening on".* address=127\.0\.0\.1:(\d+)')


def until(look: Callable[[], Found | None], timeout: float, what: str) -> Found:
    """Poll until something is found, and return it.

    Raises:
        TimeoutError: when nothing was found in that many seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{what}: not in {timeout:.0f} s")
        time.sleep(POLL)


def end(process: subprocess.Popen[bytes]) -> None:
    """End this process: SIGTERM, then SIGKILL, and wait until it is gone."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Server:
    """One process that serves HTTP; it chooses a free port and says in its log which."""

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path, ready: str = "/-/ready") -> None:
        self.name = name
        self._ready_page = ready
        self._log = folder / f"{name}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            self.address = until(self._address, START_TIMEOUT, f"{name} listening")
            until(self._ready, START_TIMEOUT, f"{name} ready")
        except BaseException:
            self.close()
            raise

    def alive(self) -> None:
        """Raise ChildProcessError, with the end of its log, when the process has ended."""
        if self._process.poll() is not None:
            raise ChildProcessError(f"{self.name} ended with {self._process.returncode}: {self.log()[-2000:]}")

    def _address(self) -> str | None:
        self.alive()
        found = _LISTENING.search(self.log())
        return f"127.0.0.1:{found[1]}" if found else None

    def _ready(self) -> bool:
        self.alive()
        try:
            return ask(self.address, self._ready_page)[0] == 200
        except OSError:
            return False

    def log(self) -> str:
        """Return the server's log."""
        return self._log.read_text()

    def kill(self) -> None:
        """Kill this process, as the failure of a machine would."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End this process: SIGTERM, then SIGKILL."""
        end(self._process)


def alertmanager(
    program: Path, config: Path, folder: Path, name: str = "alertmanager", cluster: Sequence[str] | None = None
) -> Server:
    """Start an Alertmanager of its own, or a member of a cluster with these further options."""
    options = [
        f"--config.file={config}",
        f"--storage.path={folder / f'{name}-data'}",
        "--web.listen-address=127.0.0.1:0",
        *(["--cluster.listen-address="] if cluster is None else ["--cluster.listen-address=127.0.0.1:0", *cluster]),
    ]
    return Server(name, [program, *options], folder)


def prometheus(program: Path, config: Path, folder: Path, lookback: str, name: str = "prometheus") -> Server:
    """Start Prometheus; alerts are sent again after two seconds, not sixty, to outlast a short resolve timeout."""
    options = [
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / f'{name}-data'}",
        "--web.listen-address=127.0.0.1:0",
        "--rules.alert.resend-delay=2s",
        f"--query.lookback-delta={lookback}",
    ]
    return Server(name, [program, *options], folder)


def blackbox_exporter(program: Path, config: Path, folder: Path) -> Server:
    """Start a blackbox exporter; it has no page for readiness: it is ready when it is healthy."""
    options = [f"--config.file={config}", "--web.listen-address=127.0.0.1:0"]
    return Server("blackbox-exporter", [program, *options], folder, ready="/-/healthy")
