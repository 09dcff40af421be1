"""Read properties of which some are not known yet.

The SDK's proxies raise `UnknownValueError` as soon as an unknown value is touched, which ends the rule with "can't run
policy … during preview". Most rules can say more: that a key is there is enough. They read `plain` data, in which an
unknown value is the marker `UNKNOWN`, and call `cannot_judge` only where the value itself decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NoReturn, TypeVar

from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UnknownValueError

_Key = TypeVar("_Key")


class UnknownType:
    """A value that is computed later. There is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "<computed>"


UNKNOWN: Final = UnknownType()


def plain(value: object) -> object:
    """Copy proxied properties to dictionaries and lists, with `UNKNOWN` for unknown values; assets stay."""
    if isinstance(value, Mapping):
        return {key: _item(value.__getitem__, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value.__getitem__, index) for index in range(len(value))]
    return value


def _item(get: Callable[[_Key], object], key: _Key) -> object:
    try:
        return plain(get(key))
    except UnknownValueError:
        return UNKNOWN


def properties(value: object) -> dict[str, object]:
    """Copy a resource's properties likewise; they are always an object."""
    found = plain(value)
    return found if isinstance(found, dict) else {}


def at(value: object, path: str) -> list[tuple[str, object]]:
    """Return every value at a path such as `rules[].sse.kmsKeyId`, with its own path; None where there is none.

    An object where the path has a list counts as a list of one. Below an unknown value everything is unknown.
    """
    found = [("", value)]
    for name in path.split("."):
        key = name.removesuffix("[]")
        found = [(f"{where}.{key}" if where else key, _get(parent, key)) for where, parent in found]
        if name.endswith("[]"):
            found = [item for where, listed in found for item in _each(where, listed)]
    return found


def _get(parent: object, key: str) -> object:
    if parent is UNKNOWN:
        return UNKNOWN
    return parent.get(key) if isinstance(parent, dict) else None


def _each(where: str, listed: object) -> list[tuple[str, object]]:
    if isinstance(listed, list) and listed:
        return [(f"{where}[{index}]", item) for index, item in enumerate(listed)]
    return [(where, None if listed == [] else listed)]


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield every value that is neither an object nor a list, with its path; list indices are written as text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, str(index)))
    else:
        yield path, value


def shown(path: tuple[str, ...]) -> str:
    """Return a path as Pulumi writes it: `data["am.yaml"].receivers[0].url`."""
    parts = [f"[{key}]" if key.isdigit() else f'["{key}"]' if "." in key else f".{key}" for key in path]
    return "".join(parts).removeprefix(".")


def cannot_judge(path: str) -> NoReturn:
    """End the rule for this resource: engines report that it could not run in this preview.

    Raises:
        UnknownValueError: always.
    """
    raise UnknownValueError(UNKNOWN_OBJECT_VALUE, [path])
