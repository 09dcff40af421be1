"""cert-manager, which the webhooks of the OpenTelemetry and Flink operators get their certificates from."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.parts.helm_operator import Chart, HelmOperator, HelmOperatorArgs

# CRDs as templates of the chart: upgraded with it, and kept when it goes, with every certificate that there is.
_VALUES: Mapping[str, object] = {"crds": {"enabled": True, "keep": True}}


@dataclass(frozen=True)
class CertManagerArgs:
    """The chart, the namespace that it goes to, and its service's labels; a cluster takes one cert-manager only."""

    chart: Chart
    namespace: pulumi.Input[str]
    labels: Mapping[str, str]


class CertManager(pulumi.ComponentResource):
    """The cluster's cert-manager."""

    release: pulumi.Resource

    def __init__(self, name: str, args: CertManagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:CertManager", name, None, opts)
        operator = HelmOperator(
            name,
            HelmOperatorArgs(args.chart, args.namespace, {**_VALUES, "serviceLabels": dict(args.labels)}),
            pulumi.ResourceOptions(parent=self),
        )
        self.release = operator.release
        self.register_outputs({"status": operator.release.status})
