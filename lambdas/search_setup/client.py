"""Client of the domain with the function's role: every request is signed, retries are bounded."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_SERVICE = "es"
# Seconds; a policy on many indices takes its time.
_TIMEOUT = 30.0
# A domain that is being changed answers 429 or 5xx for a while.
_TRIES, _PAUSE = 5, 2.0
_BUSY, _BROKEN = 429, 500
_OPEN = ("http", "127.0.0.1")


class SetupError(Exception):
    """The domain refused a document; the text says which, and the domain's reason."""


@dataclass(frozen=True)
class Answer:
    """The domain's answer: the status, and JSON where it was any."""

    status: int
    content: object


class Domain:
    """One OpenSearch domain.

    Args:
        endpoint: its address with scheme; without TLS only on this machine.
        region: the region that signatures name.
        credentials: of the function's role, asked for each request: they change every hour.
        pause: waits that many seconds before the next try.
    """

    def __init__(
        self,
        endpoint: str,
        region: str,
        credentials: Callable[[], Credentials],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = urlsplit(endpoint)
        if (self._url.scheme, self._url.hostname) not in {("https", self._url.hostname), _OPEN}:
            raise SetupError("endpoint: expected an address with TLS")
        self._endpoint, self._region, self._credentials, self._pause = endpoint, region, credentials, pause

    def ask(self, method: str, path: str, content: object = None, headers: dict[str, str] | None = None) -> Answer:
        """Send one request, with retries while the domain is busy.

        Raises:
            SetupError: when it was busy or out of reach every time.
        """
        body = b"" if content is None else json.dumps(content).encode()
        problem = ""
        for tried in range(_TRIES):
            if tried:
                self._pause(_PAUSE * tried)
            try:
                answer = self._once(method, path, body, headers or {})
            except (OSError, HTTPException) as error:
                problem = type(error).__name__
                continue
            if answer.status != _BUSY and answer.status < _BROKEN:
                return answer
            problem = f"HTTP {answer.status}"
        raise SetupError(f"{method} {path}: {problem}, {_TRIES} times")

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        request = AWSRequest(
            method, f"{self._endpoint}{path}", data=body, headers={"Content-Type": "application/json", **headers}
        )
        SigV4Auth(self._credentials(), _SERVICE, self._region).add_auth(request)
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=_TIMEOUT)
        try:
            connection.request(method, path, body, dict(request.headers.items()))
            response = connection.getresponse()
            return Answer(response.status, _content(response.read()))
        finally:
            connection.close()


def _content(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
