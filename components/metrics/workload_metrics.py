"""A workload's resources in Prometheus: rules, monitors, probes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from compiler.metrics.probes import ProbeSpec
from compiler.metrics.scrapes import ScrapeSpec

_PRODUCER_LABEL = "observability/producer"
_WORKLOAD_LABEL = "observability/workload"


def service_labels(workload: str, producer: str) -> dict[str, str]:
    """Return the labels by which a producer's monitor finds its service."""
    return {_WORKLOAD_LABEL: workload, _PRODUCER_LABEL: producer}


@dataclass(frozen=True)
class WorkloadMetricsArgs:
    """The compiled rules of a workload, and its producers.

    Attributes:
        namespace: where the resources go.
        rule_groups: the groups as Prometheus spells them.
        scrapes: the producers that are scraped.
        probes: the producers that are probed.
        prober: host:port of the blackbox exporter.
        after: what must be there before: the operator, whose webhook judges rules.
    """

    namespace: pulumi.Input[str]
    rule_groups: Sequence[Mapping[str, object]]
    scrapes: Sequence[ScrapeSpec]
    probes: Sequence[ProbeSpec]
    prober: pulumi.Input[str]
    after: Sequence[pulumi.Resource]


class WorkloadMetrics(pulumi.ComponentResource):
    """A workload's PrometheusRule, and a ServiceMonitor or a Probe for each of its producers."""

    def __init__(self, name: str, args: WorkloadMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:WorkloadMetrics", name, None, opts)
        for scrape in args.scrapes:
            spec = _monitor(name, scrape)
            self._resource("ServiceMonitor", f"{name}-{scrape.producer}", name, spec, args)
        for probe in args.probes:
            self._resource("Probe", f"{name}-{probe.name}", name, _probe(name, probe, args.prober), args)
        if args.rule_groups:
            self._resource("PrometheusRule", name, name, {"groups": list(args.rule_groups)}, args)
        self.register_outputs({})

    def _resource(
        self, kind: str, name: str, workload: str, spec: Mapping[str, object], args: WorkloadMetricsArgs
    ) -> None:
        k8s.apiextensions.CustomResource(
            name,
            api_version="monitoring.coreos.com/v1",
            kind=kind,
            metadata={"name": name, "namespace": args.namespace, "labels": {_WORKLOAD_LABEL: workload}},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )


def _monitor(workload: str, scrape: ScrapeSpec) -> Mapping[str, object]:
    return {
        # A job is a producer, by the label that finds it; by default it would be named after the service.
        "jobLabel": _PRODUCER_LABEL,
        "namespaceSelector": {"any": True},
        "selector": {"matchLabels": service_labels(workload, scrape.producer)},
        "endpoints": [
            {
                "port": scrape.port,
                "path": scrape.path,
                "interval": scrape.interval,
                "scrapeTimeout": scrape.timeout,
                "relabelings": [
                    {"targetLabel": "workload", "replacement": workload},
                    {"targetLabel": "service", "replacement": scrape.service},
                    # The operator names the port in a label `endpoint`, which would rename a metric's own label of that
                    # name to `exported_endpoint`; so do `namespace` and `pod` where metrics have them.
                    {"action": "labeldrop", "regex": "|".join(("endpoint", "container", *scrape.own_labels))},
                ],
                **_renamed(scrape.naming_labels),
            }
        ],
    }


def _renamed(labels: Sequence[str]) -> Mapping[str, object]:
    """Restore a label that metric and target share: Prometheus renames the metric's to `exported_…`."""
    if not labels:
        return {}
    back = [{"sourceLabels": [f"exported_{name}"], "regex": "(.+)", "targetLabel": name} for name in labels]
    return {"metricRelabelings": [*back, {"action": "labeldrop", "regex": "|".join(f"exported_{n}" for n in labels)}]}


def _probe(workload: str, probe: ProbeSpec, prober: pulumi.Input[str]) -> Mapping[str, object]:
    labels = {"workload": workload, "service": probe.service, "probe": probe.name}
    return {
        "jobName": f"{workload}-{probe.name}",
        "interval": probe.interval,
        "module": probe.module,
        "prober": {"url": prober},
        "targets": {"staticConfig": {"static": [probe.url], "labels": labels}},
    }
