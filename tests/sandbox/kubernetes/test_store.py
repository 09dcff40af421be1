"""Both kinds of cluster."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.kubernetes import store
from sandbox.kubernetes.store import RELEASE, FileCluster, Key, KubectlCluster

MAP = Key("dev", "v1", "ConfigMap", "default", "c")


def test_objects_belong_to_their_owner() -> None:
    cluster = FileCluster(None)
    cluster.apply(MAP, {"data": {"a": "1"}}, "one")
    cluster.apply(MAP, {"data": {"a": "2"}}, "one")
    with pytest.raises(UserError, match="ConfigMap default/c exists already and belongs to one"):
        cluster.apply(MAP, {}, "two")
    cluster.apply(Key("prod", "v1", "ConfigMap", "default", "c"), {}, "two")
    assert cluster.get(MAP) == {"data": {"a": "2"}}
    cluster.delete(MAP)
    cluster.delete(MAP)
    assert cluster.keys() == ["prod/v1/ConfigMap/default/c"]


def test_a_namespace_must_exist() -> None:
    cluster = FileCluster(None)
    inside = Key("dev", "v1", "ConfigMap", "new", "c")
    with pytest.raises(UserError, match="namespace 'new' does not exist; create it first"):
        cluster.apply(inside, {}, "one")
    cluster.apply(Key("dev", "v1", "Namespace", "", "new"), {}, "one")
    assert cluster.apply(inside, {"a": 1}, "one") == {"a": 1}


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a kubectl that answers from files and notes its calls."""

    def install(server: str) -> Any:
        config = json.dumps({"clusters": [{"cluster": {"server": server}}]})
        script = f"""#!/bin/sh
shift 2
echo "$@" >> {tmp_path}/calls
case "$1" in
  config) echo '{config}';;
  apply) tee {tmp_path}/object;;
  get) cat {tmp_path}/object 2>/dev/null || true;;
  delete) rm -f {tmp_path}/object;;
esac
"""
        path = tmp_path / "kubectl"
        path.write_text(script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return tmp_path

    return install


def test_a_remote_api_server_is_refused(kubectl: Callable[[str], Path]) -> None:
    kubectl("https://prod.example.org:6443")
    with pytest.raises(UserError, match=r"server https://prod\.example\.org:6443 is not on loopback"):
        KubectlCluster("/some/config")


def test_objects_are_applied_server_side(kubectl: Callable[[str], Path]) -> None:
    folder = kubectl("https://127.0.0.1:6443")
    cluster = KubectlCluster("/some/config")
    assert cluster.get(MAP) is None
    assert cluster.apply(MAP, {"data": {}}, "urn:pulumi:dev::p::t::n") == {"data": {}}
    assert cluster.get(MAP) == {"data": {}}
    assert cluster.keys() == [str(MAP)]
    cluster.delete(MAP)
    assert cluster.keys() == []
    calls = (folder / "calls").read_text()
    assert "apply --server-side --field-manager sandbox-urn:pulumi:dev -o json -f -" in calls
    assert "get ConfigMap c -n default --ignore-not-found -o json" in calls


ANSWERING = """#!/bin/sh
shift 2
echo "$@" >> {folder}/calls
case "$1" in
  config) echo '{{"clusters": [{{"cluster": {{"server": "https://127.0.0.1:1"}}}}]}}';;
  *) {script}
esac
"""


@pytest.fixture
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], KubectlCluster]:
    """Return a cluster whose kubectl answers by a shell script; the calls are in `calls`."""

    def install(script: str) -> KubectlCluster:
        path = tmp_path / "kubectl"
        path.write_text(ANSWERING.format(folder=tmp_path, script=script))
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return KubectlCluster("/some/config")

    return install


def test_a_release_is_held_as_a_secret(kubectl: Callable[[str], Path]) -> None:
    folder = kubectl("https://127.0.0.1:6443")
    cluster = KubectlCluster("/some/config")
    release = Key("dev", *RELEASE, "monitoring", "operator")
    cluster.apply(release, {"chart": "operator", "values": {"a": 1}}, "urn:pulumi:dev::p::t::n")
    held = json.loads((folder / "object").read_text())
    assert (held["kind"], held["metadata"]["name"], held["metadata"]["namespace"]) == (
        "Secret",
        "sandbox.release.operator",
        "monitoring",
    )
    assert cluster.get(release) == {"chart": "operator", "values": {"a": 1}}
    cluster.delete(release)
    assert cluster.get(release) is None
    assert "delete Secret sandbox.release.operator -n monitoring" in (folder / "calls").read_text()


def test_a_secret_is_read_as_it_was_written(answering: Callable[[str], KubectlCluster]) -> None:
    cluster = answering("""echo '{"data": {"password": "c2VjcmV0"}}';;""")
    found = cluster.get(Key("dev", "v1", "Secret", "default", "s"))
    assert found == {"data": {"password": "c2VjcmV0"}, "stringData": {"password": "secret"}}


@pytest.mark.parametrize(
    "text", ["error: the server doesn't have a resource type Widget", "no matches for kind Widget in version v1"]
)
def test_what_has_a_kind_that_is_not_installed_is_gone(answering: Callable[[str], KubectlCluster], text: str) -> None:
    cluster = answering(f'echo "{text}" >&2; exit 1;;')
    widget = Key("dev", "example.org/v1", "Widget", "default", "w")
    assert cluster.get(widget) is None
    cluster.delete(widget)
    with pytest.raises(UserError, match=r"^Widget default/w: refused by the API server: .*Widget"):
        cluster.apply(widget, {}, "urn:pulumi:dev::p::t::n")


def test_a_refusal_is_one_line(answering: Callable[[str], KubectlCluster]) -> None:
    cluster = answering("printf 'Error from server: The ConfigMap is invalid:\\n* spec: wrong\\n' >&2; exit 1;;")
    with pytest.raises(UserError) as refused:
        cluster.apply(MAP, {}, "urn:pulumi:dev::p::t::n")
    expected = "ConfigMap default/c: refused by the API server: The ConfigMap is invalid: * spec: wrong"
    assert str(refused.value) == expected
    with pytest.raises(UserError, match=r"^kubectl get ConfigMap c: Error from server: The ConfigMap is invalid"):
        cluster.get(MAP)


CONFLICT = """
  get) echo '{{"metadata": {{"managedFields": [{{"manager": "{manager}"}}]}}}}';;
  *force-conflicts*) echo '{{"forced": true}}';;
  *) echo 'Apply failed with 1 conflict: conflict with "{other}": .data.a' >&2; exit 1;;
"""


@pytest.mark.parametrize(
    ("manager", "other", "forced"),
    [
        ("sandbox-urn:pulumi:dev", "kubectl-edit", True),
        ("helm", "helm", False),
        ("sandbox-urn:pulumi:dev", "sandbox-urn:pulumi:prod", False),
    ],
    ids=["changed by hand", "never ours", "of another stack"],
)
def test_only_what_was_ours_is_taken_back(
    answering: Callable[[str], KubectlCluster], manager: str, other: str, *, forced: bool
) -> None:
    script = CONFLICT.format(manager=manager, other=other)
    cluster = answering(f'case "$1" in get) set -- get;; *) set -- "$*";; esac; case "$1" in {script} esac;;')
    if forced:
        assert cluster.apply(MAP, {}, "urn:pulumi:dev::p::t::n") == {"forced": True}
        return
    with pytest.raises(UserError, match=f'conflict with "{other}"'):
        cluster.apply(MAP, {}, "urn:pulumi:dev::p::t::n")


def test_a_finalizer_that_stays_is_named(
    answering: Callable[[str], KubectlCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = answering("exec sleep 30;;")
    monkeypatch.setattr(store, "_TIMEOUT", 0.2)
    with pytest.raises(UserError, match=r"^kubectl delete ConfigMap c: not done in 0.2 s: look for a finalizer"):
        cluster.delete(MAP)


def test_without_kubectl_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match="kubectl is not on PATH"):
        KubectlCluster("/some/config")
