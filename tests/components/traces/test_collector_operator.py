"""The operator: it depends on its certificate's issuer, and its CRDs outlive it."""

from __future__ import annotations

from components.parts.helm_operator import Chart
from components.traces.collector_operator import CollectorOperator, CollectorOperatorArgs
from tests.components.isolated import before, comes_after, deploy, in_cluster


def test_it_waits_for_certificates_and_leaves_its_crds() -> None:
    def program() -> None:
        args = CollectorOperatorArgs(Chart("opentelemetry-operator", "0.122.0"), "observability", [before()])
        CollectorOperator("opentelemetry-operator", args, in_cluster())

    release = deploy(program).one("Release")
    assert comes_after(release)
    assert release.inputs["values"]["crds"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert "memory" in release.inputs["values"]["manager"]["resources"]["limits"]
