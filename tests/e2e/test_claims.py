"""The assumptions of docs/adr/0030 on a real API server, with production's own claim, class and StatefulSet.

No controller runs: a claim is made here as the StatefulSet's controller makes it (a create by its own name; Kubernetes
1.36, pkg/controller/statefulset/stateful_pod_control.go, `createPersistentVolumeClaims`), and bound by its status, as
the controller of volumes does. Those also make the volume and enlarge it, which nobody does here.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest

from sandbox import api
from sandbox.summary import Summary
from sandbox.values import masked
from tests.e2e.apiserver import ApiServer, cluster
from tests.e2e.servers import until
from tests.tools.finder import ROOT, require

pytestmark = pytest.mark.e2e
CONTROLLER, PROVIDER = "kube-controller-manager", "pulumi-kubernetes"
SEEN = 60.0
"""Seconds until the server's own admission knows a class that was just made; well under one on an idle machine."""
SMALLER, OLD, LARGER = "70Gi", "80Gi", "100Gi"
FIXED = "403: .*the storageclass that provisions the pvc must support resize"
Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def program() -> Summary:
    """Return a preview of production."""
    return api.preview("prod", project=ROOT)


def described(program: Summary, kind: str, name: str) -> Manifest:
    """Return the object of that name; what only `up` knows reads `<computed>`."""
    kept = [masked(each.inputs) for each in program.resources if each.inputs.get("kind") == kind]
    (found,) = [each for each in kept if each["metadata"]["name"] == name]
    return dict(found)


@pytest.fixture(scope="module")
def server(program: Summary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Yield an API server with the namespace, the program's class, which is the default, and one that cannot grow."""
    programs = {name: require(name) for name in ("etcd", "kube-apiserver")}
    klass = described(program, "StorageClass", "gp3")
    fixed = {**klass, "metadata": {"name": "fixed"}, "allowVolumeExpansion": False}
    with cluster(programs, tmp_path_factory.mktemp("claims")) as running:
        for each in (described(program, "Namespace", "observability"), klass, fixed):
            assert running.apply(each) == ""
        yield running


@pytest.fixture
def claim(program: Summary, request: pytest.FixtureRequest) -> Manifest:
    """Return Pyroscope's claim, under another name for each test."""
    found = described(program, "PersistentVolumeClaim", "data-pyroscope-0")
    found["metadata"]["name"] += f"-{crc32(request.node.name.encode())}"
    return sized(found, OLD)


def sized(claim: Manifest, storage: str, **spec: object) -> Manifest:
    """Return the claim with another size, and what else of its specification differs."""
    new = copy.deepcopy(claim)
    new["spec"] |= {"resources": {"requests": {"storage": storage}}, **spec}
    return new


def made_by_the_controller(server: ApiServer, claim: Manifest) -> None:
    """Make the claim as the StatefulSet's controller would."""
    path = f"{server.path(claim).rpartition('/')[0]}?fieldManager={CONTROLLER}"
    named = {**claim, "metadata": {key: claim["metadata"][key] for key in ("name", "namespace")}}
    assert server.call("POST", path, named)[0] == 201


def bind(server: ApiServer, claim: Manifest) -> None:
    """Set the status of the claim as if it had a volume of its size."""
    status = {"phase": "Bound", "capacity": claim["spec"]["resources"]["requests"]}
    assert server.call("PATCH", server.path(claim), {"spec": {"volumeName": claim["metadata"]["name"]}})[0] == 200
    assert server.call("PATCH", f"{server.path(claim)}/status", {"status": status})[0] == 200


def apply(server: ApiServer, claim: Manifest, *, force: bool = True) -> str:
    """Apply the claim as the provider does; return nothing, or the server's error."""
    text = server.apply(claim, force=force, manager=PROVIDER)
    print(text or "taken")
    return text


def held(server: ApiServer, claim: Manifest) -> Manifest:
    """Return the claim as it is now."""
    status, found = server.call("GET", server.path(claim))
    assert status == 200
    return dict(found)


def storage(claim: Manifest) -> str:
    """Return how much a claim asks for."""
    return str(claim["spec"]["resources"]["requests"]["storage"])


def test_a_claim_that_is_not_there_is_made(server: ApiServer, claim: Manifest) -> None:
    assert server.call("GET", server.path(claim))[0] == 404
    assert apply(server, claim) == ""
    assert storage(held(server, claim)) == OLD
    assert held(server, claim)["status"]["phase"] == "Pending"


def test_a_claim_of_the_controllers_is_taken_over_and_grows(server: ApiServer, claim: Manifest) -> None:
    made_by_the_controller(server, claim)
    bind(server, claim)
    assert apply(server, claim, force=False) == ""
    before = held(server, claim)["metadata"]["uid"]

    larger = sized(claim, LARGER)
    conflict = apply(server, larger, force=False)
    assert re.match(rf'409: .* conflict with "{CONTROLLER}".*: \.spec\.resources\.requests\.storage$', conflict)
    grow(server, larger)
    after = held(server, claim)
    assert (storage(after), after["metadata"]["uid"]) == (LARGER, before)
    owned = {each["manager"]: each["fieldsV1"].get("f:spec", {}) for each in after["metadata"]["managedFields"]}
    assert {manager for manager, fields in owned.items() if "'f:storage'" in str(fields)} == {PROVIDER}


def grow(server: ApiServer, larger: Manifest) -> None:
    """Apply a larger claim; the server's admission reads classes from a copy that comes a little later."""
    until(lambda: not apply(server, larger), SEEN, "the claim grows")


def test_without_expansion_in_its_class_a_claim_does_not_grow(server: ApiServer, claim: Manifest) -> None:
    fixed = sized(claim, OLD, storageClassName="fixed")
    assert apply(server, fixed) == ""
    bind(server, fixed)
    assert re.match(FIXED, apply(server, sized(fixed, LARGER)))
    assert storage(held(server, fixed)) == OLD


def test_a_claim_without_a_volume_does_not_grow(server: ApiServer, claim: Manifest) -> None:
    """So a size cannot be changed between a first `up` and the first pod."""
    assert apply(server, claim) == ""
    assert re.match("422: .*immutable after creation except .* for bound claims", apply(server, sized(claim, LARGER)))
    bind(server, claim)
    grow(server, sized(claim, LARGER))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"storage": SMALLER},
            r"spec\.resources\.requests\.storage: Forbidden: field can not be less than status\.capacity",
        ),
        ({"storageClassName": "fixed"}, "spec: Forbidden: spec is immutable after creation"),
        ({"accessModes": ["ReadWriteMany"]}, "spec: Forbidden: spec is immutable after creation"),
    ],
    ids=["smaller", "class", "access"],
)
def test_what_holds_data_keeps_its_size_class_and_access(
    server: ApiServer, claim: Manifest, changed: dict[str, Any], reason: str
) -> None:
    assert apply(server, claim) == ""
    bind(server, claim)
    new = sized(claim, **{"storage": OLD, **changed})
    assert re.match(f"422: .*{reason}", server.apply(new, keep=False, manager=PROVIDER), re.DOTALL)
    assert re.match(f"422: .*{reason}", apply(server, new), re.DOTALL)


def test_a_growth_under_way_can_be_lowered_to_more_than_the_volume_has(server: ApiServer, claim: Manifest) -> None:
    """The one way to a smaller size, for a volume that cannot grow as far (a quota, a limit of the disk's)."""
    assert apply(server, claim) == ""
    bind(server, claim)
    grow(server, sized(claim, LARGER))
    assert apply(server, sized(claim, "90Gi")) == ""
    assert "can not be less than status.capacity" in apply(server, claim)


def test_a_patch_is_not_let_go(server: ApiServer, claim: Manifest) -> None:
    """Why the claims are retained: nobody else has written their fields."""
    assert apply(server, claim) == ""
    bind(server, claim)
    names = {key: claim["metadata"][key] for key in ("name", "namespace")}
    empty = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": names}
    assert re.match("422: .*spec", apply(server, empty), re.DOTALL)


def test_a_claim_without_a_class_gets_the_default_when_it_is_made(server: ApiServer, claim: Manifest) -> None:
    del claim["spec"]["storageClassName"]
    until(lambda: made_with_a_class(server, claim), SEEN, "the default class")
    assert apply(server, claim) == ""
    assert held(server, claim)["spec"]["storageClassName"] == "gp3"


def made_with_a_class(server: ApiServer, claim: Manifest) -> bool:
    """Return whether a dry run gives the claim a class."""
    status, made = server.call("APPLY", f"{server.path(claim)}?fieldManager={PROVIDER}&dryRun=All", claim)
    return status == 201 and "storageClassName" in made["spec"]


def test_the_size_in_a_template_does_not_change(server: ApiServer, program: Summary) -> None:
    before = described(program, "StatefulSet", "pyroscope")
    assert server.apply(before) == ""
    after = copy.deepcopy(before)
    after["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = "200Gi"
    text = server.apply(after)
    assert re.match("422: .*spec: Forbidden: updates to statefulset spec for fields other than", text, re.DOTALL)
    after = {**before, "spec": {**before["spec"], "replicas": 2}}
    assert server.apply(after) == ""
