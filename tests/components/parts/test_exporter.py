"""An exporter is confined, probed, found by its labels, and restarted by another configuration."""

from __future__ import annotations

from typing import Any

from components.parts.exporter import Exporter, ExporterArgs
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster


def _exporter(configuration: str = "a: 1", *, after: bool = False) -> Deployed:
    def program() -> None:
        Exporter(
            "figures",
            ExporterArgs(
                namespace="observability",
                image="example.com/figures:v1.2.3",
                arguments=["--config=/etc/exporter/figures.yaml"],
                files={"figures.yaml": configuration},
                port=5000,
                health_path="/healthz",
                labels={"who": "platform"},
                after=[before()] if after else [],
            ),
            in_cluster(),
        )

    return deploy(program)


def _template(deployed: Deployed) -> Any:
    return deployed.one("Deployment").inputs["spec"]["template"]


def test_it_is_found_by_its_labels() -> None:
    deployed = _exporter()
    service, pods = deployed.one("Service").inputs, _template(deployed)["metadata"]["labels"]
    assert service["metadata"]["labels"]["who"] == "platform"
    assert service["spec"]["selector"] == deployed.one("Deployment").inputs["spec"]["selector"]["matchLabels"] == pods
    assert service["spec"]["ports"] == [{"name": "metrics", "port": 5000, "protocol": "TCP", "targetPort": "metrics"}]


def test_its_pod_may_do_nothing_else() -> None:
    pod = _template(_exporter())["spec"]
    (container,) = pod["containers"]
    assert (pod["automountServiceAccountToken"], pod["securityContext"]["runAsNonRoot"]) == (False, True)
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]
    assert (
        container["livenessProbe"]
        == container["readinessProbe"]
        == {"httpGet": {"path": "/healthz", "port": "metrics"}}
    )


def test_it_reads_its_configuration_and_starts_again_when_that_changes() -> None:
    deployed = _exporter()
    (volume,) = _template(deployed)["spec"]["volumes"]
    assert volume["configMap"]["name"] == deployed.one("ConfigMap").inputs["metadata"]["name"]
    assert deployed.one("ConfigMap").inputs["data"] == {"figures.yaml": "a: 1"}
    notes = [_template(_exporter(text))["metadata"]["annotations"] for text in ("a: 1", "a: 1", "a: 2")]
    assert (notes[0] == notes[1], notes[0] == notes[2]) == (True, False)


def test_its_pod_comes_after_what_it_needs() -> None:
    assert comes_after(_exporter(after=True).one("Deployment"))
