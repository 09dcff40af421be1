"""Lines as the five documents' services write them: each stream's own format, with every field that it lists."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.pipelines.sensitive import put, word

LEVELS = ("DEBUG", "INFO", "INFO", "INFO", "WARN", "ERROR")
FILLED: dict[str, Callable[[Random], Any]] = {
    "string": lambda random: word(random, 8),
    "text": lambda random: f"{word(random, 5)} completed in {random.randint(1, 99)} ms",
    "id": lambda random: f"{random.getrandbits(64):016x}",
    "number": lambda random: round(random.random() * 100, 3),
    "integer": lambda random: random.randint(0, 999),
    "boolean": lambda random: random.random() < 0.5,
    "ip": lambda random: f"81.2.69.{random.randint(1, 254)}",
    "array": lambda _random: [],
}


def iso(millis: int) -> str:
    """Return a time as most services write it."""
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line(random: Random, stream: dict[str, Any], millis: int) -> dict[str, Any]:
    """Return a good line of a stream, of the rules that the catalog compiles to."""
    made: dict[str, Any] = {"timestamp": iso(millis), "level": random.choice(LEVELS)}
    if stream["workload"] == "recommendation-service":
        structlog(random, made)
    else:
        made["service"] = random.choice(stream["services"])
        made["trace_id"] = f"{random.getrandbits(128):032x}"
        made["span_id"] = f"{random.getrandbits(64):016x}"
        made["message"] = FILLED["text"](random)
        made["request_id"] = f"req-{random.getrandbits(32):08x}"
    for name, rule in stream["fields"].items():
        put(made, name, FILLED[rule["type"]](random))
    extras(random, stream, made)
    return made


def structlog(random: Random, made: dict[str, Any]) -> None:
    """Levels in small letters, no service, the trace's id as an integer: the document's own example."""
    made["level"] = made["level"].lower().replace("warn", "warning")
    made["event"] = random.choice(["recommendation_request", "feature_enrichment"])
    made["user_id"] = random.randint(1, 10**9)
    made["location"] = {"lat": 37.7749, "lng": -122.4194}
    made["correlation_id"] = random.getrandbits(128)


def extras(random: Random, stream: dict[str, Any], made: dict[str, Any]) -> None:
    """Add the documents' other examples, and their rows of what is not to be logged."""
    match stream["workload"]:
        case "personalization":
            made["event"] = "personalization_complete"
            made["user_id_hash"] = f"sha256:{random.getrandbits(128):032x}"
            made["recommendations"] = [random.randint(1, 999) for _ in range(5)]
        case "engagement-prediction":
            made["level"] = made["level"].replace("ERROR", "CRITICAL")
            made["customer_id"] = f"hashed_{random.randint(1, 99999)}"
            made["prediction"] = round(random.random(), 3)


def as_json(made: dict[str, Any]) -> bytes:
    return json.dumps(made).encode()


def shipped(line_bytes: bytes, source: str, offset: int, *, quoted: bool) -> bytes:
    """Return the line in the shipper's envelope, parsed or as text."""
    log = json.dumps(line_bytes.decode("utf-8", "replace")) if quoted else line_bytes.decode()
    kubernetes = '{"pod_name": "pod-1", "namespace_name": "apps", "container_name": "app", "labels": {"app": "x"}}'
    return f'{{"log": {log}, "kubernetes": {kubernetes}, "source": "{source}", "offset": {offset}}}'.encode()


def sample(rules: dict[str, Any], count: int, millis: int) -> list[tuple[str, bytes]]:
    """Return topic and line of every stream, the same each time; most in the shipper's envelope, as they come."""
    random = Random(1)
    found = []
    for number in range(count):
        stream = random.choice(rules["streams"])
        made = as_json(line(random, stream, millis - 5))
        wrapped = shipped(made, "/var/log/containers/a.log", number, quoted=random.random() < 0.3)
        found.append((stream["topic"], made if random.random() < 0.3 else wrapped))
    return found
