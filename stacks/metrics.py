"""The metrics layer: operators, Prometheus, Alertmanager, Grafana, and what each workload has in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Watched
from compiler.catalog.scope import scope_of
from compiler.dashboards.grafana import dashboards
from compiler.metrics.probes import configuration as blackbox_configuration
from compiler.metrics.probes import probes
from compiler.metrics.scrapes import scrapes
from compiler.metrics.statsd import mapping
from compiler.routing.alertmanager import configuration, peer_timeout, retention, secrets
from compiler.routing.digest import digests, schedule, secret_of
from compiler.routing.digest import settings as digest_settings
from compiler.routing.messages import TEMPLATES
from compiler.text import to_json, to_yaml
from compiler.traces.links import from_figures
from components.metrics.alertmanager import SERVICE, Alertmanager, AlertmanagerArgs
from components.metrics.blackbox_exporter import PRODUCER, BlackboxExporter, BlackboxExporterArgs
from components.metrics.cloudwatch_exporter import READ_METRICS
from components.metrics.grafana import SERVICE_ACCOUNT, Grafana, GrafanaArgs
from components.metrics.operators import GRAFANA_VALUES, PROMETHEUS_CRDS_VALUES, PROMETHEUS_VALUES
from components.metrics.prometheus import Prometheus, PrometheusArgs
from components.metrics.statsd_exporter import StatsdExporter, StatsdExporterArgs
from components.metrics.weekly_digest import WeeklyDigest, WeeklyDigestArgs
from components.metrics.workload_metrics import WorkloadMetrics, WorkloadMetricsArgs, service_labels
from components.parts.helm_operator import HelmOperator, HelmOperatorArgs
from components.parts.pod_role import PodRole, PodRoleArgs
from stacks.context import LOG_READER, PLATFORM, Context
from stacks.foundation import Foundation


@dataclass(frozen=True)
class Metrics:
    """What the layer provides to others: what Grafana's other data sources wait for, and Prometheus' address."""

    grafana: Sequence[pulumi.Resource]
    prometheus_url: pulumi.Output[str]


def deploy(context: Context, foundation: Foundation) -> Metrics:
    """Create the layer."""
    crds = _operator(context, foundation, "prometheus-operator-crds", PROMETHEUS_CRDS_VALUES, [])
    operator = _operator(context, foundation, "kube-prometheus-stack", PROMETHEUS_VALUES, [crds.release])
    grafana_operator = _operator(context, foundation, "grafana-operator", GRAFANA_VALUES, [])
    alertmanager = _alertmanager(context, foundation, operator)
    prometheus = _prometheus(context, foundation, operator)
    _digests(context, foundation, prometheus, alertmanager)
    grafana_role = _grafana_role(context, foundation)
    _statsd(context, foundation, operator)
    prober = _prober(context, foundation)
    for watched in context.catalog:
        _workload(context, foundation, watched, operator, prober)
    grafana = Grafana(
        "grafana",
        GrafanaArgs(
            namespace=foundation.namespace,
            version=context.versions.servers["grafana"],
            root_url=context.settings.grafana_url,
            prometheus_url=prometheus.url,
            cloudwatch_region=context.settings.region,
            prometheus_links=from_figures() if "traces" in context.settings.layers else {},
            labels=service_labels(PLATFORM, "grafana"),
            dashboards={
                watched.name: dashboards(watched, context.settings.target, scope_of(watched, context.catalog))
                for watched in context.catalog
                if watched.dashboards.grafana
            },
            after=[grafana_operator.release, *grafana_role],
        ),
        foundation.in_cluster,
    )
    return Metrics([grafana_operator.release, grafana.server], prometheus.url)


def _grafana_role(context: Context, foundation: Foundation) -> list[pulumi.Resource]:
    """Create the role of Grafana's data sources; in your own cluster its pods get their rights in your own way."""
    cluster = foundation.base.cluster
    if cluster is None:
        return []
    role = PodRole(
        "grafana",
        PodRoleArgs(
            name=context.named("grafana"),
            cluster_name=cluster.name,
            namespace=foundation.namespace,
            service_account=SERVICE_ACCOUNT,
            statements=[READ_METRICS, *_reads_logs(context)],
            tags=context.platform_tags,
        ),
        context.in_aws,
    )
    return [role.association]


def _reads_logs(context: Context) -> list[Mapping[str, object]]:
    """Return the right to assume the role of log readers, where there are logs."""
    if "logs" not in context.settings.layers:
        return []
    reader = pulumi.Output.concat("arn:aws:iam::", context.account_id, f":role/{context.named(LOG_READER)}")
    return [{"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": [reader]}]


def _operator(
    context: Context,
    foundation: Foundation,
    name: str,
    values: Mapping[str, object],
    after: list[pulumi.Resource],
) -> HelmOperator:
    args = HelmOperatorArgs(context.chart(name), foundation.namespace, values, after)
    return HelmOperator(name, args, foundation.in_cluster)


def _alertmanager(context: Context, foundation: Foundation, operator: HelmOperator) -> Alertmanager:
    target, routing = context.settings.target, context.catalog.routing
    return Alertmanager(
        "platform",
        AlertmanagerArgs(
            namespace=foundation.namespace,
            version=context.versions.servers["alertmanager"],
            replicas=context.settings.alertmanager_replicas,
            retention=retention(routing),
            peer_timeout=peer_timeout(routing, context.settings.alertmanager_replicas),
            storage_class=context.settings.volume_class,
            configuration=to_yaml(configuration(context.catalog, target)),
            messages=TEMPLATES,
            secrets={name: context.secret(name) for name in secrets(routing, target)},
            labels=service_labels(PLATFORM, "alertmanager"),
            readers=[*digests(routing)],
            after=[operator.release],
        ),
        foundation.in_cluster,
    )


def _digests(context: Context, foundation: Foundation, prometheus: Prometheus, alertmanager: Alertmanager) -> None:
    routing = context.catalog.routing
    for name, digest in digests(routing).items():
        WeeklyDigest(
            name,
            WeeklyDigestArgs(
                namespace=foundation.namespace,
                version=context.versions.servers["python"],
                schedule=schedule(digest),
                zone=digest.zone,
                settings=to_json(digest_settings(name, context.catalog, context.settings.target)),
                prometheus_url=prometheus.url,
                alertmanager_url=alertmanager.url,
                address=context.secret(secret_of(digest, routing)),
            ),
            foundation.in_cluster,
        )


def _prometheus(context: Context, foundation: Foundation, operator: HelmOperator) -> Prometheus:
    settings = context.settings
    return Prometheus(
        "platform",
        PrometheusArgs(
            namespace=foundation.namespace,
            version=context.versions.servers["prometheus"],
            replicas=settings.prometheus_replicas,
            retention_days=settings.prometheus_retention_days,
            storage_class=settings.volume_class,
            storage_gib=settings.prometheus_storage_gib,
            memory_gib=settings.prometheus_memory_gib,
            external_labels={
                "cluster": context.cluster_name,
                "environment": settings.environment,
                "region": settings.region,
            },
            labels=service_labels(PLATFORM, "prometheus"),
            alertmanager_service=SERVICE,
            after=[operator.release],
        ),
        foundation.in_cluster,
    )


def _statsd(context: Context, foundation: Foundation, operator: HelmOperator) -> None:
    """Create the statsd-exporter, where a workload speaks StatsD."""
    rules = mapping(context.catalog)
    if rules is None:
        return
    version = context.versions.servers["statsd-exporter"]
    args = StatsdExporterArgs(foundation.namespace, version, to_yaml(rules), [operator.release])
    StatsdExporter("statsd-exporter", args, foundation.in_cluster)


def _prober(context: Context, foundation: Foundation) -> BlackboxExporter:
    return BlackboxExporter(
        PRODUCER,
        BlackboxExporterArgs(
            namespace=foundation.namespace,
            version=context.versions.servers[PRODUCER],
            # As many replicas as Prometheus servers: their probes must not depend on one node.
            replicas=context.settings.prometheus_replicas,
            configuration=to_yaml(blackbox_configuration(context.catalog.probes)),
            labels=service_labels(PLATFORM, PRODUCER),
        ),
        foundation.in_cluster,
    )


def _workload(
    context: Context, foundation: Foundation, watched: Watched, operator: HelmOperator, prober: BlackboxExporter
) -> None:
    groups = rule_groups(watched, context.catalog, context.settings.target)
    scraped, probed = [*scrapes(watched)], [*probes(watched)]
    if not groups and not scraped and not probed:
        return
    WorkloadMetrics(
        watched.name,
        WorkloadMetricsArgs(
            namespace=foundation.namespace,
            rule_groups=[group.to_dict() for group in groups],
            scrapes=scraped,
            probes=probed,
            prober=prober.address,
            after=[operator.release],
        ),
        foundation.in_cluster,
    )
