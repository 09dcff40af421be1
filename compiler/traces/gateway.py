"""The gateways: each sees all spans of its traces, counts them, decides which traces are kept, and sends those on."""

from dataclasses import dataclass

from compiler.catalog.catalog import Catalog
from compiler.traces import conformance, parts, redaction
from compiler.traces.parts import WORKLOAD, Certificates, Config
from compiler.traces.policies import policies

SEEN, KEPT = "traces.span.metrics", "traces.kept"
"""What the metrics of all spans and of kept ones begin with; Prometheus has underscores for dots."""
NONCONFORMING = "traces_nonconforming_spans_total"
"""The counter of spans that are not as the catalog has them."""
_VENDOR_KEY = "bearertokenauth/vendor"
_SAMPLING, _BROKEN = "forward/sampling", "forward/nonconforming"
_INSTANCE = "collector.instance.id"
"""A label that the connector adds and that says no more than the scraped target does."""
FLUSH = "30s"
"""As often as Prometheus asks: an exemplar lasts from one flush to the next."""
LARGEST = 5_000
"""Combinations of labels that one gateway counts; more, as from names that nobody declared, become one."""
# Around the limits of the sampling rules (10 to 250 ms) and of the objectives.
BUCKETS = (
    "1ms",
    "2ms",
    "5ms",
    "10ms",
    "20ms",
    "30ms",
    "50ms",
    "100ms",
    "150ms",
    "200ms",
    "250ms",
    "400ms",
    "600ms",
    "800ms",
    "1s",
    "1500ms",
    "2s",
    "5s",
    "10s",
)


@dataclass(frozen=True)
class Vendor:
    """A service outside to which kept traces go as well, by OTLP over HTTP.

    Attributes:
        endpoint: its address, such as `https://otlp.example.com`.
        header: what the key is sent as.
        key_file: the mounted file that holds the key.
        scheme: a word before the key, such as `Bearer`; none where it is empty.
    """

    endpoint: str
    header: str
    key_file: str
    scheme: str = ""


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


def gateway(catalog: Catalog, settings: Gateway) -> Config:
    """Return the gateways' configuration.

    Spans are counted before any is sampled away. From a connector on, each pipeline has its own copy of them.
    """
    taking_out, *masking = redaction.processors(catalog).items()
    before: Config = {
        "memory_limiter": parts.memory_limiter(settings.memory_mib),
        **dict([taking_out]),
        "transform/conformance": conformance.processor(catalog),
        **dict(masking),
    }
    stored = _stored(settings)
    extensions = {**parts.extensions(), **(_key(settings.vendor) if settings.vendor else {})}
    connectors = {
        _SAMPLING: {},
        _BROKEN: {},
        "span_metrics/seen": _span_metrics(SEEN, exemplars=False),
        "span_metrics/kept": _span_metrics(KEPT, exemplars=True),
        "span_metrics/nonconforming": _counted(),
    }
    return {
        "extensions": extensions,
        "receivers": {"otlp": parts.receiver(settings.certificates)},
        "processors": {
            **before,
            "tail_sampling": _sampling(catalog, settings),
            "filter/nonconforming": {
                "error_mode": "propagate",
                "traces": {"span": [f'span.attributes["{conformance.MARK}"] == nil']},
            },
            "transform/named": _named(),
        },
        "connectors": connectors,
        "exporters": {**stored, "prometheus": _prometheus()},
        "service": parts.service(_pipelines(list(before), list(stored)), extensions),
    }


def _pipelines(before: list[str], stored: list[str]) -> Config:
    return {
        "traces/in": {
            "receivers": ["otlp"],
            "processors": before,
            "exporters": ["span_metrics/seen", _SAMPLING, _BROKEN],
        },
        "traces/nonconforming": {
            "receivers": [_BROKEN],
            "processors": ["filter/nonconforming"],
            "exporters": ["span_metrics/nonconforming"],
        },
        "traces/kept": {
            "receivers": [_SAMPLING],
            "processors": ["tail_sampling"],
            "exporters": [*stored, "span_metrics/kept"],
        },
        "metrics": {"receivers": ["span_metrics/seen", "span_metrics/kept"], "exporters": ["prometheus"]},
        "metrics/nonconforming": {
            "receivers": ["span_metrics/nonconforming"],
            "processors": ["transform/named"],
            "exporters": ["prometheus"],
        },
    }


def _sampling(catalog: Catalog, settings: Gateway) -> Config:
    waiting = settings.traces_per_second * settings.decision_seconds
    return {
        "decision_wait": f"{settings.decision_seconds}s",
        "num_traces": 2 * waiting,
        # The most traces that wait for a decision; beyond it the oldest are dropped undecided.
        "block_on_overflow": True,
        "expected_new_traces_per_sec": settings.traces_per_second,
        "sample_on_first_match": True,
        # Late spans follow the decision.
        "decision_cache": {"sampled_cache_size": 10 * waiting, "non_sampled_cache_size": 20 * waiting},
        "policies": policies(catalog),
    }


def _span_metrics(namespace: str, *, exemplars: bool) -> Config:
    return {
        "namespace": namespace,
        "histogram": {"unit": "s", "explicit": {"buckets": list(BUCKETS)}},
        "dimensions": [{"name": WORKLOAD}],
        "exclude_dimensions": [_INSTANCE],
        "exemplars": {"enabled": exemplars, "max_per_data_point": 5} if exemplars else {"enabled": False},
        "metrics_flush_interval": FLUSH,
        "aggregation_cardinality_limit": LARGEST,
    }


def _counted() -> Config:
    """Return the connector that counts marked spans by reason; names are no label, since they may be anything."""
    return {
        "namespace": "traces.nonconforming",
        "histogram": {"disable": True},
        "dimensions": [{"name": WORKLOAD}, {"name": conformance.MARK}],
        "exclude_dimensions": [_INSTANCE, "span.name", "span.kind", "status.code"],
        "metrics_flush_interval": FLUSH,
        "aggregation_cardinality_limit": LARGEST,
    }


def _named() -> Config:
    """Name the counter, and the label that holds the mark."""
    mark = f"datapoint.attributes[{parts.text(conformance.MARK)}]"
    return {
        "error_mode": "propagate",
        "metric_statements": [
            {"statements": [f"set(metric.name, {parts.text(NONCONFORMING)})"]},
            {
                "statements": [
                    f'set(datapoint.attributes["reason"], {mark})',
                    f"delete_key(datapoint.attributes, {parts.text(conformance.MARK)})",
                ]
            },
        ],
    }


def _prometheus() -> Config:
    endpoint = parts.listening(parts.SPAN_METRICS_PORT)
    return {"endpoint": endpoint, "enable_open_metrics": True, "without_scope_info": True}


def _key(vendor: Vendor) -> Config:
    """Return the extension that sends the key: it reads the mounted file again when that changes."""
    return {_VENDOR_KEY: {"header": vendor.header, "scheme": vendor.scheme, "filename": vendor.key_file}}


def _stored(settings: Gateway) -> Config:
    tls = settings.jaeger_certificates.client() if settings.jaeger_certificates else {"insecure": True}
    waiting = {"sending_queue": parts.queue(settings.queue_spans, consumers=4), "retry_on_failure": parts.retry("0s")}
    exporters: Config = {
        "otlp_grpc/jaeger": {"endpoint": settings.jaeger, "tls": tls, "timeout": parts.ANSWER, **waiting}
    }
    if settings.vendor:
        auth = {"auth": {"authenticator": _VENDOR_KEY}}
        exporters["otlp_http/vendor"] = {"endpoint": settings.vendor.endpoint, **auth, **waiting}
    return exporters
