"""Both kinds of cluster."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.kubernetes.store import FileCluster, Key, KubectlCluster

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
    """A kubectl that answers from files and notes its calls."""

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


def test_without_kubectl_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match="kubectl is not on PATH"):
        KubectlCluster("/some/config")
