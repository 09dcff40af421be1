"""The agents, one on each node: they take spans from its pods and send each trace's to the one gateway that decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from compiler.catalog.catalog import Catalog
from compiler.traces import parts, redaction
from compiler.traces.parts import Certificates, Config

NODE_NAME = "K8S_NODE_NAME"
"""The variable that holds the node's name: an agent asks the API server for the pods of its own node only."""
_FROM_PODS = (
    "k8s.namespace.name",
    "k8s.pod.name",
    "k8s.deployment.name",
    "k8s.statefulset.name",
    "k8s.daemonset.name",
    "k8s.job.name",
    "k8s.node.name",
)


def by_endpoints(service: str, namespace: str, port: int = parts.GRPC_PORT) -> Config:
    """Find gateways by watching a service's endpoints: a new gateway is used within a second.

    The agents' account must be allowed to get, list and watch `endpointslices` of `discovery.k8s.io` there.
    """
    return {"k8s": {"service": f"{service}.{namespace}", "ports": [port]}}


def by_name(host: str, port: int = parts.GRPC_PORT) -> Config:
    """Find gateways by a headless service's name: needs no rights, uses a new one after five seconds or more."""
    return {"dns": {"hostname": host, "port": str(port), "interval": "5s", "timeout": "1s"}}


def fixed(addresses: Sequence[str]) -> Config:
    """Name the gateways, each as host:port."""
    return {"static": {"hostnames": list(addresses)}}


@dataclass(frozen=True)
class Agent:
    """Addresses and sizes of the agents.

    Attributes:
        gateways: how they are found: `by_endpoints`, `by_name` or `fixed`.
        memory_mib: the container's memory limit.
        queue_spans: what waits on the node's disk while gateways refuse or are gone.
        certificates: of the way to the gateways; without them it is open text.
        kubernetes: whether spans get the names of the pod and what it belongs to, from the API server. The agents'
            account must be allowed to get, list and watch pods, namespaces and replica sets.
    """

    gateways: Mapping[str, object] = field(default_factory=lambda: by_name("traces-gateway-collector-headless"))
    memory_mib: int = 512
    queue_spans: int = 200_000
    certificates: Certificates | None = None
    kubernetes: bool = True


def agent(catalog: Catalog, settings: Agent) -> Config:
    """Return the agents' configuration."""
    cleaning = redaction.processors(catalog)
    from_pods: Config = {"k8sattributes": _pods()} if settings.kubernetes else {}
    extensions = parts.extensions()
    processors = {"memory_limiter": parts.memory_limiter(settings.memory_mib), **from_pods, **cleaning}
    return {
        "extensions": extensions,
        "receivers": {"otlp": parts.receiver(None)},
        "processors": processors,
        "exporters": {"loadbalancing": _to_gateways(settings)},
        "service": parts.service(
            {"traces": {"receivers": ["otlp"], "processors": list(processors), "exporters": ["loadbalancing"]}},
            extensions,
        ),
    }


def _pods() -> Config:
    return {
        "auth_type": "serviceAccount",
        "filter": {"node_from_env_var": NODE_NAME},
        "extract": {"metadata": list(_FROM_PODS)},
        "pod_association": [
            {"sources": [{"from": "resource_attribute", "name": "k8s.pod.uid"}]},
            {"sources": [{"from": "connection"}]},
        ],
    }


def _to_gateways(settings: Agent) -> Config:
    """Return the exporter; it queues before it chooses a gateway, so that a new list of them holds at once.

    A gateway that refuses is asked again for a minute. Then the whole request goes back to the queue, and so once more
    to those gateways that took their part of it: only then, or when an answer is lost, is a span counted twice. The
    outer limit of time has to leave room for that; its default of five seconds would end it at once. Few requests at
    once keep the backlog on this disk, and out of the gateways' memory.
    """
    tls = settings.certificates.client() if settings.certificates else {"insecure": True}
    one = {"tls": tls, "timeout": parts.ANSWER, "sending_queue": {"enabled": False}}
    return {
        "routing_key": "traceID",
        "resolver": dict(settings.gateways),
        "timeout": "120s",
        "sending_queue": parts.queue(settings.queue_spans, consumers=4),
        "retry_on_failure": parts.retry("0s"),
        "protocol": {"otlp": {**one, "retry_on_failure": parts.retry("60s")}},
    }
