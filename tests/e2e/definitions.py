"""CustomResourceDefinitions from the schemas of the operators' kinds."""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from tests.e2e.apiserver import ApiServer
from tests.e2e.servers import until

PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ESTABLISHED_TIMEOUT = 60.0
"""Seconds until the server serves a kind."""


def definitions(folder: Path) -> list[dict[str, Any]]:
    """Make CustomResourceDefinitions from schema files `{group, kind, plural, scope, version, schema}`.

    Versions of one kind share a definition; the last by name is the one that is stored. Rules
    (`x-kubernetes-validations`) stay as they are.
    """
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(folder.glob("*.json")):
        each = json.loads(path.read_text(encoding="utf-8"))
        kinds[f"{each['plural']}.{each['group']}"].append(each)
    return [_definition(name, versions) for name, versions in kinds.items()]


def _definition(name: str, versions: list[dict[str, Any]]) -> dict[str, Any]:
    last = max(versions, key=lambda each: str(each["version"]))
    kind = str(last["kind"])
    names = {"kind": kind, "listKind": f"{kind}List", "plural": last["plural"], "singular": kind.lower()}
    served = [
        {
            "name": each["version"],
            "served": True,
            "storage": each is last,
            "schema": {"openAPIV3Schema": each["schema"]},
            **({"subresources": {"status": {}}} if "status" in each["schema"]["properties"] else {}),
        }
        for each in versions
    ]
    spec = {"group": last["group"], "scope": last["scope"], "names": names, "versions": served}
    api = "apiextensions.k8s.io/v1"
    return {"apiVersion": api, "kind": "CustomResourceDefinition", "metadata": {"name": name}, "spec": spec}


def install(server: ApiServer, wanted: Iterable[dict[str, Any]]) -> None:
    """Create the definitions and wait until the server serves them.

    Raises:
        OSError: the server refuses one of them.
    """
    names = []
    for each in wanted:
        status, answer = server.call("POST", PATH, each)
        if status != 201:
            raise OSError(f"{each['metadata']['name']}: expected status 201, found {status}: {answer}")
        names.append(each["metadata"]["name"])
    for name in names:
        until(partial(_established, server, name), ESTABLISHED_TIMEOUT, f"{name} established")


def _established(server: ApiServer, name: str) -> bool:
    conditions = server.call("GET", f"{PATH}/{name}")[1].get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
