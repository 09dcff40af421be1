"""Start, find and stop the sandbox's own moto server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

from compiler.errors import UserError

_START_SECONDS = 60.0
_ANSWER_SECONDS = 60.0
"""A server that is taken for gone has lost all, so a busy one is given time; where nobody listens is known at once."""
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    """The sandbox's moto server: its process, loopback port, and the token that identifies it."""

    pid: int
    port: int
    token: str

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self.port}"


def running(folder: Path) -> Server | None:
    """Return the server noted beside the state, if it still answers with its token."""
    try:
        noted = Server(**json.loads((folder / "moto.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return noted if _answers(noted) else None


def _answers(server: Server) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{server.url}/_sandbox", timeout=_ANSWER_SECONDS) as answer:
            return bool(answer.read().decode() == server.token)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def start(folder: Path, *, port: int = 0) -> Server:
    """Start a detached server and wait until it answers.

    Args:
        folder: where `moto.json` and the server's log go.
        port: loopback port; 0 takes a free one.

    Raises:
        UserError: it does not start.
    """
    note, log = folder / "moto.json", folder / "moto.log"
    note.unlink(missing_ok=True)
    token = uuid.uuid4().hex
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.aws.server", str(note.resolve()), token, str(port)],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if (server := running(folder)) and server.token == token:
            process.returncode = 0  # it outlives this process on purpose: not waited for
            return server
        if process.poll() is not None:
            break
        time.sleep(0.02)
    last = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no message"])[-1]
    raise UserError(f"moto did not start on port {port or 'any'}: {last}; see {log}")


def stop(folder: Path) -> bool:
    """End the server by its own pid; return whether there was one."""
    server = running(folder)
    if server is None:
        (folder / "moto.json").unlink(missing_ok=True)
        return False
    os.kill(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + _START_SECONDS
    while _answers(server) and time.monotonic() < deadline:
        time.sleep(0.02)
    (folder / "moto.json").unlink(missing_ok=True)
    return True
