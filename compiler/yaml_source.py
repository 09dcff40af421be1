"""YAML with places: reads a file and tells on which line each part of it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from compiler.errors import UserError

MAX_BYTES = 1_048_576
"""A catalog file larger than 1 MiB is a mistake: the largest here has a few dozen KiB."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Source:
    """A parsed file: its name as errors show it, its data, and the tree that knows the lines."""

    name: str
    data: object
    root: yaml.Node | None

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line (from 1) of the part at `path`; of the nearest part above it where there is none."""
        node, line = self.root, 1
        for step in path:
            found = _child(node, step)
            if found is not None:
                node, line = found
        return line


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
    return None


def read(path: Path, name: str) -> Source:
    """Read and parse one YAML file.

    Raises:
        UserError: when the file cannot be read, is too large, is no YAML, or repeats a key.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UserError(f"{name}: expected at most {MAX_BYTES} bytes, found {size}: split the file")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name}: cannot be read: {error}") from error
    return parse(text, name)


def parse(text: str, name: str) -> Source:
    """Parse YAML text.

    Raises:
        UserError: when the text is no YAML, or a mapping repeats a key.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return Source(name, None, None)
        _refuse_repeated_keys(root, name)
        data: object = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{name}:{line}: expected YAML, found an error: {error.problem or error}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"{name}: expected YAML, found an error: {error}") from error
    finally:
        loader.dispose()
    return Source(name, data, root)


def _refuse_repeated_keys(root: yaml.Node, name: str) -> None:
    pending, seen_nodes = [root], set[int]()
    while pending:
        node = pending.pop()
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            _check_mapping(node, name)
            pending.extend(value for _, value in node.value)


def _check_mapping(node: yaml.MappingNode, name: str) -> None:
    keys = set[str]()
    for key, _ in node.value:
        if key.value in keys:
            raise UserError(f"{name}:{key.start_mark.line + 1}: key '{key.value}' stands twice: keep one")
        if isinstance(key.value, str):
            keys.add(key.value)
