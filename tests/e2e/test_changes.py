"""A change of every field of the kinds that the sandbox has rows for: a real API server and the sandbox say the same.

The server answers a server-side apply without keeping it (`dryRun=All`), as it does to the provider's preview. What it
takes and the provider replaces for all the same is listed in changes.yaml: a row too many is found like one too few.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import yaml

from sandbox import api
from sandbox.conditions import meets
from sandbox.kubernetes import changes
from sandbox.values import changes as differing
from tests.e2e.apiserver import ApiServer, cluster
from tests.tools.finder import ROOT, require

pytestmark = pytest.mark.e2e
ASKED: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("changes.yaml").read_text())
GROWING = {"provisioner": "example.org/disk", "allowVolumeExpansion": True}
NOT_FIELDS = {"apiVersion", "kind", "metadata", "status"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Yield an API server with a class whose volumes can grow."""
    programs = {name: require(name) for name in ("etcd", "kube-apiserver")}
    with cluster(programs, tmp_path_factory.mktemp("changes")) as running:
        running.apply(made("kubernetes:storage.k8s.io/v1:StorageClass", GROWING, "growing"))
        yield running


def made(token: str, fields: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object of a type token with these fields; a patch is sent as the object of which it says a part."""
    _, version, kind = token.removesuffix("Patch").split(":")
    version = version.removeprefix("core/")
    where = {} if changes.cluster_wide(kind) else {"namespace": "default"}
    metadata = {**fields.get("metadata", {}), "name": name, **where}
    return {"apiVersion": version, "kind": kind, **fields, "metadata": metadata}


def put(manifest: dict[str, Any], path: str, value: object) -> None:
    """Set a field by its path, or take it away."""
    *above, last = path.split(".")
    for part in above:
        manifest = manifest.setdefault(part, {})
    if value is None:
        manifest.pop(last, None)
    else:
        manifest[last] = value


def cases() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the token, path and the whole change of each thing that is asked."""
    for token, asked in ASKED.items():
        for change in asked["changes"]:
            (path,) = set(change) - {"also", "before"}
            yield token, path, change


def verdict(token: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    """Return the sandbox's plan for a change: `replace`, `refuse` or `update`."""
    found = list(differing(old, new))
    forcing = changes.replaced(token, new, {})
    if any(meets(path, "changes", change) for change in found for path in forcing):
        return "replace"
    return "refuse" if changes.refused(found, changes.rules(token, None)) else "update"


@pytest.mark.parametrize(
    ("token", "path", "change"), [pytest.param(*case, id=f"{case[0].rpartition(':')[2]}-{case[1]}") for case in cases()]
)
def test_the_server_and_the_sandbox_say_the_same(
    server: ApiServer, request: pytest.FixtureRequest, token: str, path: str, change: dict[str, Any]
) -> None:
    asked = ASKED[token]
    old = made(token, copy.deepcopy(asked["base"]), f"n{crc32(request.node.name.encode())}")
    for at, value in change.get("before", {}).items():
        put(old, at, copy.deepcopy(value))
    assert server.apply(old) == ""
    if "status" in asked:
        assert server.call("PATCH", f"{server.path(old)}/status", {"status": asked["status"]})[0] == 200
    new = copy.deepcopy(old)
    for at, value in {**change.get("also", {}), path: change[path]}.items():
        put(new, at, copy.deepcopy(value))
    text = server.apply(new, keep=False)
    print(f"{path}: {text or 'taken'}")
    expected = verdict(token, old, new)
    assert not text or "422" in text, text
    all_the_same = path in asked.get("replaced_all_the_same", [])
    assert not all_the_same or expected == "replace"
    if not (all_the_same and not text):
        assert (expected == "update") == (not text), f"the server says {text or 'yes'}, the sandbox {expected}"


@pytest.mark.parametrize("token", sorted(ASKED))
def test_every_field_of_the_kind_is_asked_about(server: ApiServer, token: str) -> None:
    version, kind = (made(token, {}, "")[field] for field in ("apiVersion", "kind"))
    document = server.call("GET", f"/openapi/v3/{'apis' if '/' in version else 'api'}/{version}")[1]
    schemas = document["components"]["schemas"]
    this = {"group": version.rpartition("/")[0], "version": version.rpartition("/")[2], "kind": kind}
    (named,) = [each for each in schemas.values() if each.get("x-kubernetes-group-version-kind") == [this]]
    fields = set(named["properties"]) - NOT_FIELDS
    if "spec" in fields:
        fields = set(schemas[named["properties"]["spec"]["allOf"][0]["$ref"].rpartition("/")[2]]["properties"])
    paths = {path for owner, path, _ in cases() if owner == token}
    seen = {path.removeprefix("spec.").partition(".")[0] for path in paths} | set(ASKED[token].get("not_asked", {}))
    assert fields <= seen


def test_every_kind_with_a_row_or_in_the_program_is_asked_about() -> None:
    assert set(changes.table()["kinds"]) <= set(ASKED)
    used = {each.type for each in api.preview("prod", project=ROOT).resources if each.mode == "checked"}
    groups = {token: token.split(":")[1].rpartition("/")[0] for token in used}
    assert {token for token, group in groups.items() if "." not in group or group.endswith(".k8s.io")} <= set(ASKED)
