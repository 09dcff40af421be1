"""The blackbox exporter, which probes pages from outside and exposes the results to Prometheus."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.parts.exporter import FOLDER, Exporter, ExporterArgs

PRODUCER = "blackbox-exporter"
_IMAGE = "quay.io/prometheus/blackbox-exporter"
_PORT = 9115
_FILE = "blackbox.yaml"


@dataclass(frozen=True)
class BlackboxExporterArgs:
    """How the exporter runs.

    Attributes:
        namespace: where.
        version: of the exporter, as its image is tagged.
        replicas: how many; each answers any probe.
        configuration: its modules, as its own YAML.
        labels: what the monitor of its own metrics finds the service by.
    """

    namespace: pulumi.Input[str]
    version: str
    replicas: int
    configuration: str
    labels: Mapping[str, str]


class BlackboxExporter(pulumi.ComponentResource):
    """The exporter with its configuration; `address` is where Prometheus asks it to probe."""

    address: pulumi.Output[str]

    def __init__(self, name: str, args: BlackboxExporterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:BlackboxExporter", name, None, opts)
        exporter = Exporter(
            name,
            ExporterArgs(
                namespace=args.namespace,
                image=f"{_IMAGE}:{args.version}",
                arguments=[f"--config.file={FOLDER}/{_FILE}"],
                files={_FILE: args.configuration},
                port=_PORT,
                health_path="/-/healthy",
                labels=args.labels,
                replicas=args.replicas,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.address = exporter.address
        self.register_outputs({"address": self.address})
