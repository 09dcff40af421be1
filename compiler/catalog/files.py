"""One kind of catalog file: `alerts.yaml`, or the files of a folder `alerts/` read as if they were one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from compiler.catalog.yaml_source import Source


class Placed(Protocol):
    """A document, or several read as one, that knows the places of its parts."""

    def place(self, path: Sequence[str | int]) -> str:
        """Return `file:line: path` of the part at `path`."""


@dataclass(frozen=True)
class Joined:
    """Several files of one kind, in the order in which they are read."""

    parts: tuple[Source, ...]

    @property
    def data(self) -> dict[str, object]:
        """Return all parts as one mapping: lists are concatenated, mappings merged."""
        joined = dict[str, object]()
        for part in self.parts:
            for key, value in _mapping(part.data).items():
                joined[key] = _both(joined.get(key), value)
        return joined

    def repeated(self) -> list[str]:
        """Return a line for each key that two parts of a mapping declare; within one file YAML refuses it."""
        found, owners = list[str](), dict[tuple[str, str], str]()
        for part in self.parts:
            for key, value in _mapping(part.data).items():
                for name in _mapping(value):
                    owner = owners.setdefault((key, name), part.name)
                    if owner != part.name:
                        found.append(f"{part.place((key, name))}: '{name}' stands in {owner} too: keep one")
        return found

    def place(self, path: Sequence[str | int]) -> str:
        """Return the place of an entry in its own file, with its index there."""
        key, step = (*path[:2], None, None)[:2]
        for part in self.parts:
            held = _mapping(part.data).get(str(key))
            if isinstance(held, list) and isinstance(step, int):
                if step < len(held):
                    return part.place([str(key), step, *path[2:]])
                step -= len(held)
            elif held is not None and (step is None or step in _mapping(held)):
                return part.place(path)
        return self.parts[0].place(path)


def _mapping(data: object) -> Mapping[str, object]:
    return data if isinstance(data, dict) else {}


def _both(first: object, second: object) -> object:
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **second}
    return second
