"""The log pipeline on real servers: lines a second, from a service's line to a search, and a search over a million."""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.cases import PROJECT
from compiler.load import load_catalog
from tests.e2e import log_java
from tests.e2e.log_run import Pipeline
from tests.e2e.log_source import Sent, Source, send, text
from tests.e2e.servers import until
from tests.pipelines import formats

LINES = 100_000
MARKERS = 100
DOCUMENTS = 1_000_000
BULK = 10_000
SEARCHES = 20
WAIT = 600.0
"""Seconds for anything to happen; nothing here is expected to take half of it."""
STREAM = "recsys-saas-application"
QUERY = "level:(ERROR OR FATAL) AND @timestamp:[now-1h TO now]"
"""The document's first saved query, as it is compiled."""


def pipeline(console: Console) -> dict[str, Any]:
    """Start the servers, measure and return the figures; the servers share the cores with the job."""
    missing = log_java.why_not()
    if missing:
        console.print(missing)
        return {}
    with tempfile.TemporaryDirectory() as name:
        running = Pipeline(Path(name), load_catalog(PROJECT / "catalog"), heap="2g")
        try:
            found = {**throughput(running), **latency(running), **searches(running)}
        finally:
            running.close()
    for key, value in found.items():
        console.print(f"{key}: {value:,}")
    return found


def throughput(running: Pipeline) -> dict[str, int]:
    """Return lines a second, from the first one sent until all are stored and a checkpoint is complete."""
    until(lambda: running.lag() == 0, WAIT, "a first checkpoint")
    started = time.monotonic()
    sent(running, Source(running.rules, 2).lines(LINES, 0, 0))
    until(lambda: running.lag() == 0, WAIT, "every line in a checkpoint")
    return {"lines a second, the servers on the same cores": round(LINES / (time.monotonic() - started))}


def sent(running: Pipeline, lines: Iterator[Sent]) -> list[Sent]:
    """Send as fast as Kafka takes them."""
    streams = {stream["topic"]: stream["name"] for stream in running.rules["streams"]}
    return send(running.kafka.address, lines, 10 * LINES, streams)


def latency(running: Pipeline) -> dict[str, int]:
    """Return the milliseconds from sending a line until OpenSearch has it under its id, one line at a time."""
    stream = next(stream for stream in running.rules["streams"] if stream["name"] == STREAM)
    times = sorted(once(running, stream) for _ in range(MARKERS))
    return {
        "end to end, p50 in ms": round(statistics.median(times) * 1000),
        "end to end, p99 in ms": round(times[MARKERS * 99 // 100 - 1] * 1000),
    }


def once(running: Pipeline, stream: dict[str, Any]) -> float:
    """Return the seconds for one line."""
    started = time.monotonic()
    now = datetime.now(UTC)
    line = {"timestamp": formats.iso(int(now.timestamp() * 1000)), "level": "INFO", "service": stream["services"][0]}
    (marker,) = sent(running, iter([Sent(stream["topic"], text(line))]))
    index = f"{stream['index']}-{now:%Y.%m.%d}"

    def there() -> bool:
        try:
            return bool(running.search.ask("GET", f"/{index}/_doc/{marker.id}?_source=false")["found"])
        except ValueError:
            return False

    until(there, WAIT, "the line in OpenSearch")
    return time.monotonic() - started


def searches(running: Pipeline) -> dict[str, float]:
    """Return the seconds for the last hour's errors in a million documents of one day, sorted, newest 500; uncached."""
    index = f"logs-recsys-saas-14d-{datetime.now(UTC):%Y.%m.%d}"
    template = next(iter(running.search.documents(index)))[2]
    fill(running, index, template)
    body = {"size": 500, "sort": [{"@timestamp": "desc"}], "query": {"query_string": {"query": QUERY}}}
    times = []
    for _ in range(SEARCHES):
        started = time.monotonic()
        answer = running.search.ask("POST", f"/{index}/_search?request_cache=false", body)
        times.append(time.monotonic() - started)
    count = running.search.ask("GET", f"/{index}/_count")["count"]
    return {
        "documents searched": count,
        "errors of the last hour found": answer["hits"]["total"]["value"],
        "a search, median in s": round(statistics.median(times), 3),
        "a search, slowest in s": round(max(times), 3),
    }


def fill(running: Pipeline, index: str, template: dict[str, Any]) -> None:
    """Write copies of a document with ids of their own, spread over the last day; every twentieth is an error."""
    now = int(time.time() * 1000)
    for first in range(0, DOCUMENTS, BULK):
        lines = []
        for number in range(first, first + BULK):
            stamp = formats.iso(now - number * 86_400_000 // DOCUMENTS)
            level = "ERROR" if number % 20 == 0 else "INFO"
            lines.append('{"index": {}}')
            lines.append(json.dumps({**template, "@timestamp": stamp, "level": level, "doc_id": f"{number:032x}"}))
        running.search.ask("POST", f"/{index}/_bulk?filter_path=errors", ("\n".join(lines) + "\n").encode())
    running.search.ask("POST", f"/{index}/_refresh")
