"""Whatever is done to the catalog's YAML, it loads and compiles, or is refused with a place: never a traceback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.artefacts import compile_artefacts
from compiler.errors import UserError
from compiler.target import Target
from tests.catalog_copy import CatalogCopy, catalog_files
from tests.frozen import FROZEN

FILES = [str(file.relative_to(FROZEN / "catalog")) for file in catalog_files(FROZEN)]
DATA = {file: yaml.safe_load((FROZEN / "catalog" / file).read_text(encoding="utf-8")) for file in FILES}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**6),
    st.floats(),
    st.sampled_from(["", "x", "api", "P1", "5m", "critical", "sum(", "up", "{environment}", "a\nb", '"', "10s"]),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(SCALARS, SCALARS, max_size=2))
ACTIONS = st.sampled_from(["drop", "replace", "double", "rename", "move"])
# The copy is written anew for every example: that is what the fixture's slowness check warns of.
every_example = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every part of the data."""
    items: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


PLACES = {file: list(places(data)) for file, data in DATA.items()}


def mutate(data: Any, path: tuple[Any, ...], action: str, value: Any) -> Any:
    """Return the data with one part changed; what an action cannot do to a part, it leaves undone."""
    (key, *rest) = path
    changed = dict(data) if isinstance(data, dict) else list(data)
    if rest:
        changed[key] = mutate(data[key], tuple(rest), action, value)
    elif action == "replace":
        changed[key] = value
    elif action == "double" and isinstance(changed, list):
        changed.append(changed[key])
    elif action == "rename" and isinstance(changed, dict) and not isinstance(value, dict | list):
        changed[value] = changed.pop(key)
    elif action == "move" and isinstance(changed, list):
        changed.insert(0, changed.pop(key))
    else:
        del changed[key]
    return changed


def accepted_or_told(copy: CatalogCopy, target: Target) -> bool:
    """Return whether the catalog compiles; if it does not, every line must name a file of it."""
    try:
        compile_artefacts(copy.load(), target)
    except UserError as error:
        reported = str(error).splitlines()
    else:
        return True
    assert reported
    assert all(line.startswith("catalog/") and ": " in line for line in reported), reported
    return False


@every_example
@given(st.data())
def test_a_catalog_with_one_part_changed(copy: CatalogCopy, target: Target, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES))
    path = data.draw(st.sampled_from(PLACES[file]))
    changed = mutate(DATA[file], path, data.draw(ACTIONS), data.draw(VALUES))
    before = copy.text(file)
    copy.write(file, yaml.safe_dump(changed, allow_unicode=True))
    try:
        accepted_or_told(copy, target)
    finally:
        copy.write(file, before)


@every_example
@given(st.data())
def test_a_catalog_with_text_cut_out_or_put_in(copy: CatalogCopy, target: Target, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES))
    before = copy.text(file)
    start = data.draw(st.integers(0, len(before)))
    length = data.draw(st.integers(0, 40))
    inserted = data.draw(st.one_of(st.text("{}[]:,-&*!|>'\"# \n\tab0", max_size=6), st.text(max_size=6)))
    copy.write(file, before[:start] + inserted + before[start + length :])
    try:
        accepted_or_told(copy, target)
    finally:
        copy.write(file, before)


@pytest.mark.parametrize("file", FILES)
def test_a_catalog_with_a_file_of_random_bytes(copy: CatalogCopy, target: Target, file: str) -> None:
    copy.path(file).write_bytes(bytes((n * 37 + 11) % 256 for n in range(5_000)))
    assert not accepted_or_told(copy, target)


def test_the_catalog_as_it_is(copy: CatalogCopy, target: Target) -> None:
    assert accepted_or_told(copy, target)


ORDERED = {"policy", "recordings"}
"""Lists whose order means something."""


def test_each_list_may_come_in_another_order(copy: CatalogCopy, target: Target, tmp_path: Path) -> None:
    assert tmp_path.exists()
    for file, data in DATA.items():
        for key, value in data.items():
            if isinstance(value, list) and key not in ORDERED:
                copy.write(file, yaml.safe_dump({**data, key: value[::-1]}, allow_unicode=True, sort_keys=False))
    assert accepted_or_told(copy, target)
