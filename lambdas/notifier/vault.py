"""The receivers' secrets, read from AWS Secrets Manager and cached for some minutes."""

import time
from collections.abc import Callable

# A rotated secret is used within this time, and every alarm of a bad night does not cost a call.
KEEP_SECONDS = 300.0


class Vault:
    """Caches what `fetch` reads, by name."""

    def __init__(self, fetch: Callable[[str], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}

    def read(self, name: str) -> str:
        """Return a secret without white space around it.

        Raises:
            Exception: whatever `fetch` raises.
        """
        kept = self._kept.get(name)
        if kept and self._clock() < kept[1]:
            return kept[0]
        value = self._fetch(name).strip()
        self._kept[name] = (value, self._clock() + KEEP_SECONDS)
        return value

    def forget(self, name: str) -> None:
        """Drop a cached secret: it may have been rotated because it no longer works."""
        self._kept.pop(name, None)
