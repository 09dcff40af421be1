"""Fluent Bit: the configuration of the agents on the nodes, and of the collector that takes lines over HTTP.

A line goes on as the text it is: Fluent Bit's integers have 64 bits, and trace ids have 128; the job parses the JSON.
What stands around it (where it was read, which pod wrote it) is added here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compiler.catalog.catalog import Catalog
from compiler.logs.kafka import AGENT, COLLECTOR
from compiler.logs.streams import Stream, all_streams

BROKERS = "KAFKA_BOOTSTRAP"
"""The variable that holds host:port of Kafka: some brokers are only known once they are there."""
STREAM_LABEL = "observability/logs"
"""The label of a pod whose lines are wanted; its value is the topic without `logs.`."""
METRICS_PORT, HTTP_PORT = 2020, 9880
CONFIG, PASSWORD, KAFKA_CA, TLS = "/fluent-bit/etc/platform", "/secrets/kafka", "/secrets/kafka-ca", "/secrets/tls"
"""Where the configuration, the user's password, Kafka's certificate authority and the collector's own are mounted."""
STATE, NODE_LOGS = "/var/lib/fluent-bit", "/var/log"
_PREFIX = "logs."
_NODE_TAG = "node.*"
_TOPIC = "topic"


@dataclass(frozen=True)
class Shipper:
    """The differences between the agents' and the collector's configuration: the user, and the disk for the queue."""

    user: str
    buffer_gib: int


AGENTS, COLLECTORS = Shipper(AGENT, 5), Shipper(COLLECTOR, 5)


def agent(catalog: Catalog) -> dict[str, object]:
    """Return the agents' configuration."""
    streams = [stream for stream in all_streams(catalog) if stream.declared.by == "agent"]
    filters = [
        # A trace of a crash is one event, and in order only where this comes first.
        _filter("multiline", _NODE_TAG)
        | {
            "mode": "parser",
            "multiline.parser": "java,python,go",
            "multiline.key_content": "log",
            "emitter_storage.type": "filesystem",
        },
        _filter("kubernetes", _NODE_TAG)
        | {
            "kube_tag_prefix": "node.var.log.containers.",
            "merge_log": "off",
            "keep_log": "on",
            "annotations": "off",
            "k8s-logging.parser": "off",
            "k8s-logging.exclude": "off",
        },
        *(_routed(stream) for stream in streams),
        # Pods that no stream selects: no rule says what of their lines may be kept.
        _filter("grep", _NODE_TAG) | {"regex": rf"{_TOPIC} ^logs\."},
    ]
    return _configuration(AGENTS, [_tail(catalog)], filters, streams)


def collector(catalog: Catalog) -> dict[str, object]:
    """Return the collector's configuration: lines are posted to `/<workload>.<stream>` with a client certificate."""
    streams = [stream for stream in all_streams(catalog) if stream.declared.by == "http"]
    filters: list[Mapping[str, object]] = []
    for stream in streams:
        tag = stream.topic.removeprefix(_PREFIX)
        filters.append(_filter("nest", tag) | {"operation": "nest", "wildcard": "*", "nest_under": "log"})
        filters.append(_filter("modify", tag) | {"set": f"{_TOPIC} {stream.topic}"})
    filters.append(_filter("grep", "*") | {"regex": rf"{_TOPIC} ^logs\."})
    return _configuration(COLLECTORS, [_http(catalog)], filters, streams)


def _tail(catalog: Catalog) -> Mapping[str, object]:
    longest = catalog.log_schema.limits.line_bytes
    return {
        "name": "tail",
        "tag": _NODE_TAG,
        "path": f"{NODE_LOGS}/containers/*.log",
        # Its own lines would be collected and logged again, without end.
        "exclude_path": f"{NODE_LOGS}/containers/fluent-bit-*.log",
        "multiline.parser": "cri,docker",
        "path_key": "source",
        "offset_key": "offset",
        "db": f"{STATE}/tail.db",
        "db.locking": "true",
        "buffer_chunk_size": "64k",
        "buffer_max_size": f"{2 * longest // 1024}k",
        # A longer line would stop the file; the counter of skipped lines reports it.
        "skip_long_lines": "on",
        "refresh_interval": 5,
        "rotate_wait": 30,
        **_waiting(),
    }


def _http(catalog: Catalog) -> Mapping[str, object]:
    return {
        "name": "http",
        "port": HTTP_PORT,
        "buffer_max_size": f"{4 * catalog.log_schema.limits.line_bytes // 1024}k",
        # 201 is answered when a chunk holds the line; a sender without an answer sends it again.
        "successful_response_code": 201,
        "tls": "on",
        "tls.verify": "on",
        "tls.verify_client_cert": "on",
        "tls.crt_file": f"{TLS}/tls.crt",
        "tls.key_file": f"{TLS}/tls.key",
        "tls.ca_file": f"{TLS}/ca.crt",
        **_waiting(),
    }


def _waiting() -> Mapping[str, object]:
    """Return the disk queue: when it is full, reading stops, and the log files hold the rest."""
    return {"storage.type": "filesystem", "storage.pause_on_chunks_overlimit": "on", "mem_buf_limit": "64M"}


def _filter(name: str, match: str) -> dict[str, object]:
    return {"name": name, "match": match}


def _routed(stream: Stream) -> Mapping[str, object]:
    label = f"$kubernetes['labels']['{STREAM_LABEL}']"
    value = stream.topic.removeprefix(_PREFIX)
    condition = f"key_value_equals {label} {value}"
    return _filter("modify", _NODE_TAG) | {"condition": condition, "set": f"{_TOPIC} {stream.topic}"}


def _configuration(
    shipper: Shipper,
    inputs: Sequence[Mapping[str, object]],
    filters: Sequence[Mapping[str, object]],
    streams: Sequence[Stream],
) -> dict[str, object]:
    return {
        # Read again as it changes: a rotated password needs no new pod.
        "env": [{"name": "KAFKA_PASSWORD", "uri": f"file://{PASSWORD}/password", "refresh_interval": 60}],
        "service": {
            "flush": 1,
            "grace": 30,
            "log_level": "info",
            "http_server": "on",
            "http_port": METRICS_PORT,
            "health_check": "on",
            "storage.path": f"{STATE}/buffer",
            "storage.sync": "normal",
            "storage.checksum": "on",
            "storage.metrics": "on",
            "storage.max_chunks_up": 64,
            "storage.backlog.mem_limit": "32M",
        },
        "pipeline": {
            "inputs": [dict(each) for each in inputs],
            "filters": [dict(each) for each in filters],
            "outputs": [_kafka(shipper, streams)],
        },
    }


def _kafka(shipper: Shipper, streams: Sequence[Stream]) -> dict[str, object]:
    return {
        "name": "kafka",
        "match": "*",
        "brokers": f"${{{BROKERS}}}",
        "topics": ",".join(stream.topic for stream in streams),
        "topic_key": _TOPIC,
        "dynamic_topic": "off",
        # Lines of one file stay in order.
        "message_key_field": "source",
        "timestamp_key": "@timestamp",
        "timestamp_format": "iso8601_ns",
        "retry_limit": "no_limits",
        "storage.total_limit_size": f"{shipper.buffer_gib}G",
        "rdkafka.security.protocol": "sasl_ssl",
        "rdkafka.sasl.mechanism": "SCRAM-SHA-512",
        "rdkafka.sasl.username": shipper.user,
        "rdkafka.sasl.password": "${KAFKA_PASSWORD}",
        "rdkafka.ssl.ca.location": f"{KAFKA_CA}/ca.crt",
        # Every copy has it before it counts as sent.
        "rdkafka.request.required.acks": -1,
        "rdkafka.compression.codec": "lz4",
        "rdkafka.message.max.bytes": 2_000_000,
        "rdkafka.queue.buffering.max.kbytes": 65_536,
        "rdkafka.log.connection.close": "false",
    }
