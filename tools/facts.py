"""Write the data in `facts/` in one form, and read the YAML of which it is made."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any, TypeAlias

import yaml

ROOT = Path(__file__).resolve().parents[1]
FACTS = ROOT / "facts"
WIDTH = 120
"""Columns within which a value stays on one line: few lines, and a difference shows what changed."""

Json: TypeAlias = Any
"""A value of JSON, of whatever form."""


class FactsError(Exception):
    """A user's mistake in one line: what was expected, what was found and what to do."""


def to_text(value: object) -> str:
    """Format a value as JSON with sorted keys: on one line what fits into `WIDTH`, else an entry a line."""
    return "\n".join(_lines(value, 0)) + "\n"


def _lines(value: object, depth: int) -> list[str]:
    short = _short(value)
    if depth + len(short) <= WIDTH or not isinstance(value, dict | list):
        return [short]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    entries = sorted(value.items()) if isinstance(value, dict) else [(None, each) for each in value]
    lines = [opening]
    for key, each in entries:
        head, *rest = _lines(each, depth + 1)
        lines += [f" {head}" if key is None else f" {_short(key)}: {head}", *(f" {line}" for line in rest)]
        lines[-1] += ","
    return [*lines[:-1], lines[-1].removesuffix(","), closing]


def _short(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(", ", ": "))


def write(path: Path, value: object) -> None:
    """Write a fact to its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_text(value), encoding="utf-8")


def run(path: str, keep: Callable[[], str]) -> int:
    """Run a command of `tools/` and print what it wrote; exit status 0, or 1 with one line on what is wrong."""
    try:
        print(keep())
    except FactsError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    return 0


def manifests(source: Path) -> Iterator[dict[str, Any]]:
    """Read every Kubernetes object in a YAML file, or in those of a folder or of a `.tgz` archive.

    A file of templates is no YAML before Helm has filled it in, and is passed over.

    Raises:
        FactsError: the source is neither.
    """
    for name, text in _texts(source):
        try:
            read = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        except yaml.YAMLError as error:
            if "{{" not in text:
                raise FactsError(f"{source}: {name}: expected YAML, found: {' '.join(str(error).split())}") from error
            continue
        yield from (each for each in read if isinstance(each, dict) and "kind" in each)


def _texts(source: Path) -> Iterator[tuple[str, str]]:
    if source.is_dir():
        for path in sorted(source.rglob("*.y*ml")):
            yield str(path.relative_to(source)), path.read_text(encoding="utf-8")
    elif source.suffixes[-1:] == [".tgz"] or source.suffixes[-2:] == [".tar", ".gz"]:
        with tarfile.open(source) as archive:
            for member in sorted(archive.getmembers(), key=lambda each: each.name):
                opened = archive.extractfile(member) if PurePath(member.name).suffix in {".yaml", ".yml"} else None
                if opened:
                    yield member.name, io.TextIOWrapper(opened, encoding="utf-8").read()
    elif source.is_file():
        yield source.name, source.read_text(encoding="utf-8")
    else:
        raise FactsError(f"{source}: expected a YAML file, a folder or a .tgz archive, found nothing: check the path")
