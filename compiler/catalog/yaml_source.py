"""Parse YAML and keep the line of each part."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from compiler.errors import UserError
from compiler.nearest import quoted

MAX_BYTES = 1_048_576
"""A catalog file larger than 1 MiB is a mistake: the largest here has a few dozen KiB."""

MAX_DEPTH = 50
"""Nothing in the catalog nests deeper than a dozen; the YAML library overflows its stack at some thousands."""

_NAMES = ("id", "name", "title")
"""The keys by which people know an entry of a list, the first that it has."""

_LONGEST_NAME = 80

_REMEMBERED = 128
"""Files whose last content is kept parsed; the catalog has some forty."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Source:
    """A parsed file: its name in errors, its data, and the node tree that holds the lines."""

    name: str
    data: object
    root: yaml.Node | None

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line (from 1) of the part at `path`, or of its nearest parent where it does not exist."""
        return self._follow(path)[1]

    def place(self, path: Sequence[str | int]) -> str:
        """Return `file:line: path`; of the steps that are not in the document, only the last is kept.

        An entry of a list goes by its name, where it has one: people know `StreamingLag.runbook`, and count no entries.
        """
        steps, line = self._follow(path)
        # The name of a file's entry says enough; within an entry, it takes the name of the list to understand one.
        named = len(steps) > 1 and isinstance(path[1], int) and isinstance(steps[1], str)
        return f"{self.name}:{line}: {'.'.join(map(str, steps[1:] if named else steps)) or 'the file'}"

    def _follow(self, path: Sequence[str | int]) -> tuple[list[str | int], int]:
        node, line, steps = self.root, 1, list[str | int]()
        for n, step in enumerate(path, start=1):
            found = _child(node, step)
            if found is not None:
                node, line = found
            if found is not None or n == len(path):
                steps.append(_known_as(node, step) if found is not None else step)
        return steps, line


def _known_as(entry: yaml.Node | None, step: str | int) -> str | int:
    """Return the name of an entry of a list, a title in quotes; the step itself for any other part."""
    if not isinstance(step, int) or not isinstance(entry, yaml.MappingNode):
        return step
    said = {key.value: value.value for key, value in entry.value if isinstance(value, yaml.ScalarNode)}
    key = next((each for each in _NAMES if said.get(each)), "")
    name = said.get(key, "")
    if not name.isprintable() or not name or len(name) > _LONGEST_NAME:
        return step
    return f"'{name}'" if key == "title" else quoted(name)


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
    """Read and parse one YAML file; the result is cached and must not be changed.

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
    return parse_once(text, name)


def parse(text: str, name: str) -> Source:
    """Parse YAML text.

    Raises:
        UserError: when the text is no YAML, or a mapping repeats a key.
    """
    try:
        _refuse_depth(text, name)
        return _parse(text, name)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{name}:{line}: expected YAML, found an error: {error.problem or error}") from error
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        # A value that does not fit its tag (`!!bool maybe`) raises whatever its conversion raises.
        raise UserError(f"{name}: expected YAML, found an error: {' '.join(str(error).split())}") from error


parse_once = lru_cache(maxsize=_REMEMBERED)(parse)
"""An update loads the catalog for its preview and again for itself: what has not changed is parsed once."""


def _parse(text: str, name: str) -> Source:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return Source(name, None, None)
        _refuse_repeated_keys(root, name)
        return Source(name, loader.construct_document(root), root)
    finally:
        loader.dispose()


def _refuse_depth(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise UserError(f"{name}:{line}: expected at most {MAX_DEPTH} levels, found more: flatten the file")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


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
        if not isinstance(key, yaml.ScalarNode):
            raise UserError(f"{name}:{key.start_mark.line + 1}: expected a word as key, found a list or a mapping")
        if key.value in keys:
            raise UserError(f"{name}:{key.start_mark.line + 1}: key '{key.value}' stands twice: keep one")
        keys.add(key.value)
