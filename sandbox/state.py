"""The state of one stack: SQLite, one transaction a step, and a journal to distinguish a crash from a lost answer."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from compiler.errors import UserError
from sandbox.model import Resource
from sandbox.values import Value, from_wire, to_wire

_SCHEMA = """
create table if not exists resources(id integer primary key, urn text not null, pending integer not null default 0,
                                     body text not null);
create unique index if not exists live on resources(urn) where pending = 0;
create table if not exists journal(id integer primary key, op text not null, urn text not null, body text not null,
                                   outcome text);
create table if not exists meta(key text primary key, value text not null);
"""


@dataclass(frozen=True)
class Intent:
    """A call that was announced and whose outcome was never recorded."""

    id: int
    op: str
    resource: Resource


def connect(path: Path | None, schema: str) -> sqlite3.Connection:
    """Open a database (in memory without a path) and make its tables.

    Raises:
        UserError: the file cannot be written or is no database.
    """
    try:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None, timeout=10)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.executescript(schema)
    except (sqlite3.Error, OSError) as error:
        mend = (
            "free space or repair the folder" if isinstance(error, sqlite3.OperationalError | OSError) else "remove it"
        )
        raise UserError(f"{path}: cannot be used as the sandbox's state: {error}; {mend} and run again") from error
    return connection


@contextmanager
def written(path: Path | None) -> Iterator[None]:
    """Turn an error of the disk (full, gone, read-only) into one line for the user.

    Raises:
        UserError: SQLite could not read or write; what was committed before stays.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise UserError(f"{path}: {error}; free space or repair the folder and run again: nothing is lost") from error


class State:
    """Resources, outputs and journal of one stack."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._db = connect(path, _SCHEMA)

    def resources(self) -> dict[str, Resource]:
        """Return every live resource by URN, in the order of registration."""
        rows = self._db.execute("select urn, body from resources where pending = 0 order by id")
        return {urn: Resource.from_json(body) for urn, body in rows}

    def pending(self) -> list[tuple[int, Resource]]:
        """Return resources that were replaced and still wait for deletion, with their row ids."""
        rows = self._db.execute("select id, body from resources where pending = 1 order by id desc")
        return [(row, Resource.from_json(body)) for row, body in rows]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with written(self._path):
            self._db.execute("begin immediate")
            try:
                yield self._db
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:  # a full disk has rolled back already
                    self._db.execute("rollback")
                raise

    def begin(self, op: str, resource: Resource) -> int:
        """Journal an intent before a target is called; return the journal entry to close."""
        with self._transaction() as db:
            done = db.execute(
                "insert into journal(op, urn, body) values(?, ?, ?)", (op, resource.urn, resource.to_json())
            )
        return int(done.lastrowid or 0)

    def put(self, resource: Resource, *, intent: int = 0, supersede: bool = False, was: str = "") -> None:
        """Write a resource and close its intent, in one transaction.

        Args:
            resource: what is true now.
            intent: journal entry that this closes.
            supersede: keep the present row as pending deletion instead of overwriting it.
            was: URN that the resource had before, when an alias renamed it.
        """
        with self._transaction() as db:
            old = was or resource.urn
            if supersede:
                db.execute("update resources set pending = 1 where urn = ? and pending = 0", (old,))
            changed = db.execute(
                "update resources set urn = ?, body = ? where urn = ? and pending = 0",
                (resource.urn, resource.to_json(), old),
            )
            if changed.rowcount == 0:
                db.execute("insert into resources(urn, body) values(?, ?)", (resource.urn, resource.to_json()))
            self._close(db, intent, "done")

    def drop(self, urn: str, *, row: int = 0, intent: int = 0) -> None:
        """Remove a live resource (or the pending one in `row`) and close its intent, in one transaction."""
        with self._transaction() as db:
            if row:
                db.execute("delete from resources where id = ?", (row,))
            else:
                db.execute("delete from resources where urn = ? and pending = 0", (urn,))
            self._close(db, intent, "done")

    def close_intent(self, intent: int, outcome: str) -> None:
        """Record how an announced call ended when it changed no resource."""
        with self._transaction() as db:
            self._close(db, intent, outcome)

    @staticmethod
    def _close(db: sqlite3.Connection, intent: int, outcome: str) -> None:
        if intent:
            db.execute("update journal set outcome = ? where id = ?", (outcome, intent))
            # Only the tail is ever read; a bounded journal keeps long-lived sandboxes small.
            db.execute("delete from journal where outcome is not null and id < ? - 2000", (intent,))

    def open_intents(self) -> list[Intent]:
        """Return calls whose outcome is unknown, oldest first."""
        rows = self._db.execute("select id, op, body from journal where outcome is null order by id")
        return [Intent(row, op, Resource.from_json(body)) for row, op, body in rows]

    def set_meta(self, key: str, value: Value) -> None:
        """Store a JSON value."""
        with self._transaction() as db:
            db.execute("insert or replace into meta values(?, ?)", (key, json.dumps(to_wire(value), sort_keys=True)))

    def meta(self, key: str) -> Value:
        """Read a JSON value; None when there is none."""
        found = self._db.execute("select value from meta where key = ?", (key,)).fetchone()
        return from_wire(json.loads(found[0])) if found else None

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def stack_path(folder: Path, stack: str) -> Path:
    """Return the path of a stack's state."""
    return folder / "stacks" / f"{stack}.db"


def known_stacks(folder: Path) -> list[str]:
    """Return the stacks that have a state."""
    return sorted(path.stem for path in (folder / "stacks").glob("*.db"))


@contextmanager
def locked(folder: Path, verb: str) -> Iterator[None]:
    """Hold the sandbox for one run; the lock dies with the process.

    Raises:
        UserError: another run holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror}; give another folder with --state") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            holder = handle.read().strip() or "another run"
            raise UserError(f"{folder}: in use by {holder}; wait for it or end it") from error
        handle.seek(0)
        handle.truncate()
        started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        handle.write(f"`{verb}` (pid {os.getpid()}, since {started})")
        handle.flush()
        yield
