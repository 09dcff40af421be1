"""The traces layer: what takes every span, decides which traces are kept, keeps them, and shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from compiler.errors import UserError
from compiler.traces.deployed import GATEWAY, JAEGER
from compiler.traces.jaeger import jaeger
from compiler.traces.links import PROFILES, TRACES, from_traces
from components.metrics.workload_metrics import service_labels
from components.traces.collector_operator import CollectorOperator, CollectorOperatorArgs
from components.traces.datasources import TraceDatasources, TraceDatasourcesArgs
from components.traces.jaeger import Jaeger, JaegerArgs
from components.traces.pyroscope import Pyroscope, PyroscopeArgs
from components.traces.service_secrets import ServiceSecrets, ServiceSecretsArgs
from stacks import traces_collectors
from stacks.base import ClusterAccess
from stacks.base_logs import SearchAccess
from stacks.context import PLATFORM, TRACER, Context
from stacks.foundation import Foundation
from stacks.metrics import Metrics
from stacks.secrets import HASH_KEY, SENTRY
from stacks.traces_collectors import COLLECTORS


@dataclass(frozen=True)
class JaegerReach:
    """Jaeger's storage, the cluster that hands out its role, and its source of metrics."""

    domain: SearchAccess
    cluster: ClusterAccess
    prometheus_url: pulumi.Output[str]


def deploy(context: Context, foundation: Foundation, figures: Metrics, search: Sequence[pulumi.Resource]) -> None:
    """Create the layer.

    Args:
        context: what the layers share.
        foundation: the cluster.
        figures: Grafana and Prometheus.
        search: what Jaeger has to wait for: the templates of its indices.

    Raises:
        UserError: when the base has no cluster or no search domain.
    """
    domain, cluster = foundation.base.search, foundation.base.cluster
    if domain is None or cluster is None:
        raise UserError(
            f"Pulumi.{context.settings.stack}.yaml: observability:layers: traces needs a base with a cluster and an "
            "OpenSearch domain: set cluster and searchInstanceType there"
        )
    operator = CollectorOperator(
        "opentelemetry-operator",
        CollectorOperatorArgs(context.chart("opentelemetry-operator"), foundation.namespace, foundation.certificates),
        foundation.in_cluster,
    )
    traces_collectors.deploy(context, foundation, [operator.release])
    reached = JaegerReach(domain, cluster, figures.prometheus_url)
    kept = _jaeger(context, foundation, reached, [operator.release, *search])
    profiles = _profiles(context, foundation)
    TraceDatasources(
        "traces",
        TraceDatasourcesArgs(
            namespace=foundation.namespace,
            urls={TRACES: kept.url, PROFILES: profiles.url},
            types={TRACES: "jaeger", PROFILES: "grafana-pyroscope-datasource"},
            settings={TRACES: from_traces()},
            after=figures.grafana,
        ),
        foundation.in_cluster,
    )
    _secrets(context, foundation)


def _jaeger(context: Context, foundation: Foundation, reached: JaegerReach, after: Sequence[pulumi.Resource]) -> Jaeger:
    return Jaeger(
        JAEGER,
        JaegerArgs(
            namespace=foundation.namespace,
            version=context.versions.servers["jaeger"],
            replicas=context.settings.jaeger_replicas,
            configuration=jaeger(context.catalog),
            opensearch=reached.domain.endpoint,
            domain_arn=reached.domain.arn,
            prometheus=reached.prometheus_url,
            region=context.settings.region,
            role_name=context.named(TRACER),
            cluster_name=reached.cluster.name,
            senders=[GATEWAY],
            labels=service_labels(PLATFORM, COLLECTORS),
            tags=context.platform_tags,
            after=after,
        ),
        context.everywhere(foundation.cluster),
    )


def _profiles(context: Context, foundation: Foundation) -> Pyroscope:
    days = context.catalog.retention.classes["profiles"].hot_days
    if days is None:
        raise UserError("catalog/retention.yaml: classes.profiles: expected hot_days, since Pyroscope keeps some")
    return Pyroscope(
        PROFILES,
        PyroscopeArgs(
            namespace=foundation.namespace,
            version=context.versions.servers["pyroscope"],
            days=days,
            storage_class=context.settings.volume_class,
            storage_gib=context.settings.profile_storage_gib,
        ),
        foundation.in_cluster,
    )


def _secrets(context: Context, foundation: Foundation) -> None:
    """Create the secrets that the instrumentation of watched services reads; ids are hashed as in log lines."""
    namespaces = context.settings.service_namespaces
    if not namespaces:
        return
    ServiceSecrets(
        "instrumentation",
        ServiceSecretsArgs(namespaces, {"id-key": context.secret(HASH_KEY), SENTRY: context.secret(SENTRY)}),
        foundation.in_cluster,
    )
