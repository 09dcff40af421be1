"""An operator, installed as a Helm release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from compiler.errors import UserError

OCI = "oci://"
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

    @property
    def name(self) -> str:
        """The chart's own name, which an `oci://` address ends with."""
        return self.chart.rpartition("/")[2]

    def taken_from(self, source: str, project: Path) -> "Chart":
        """Return the same chart of a registry or folder of your own.

        Args:
            source: a registry's `oci://` address, or a folder; a relative one is in the project's.
            project: the project's folder.

        Raises:
            UserError: the folder has no archive of this chart and version.
        """
        if source.startswith(OCI):
            return Chart(f"{source}/{self.name}", self.version)
        # `helm pull` names an archive by the version in the chart, and some charts write theirs with a v.
        for file in (f"{self.name}-{self.version}.tgz", f"{self.name}-v{self.version}.tgz"):
            if (project / source / file).is_file():
                # As a path, relative to the project's folder: the provider takes an existing file before it looks at
                # repositories, and then ignores the version (pulumi-kubernetes 4.34, helm_release.go: locateChart,
                # localChart).
                return Chart(f"{source}/{file}", self.version)
        where = f"--repo {self.repo} {self.chart}" if self.repo else self.chart
        raise UserError(
            f"chartSource: {source}: expected {self.name}-{self.version}.tgz there, found none: "
            f"helm pull {where} --version {self.version} --destination {source}"
        )


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
            # A failed install is rolled back, so that the next `up` starts clean.
            atomic=True,
            timeout=_TIMEOUT_SECONDS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({"status": self.release.status})
