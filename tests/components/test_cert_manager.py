"""cert-manager's CRDs are upgraded with it and outlive it."""

from __future__ import annotations

from components.cert_manager import CertManager, CertManagerArgs
from components.helm_operator import Chart
from tests.components.isolated import deploy, in_cluster


def test_crds_come_with_the_chart_and_stay() -> None:
    args = CertManagerArgs(Chart("cert-manager", "1.2.3", "https://charts.example.com"), "observability")
    inputs = deploy(lambda: CertManager("cert-manager", args, in_cluster())).one("Release").inputs
    assert inputs["values"] == {"crds": {"enabled": True, "keep": True}}
    assert (inputs["namespace"], inputs["version"]) == ("observability", "1.2.3")
