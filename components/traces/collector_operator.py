"""The OpenTelemetry operator, which makes the pods of collectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.parts.helm_operator import Chart, HelmOperator, HelmOperatorArgs
from components.parts.pods import resources

# CRDs as templates of the chart: upgraded with it, and kept when it goes, with every collector that there is.
_VALUES: Mapping[str, object] = {
    "crds": {"annotations": {"helm.sh/resource-policy": "keep"}},
    "manager": {
        "resources": resources("50m", "256Mi"),
        # Annotations of a collector are copied to its pods: those for the deployment alone
        # (components/parts/waiting.py) would restart them when they change. The first is the operator's own default,
        # which a given list replaces; source: opentelemetry-operator 0.158, internal/config/config.go,
        # AnnotationsFilter.
        "extraArgs": [
            "--annotations-filter=kubectl.kubernetes.io/last-applied-configuration",
            "--annotations-filter=^pulumi\\.com/",
        ],
    },
}


@dataclass(frozen=True)
class CollectorOperatorArgs:
    """The chart, the namespace that it goes to, and what its webhook gets its certificate from."""

    chart: Chart
    namespace: pulumi.Input[str]
    certificates: Sequence[pulumi.Resource]


class CollectorOperator(pulumi.ComponentResource):
    """The operator; before `release`, no collector is reconciled."""

    release: pulumi.Resource

    def __init__(self, name: str, args: CollectorOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:CollectorOperator", name, None, opts)
        operator = HelmOperator(
            name,
            HelmOperatorArgs(args.chart, args.namespace, _VALUES, args.certificates),
            pulumi.ResourceOptions(parent=self),
        )
        self.release = operator.release
        self.register_outputs({"status": operator.release.status})
