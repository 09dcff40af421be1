"""Plain HTTP on this machine: a client and a server."""

import json
import threading
from collections.abc import Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TIMEOUT = 10
"""Seconds for one answer."""


def ask(address: str, path: str, content: object = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Ask `host:port` by GET, or by POST with JSON where content is given; return status and text.

    Raises:
        OSError: when nobody answers.
        ValueError: for an address that is not on this machine.
    """
    if not address.startswith("127.0.0.1:"):
        raise ValueError(f"expected an address on 127.0.0.1, found '{address}'")
    connection = HTTPConnection(address, timeout=TIMEOUT)
    try:
        if content is None:
            connection.request("GET", path, headers=headers or {})
        else:
            connection.request("POST", path, json.dumps(content), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def ask_json(address: str, path: str) -> Any:
    """Return the JSON that a GET answers.

    Raises:
        OSError: when nobody answers, or the status is not 200.
    """
    status, text = ask(address, path)
    if status != 200:
        raise OSError(f"http://{address}{path}: expected status 200, found {status}: {text[:200]}")
    return json.loads(text)


class Served:
    """A server of pages on a loopback port, a free one unless told, until it is closed."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The host and port that it listens on."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
