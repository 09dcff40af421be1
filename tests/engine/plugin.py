"""Serve a Pulumi plugin over gRPC as the engine expects it: the port is the first line of standard output."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from policies.support.parent import leave_with_parent

ROOT = Path(__file__).resolve().parents[2]
UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
"""A state with dashboards is larger than gRPC's default limit of 4 MB."""
_SECONDS_TO_END = 1.0


def serve(register: Callable[[grpc.Server], object], workers: int = 8) -> tuple[grpc.Server, int]:
    """Start a server on a free loopback port.

    Args:
        register: adds the services.
        workers: calls that are answered at once.

    Returns:
        The server and its port.
    """
    server = grpc.server(ThreadPoolExecutor(workers), options=UNLIMITED)
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def run(register: Callable[[grpc.Server], object], workers: int = 8) -> None:
    """Serve until the engine interrupts this process or ends."""
    leave_with_parent()
    server, port = serve(register, workers)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(_SECONDS_TO_END).wait()


def write_script(folder: Path, name: str, module: str, arguments: Sequence[str] = ()) -> None:
    """Write an executable that runs `module.main(arguments)` with this project's modules, whatever folder it starts in.

    The engine starts plugins in the folder of the program, a copy of this project whose modules must not be taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    call = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from {module} import main; main({list(arguments)!r})"
    script = folder / name
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -u -c {shlex.quote(call)} "$@"\n', "utf-8")
    script.chmod(0o755)
