"""Pyroscope keeps profiles as long as the table says, on a volume, and is reached by services of any namespace."""

from __future__ import annotations

from typing import Any

import pytest

from components.traces.pyroscope import Pyroscope, PyroscopeArgs
from tests.components import crds
from tests.components.isolated import Deployed, deploy, in_cluster


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    args = PyroscopeArgs("observability", "2.2.1", 14, "gp3", 100)
    return deploy(lambda: Pyroscope("pyroscope", args, in_cluster()))


@pytest.fixture(scope="module")
def container(deployed: Deployed) -> dict[str, Any]:
    (found,) = deployed.one("StatefulSet").inputs["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_profiles_go_after_their_days(container: dict[str, Any]) -> None:
    assert container["image"] == "grafana/pyroscope:2.2.1"
    assert "-retention-period=14d" in container["args"]


def test_all_that_it_keeps_lies_on_its_volume(deployed: Deployed, container: dict[str, Any]) -> None:
    (claim,) = deployed.one("StatefulSet").inputs["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "100Gi"
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert mounts[claim["metadata"]["name"]] == "/data"
    folders = [each.partition("=")[2] for each in container["args"] if "dir=" in each]
    assert len(folders) == 5
    assert all(folder.startswith(tuple(mounts.values())) for folder in folders)
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_it_tells_nobody_outside_of_its_use(container: dict[str, Any]) -> None:
    assert "-usage-stats.enabled=false" in container["args"]


def test_services_of_any_namespace_push(deployed: Deployed) -> None:
    (rule,) = deployed.one("NetworkPolicy").inputs["spec"]["ingress"]
    assert (rule["from"], rule["ports"][0]["port"]) == ([{"namespaceSelector": {}}], 4040)


def test_kubernetes_would_take_it(deployed: Deployed) -> None:
    for each in deployed.resources:
        if "metadata" in each.inputs:
            crds.check(each.inputs)
