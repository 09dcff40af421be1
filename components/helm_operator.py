"""An operator, installed as a Helm release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

_TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Chart:
    """A chart and its version, from `versions.yaml`.

    Attributes:
        chart: the chart's name in its repository, or its `oci://` address.
        version: the chart's version.
        repo: the repository's address; None for an `oci://` chart.
    """

    chart: str
    version: str
    repo: str | None = None


@dataclass(frozen=True)
class HelmOperatorArgs:
    """The release to install.

    Attributes:
        chart: what to install.
        namespace: where; it exists already.
        values: the chart's values.
        after: what must be there before, such as the release of its CRDs.
        brings_crds: the chart has its CRDs in a folder that Helm installs once and never upgrades: before another
            version of such a chart, apply its CRDs by hand.
    """

    chart: Chart
    namespace: pulumi.Input[str]
    values: Mapping[str, object] = field(default_factory=dict)
    after: Sequence[pulumi.Resource] = ()
    brings_crds: bool = False


class HelmOperator(pulumi.ComponentResource):
    """A Helm release; its pods are the chart's own and stay invisible to previews and policies."""

    release: k8s.helm.v3.Release

    def __init__(self, name: str, args: HelmOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:HelmOperator", name, None, opts)
        self.release = k8s.helm.v3.Release(
            name,
            name=name,
            chart=args.chart.chart,
            version=args.chart.version,
            repository_opts={"repo": args.chart.repo} if args.chart.repo else None,
            namespace=args.namespace,
            values=dict(args.values),
            # CRDs are a release of their own or templates of the chart, where there is one: Helm never upgrades a
            # chart's crds/ folder.
            skip_crds=not args.brings_crds,
            # A failed install leaves nothing half-made behind, and the next `up` starts clean.
            atomic=True,
            timeout=_TIMEOUT_SECONDS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({"status": self.release.status})
