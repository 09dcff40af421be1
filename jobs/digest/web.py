"""HTTP with short timeouts, a few tries, no redirects, no proxies; its errors hold nothing of an address."""

import json
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from .model import SourceError

TIMEOUT = 20.0
"""Seconds for the connection, and for each part of the answer: a query over a week takes a few."""
TRIES = 3
_MOST_BYTES = 16_777_216
_FORM = "application/x-www-form-urlencoded"
_OK, _MULTIPLE_CHOICES = 200, 300
_LOOPBACK = "127.0.0.1"
Pause = Callable[[float], object]


def ask(url: str, form: str | None = None, *, pause: Pause = time.sleep) -> object:
    """Return the JSON answer to a GET, or to a POST of a form, from a server of the cluster.

    Raises:
        SourceError: when it does not, after all tries.
    """
    headers = {"Content-Type": _FORM} if form is not None else {}
    return _tried(lambda: _json(_exchange(url, form, headers)), pause)


def post(url: str, content: object, *, pause: Pause = time.sleep) -> None:
    """Post JSON to an address that is a secret.

    Raises:
        SourceError: unless it is taken, after all tries; without TLS the address would be read on the way.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname != _LOOPBACK:
        raise SourceError("expected an address with TLS")
    body = json.dumps(content)
    _tried(lambda: _exchange(url, body, {"Content-Type": "application/json"}), pause)


def _tried(exchange: Callable[[], object], pause: Pause) -> object:
    """Return the result of the first try that succeeds; a restarting server is back in some seconds."""
    for attempt in range(1, TRIES):
        try:
            return exchange()
        except SourceError:
            pause(5.0 * attempt)
    return exchange()


def _exchange(url: str, body: str | None, headers: Mapping[str, str]) -> bytes:
    try:
        status, content = _once(url, body, headers)
    except (OSError, HTTPException, ValueError) as error:
        raise SourceError(type(error).__name__) from None
    if not _OK <= status < _MULTIPLE_CHOICES:
        raise SourceError(f"HTTP {status}")
    if len(content) > _MOST_BYTES:
        raise SourceError(f"more than {_MOST_BYTES} bytes")
    return content


def _once(url: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    if not parts.hostname:
        raise ValueError("no host")
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        data = body.encode() if body is not None else None
        connection.request("GET" if data is None else "POST", path, data, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST_BYTES + 1)
    finally:
        connection.close()


def _json(content: bytes) -> object:
    try:
        found: object = json.loads(content)
    except ValueError:
        raise SourceError("no JSON") from None
    return found
