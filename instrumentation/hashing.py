"""The keyed hash of ids: the same as the log job's, so that an id has one hash wherever it was hashed."""

import hmac
import re
import secrets
from hashlib import sha256
from pathlib import Path

from instrumentation.errors import ContractError

_SHORTEST_KEY = 32
"""Bytes; a key shorter than the digest weakens it (RFC 2104, section 3)."""
_KEPT_DIGITS = 32
"""128 bits of the digest."""
_PREFIX = "hmac:"
_HASHED = re.compile(rf"{_PREFIX}[0-9a-f]{{{_KEPT_DIGITS}}}")


class KeyedHash:
    """HMAC-SHA-256 of an id and its kind, cut to 128 bits. Without the key, ids cannot be found by trial."""

    def __init__(self, key: bytes) -> None:
        if len(key) < _SHORTEST_KEY:
            raise ContractError(f"the hash key: expected {_SHORTEST_KEY} bytes or more, found {len(key)}")
        self._keyed = hmac.new(key, digestmod=sha256)

    def __call__(self, domain: str, value: str) -> str:
        """Return `hmac:` and 32 hexadecimal digits; a value that is such a hash already stays as it is.

        Args:
            domain: the kind of id: equal ids of two kinds hash differently.
            value: the id.
        """
        if _HASHED.fullmatch(value):
            return value
        digest = self._keyed.copy()
        digest.update(f"{domain}\0{value}".encode("utf-8", "surrogatepass"))
        return _PREFIX + digest.hexdigest()[:_KEPT_DIGITS]


def read_key(path: Path) -> bytes:
    """Read the key, without the line end after it.

    Raises:
        ContractError: when there is no such file.
    """
    try:
        return path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise ContractError(f"{path}: expected the file with the hash key: {error.strerror}") from None


def passing_key() -> bytes:
    """Return a temporary key, valid until the process ends: for development, where there is none."""
    return secrets.token_bytes(_SHORTEST_KEY)
