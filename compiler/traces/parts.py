"""What agents and gateways share: receivers, the memory limiter, the queue on disk."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Config = dict[str, object]
"""A piece of a collector's configuration, as YAML data."""

NAMESPACE, WORKLOAD, SERVICE = "service.namespace", "workload", "service.name"
"""Resource attributes: what a workload's services call themselves, what gateways make of it, and the service."""
GRPC_PORT, HTTP_PORT, METRICS_PORT, SPAN_METRICS_PORT, HEALTH_PORT = 4317, 4318, 8888, 8889, 13133
"""OTLP over gRPC and HTTP, the collector's own metrics, span metrics, and the health check's default."""
STORAGE = "/var/lib/otelcol"
"""Where the volume is mounted on which what cannot be sent waits."""
QUEUE_EXTENSION = "file_storage/queue"
BATCH = 1_000
"""Spans in a request to the next one, and twice that at most: some 2 MiB, half of what a receiver reads."""
ANSWER = "30s"
"""For an answer to a request. What is sent again after it may come twice: even a busy receiver answers in less."""
POD_IP = "POD_IP"
"""The variable that holds the pod's address: a collector listens there, and nowhere else on its node."""
_HERE = f"${{env:{POD_IP}}}"
_PAGE_BYTES = 4096
# Of a gp3 volume, which answers within single-digit milliseconds, most often below one (AWS, Amazon EBS volume types).
_READ_SECONDS = 0.001


@dataclass(frozen=True)
class Certificates:
    """Files of a mounted certificate: both sides show theirs, and ask for the other's.

    Attributes:
        folder: holds `tls.crt`, `tls.key` and `ca.crt`, as cert-manager names them.
    """

    folder: str = "/secrets/tls"

    def client(self) -> Config:
        """Return the settings of a side that connects."""
        return {
            "ca_file": f"{self.folder}/ca.crt",
            "cert_file": f"{self.folder}/tls.crt",
            "key_file": f"{self.folder}/tls.key",
            "reload_interval": "5m",
        }

    def server(self) -> Config:
        """Return the settings of a side that listens."""
        return {
            "cert_file": f"{self.folder}/tls.crt",
            "key_file": f"{self.folder}/tls.key",
            "client_ca_file": f"{self.folder}/ca.crt",
            # Of the three files, this one is reloaded only on request; source: collector, config/configtls,
            # ServerConfig.
            "client_ca_file_reload": True,
            "reload_interval": "5m",
        }


def queue(spans: int, consumers: int) -> Config:
    """Return the sending queue on disk, as settings of an exporter.

    Args:
        spans: at most; more is refused, and the sender tries again. A span takes about 1 KiB.
        consumers: requests at once.
    """
    return {
        "enabled": True,
        "storage": QUEUE_EXTENSION,
        "sizer": "items",
        "queue_size": spans,
        "num_consumers": consumers,
        "batch": {"flush_timeout": "200ms", "min_size": BATCH, "max_size": 2 * BATCH},
    }


def literal(value: str) -> str:
    """Escape the dollar signs of a text: the collector substitutes variables in its configuration."""
    return value.replace("$", "$$")


def text(value: str) -> str:
    """Return a string of the collectors' transformation language (OTTL)."""
    return literal(json.dumps(value, ensure_ascii=False))


def listening(port: int) -> str:
    """Return the address on which a collector listens: the pod's own."""
    return f"{_HERE}:{port}"


def receiver(certificates: Certificates | None, largest_mib: int = 4) -> Config:
    """Return the receiver of spans, by OTLP over gRPC and HTTP.

    Args:
        certificates: where senders have to show theirs; without, anybody whom the network lets through may send.
        largest_mib: the largest request that is read. Clients send a few hundred KiB.
    """
    tls: Config = {"tls": certificates.server()} if certificates else {}
    grpc = {"endpoint": listening(GRPC_PORT), "max_recv_msg_size_mib": largest_mib, **tls}
    http = {"endpoint": listening(HTTP_PORT), "max_request_body_size": largest_mib << 20, **tls}
    return {"protocols": {"grpc": grpc, "http": http}}


def usable_memory_mib(memory_mib: int) -> int:
    """Return how much of its memory limit a collector may use before it frees memory or refuses spans, in MiB."""
    return memory_mib * 8 // 10


def go_memory_limit(memory_mib: int) -> Mapping[str, str]:
    """Return the variable that gives Go's garbage collector the limit; without it, memory is freed too late.

    Source: opentelemetry-collector 0.155, processor/memorylimiterprocessor/README.md: 80 % of the hard limit. The
    OpenTelemetry operator gives the whole limit, unless the variable is given (0.158, collector/container.go,
    getContainerEnvVars).

    Args:
        memory_mib: the container's limit.
    """
    return {"GOMEMLIMIT": f"{usable_memory_mib(memory_mib)}MiB"}


def memory_limiter(memory_mib: int) -> Config:
    """Return the memory limiter: it refuses spans while memory is short, and senders retry.

    Source: its documentation asks for 80 % of the container's memory as the hard limit and a fifth of that as the
    spike; over the difference it refuses, over the limit it collects garbage as well.

    Args:
        memory_mib: the container's limit.
    """
    limit = usable_memory_mib(memory_mib)
    return {"check_interval": "1s", "limit_mib": limit, "spike_limit_mib": limit // 5}


def retry(longest: str) -> Config:
    """Return the retry settings: first after a second, then less and less often, until `longest` is over."""
    return {"enabled": True, "initial_interval": "1s", "max_interval": "30s", "max_elapsed_time": longest}


def extensions() -> Config:
    """Return the extensions: the health check for probes, and the store of the queue."""
    return {
        "health_check": {"endpoint": listening(HEALTH_PORT)},
        QUEUE_EXTENSION: {
            "directory": STORAGE,
            "create_directory": True,
            "timeout": "10s",
            "compaction": {
                "directory": STORAGE,
                # Without compaction the file only ever grows. It waits until there is little left to copy, 10 MiB.
                "on_rebound": True,
                # At a start, the whole queue would be copied before a span is accepted: after a long outage most of
                # all.
                "on_start": False,
                # The copy of a pod that was killed during compaction would stay for ever.
                "cleanup_on_start": True,
            },
        },
    }


def start_seconds(queue_gib: int) -> int:
    """Return how long a start takes at most with a full volume, in seconds.

    The store does not keep its list of free pages (`NoFreelistSync`; filestorage 0.155, client.go), so it reads every
    page that holds the beginning of an item. Measured with bbolt 1.5.0 on a file that is not in memory: 29,927 reads
    one after the other for 64 MiB in items of 1 KiB, 6,561 in items of 10 KiB; read-ahead is off (MADV_RANDOM).

    Args:
        queue_gib: of the volume.
    """
    pages = (queue_gib << 30) // _PAGE_BYTES
    return round(pages * _READ_SECONDS)


def service(pipelines: Mapping[str, object], extensions: Iterable[str]) -> Config:
    """Return the service section: the pipelines, and where the collector's own metrics are."""
    pull = {"pull": {"exporter": {"prometheus": {"host": _HERE, "port": METRICS_PORT}}}}
    return {
        "extensions": list(extensions),
        "pipelines": dict(pipelines),
        "telemetry": {"metrics": {"level": "normal", "readers": [pull]}, "logs": {"level": "info", "encoding": "json"}},
    }
