"""The collectors of the traces layer: agents, the entrance, gateways."""

from collections.abc import Sequence

import pulumi

from compiler.traces.deployed import (
    AGENT,
    AGENT_MIB,
    AGENT_QUEUE_GIB,
    ENTRANCE,
    GATEWAY,
    agents,
    gateways,
    outside,
)
from compiler.traces.parts import Config
from components.metrics.workload_metrics import service_labels
from components.traces.agents import TraceAgents
from components.traces.entrance import TraceEntrance, TraceEntranceArgs
from components.traces.gateways import TraceGateways, TraceGatewaysArgs
from components.traces.span_collector import SpanCollectorArgs
from stacks.context import PLATFORM, Context
from stacks.foundation import Foundation
from stacks.secrets import APM_KEY

COLLECTORS, SPANS = "otel-collector", "span-metrics"
"""The producers of metrics, as the catalog names them."""
_IMAGE = "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib"


def deploy(context: Context, foundation: Foundation, after: Sequence[pulumi.Resource]) -> None:
    """Create the collectors; `after` is what they all wait for: the operator."""
    settings, catalog, target = context.settings, context.catalog, context.settings.target

    def args(configuration: Config, memory_mib: int = AGENT_MIB, queue_gib: int = AGENT_QUEUE_GIB) -> SpanCollectorArgs:
        return SpanCollectorArgs(
            namespace=foundation.namespace,
            image=f"{_IMAGE}:{context.versions.servers['otel-collector']}",
            configuration=configuration,
            labels=service_labels(PLATFORM, COLLECTORS),
            memory_mib=memory_mib,
            queue_gib=queue_gib,
            after=after,
        )

    TraceAgents(AGENT, args(agents(catalog, target)), foundation.in_cluster)
    TraceEntrance(
        ENTRANCE,
        TraceEntranceArgs(
            args(outside(catalog, target)), settings.trace_entrance_replicas, context.certificate(ENTRANCE)
        ),
        foundation.in_cluster,
    )
    memory_mib = settings.trace_gateway_memory_gib * 1024
    TraceGateways(
        GATEWAY,
        TraceGatewaysArgs(
            collector=args(gateways(catalog, target), memory_mib, settings.trace_gateway_queue_gib),
            replicas=settings.trace_gateway_replicas,
            storage_class=settings.volume_class,
            span_labels=service_labels(PLATFORM, SPANS),
            senders=[AGENT, ENTRANCE],
            vendor_key=context.secret(APM_KEY) if settings.apm_endpoint else None,
        ),
        foundation.in_cluster,
    )
