"""Production's Kubernetes objects on a real API server: accepted, kept, repaired and removed; mistakes are refused."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.errors import UserError
from sandbox import api
from sandbox.aws import moto
from sandbox.kubernetes.store import RELEASE
from sandbox.model import Resource
from sandbox.state import State, known_stacks, stack_path
from sandbox.summary import Summary
from sandbox.values import reveal
from tests.e2e.apiserver import ApiServer, cluster
from tests.e2e.definitions import definitions, install
from tests.tools.finder import ROOT, require

pytestmark = pytest.mark.e2e
FOLDERS = "/apis/grafana.integreatly.org/v1beta1/namespaces/default/grafanafolders"
Named = tuple[str, str, str]
"""Kind, namespace and name."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Yield an API server that knows the operators' kinds."""
    programs = {name: require(name) for name in ("etcd", "kube-apiserver")}
    with cluster(programs, tmp_path_factory.mktemp("cluster")) as running:
        install(running, definitions(ROOT / "facts" / "crds"))
        yield running


@pytest.fixture
def on_server(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ApiServer:
    """Point the sandbox to the server, with the kubectl of its release and a home of its own for kubectl's cache."""
    monkeypatch.setenv("PATH", f"{require('kubectl').parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SANDBOX_KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig")))
    return server


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """Yield the sandbox's folder; its cloud ends with the test, also when the test fails."""
    yield tmp_path / "state"
    moto.stop(tmp_path / "state")


def listed(server: ApiServer) -> dict[Named, bool]:
    """Return everything on the server, of all kinds and namespaces, and whether the sandbox applied it.

    An object that has nothing but a name has no mark of its manager.
    """
    groups = [group["preferredVersion"]["groupVersion"] for group in server.call("GET", "/apis")[1]["groups"]]
    found: dict[Named, bool] = {}
    for path in ["/api/v1", *(f"/apis/{group}" for group in groups)]:
        for kind in server.call("GET", path)[1]["resources"]:
            if "/" in kind["name"] or "list" not in kind["verbs"]:
                continue
            for each in (item["metadata"] for item in server.items(f"{path}/{kind['name']}")):
                ours = any(field["manager"].startswith("sandbox-") for field in each.get("managedFields", []))
                found[kind["kind"], each.get("namespace", ""), each["name"]] = ours
    return found


def expected(summary: Summary) -> set[Named]:
    """Return the objects that the sandbox applied; a release is held as a Secret."""
    return {_named(each) for each in summary.resources if each.package == "kubernetes" and not each.is_provider}


def _named(resource: Resource) -> Named:
    inputs = reveal(resource.inputs)
    if resource.type.endswith(f":{RELEASE[1]}"):
        return "Secret", inputs["namespace"], f"sandbox.release.{inputs['name']}"
    return inputs["kind"], inputs["metadata"].get("namespace", ""), inputs["metadata"]["name"]


def release(state: Path) -> None:
    """Take the protection of what holds data off the sandbox's own record, instead of out of the program."""
    for stack in known_stacks(state):
        kept = State(stack_path(state, stack))
        for resource in kept.resources().values():
            if resource.protect:
                resource.protect = False
                kept.put(resource)
        kept.close()


def test_production_lives_on_a_real_api_server(on_server: ApiServer, state: Path) -> None:
    def run(verb: str) -> Summary:
        return api.run(verb, "prod", project=ROOT, state=state)

    first = run("up")
    assert first.blocking == []
    applied = expected(first)
    print(f"{len(applied)} objects applied")
    assert len(applied) > 20
    there = listed(on_server)
    assert applied - set(there) == set()
    assert {named for named, ours in there.items() if ours} - applied == set()
    assert set(run("up").ops()) == {"same"}
    assert run("refresh").drift == []

    monitor = next(each for each in first.resources if each.type.endswith(":ServiceMonitor"))
    _, namespace, name = _named(monitor)
    path = f"/apis/monitoring.coreos.com/v1/namespaces/{namespace}/servicemonitors/{name}"
    assert on_server.call("PATCH", path, {"spec": {"endpoints": [{"port": "by-hand"}]}})[0] == 200
    assert [(each.urn, each.property) for each in run("refresh").drift] == [(monitor.urn, "spec")]
    repaired = run("up").ops()
    assert repaired.pop("same") > 20
    assert repaired == {"update": 1}
    assert run("refresh").drift == []

    release(state)
    assert run("destroy").left == []
    left = listed(on_server)
    assert applied & set(left) == set()
    assert {named for named, ours in left.items() if ours} == set()


FOLDER = {
    "apiVersion": "grafana.integreatly.org/v1beta1",
    "kind": "GrafanaFolder",
    "metadata": {"name": "planted", "namespace": "default"},
}
SELECTOR = {"matchLabels": {"app": "grafana"}}
PROGRAM = """
import json
import pathlib
import pulumi
import pulumi_kubernetes as k8s

cluster = k8s.Provider("cluster", enable_server_side_apply=True)
folder = json.loads(pathlib.Path("folder.json").read_text())
api, kind, metadata, spec = folder["apiVersion"], folder["kind"], folder["metadata"], folder["spec"]
k8s.apiextensions.CustomResource(
    "planted", api_version=api, kind=kind, metadata=metadata, spec=spec, opts=pulumi.ResourceOptions(provider=cluster)
)
"""


@pytest.fixture
def plant(tmp_path: Path, state: Path) -> Iterator["Planting"]:
    """Yield a project with one folder in Grafana, destroyed afterwards; the sandbox has no schema for it."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "__main__.py").write_text(PROGRAM.replace('"folder.json"', repr(str(project / "folder.json"))))
    (project / "Pulumi.yaml").write_text("name: planted\nruntime: python\n")
    (project / "Pulumi.local.yaml").write_text("")
    yield Planting(project, state)
    if known_stacks(state):
        api.run("destroy", project=project, state=state)


class Planting:
    """A project without schemas of its own: what is wrong with an object, the server alone can tell."""

    def __init__(self, project: Path, state: Path) -> None:
        self._project = project
        self._state = state

    def up(self, spec: dict[str, object]) -> Summary:
        """Deploy the folder with that spec."""
        (self._project / "folder.json").write_text(json.dumps({**FOLDER, "spec": spec}))
        return api.run("up", project=self._project, state=self._state)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (
            {"instanceSelector": SELECTOR, "parentFolderUID": "a", "parentFolderRef": "b"},
            r"spec: Invalid value: .*failed rule: \(has\(self\.parentFolderUID\) && !\(has\(self\.parentFolderRef\)\)",
        ),
        ({"instanceSelector": SELECTOR, "titel": "typo"}, r"field not declared in schema|unknown field"),
        ({"instanceSelector": "everything"}, r"instanceSelector"),
    ],
    ids=["rule", "unknown field", "wrong type"],
)
def test_what_the_server_refuses_is_said_in_one_line(
    on_server: ApiServer, plant: Planting, spec: dict[str, object], reason: str
) -> None:
    with pytest.raises(UserError, match=reason) as refused:
        plant.up(spec)
    print(refused.value)
    assert str(refused.value).startswith("GrafanaFolder default/planted: refused by the API server: ")
    assert "\n" not in str(refused.value)
    assert on_server.items(FOLDERS) == []


def test_a_rule_that_compares_with_what_is_there_holds_too(on_server: ApiServer, plant: Planting) -> None:
    assert plant.up({"instanceSelector": SELECTOR, "uid": "one"}).ops() == {"create": 1}
    with pytest.raises(UserError, match=r"spec\.uid: Invalid value: .*failed rule: self == oldSelf"):
        plant.up({"instanceSelector": SELECTOR, "uid": "two"})
    assert [each["spec"]["uid"] for each in on_server.items(FOLDERS)] == ["one"]
