"""The example service as its own process, and stand-ins for its dependencies, healthy or failing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.loopback import ask
from tests.e2e.servers import START_TIMEOUT, end, until

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "recommendation-service"
POSTGRES, REDIS = b"N", b"+PONG\r\n"
"""What well servers answer: PostgreSQL to SSLRequest, Redis to PING."""


class Dependency:
    """A TCP server that answers each connection's first bytes, late or never, and counts who is connected.

    `reply` is what it answers, None for nothing; `delay` is how many seconds later.
    """

    def __init__(self, reply: bytes | None, delay: float = 0.0) -> None:
        self._reply, self._delay = reply, delay
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._open, self.most, self.total = 0, 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Close each connection."""
        self._closed.set()
        # Wakes the thread that waits for the next connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=[connection], daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open, self.total = self._open + 1, self.total + 1
            self.most = max(self.most, self._open)
        connection.settimeout(0.02)
        try:
            if self._received(connection) and self._reply is not None and not self._left(connection):
                connection.sendall(self._reply)
            while self._received(connection):
                continue
        except OSError:
            return
        finally:
            connection.close()
            with self._lock:
                self._open -= 1

    def _left(self, connection: socket.socket) -> bool:
        """Wait as long as this server takes to answer; True when the other side did not wait for that."""
        until_then = time.monotonic() + self._delay
        while time.monotonic() < until_then and not self._closed.is_set():
            try:
                return not connection.recv(1024)
            except TimeoutError:
                continue
        return self._closed.is_set()

    def _received(self, connection: socket.socket) -> bool:
        """Wait until something comes; False when the other side has hung up, or this one is closed."""
        while not self._closed.is_set():
            try:
                return bool(connection.recv(1024))
            except TimeoutError:
                continue
        return False


def refusing() -> str:
    """Return an address without a listener: its port was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class Service:
    """uvicorn with the example, on a socket that is bound beforehand, so that no port is taken from it.

    Attributes:
        folder: of its log.
        contract: the compiled contract.
        variables: its settings.
    """

    folder: Path
    contract: Path
    variables: dict[str, str]
    address: str = field(init=False)

    def __enter__(self) -> Self:
        self._log = self.folder / "service.log"
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{listener.getsockname()[1]}"
        variables = {
            "CONTRACT_FILE": str(self.contract),
            "PYTHONPATH": f"{EXAMPLE}{os.pathsep}{ROOT}",
            **self.variables,
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        command = [sys.executable, "-m", "uvicorn", "recommendation.app:create", "--factory", "--no-access-log"]
        with listener, self._log.open("w") as log:
            self._process = subprocess.Popen(
                [*command, "--log-level=warning", f"--fd={listener.fileno()}"],
                cwd=EXAMPLE,
                env={**kept, "ENVIRONMENT": "development", **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
            )
        try:
            until(self._alive, START_TIMEOUT, "the example service alive")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _alive(self) -> bool:
        if self._process.poll() is not None:
            raise ChildProcessError(f"the example service ended with {self._process.returncode}: {self.log()[-2000:]}")
        try:
            return ask(self.address, "/health/live")[0] == 200
        except OSError:
            return False

    def log(self) -> str:
        """Return its output."""
        return self._log.read_text()

    def close(self) -> None:
        """End this process with SIGTERM, so that it flushes its spans."""
        end(self._process)
