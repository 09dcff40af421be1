"""Stores of Kubernetes objects: a SQLite file that stands for a cluster, or a real API server on loopback."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlparse

from compiler.errors import UserError
from sandbox.faults import KUBERNETES, Faults
from sandbox.guard import is_loopback
from sandbox.state import connect, written

RELEASE = ("helm.sh/v3", "Release")
"""What no API server knows: Helm keeps its releases in Secrets, and so does KubectlCluster."""
_TIMEOUT = 120
"""Seconds for one call of kubectl; deletions wait for finalizers."""
_UNKNOWN_KIND = ("the server doesn't have a resource type", "no matches for kind")
_SCHEMA = "create table if not exists objects(key text primary key, owner text not null, body text not null)"


@dataclass(frozen=True)
class Key:
    """The unique key of an object: each environment has a cluster; the namespace is empty for cluster-wide kinds."""

    cluster: str
    api: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join([self.cluster, self.api, self.kind, self.namespace, self.name])


class Cluster(Protocol):
    """The operations of a cluster that the Kubernetes target needs."""

    def get(self, key: Key) -> dict[str, Any] | None:
        """Return the object, or None."""

    def apply(self, key: Key, manifest: dict[str, Any], owner: str) -> dict[str, Any]:
        """Create or change the object for its owner and return it; another owner's object is refused."""

    def delete(self, key: Key) -> None:
        """Delete the object; already gone is success."""

    def move(self, before: Key, after: Key, owner: str) -> None:
        """Note that an object has another owner (an alias renamed it) or another version of its API from now on."""

    def keys(self) -> list[str]:
        """Return every object that was applied here."""


class FileCluster:
    """Objects in `cluster.db`."""

    def __init__(self, path: Path | None, faults: Faults | None = None) -> None:
        self._path = path
        self._db = connect(path, _SCHEMA)
        self._faults = faults or Faults()

    def get(self, key: Key) -> dict[str, Any] | None:
        """Return the object, or None."""
        found = self._db.execute("select body from objects where key = ?", (str(key),)).fetchone()
        return dict(json.loads(found[0])) if found else None

    def apply(self, key: Key, manifest: dict[str, Any], owner: str) -> dict[str, Any]:
        """Store the object."""
        return self._faults.call(f"apply {key.kind} {key.name}", lambda: self._apply(key, manifest, owner), KUBERNETES)

    def _apply(self, key: Key, manifest: dict[str, Any], owner: str) -> dict[str, Any]:
        held = self._db.execute("select owner from objects where key = ?", (str(key),)).fetchone()
        if held and held[0] != owner:
            raise UserError(f"{key.kind} {key.namespace}/{key.name} exists already and belongs to {held[0]}")
        space = replace(key, api="v1", kind="Namespace", namespace="", name=key.namespace)
        if key.namespace not in {"", "default", "kube-system"} and self.get(space) is None:
            raise UserError(
                f"{key.kind} {key.name}: namespace {key.namespace!r} does not exist; create it first (dependsOn)"
            )
        body = json.dumps(manifest, sort_keys=True)
        self._write("insert or replace into objects values(?, ?, ?)", str(key), owner, body)
        return manifest

    def _write(self, statement: str, *values: str) -> None:
        with written(self._path):
            self._db.execute(statement, values)

    def delete(self, key: Key) -> None:
        """Delete the object."""
        statement = "delete from objects where key = ?"
        self._faults.call(f"delete {key.kind} {key.name}", lambda: self._write(statement, str(key)), KUBERNETES)

    def move(self, before: Key, after: Key, owner: str) -> None:
        """Rename the row."""
        self._write("update objects set key = ?, owner = ? where key = ?", str(after), owner, str(before))

    def keys(self) -> list[str]:
        """Return every object."""
        return [key for (key,) in self._db.execute("select key from objects order by key")]


class _RefusedError(UserError):
    """kubectl's error, in one line."""


class KubectlCluster:
    """A real API server, by server-side apply through kubectl; it must be on loopback."""

    def __init__(self, kubeconfig: str) -> None:
        self._kubeconfig = kubeconfig
        self._applied: set[Key] = set()
        server = json.loads(self._run(["config", "view", "--minify", "-o", "json"]))["clusters"][0]["cluster"]["server"]
        if not is_loopback(urlparse(server).hostname or server):
            raise UserError(
                f"SANDBOX_KUBECONFIG={kubeconfig}: server {server} is not on loopback; the sandbox refuses it"
            )

    def _run(self, arguments: list[str], text: str = "") -> str:
        command = ["kubectl", "--kubeconfig", self._kubeconfig, *arguments]
        call = " ".join(each for each in command[:1] + arguments[:3] if not each.startswith("-"))
        try:
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=_TIMEOUT)
        except FileNotFoundError as error:
            raise UserError("SANDBOX_KUBECONFIG is set but kubectl is not on PATH") from error
        except subprocess.CalledProcessError as error:
            raise _RefusedError(f"{call}: {' '.join(error.stderr.split())[:500]}") from error
        except subprocess.TimeoutExpired as error:
            raise UserError(f"{call}: not done in {_TIMEOUT} s: look for a finalizer that nobody removes") from error
        return done.stdout

    def _find(self, verb: str, key: Key, *flags: str) -> str:
        """Call kubectl on one object; the output is empty where there is none, or where its kind is not installed."""
        group, _, version = key.api.rpartition("/")
        kind = f"{key.kind}.{version}.{group}" if group else key.kind
        space = ["-n", key.namespace] if key.namespace else []
        try:
            return self._run([verb, kind, key.name, *space, "--ignore-not-found", *flags])
        except _RefusedError as error:
            if any(each in str(error) for each in _UNKNOWN_KIND):
                return ""
            raise

    def get(self, key: Key) -> dict[str, Any] | None:
        """Return the object, or None; a Secret also has its text as it was given."""
        text = self._find("get", _held(key), "-o", "json")
        found = dict(json.loads(text)) if text.strip() else None
        if found and (key.api, key.kind) == ("v1", "Secret"):
            found["stringData"] = {k: _decoded(v) for k, v in found.get("data", {}).items()}
        if found and (key.api, key.kind) == RELEASE:
            return dict(json.loads(_decoded(found["data"]["release"])))
        return found

    def apply(self, key: Key, manifest: dict[str, Any], owner: str) -> dict[str, Any]:
        """Apply the object; the server refuses fields of another manager, unless the object belongs to this stack.

        Raises:
            UserError: the server refuses the object: field, rule and value in one line.
        """
        manager = f"sandbox-{owner.partition('::')[0]}"
        text = json.dumps(_release(key, manifest) if (key.api, key.kind) == RELEASE else manifest)
        flags = ["apply", "--server-side", "--field-manager", manager, "-o", "json", "-f", "-"]
        self._applied.add(key)
        try:
            return dict(json.loads(self._run(flags, text)))
        except _RefusedError as error:
            reason = str(error).partition(": ")[2].removeprefix("Error from server: ")
            # Manual changes are overwritten; fields that another stack applied are not.
            own_conflict = (
                "conflict" in reason and 'conflict with "sandbox-' not in reason and self._manages(_held(key), manager)
            )
            if not own_conflict:
                raise UserError(
                    f"{key.kind} {key.namespace}/{key.name}: refused by the API server: {reason}"
                ) from error
        return dict(json.loads(self._run([*flags, "--force-conflicts"], text)))

    def _manages(self, key: Key, manager: str) -> bool:
        found = json.loads(self._find("get", key, "-o", "json", "--show-managed-fields") or "{}")
        return any(each["manager"] == manager for each in found.get("metadata", {}).get("managedFields", []))

    def delete(self, key: Key) -> None:
        """Delete the object and wait for its finalizers."""
        self._find("delete", _held(key))

    def move(self, before: Key, after: Key, owner: str) -> None:
        """Do nothing: an API server shows one object in each version, and fields belong to stacks."""

    def keys(self) -> list[str]:
        """Return objects applied in this run that still exist."""
        return sorted(str(key) for key in self._applied if self.get(key))


def _held(key: Key) -> Key:
    """Return the key in the API server: the object's own, or that of the Secret that stands for a release."""
    if (key.api, key.kind) != RELEASE:
        return key
    return replace(key, api="v1", kind="Secret", name=f"sandbox.release.{key.name}")


def _release(key: Key, manifest: dict[str, Any]) -> dict[str, Any]:
    held = _held(key)
    data = {"release": base64.b64encode(json.dumps(manifest, sort_keys=True).encode()).decode()}
    metadata = {"name": held.name, "namespace": held.namespace}
    return {"apiVersion": "v1", "kind": "Secret", "type": "sandbox/release.v1", "metadata": metadata, "data": data}


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode(errors="replace")
