"""Stand-ins for Prometheus and Alertmanager on this machine: real HTTP, their answers, and faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answering:
    """One server; `answers` are PromQL results by a word of their query, or alerts by a word of their matchers.

    `failures` is how many requests get `status` and `text` instead; `asked` is what came in.
    """

    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failures: int = 0
    status: int = 503
    text: str = "not yet"
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, method: str, path: str, body: str) -> tuple[int, str]:
        if self.failures > 0:
            self.failures -= 1
            return self.status, self.text
        if method == "POST" and path == "/api/v1/query":
            query = parse_qs(body)["query"][0]
            self.asked.append(query)
            data = {"resultType": "vector", "result": self._found(query)}
            return 200, json.dumps({"status": "success", "data": data})
        parts = urlsplit(path)
        if method == "GET" and parts.path == "/api/v2/alerts":
            filters = " ".join(parse_qs(parts.query)["filter"])
            self.asked.append(filters)
            return 200, json.dumps(self._found(filters))
        return 404, "no such page"

    def _found(self, asked: str) -> list[dict[str, Any]]:
        return next((found for word, found in self.answers.items() if word in asked), [])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def sample(value: str, **labels: str) -> dict[str, Any]:
    """Return an element of a PromQL result, whose values are text."""
    return {"metric": labels, "value": [1_790_000_000.123, value]}


def held(state: str = "active", **labels: str) -> dict[str, Any]:
    """Return an alert as Alertmanager's API shows it."""
    return {
        "labels": labels,
        "annotations": {"summary": "Cold starts are slow", "description": "long"},
        "status": {"state": state, "silencedBy": [], "inhibitedBy": []},
        "startsAt": "2026-08-03T08:00:00.000Z",
    }


def _handler(server: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET", "")

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())

        def _answer(self, method: str, body: str) -> None:
            status, text = server.answer(method, self.path, body)
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: requests are kept."""

    return Handler


def by_title(message: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the lines of each part of a posted digest, by its title."""
    return {part["title"]: part["text"].splitlines() for part in message["attachments"]}
