"""What all layers share: settings, catalog, versions, providers."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pulumi
import pulumi_aws as aws
import yaml

from compiler.catalog.catalog import Catalog, Watched
from components.parts.entrance_certificate import EntranceCertificate
from components.parts.helm_operator import Chart
from components.parts.tags import Tags
from settings import PROJECT, Settings
from stacks.secrets import certificate_secrets

PLATFORM = "platform"
LOG_READER = "log-reader"
"""The role that reads everybody's lines, before the environment is added."""
TRACER = "tracer"
"""The role that writes and reads traces, before the environment is added."""


@dataclass(frozen=True)
class Versions:
    """The content of `versions.yaml`, and the project's folder, in which that file is."""

    project: Path
    charts: dict[str, Chart]
    servers: dict[str, str]
    lambda_runtime: str
    kubernetes: str
    opensearch: str
    msk: str

    @classmethod
    def load(cls, path: Path) -> "Versions":
        """Read the versions; the file is part of the project."""
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        charts = {name: Chart(**chart) for name, chart in data["charts"].items()}
        rest = (data[key] for key in ("servers", "lambda_runtime", "kubernetes", "opensearch", "msk"))
        return cls(path.parent, charts, *rest)


@dataclass(frozen=True)
class Context:
    """What the layers share; providers are created once, at first use."""

    settings: Settings
    catalog: Catalog
    versions: Versions

    @cached_property
    def aws(self) -> aws.Provider:
        """The provider of the stack's region; it refuses other accounts where the settings name one."""
        allowed = [self.settings.account_id] if self.settings.account_id else None
        return aws.Provider("aws", region=self.settings.region, allowed_account_ids=allowed)

    @cached_property
    def account_id(self) -> pulumi.Output[str]:
        """The twelve digits of the account that the credentials belong to."""
        identity = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=self.aws))
        return identity.account_id

    @property
    def in_aws(self) -> pulumi.ResourceOptions:
        """Options for a component whose children live in AWS."""
        return pulumi.ResourceOptions(providers=[self.aws])

    def chart(self, release: str) -> Chart:
        """Return the chart of a release: from its publisher, or from the settings' own source.

        Raises:
            UserError: that source lacks it.
        """
        chart, source = self.versions.charts[release], self.settings.chart_source
        return chart.taken_from(source, self.versions.project) if source else chart

    def named(self, name: str) -> str:
        """Return a name that carries the environment."""
        return f"{PROJECT}-{self.settings.environment}-{name}"

    @property
    def cluster_name(self) -> str:
        """The cluster of the environment: EKS's name where the base makes it, and the label of every alert."""
        return self.named("platform")

    def everywhere(self, cluster: pulumi.ProviderResource) -> pulumi.ResourceOptions:
        """Return the options of a component with children in AWS and in the cluster."""
        return pulumi.ResourceOptions(providers=[self.aws, cluster])

    @staticmethod
    def configured(name: str) -> pulumi.Output[str] | None:
        """Return a secret of the stack's config; None where it is not set there."""
        return pulumi.Config().get_secret(name)

    def secret(self, name: str) -> pulumi.Output[str]:
        """Return a secret: from the stack's config where it is set there, else from AWS Secrets Manager."""
        configured = self.configured(name)
        if configured is not None:
            return configured
        stored = aws.secretsmanager.get_secret_version_output(
            secret_id=f"{self.settings.target.secrets_prefix}/{name}",
            opts=pulumi.InvokeOutputOptions(provider=self.aws),
        )
        return pulumi.Output.secret(stored.secret_string)

    def certificate(self, entrance: str) -> EntranceCertificate:
        """Return the certificate of an entrance, which is stored as all secrets are."""
        return EntranceCertificate(*(self.secret(name) for name in certificate_secrets(entrance)))

    @property
    def platform_tags(self) -> Tags:
        """The tags of the platform's own resources."""
        settings = self.settings
        return Tags(PROJECT, settings.team, settings.cost_center, PLATFORM, settings.environment)

    def workload_tags(self, watched: Watched) -> Tags:
        """Return the tags of a workload's resources."""
        tags = watched.workload.tags
        return Tags(tags.project, tags.team, tags.cost_center, watched.name, self.settings.environment)
