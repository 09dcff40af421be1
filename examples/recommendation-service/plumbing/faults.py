"""Injected faults: a request's header makes a step slow or lets it fail, where a setting allows that.

The header is passed on to the services that are called, so that a test can break the fourth of six.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

HEADER = "x-example-fault"
"""`slow=ranking, error=llm`: each step is named as the service, or the span, that suffers it."""
_KINDS = ("slow", "error")


class FaultError(Exception):
    """The failure that a request asked for."""


@dataclass(frozen=True)
class Faults:
    """What one request asks for: `wanted` holds pairs of a kind and a step; `seconds` is how long slow is."""

    wanted: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    seconds: float = 0.3

    async def suffer(self, step: str) -> None:
        """Inject the fault that is asked of this step: sleep or raise.

        Raises:
            FaultError: the step is asked to fail.
        """
        if ("slow", step) in self.wanted:
            await asyncio.sleep(self.seconds)
        if ("error", step) in self.wanted:
            raise FaultError(f"{step} fails, as header {HEADER} asks")

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that pass the faults on."""
        return {HEADER: ", ".join(f"{kind}={step}" for kind, step in sorted(self.wanted))} if self.wanted else {}


def read(headers: Mapping[str, str], *, allowed: bool, seconds: float) -> Faults:
    """Parse a request's faults: nothing where they are not allowed, and nothing of what is misspelt."""
    text = headers.get(HEADER, "") if allowed else ""
    pairs = (part.strip().partition("=") for part in text.split(","))
    return Faults(frozenset((kind, step) for kind, _, step in pairs if kind in _KINDS and step), seconds)
