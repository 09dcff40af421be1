"""The names that stored documents may have, by the job's schema."""

from collections.abc import Iterator, Mapping
from typing import Any


def leaves(schema: Mapping[str, Any], below: str = "") -> Iterator[str]:
    """Yield the dotted name of everything that is no object with names of its own."""
    for name, inner in schema["properties"].items():
        if "properties" in inner:
            yield from leaves(inner, f"{below}{name}.")
        else:
            yield f"{below}{name}"
