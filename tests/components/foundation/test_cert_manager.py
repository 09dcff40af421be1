"""cert-manager's CRDs are upgraded with it and outlive it."""

from __future__ import annotations

from components.foundation.cert_manager import CertManager, CertManagerArgs
from components.parts.helm_operator import Chart
from tests.components.isolated import deploy, in_cluster


def test_crds_come_with_the_chart_and_stay() -> None:
    chart, labels = Chart("cert-manager", "1.2.3", "https://charts.example.com"), {"observability/producer": "certs"}
    args = CertManagerArgs(chart, "observability", labels)
    inputs = deploy(lambda: CertManager("cert-manager", args, in_cluster())).one("Release").inputs
    assert inputs["values"] == {"crds": {"enabled": True, "keep": True}, "serviceLabels": labels}
    assert (inputs["namespace"], inputs["version"]) == ("observability", "1.2.3")
