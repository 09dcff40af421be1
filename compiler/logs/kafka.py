"""Kafka for logs: topics, volumes and rights, computed from the declared rates."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import ceil

from compiler.catalog.catalog import Catalog
from compiler.conventions import dead_letter_topic
from compiler.logs.streams import Stream, all_streams
from compiler.target import Target

CLUSTER, PORT = "kafka", 9093
"""The cluster's name, and the port of its one listener: TLS, with SCRAM."""
AGENT, COLLECTOR, JOB = "fluent-bit", "log-collector", "log-job"
"""The users: agents on the nodes, the collector of lines over HTTP, the Flink job."""
_FULL_SIZE = ("prod", "dr")
_HOUR = 3_600
_MS = 1_000
_GIB = 2**30
_MOST_REPLICAS = 3
_LEAST_GIB = 10
_MIB = 2**20


@dataclass(frozen=True)
class Topic:
    """A topic: `bytes` is what its partitions may hold together, one copy."""

    name: str
    partitions: int
    replicas: int
    bytes: int
    config: Mapping[str, int | str]


@dataclass(frozen=True)
class Acl:
    """The operations that a user may do on a topic or a group."""

    kind: str
    name: str
    operations: tuple[str, ...]


@dataclass(frozen=True)
class User:
    """A Kafka user: its rights, and the bytes a second that each broker lets it write."""

    name: str
    acls: tuple[Acl, ...]
    write_bytes: int | None


def address(namespace: str) -> str:
    """Return host:port of the brokers, as Strimzi names their service."""
    return f"{CLUSTER}-kafka-bootstrap.{namespace}.svc:{PORT}"


def topics(catalog: Catalog, target: Target) -> list[Topic]:
    """Return a topic for each stream, and one of dead letters for each workload that has streams."""
    shipping, streams = catalog.log_schema.shipping, all_streams(catalog)
    declared = []
    for stream in streams:
        lines, size = lines_per_second(stream, catalog, target), stream.declared.rate.mean_bytes
        declared.append(_topic(stream.topic, lines, size, shipping.raw_hours, catalog, target))
    for workload in dict.fromkeys(stream.workload for stream in streams):
        lines = sum(lines_per_second(stream, catalog, target) for stream in streams if stream.workload == workload)
        unusable = lines * shipping.dead_letter_percent / 100
        hours = shipping.dead_letter_days * 24
        declared.append(
            _topic(dead_letter_topic(workload), unusable, shipping.dead_letter_bytes, hours, catalog, target)
        )
    return declared


def lines_per_second(stream: Stream, catalog: Catalog, target: Target) -> float:
    """Return a stream's mean lines a second in an environment."""
    share = 100 if target.environment in _FULL_SIZE else catalog.log_schema.shipping.elsewhere_percent
    return stream.declared.rate.lines_per_second * share / 100


def _topic(name: str, lines: float, mean_bytes: int, hours: int, catalog: Catalog, target: Target) -> Topic:
    """Return a topic with its limit of bytes: with one of age alone, a flood of lines would fill the disk."""
    shipping, limits = catalog.log_schema.shipping, catalog.log_schema.limits
    peak = lines * shipping.peak_factor
    partitions = max(shipping.least_partitions, ceil(peak / shipping.partition_lines_per_second))
    # A day at its busiest, compressed.
    held = peak * mean_bytes * hours * _HOUR / shipping.compression
    each = max(ceil(held / partitions), 64 * _MIB)
    config: dict[str, int | str] = {
        "cleanup.policy": "delete",
        "retention.ms": hours * _HOUR * _MS,
        "retention.bytes": each,
        # Only whole segments are deleted: a quiet topic would keep its lines for a week more.
        "segment.ms": min(hours, 24) * _HOUR * _MS // 4,
        "segment.bytes": max(min(each // 4, 512 * _MIB), 16 * _MIB),
        "min.insync.replicas": 2 if _replicas(target) > 1 else 1,
        # A line wrapped in what Fluent Bit adds, with quotes escaped.
        "max.message.bytes": limits.line_bytes * 2,
        "compression.type": "producer",
    }
    return Topic(name, partitions, _replicas(target), each * partitions, config)


def _replicas(target: Target) -> int:
    return min(target.kafka_brokers, _MOST_REPLICAS)


def volume_gib(catalog: Catalog, target: Target) -> int:
    """Return the GiB of each broker's volume: every topic at its limit of bytes, with headroom."""
    held = sum(topic.bytes * topic.replicas for topic in topics(catalog, target))
    full = catalog.log_schema.shipping.full_percent / 100
    return max(_LEAST_GIB, ceil(held / target.kafka_brokers / full / _GIB))


def users(catalog: Catalog, target: Target) -> list[User]:
    """Return the users with least rights: senders only write, readers only read and write dead letters."""
    streams = all_streams(catalog)
    dead = sorted({dead_letter_topic(stream.workload) for stream in streams})
    return [
        _sender(AGENT, [stream for stream in streams if stream.declared.by == "agent"], catalog, target),
        _sender(COLLECTOR, [stream for stream in streams if stream.declared.by == "http"], catalog, target),
        User(
            JOB,
            (
                *_topics((stream.topic for stream in streams), "Read", "Describe"),
                *_topics(dead, "Write", "Describe"),
                Acl("group", JOB, ("Read", "Describe")),
            ),
            write_bytes=None,
        ),
    ]


def _sender(name: str, streams: list[Stream], catalog: Catalog, target: Target) -> User:
    """Return the user that sends, at twice its peak rate: the queue on disk is sent beside new lines."""
    peak = catalog.log_schema.shipping.peak_factor
    busiest = (
        sum(lines_per_second(stream, catalog, target) * stream.declared.rate.mean_bytes for stream in streams) * peak
    )
    quota = max(ceil(2 * busiest / target.kafka_brokers), _MIB)
    return User(name, _topics((each.topic for each in streams), "Write", "Describe"), quota)


def _topics(names: Iterable[str], *operations: str) -> tuple[Acl, ...]:
    return tuple(Acl("topic", name, operations) for name in names)


def kafka_artefact(catalog: Catalog, target: Target) -> dict[str, object]:
    """Return topics, users and the volumes' size as data, `kafka/topics.yaml`."""
    return {
        "brokers": target.kafka_brokers,
        "volume_gib": volume_gib(catalog, target),
        "topics": [asdict(topic) for topic in topics(catalog, target)],
        "users": [
            {
                "name": user.name,
                "acls": [{**asdict(acl), "operations": list(acl.operations)} for acl in user.acls],
                "write_bytes_per_second": user.write_bytes,
            }
            for user in users(catalog, target)
        ],
    }
