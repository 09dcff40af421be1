"""The collectors of the traces layer: agents, the entrance, gateways."""

from collections.abc import Sequence

import pulumi

from compiler.traces.agent import Agent, agent, by_endpoints
from compiler.traces.entrance import entrance
from compiler.traces.gateway import Gateway, Vendor, gateway
from compiler.traces.jaeger import OTLP_PORT
from compiler.traces.parts import Config
from components.collector import headless, service
from components.span_collector import AGENT, ENTRANCE, GATEWAY, SpanCollectorArgs
from components.trace_agents import TraceAgents
from components.trace_entrance import TraceEntrance, TraceEntranceArgs
from components.trace_gateways import VENDOR_FOLDER, VENDOR_KEY, TraceGateways, TraceGatewaysArgs
from components.workload_metrics import service_labels
from stacks.context import PLATFORM, Context
from stacks.foundation import Foundation

COLLECTORS, SPANS = "otel-collector", "span-metrics"
"""The producers of metrics, as the catalog names them."""
JAEGER = "traces-jaeger"
APM_KEY = "apm-key"
"""The secret that the APM vendor knows us by."""
_IMAGE = "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib"
_AGENT_MIB, _AGENT_QUEUE_GIB = 512, 1
# A span takes about 1 KiB on disk, and a queue that is made smaller is copied: half of the volume has to be free.
_SPANS_PER_GIB = 2**20 // 2


def deploy(context: Context, foundation: Foundation, after: Sequence[pulumi.Resource]) -> None:
    """Create the collectors; `after` is what they all wait for: the operator."""
    settings = context.settings
    gateways = by_endpoints(headless(GATEWAY), settings.namespace)
    told = Agent(gateways=gateways, memory_mib=_AGENT_MIB, queue_spans=_AGENT_QUEUE_GIB * _SPANS_PER_GIB)

    def args(
        configuration: Config, memory_mib: int = _AGENT_MIB, queue_gib: int = _AGENT_QUEUE_GIB
    ) -> SpanCollectorArgs:
        return SpanCollectorArgs(
            namespace=foundation.namespace,
            image=f"{_IMAGE}:{context.versions.servers['otel-collector']}",
            configuration=configuration,
            labels=service_labels(PLATFORM, COLLECTORS),
            memory_mib=memory_mib,
            queue_gib=queue_gib,
            after=after,
        )

    TraceAgents(AGENT, args(agent(context.catalog, told)), foundation.in_cluster)
    outside = args(entrance(context.catalog, told))
    TraceEntrance(ENTRANCE, TraceEntranceArgs(outside, settings.trace_entrance_replicas), foundation.in_cluster)
    configuration = gateway(context.catalog, _gateway(context))
    memory_mib = settings.trace_gateway_memory_gib * 1024
    TraceGateways(
        GATEWAY,
        TraceGatewaysArgs(
            collector=args(configuration, memory_mib, settings.trace_gateway_queue_gib),
            replicas=settings.trace_gateway_replicas,
            storage_class=settings.storage_class,
            span_labels=service_labels(PLATFORM, SPANS),
            senders=[AGENT, ENTRANCE],
            vendor_key=context.secret(APM_KEY) if settings.apm_endpoint else None,
        ),
        foundation.in_cluster,
    )


def _gateway(context: Context) -> Gateway:
    """What gateways are told; a vendor's queue takes its half of the volume."""
    settings = context.settings
    vendor = None
    if settings.apm_endpoint:
        vendor = Vendor(settings.apm_endpoint, settings.apm_header, f"{VENDOR_FOLDER}/{VENDOR_KEY}")
    queue_spans = settings.trace_gateway_queue_gib * _SPANS_PER_GIB
    return Gateway(
        jaeger=f"{service(JAEGER)}.{settings.namespace}.svc:{OTLP_PORT}",
        memory_mib=settings.trace_gateway_memory_gib * 1024,
        queue_spans=queue_spans // 2 if vendor else queue_spans,
        vendor=vendor,
    )
