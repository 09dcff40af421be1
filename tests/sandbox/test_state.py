"""The state file: transactions, journal, lock, and what can go wrong with a disk."""

import os
from pathlib import Path

import pytest

from compiler.errors import UserError
from sandbox.model import Resource
from sandbox.state import State, known_stacks, locked, stack_path


def test_an_intent_stays_open_until_its_outcome_is_written(tmp_path: Path) -> None:
    path = stack_path(tmp_path, "dev")
    state = State(path)
    intent = state.begin("create", Resource("u", "t", "n"))
    state.close()
    again = State(path)
    assert [(each.op, each.resource.urn) for each in again.open_intents()] == [("create", "u")]
    again.put(Resource("u", "t", "n", id="i"), intent=intent)
    assert again.open_intents() == []
    assert again.resources()["u"].id == "i"
    assert known_stacks(tmp_path) == ["dev"]


def test_a_replacement_keeps_the_old_row_until_it_is_dropped() -> None:
    state = State(None)
    state.put(Resource("u", "t", "n", id="old"))
    state.put(Resource("u", "t", "n", id="new"), supersede=True)
    ((row, left),) = state.pending()
    assert (left.id, state.resources()["u"].id) == ("old", "new")
    state.drop("u", row=row)
    assert (state.pending(), state.resources()["u"].id) == ([], "new")


def test_an_alias_moves_the_row() -> None:
    state = State(None)
    state.put(Resource("old", "t", "n", id="i"))
    state.put(Resource("new", "t", "n", id="i"), was="old")
    assert list(state.resources()) == ["new"]


def test_a_failing_step_leaves_the_state_as_it_was() -> None:
    state = State(None)
    state.put(Resource("u", "t", "n"))
    with pytest.raises(TypeError):
        state.put(Resource("u", "t", "n", inputs={"a": object()}))
    assert state.resources()["u"].inputs == {}


def test_a_second_run_is_told_who_holds_the_sandbox(tmp_path: Path) -> None:
    message = rf"in use by `up prod` \(pid {os.getpid()}, since 20"
    with locked(tmp_path, "up prod"), pytest.raises(UserError, match=message), locked(tmp_path, "up"):
        pass
    with locked(tmp_path, "up"):
        pass


def test_a_corrupt_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to be read as one" * 40)
    with pytest.raises(UserError, match=r"x.db: cannot be used as the sandbox's state: file is not a database"):
        State(tmp_path / "x.db")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be used"):
        State(tmp_path / "file" / "x.db")
    with pytest.raises(UserError, match="cannot be written"), locked(tmp_path / "file", "up"):
        pass


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    state = State(tmp_path / "x.db")
    state.put(Resource("u", "t", "n", id="i"))
    pages = state._db.execute("pragma page_count").fetchone()[0]
    state._db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(UserError, match=r"x\.db: database or disk is full; free space .*: nothing is lost"):
        state.put(Resource("v", "t", "n", inputs={"a": "x" * 100_000}))
    assert list(State(tmp_path / "x.db").resources()) == ["u"]
