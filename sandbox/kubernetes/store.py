"""Where Kubernetes objects go: a SQLite file that stands for a cluster, or a real API server on loopback."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlparse

from compiler.errors import UserError
from sandbox.guard import is_loopback
from sandbox.state import connect

_SCHEMA = "create table if not exists objects(key text primary key, owner text not null, body text not null)"


@dataclass(frozen=True)
class Key:
    """What is unique: each environment has a cluster; the namespace is empty for cluster-wide kinds."""

    cluster: str
    api: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join([self.cluster, self.api, self.kind, self.namespace, self.name])


class Cluster(Protocol):
    """What the Kubernetes target needs of a cluster."""

    def get(self, key: Key) -> dict[str, Any] | None:
        """The object, or None."""

    def apply(self, key: Key, manifest: dict[str, Any], owner: str) -> dict[str, Any]:
        """Creates or changes the object for its owner and returns it; another owner's object is refused."""

    def delete(self, key: Key) -> None:
        """Deletes the object; already gone is success."""

    def keys(self) -> list[str]:
        """Every object that was applied here."""


class FileCluster:
    """Objects in `cluster.db`."""

    def __init__(self, path: Path | None) -> None:
        self._db = connect(path, _SCHEMA)

    def get(self, key: Key) -> dict[str, Any] | None:
        """The object, or None."""
        found = self._db.execute("select body from objects where key = ?", (str(key),)).fetchone()
        return dict(json.loads(found[0])) if found else None

    def apply(self, key: Key, manifest: dict[str, Any], owner: str) -> dict[str, Any]:
        """Stores the object."""
        held = self._db.execute("select owner from objects where key = ?", (str(key),)).fetchone()
        if held and held[0] != owner:
            raise UserError(f"{key.kind} {key.namespace}/{key.name} exists already and belongs to {held[0]}")
        space = replace(key, api="v1", kind="Namespace", namespace="", name=key.namespace)
        if key.namespace not in {"", "default", "kube-system"} and self.get(space) is None:
            raise UserError(
                f"{key.kind} {key.name}: namespace {key.namespace!r} does not exist; create it first (dependsOn)"
            )
        body = json.dumps(manifest, sort_keys=True)
        self._db.execute("insert or replace into objects values(?, ?, ?)", (str(key), owner, body))
        return manifest

    def delete(self, key: Key) -> None:
        """Deletes the object."""
        self._db.execute("delete from objects where key = ?", (str(key),))

    def keys(self) -> list[str]:
        """Every object."""
        return [key for (key,) in self._db.execute("select key from objects order by key")]


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
        try:
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=120)
        except FileNotFoundError as error:
            raise UserError("SANDBOX_KUBECONFIG is set but kubectl is not on PATH") from error
        except subprocess.CalledProcessError as error:
            raise UserError(f"kubectl {' '.join(arguments[:2])}: {' '.join(error.stderr.split())[:300]}") from error
        return done.stdout

    def _place(self, key: Key) -> list[str]:
        group, _, version = key.api.rpartition("/")
        kind = f"{key.kind}.{version}.{group}" if group else key.kind
        return [kind, key.name, *(["-n", key.namespace] if key.namespace else []), "--ignore-not-found"]

    def get(self, key: Key) -> dict[str, Any] | None:
        """The object, or None."""
        text = self._run(["get", *self._place(key), "-o", "json"])
        return dict(json.loads(text)) if text.strip() else None

    def apply(self, key: Key, manifest: dict[str, Any], owner: str) -> dict[str, Any]:
        """Applies the object; the server itself refuses fields of another manager."""
        flags = [
            "apply",
            "--server-side",
            "--field-manager",
            f"sandbox-{owner.partition('::')[0]}",
            "-o",
            "json",
            "-f",
            "-",
        ]
        self._applied.add(key)
        return dict(json.loads(self._run(flags, json.dumps(manifest))))

    def delete(self, key: Key) -> None:
        """Deletes the object and waits for its finalizers."""
        self._run(["delete", *self._place(key)])

    def keys(self) -> list[str]:
        """Objects applied in this run that still exist."""
        return sorted(str(key) for key in self._applied if self.get(key))
