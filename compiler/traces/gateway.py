"""The gateways: each sees all spans of its traces, counts them, decides which traces are kept, and sends those on."""

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.catalog import Catalog
from compiler.traces import parts, redaction
from compiler.traces.parts import Certificates, Config

WORKLOAD = "workload"
"""The resource attribute, and label, that says whose a span is; made of `service.namespace`."""
SEEN, KEPT = "traces.span.metrics", "traces.kept"
"""What the metrics of all spans and of kept ones begin with; Prometheus has underscores for dots."""
_SAMPLING = "forward/sampling"


@dataclass(frozen=True)
class Vendor:
    """A service outside to which kept traces go as well, by OTLP over HTTP.

    Attributes:
        endpoint: its address, such as `https://otlp.example.com`.
        header: what the key is sent as.
        key_file: the mounted file that holds the key, and nothing else.
    """

    endpoint: str
    header: str
    key_file: str


@dataclass(frozen=True)
class Gateway:
    """Addresses and sizes of the gateways.

    Attributes:
        jaeger: host:port of Jaeger's OTLP receiver over gRPC.
        memory_mib: the container's memory limit.
        traces_per_second: new traces at the busiest, for each gateway.
        decision_seconds: how long a trace is waited for from its first span on. Requests take far less; spans that
            come later follow the decision.
        queue_spans: what waits on disk while storage does not take it.
        certificates: senders have to show theirs; without, anybody whom the network lets through may send.
        jaeger_certificates: of the way to Jaeger; without them it is open text.
        vendor: where kept traces go besides.
    """

    jaeger: str = "traces-jaeger-collector:4317"
    memory_mib: int = 2_048
    traces_per_second: int = 1_000
    decision_seconds: int = 10
    queue_spans: int = 500_000
    certificates: Certificates | None = None
    jaeger_certificates: Certificates | None = None
    vendor: Vendor | None = None


def gateway(catalog: Catalog, made: Gateway) -> Config:
    """Return the gateways' configuration."""
    before: Config = {
        "memory_limiter": parts.memory_limiter(made.memory_mib),
        **redaction.processors(catalog),
        "transform/workload": _workload(),
    }
    stored = _stored(made)
    return {
        "extensions": parts.extensions(),
        "receivers": {"otlp": parts.receiver(made.certificates)},
        "processors": {**before, "tail_sampling": _sampling(made)},
        "connectors": {
            _SAMPLING: {},
            "spanmetrics/seen": _span_metrics(SEEN, exemplars=False),
            "spanmetrics/kept": _span_metrics(KEPT, exemplars=True),
        },
        "exporters": {**stored, "prometheus": _prometheus()},
        "service": parts.service(
            {
                "traces/in": {
                    "receivers": ["otlp"],
                    "processors": list(before),
                    "exporters": ["spanmetrics/seen", _SAMPLING],
                },
                "traces/kept": {
                    "receivers": [_SAMPLING],
                    "processors": ["tail_sampling"],
                    "exporters": [*stored, "spanmetrics/kept"],
                },
                "metrics": {"receivers": ["spanmetrics/seen", "spanmetrics/kept"], "exporters": ["prometheus"]},
            }
        ),
    }


def _workload() -> Config:
    namespace = 'resource.attributes["service.namespace"]'
    return {"error_mode": "propagate", "trace_statements": [f'set(resource.attributes["{WORKLOAD}"], {namespace})']}


def _sampling(made: Gateway) -> Config:
    waiting = made.traces_per_second * made.decision_seconds
    return {
        "decision_wait": f"{made.decision_seconds}s",
        "num_traces": 2 * waiting,
        "expected_new_traces_per_sec": made.traces_per_second,
        # What comes late follows the decision.
        "decision_cache": {"sampled_cache_size": 10 * waiting, "non_sampled_cache_size": 20 * waiting},
        "policies": [{"name": "all", "type": "always_sample"}],
    }


def _span_metrics(namespace: str, *, exemplars: bool) -> Config:
    return {
        "namespace": namespace,
        "histogram": {"unit": "s"},
        "dimensions": [{"name": WORKLOAD}],
        "exemplars": {"enabled": exemplars},
        "metrics_flush_interval": "15s",
    }


def _prometheus() -> Config:
    return {"endpoint": parts.listening(parts.SPAN_METRICS_PORT), "enable_open_metrics": True}


def _stored(made: Gateway) -> Mapping[str, object]:
    tls = made.jaeger_certificates.client() if made.jaeger_certificates else {"insecure": True}
    waiting = {"sending_queue": parts.queue(made.queue_spans, consumers=4), "retry_on_failure": parts.retry("0s")}
    exporters: Config = {"otlp/jaeger": {"endpoint": made.jaeger, "tls": tls, "timeout": "10s", **waiting}}
    if made.vendor:
        # Read from the mounted file at the start; neither a ConfigMap nor the environment has it.
        headers = {made.vendor.header: f"${{file:{made.vendor.key_file}}}"}
        exporters["otlphttp/vendor"] = {"endpoint": made.vendor.endpoint, "headers": headers, **waiting}
    return exporters
