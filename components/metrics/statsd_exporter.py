"""statsd-exporter: receives StatsD from every workload that speaks it, and exposes it as the catalog declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from compiler.model.workload import SCRAPE_INTERVAL
from components.parts.exporter import FOLDER, Exporter, ExporterArgs, Port

STATSD_PORT, WEB_PORT = 9125, 9102
"""Where workloads send StatsD, by UDP or TCP, and where Prometheus reads."""

_IMAGE = "quay.io/prometheus/statsd-exporter"
_FILE = "mapping.yaml"
# Labels come from the mapping alone: a client's own tags would make other series of a known name.
_TAGS_OF_CLIENTS = tuple(f"--no-statsd.parse-{kind}-tags" for kind in ("dogstatsd", "influxdb", "librato", "signalfx"))


@dataclass(frozen=True)
class StatsdExporterArgs:
    """How the exporter runs.

    Attributes:
        namespace: where.
        version: the server's version, with its v.
        mapping: the mapping file.
        after: what must be there before: the operator, whose kind the monitor is.
    """

    namespace: pulumi.Input[str]
    version: str
    mapping: str
    after: Sequence[pulumi.Resource]


class StatsdExporter(pulumi.ComponentResource):
    """The exporter with its mapping, its address, and the monitor that Prometheus finds it by.

    One replica: of two, each would keep its own last value of a gauge, and one of them would be old.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: StatsdExporterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:StatsdExporter", name, None, opts)
        labels = {"observability/exporter": name}
        Exporter(name, _exporter(args, labels), pulumi.ResourceOptions(parent=self))
        k8s.apiextensions.CustomResource(
            name,
            api_version="monitoring.coreos.com/v1",
            kind="ServiceMonitor",
            metadata={"name": name, "namespace": args.namespace, "labels": labels},
            spec=_monitor(name, labels),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.address = pulumi.Output.format("{0}.{1}.svc:{2}", name, args.namespace, STATSD_PORT)
        self.register_outputs({"address": self.address})


def _exporter(args: StatsdExporterArgs, labels: Mapping[str, str]) -> ExporterArgs:
    return ExporterArgs(
        namespace=args.namespace,
        image=f"{_IMAGE}:{args.version}",
        arguments=[
            f"--statsd.mapping-config={FOLDER}/{_FILE}",
            f"--statsd.listen-udp=:{STATSD_PORT}",
            f"--statsd.listen-tcp=:{STATSD_PORT}",
            f"--web.listen-address=:{WEB_PORT}",
            *_TAGS_OF_CLIENTS,
        ],
        files={_FILE: args.mapping},
        port=WEB_PORT,
        # The chart's own probes ask for it; source: prometheus-statsd-exporter 1.0.0, templates/deployment.yaml.
        health_path="/metrics",
        labels=labels,
        other_ports=(Port("statsd-udp", STATSD_PORT, "UDP"), Port("statsd-tcp", STATSD_PORT, "TCP")),
    )


def _monitor(name: str, labels: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "selector": {"matchLabels": dict(labels)},
        "endpoints": [
            {
                "port": "metrics",
                "interval": SCRAPE_INTERVAL,
                # The mapping sets a metric's workload and service.
                "honorLabels": True,
                "relabelings": [
                    {"targetLabel": "workload", "replacement": "platform"},
                    {"targetLabel": "service", "replacement": name},
                    {"action": "labeldrop", "regex": "endpoint|container"},
                ],
            }
        ],
    }
