"""The digest's job: its pod and confinement, its secret, and its network policy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.metrics.weekly_digest import WeeklyDigest, WeeklyDigestArgs
from sandbox.values import Secret, reveal
from tests.components.isolated import Deployed, deploy, in_cluster

ADDRESS = "https://hooks.example.com/1"


def _deployed(settings: str = "{}") -> Deployed:
    def program() -> None:
        WeeklyDigest(
            "weekly-digest",
            WeeklyDigestArgs(
                namespace="observability",
                version="3.13.7",
                schedule="0 8 * * 1",
                zone="Etc/UTC",
                settings=settings,
                prometheus_url="http://prometheus:9090",
                alertmanager_url="http://alertmanager:9093",
                address=pulumi.Output.from_input(ADDRESS),
            ),
            in_cluster(),
        )

    return deploy(program)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return _deployed()


def _pod(deployed: Deployed) -> Any:
    return deployed.one("CronJob").inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def test_it_runs_once_a_week_and_once_only(deployed: Deployed) -> None:
    spec = deployed.one("CronJob").inputs["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("0 8 * * 1", "Etc/UTC", "Forbid")
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert _pod(deployed)["restartPolicy"] == "Never"


def test_its_deadline_leaves_time_for_every_try() -> None:
    """Eight questions and the message, each with three tries of at most 40 s and 15 s between them."""
    spec = _deployed().one("CronJob").inputs["spec"]["jobTemplate"]["spec"]
    assert spec["activeDeadlineSeconds"] > 8 * (3 * 40 + 15)


def test_its_pod_may_do_nothing_else(deployed: Deployed) -> None:
    pod = _pod(deployed)
    (container,) = pod["containers"]
    assert (pod["automountServiceAccountToken"], pod["securityContext"]["runAsNonRoot"]) == (False, True)
    assert pod["serviceAccountName"] == deployed.one("ServiceAccount").inputs["metadata"]["name"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]
    assert all(mount["readOnly"] for mount in container["volumeMounts"])


def test_its_address_is_a_mounted_secret_and_nowhere_else(deployed: Deployed) -> None:
    held = deployed.one("Secret")
    assert isinstance(held.inputs["stringData"], Secret)
    assert reveal(held.inputs["stringData"]) == {"address": ADDRESS}
    (volume,) = [each for each in _pod(deployed)["volumes"] if "secret" in each]
    assert volume["secret"] == {"secretName": "weekly-digest", "defaultMode": 0o440}
    assert ADDRESS not in str([each.inputs for each in deployed.resources if each.urn != held.urn])
    (mount,) = [each for each in _pod(deployed)["containers"][0]["volumeMounts"] if each["name"] == volume["name"]]
    assert f"{mount['mountPath']}/address" in _pod(deployed)["containers"][0]["args"]


def test_it_reaches_names_two_servers_and_the_outside_by_tls(deployed: Deployed) -> None:
    policy = deployed.one("NetworkPolicy").inputs["spec"]
    template = deployed.one("CronJob").inputs["spec"]["jobTemplate"]["spec"]["template"]
    assert policy["podSelector"]["matchLabels"] == template["metadata"]["labels"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy, "nobody reaches it; an empty list would be drift"
    names, prometheus, alertmanager, outside = policy["egress"]
    assert {(port["port"], port["protocol"]) for port in names["ports"]} == {(53, "UDP"), (53, "TCP")}
    for rule, server, port in ((prometheus, "prometheus", 9090), (alertmanager, "alertmanager", 9093)):
        assert rule["to"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": server}}}]
        assert rule["ports"] == [{"port": port, "protocol": "TCP"}]
    assert outside["ports"] == [{"port": 443, "protocol": "TCP"}]
    assert "169.254.0.0/16" in outside["to"][0]["ipBlock"]["except"]


def test_it_starts_anew_with_other_settings() -> None:
    def note(settings: str) -> str:
        template = _deployed(settings).one("CronJob").inputs["spec"]["jobTemplate"]["spec"]["template"]
        return str(template["metadata"]["annotations"])

    assert (note("{}") == note("{}"), note("{}") == note('{"a": 1}')) == (True, False)


def test_the_program_runs_as_it_is_mounted(deployed: Deployed, tmp_path: Path) -> None:
    """The files of the ConfigMap alone, in a folder of the mounted name, with the container's own command."""
    (container,) = _pod(deployed)["containers"]
    (mount,) = [each for each in container["volumeMounts"] if each["name"] == "program"]
    folder = tmp_path / Path(mount["mountPath"]).name
    folder.mkdir()
    for name, text in deployed.one("ConfigMap").inputs["data"].items():
        (folder / name).write_text(text, encoding="utf-8")
    _, *options = container["command"]
    # Without site-packages: it needs nothing but the standard library.
    done = subprocess.run(
        [sys.executable, "-S", *options, "--help"], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Sends one digest." in done.stdout) == (0, True), done.stderr
    assert Path(mount["mountPath"]).parent == Path(container["workingDir"])
    assert {name for name in container["args"] if name.startswith("--")} <= set(done.stdout.split())
    assert not list(folder.glob("__pycache__")), "the container's file system takes no writes"
