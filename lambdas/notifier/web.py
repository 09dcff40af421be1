"""One POST of JSON: no redirects, no proxies, short timeouts, nothing of the address in its errors."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

# Seconds for the connection, and for each part of the answer: a receiver that hangs must not use up the others' time.
TIMEOUT = 5.0
_ANSWER_BYTES = 1_024
_MULTIPLE_CHOICES, _OK = 300, 200
# Without TLS an address, which is a secret, would be read on the way: only on this machine there is no way.
_OPEN = ("http", "127.0.0.1")


class PostError(Exception):
    """A receiver did not take a message; the text is a status or the kind of a failure."""


def post(url: str, content: object) -> None:
    """Post JSON.

    Raises:
        PostError: unless the receiver answers 2xx. Addresses are secrets, so it says nothing of them.
    """
    body = json.dumps(content).encode()
    try:
        status = _status(url, body)
    except (OSError, HTTPException, ValueError) as error:
        raise PostError(type(error).__name__) from None
    if not _OK <= status < _MULTIPLE_CHOICES:
        raise PostError(f"HTTP {status}")


def _status(url: str, body: bytes) -> int:
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme, parts.hostname) not in {("https", parts.hostname), _OPEN}:
        raise ValueError("expected an address with TLS")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read(_ANSWER_BYTES)
        return answer.status
    finally:
        connection.close()
