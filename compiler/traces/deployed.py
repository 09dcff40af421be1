"""The deployed collectors: their names, and their configuration in an environment."""

from compiler.catalog.catalog import Catalog
from compiler.target import Target
from compiler.traces.agent import Agent, agent, by_endpoints
from compiler.traces.entrance import entrance
from compiler.traces.gateway import Gateway, Vendor, gateway
from compiler.traces.parts import GRPC_PORT, Config

AGENT, ENTRANCE, GATEWAY, JAEGER = "traces-agent", "traces-entrance", "traces-gateway", "traces-jaeger"
"""The collectors by the names of their resources, of which the operator makes those of pods and services."""
VENDOR_FOLDER, VENDOR_FILE = "/secrets/vendor", "key"
"""Where gateways find the key of the service outside."""
AGENT_MIB, AGENT_QUEUE_GIB = 512, 1
"""The size of an agent, and of a pod of the entrance."""
# A span takes about 1 KiB, and the file of the queue up to 2.1 times its content: measured with bbolt 1.5.0, 256 MiB in
# items of 1 KiB take 528 MiB, of 3 KiB 352, of 10 KiB 320. The rest is for gaps between items of different sizes, and
# for the copy of the last 10 MiB by which the file is made smaller.
_SPANS_PER_GIB = 2**20 // 3


def service(name: str) -> str:
    """Return the name of the operator's service; on a DaemonSet it leads to the pod on the same machine.

    Source of this and the next two: opentelemetry-operator, internal/naming/main.go.
    """
    return f"{name}-collector"


def headless(name: str) -> str:
    """Return the name of the operator's service whose addresses are those of the pods."""
    return f"{service(name)}-headless"


def extension(name: str) -> str:
    """Return the name of the operator's service for extensions' ports, such as Jaeger's user interface."""
    return f"{service(name)}-extension"


def agents(catalog: Catalog, target: Target) -> Config:
    """Return the configuration of the agents on the nodes."""
    return agent(catalog, _sender(target))


def outside(catalog: Catalog, target: Target) -> Config:
    """Return the configuration of the entrance for spans from outside."""
    return entrance(catalog, _sender(target))


def gateways(catalog: Catalog, target: Target) -> Config:
    """Return the configuration of the gateways; a vendor's queue takes half of the volume."""
    vendor = None
    if target.apm_endpoint:
        vendor = Vendor(target.apm_endpoint, target.apm_header, f"{VENDOR_FOLDER}/{VENDOR_FILE}")
    queue_spans = target.trace_gateway_queue_gib * _SPANS_PER_GIB
    settings = Gateway(
        jaeger=f"{service(JAEGER)}.{target.namespace}.svc:{GRPC_PORT}",
        memory_mib=target.trace_gateway_memory_gib * 1024,
        queue_spans=queue_spans // 2 if vendor else queue_spans,
        vendor=vendor,
    )
    return gateway(catalog, settings)


def _sender(target: Target) -> Agent:
    found = by_endpoints(headless(GATEWAY), target.namespace)
    return Agent(gateways=found, memory_mib=AGENT_MIB, queue_spans=AGENT_QUEUE_GIB * _SPANS_PER_GIB)
