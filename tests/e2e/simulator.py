"""A watched workload's stand-in: exposes the metrics that its catalog folder declares, and misbehaves on command.

Each producer has its own page, `/metrics/<producer>`; `POST /control` with a JSON object of `Faults` fields changes
how the workload is doing, and `POST /control {}` heals it. Run by hand: `python -m tests.e2e.simulator --port 9400`.
"""

import argparse
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from compiler.catalog import Watched
from compiler.load import load_catalog
from compiler.model.metrics import Metric

ANY_VALUE: Mapping[str, tuple[str, ...]] = {
    "pop": ("sfo", "nyc", "fra"),
    "status": ("200", "500"),
    "status_code": ("200", "500"),
}
"""Values of labels whose values the catalog leaves open; one made-up value for any other."""
DOLLARS = 1e-9
"""What one event costs: a language model that stays within its daily budget, however many events are counted."""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; the default buckets of Prometheus clients, with 0.1 and 0.15 as the workload's limits."""


class Faults(BaseModel):
    """How the workload is doing; the defaults are health.

    Attributes:
        error_ratio: share of requests that fail, 0 to 1.
        latency_seconds: the mean latency; single requests lie evenly between half and one and a half of it.
        cache_hit_ratio: share of requests answered from the cache, 0 to 1.
        rate: events a second of each counter, over all its label values.
        stopped: values of any label whose counters stand still, such as a processor.
        vanished: metrics, or values of any label, whose series are no longer exposed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    error_ratio: float = Field(default=0.0, ge=0, le=1)
    latency_seconds: float = Field(default=0.04, gt=0)
    cache_hit_ratio: float = Field(default=0.9, ge=0, le=1)
    rate: float = Field(default=100.0, ge=0)
    stopped: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


Labels = tuple[tuple[str, str], ...]


@dataclass
class Series:
    """One combination of label values of one metric, and what it has counted so far."""

    metric: Metric
    labels: Labels
    combinations: int
    count: float = 0.0
    total: float = 0.0
    buckets: list[float] = field(default_factory=lambda: [0.0] * len(BUCKETS))

    def advance(self, faults: Faults, elapsed: float) -> None:
        """Counts what happened in the elapsed seconds."""
        values = {value for _, value in self.labels}
        if self.metric.type == "gauge" or values & set(faults.stopped):
            return
        events = faults.rate * elapsed * self._share(faults)
        self.count += events
        # Only durations follow the latency: a histogram of scores stays within its metric's targets.
        mean = faults.latency_seconds if self.metric.unit == "seconds" else self._gauge(faults)
        self.total += events * mean
        low, high = mean * 0.5, mean * 1.5
        for n, bound in enumerate(BUCKETS):
            self.buckets[n] += events * min(1.0, max(0.0, (bound - low) / (high - low)))

    def _share(self, faults: Faults) -> float:
        """This series' share of its metric's events: good and bad, hits and misses are not evenly spread."""
        share = (DOLLARS if self.metric.unit == "dollars" else 1.0) / self.combinations
        for name, value in self.labels:
            if name in ("status_code", "status"):
                bad = value.startswith("5") or value == "error"
                share *= 2 * (faults.error_ratio if bad else 1 - faults.error_ratio)
            elif name == "cache":
                share *= 2 * (faults.cache_hit_ratio if value == "hit" else 1 - faults.cache_hit_ratio)
        return share * faults.error_ratio if self.metric.name.endswith("_errors_total") else share

    def expose(self, faults: Faults) -> Iterable[str]:
        """Yields the series' lines in the text format of Prometheus."""
        name = self.metric.name
        if {name, *(value for _, value in self.labels)} & set(faults.vanished):
            return
        if self.metric.type == "gauge":
            yield _line(name, self.labels, self._gauge(faults))
        elif self.metric.type == "counter":
            yield _line(name, self.labels, self.count)
        else:
            if self.metric.type == "histogram":
                for bound, count in zip(("+Inf", *map(str, BUCKETS)), (self.count, *self.buckets), strict=True):
                    yield _line(f"{name}_bucket", (*self.labels, ("le", bound)), count)
            yield _line(f"{name}_sum", self.labels, self.total)
            yield _line(f"{name}_count", self.labels, self.count)

    def _gauge(self, faults: Faults) -> float:
        """A value within the metric's targets; one where it has none."""
        if "cache_hit" in self.metric.name:
            return faults.cache_hit_ratio * (100 if self.metric.unit == "percent" else 1)
        above = min((g.bound.above for g in self.metric.targets if g.bound.above is not None), default=None)
        below = max((g.bound.below for g in self.metric.targets if g.bound.below is not None), default=None)
        if above is not None:
            return (above + (below or 0.0)) / 2
        return 1.0 if below is None else max(1.0, below * 1.5)


def _line(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{key}="{text}"' for key, text in labels)
    return f"{name}{{{inside}}} {value:.9g}"


def series_of(metric: Metric) -> list[Series]:
    """Returns every combination of a metric's label values, known or made up."""
    values = {name: known or ANY_VALUE.get(name, ("simulated",)) for name, known in metric.labels.items()}
    combinations = list(product(*([(name, value) for value in choices] for name, choices in values.items())))
    return [Series(metric, labels, len(combinations)) for labels in combinations]


class Simulator:
    """Serves one workload's metrics on a free loopback port until it is closed."""

    def __init__(self, watched: Watched, port: int = 0) -> None:
        self.watched = watched
        self._faults = Faults()
        self._lock = threading.Lock()
        self._then = time.monotonic()
        self._series = [series for metric in watched.metrics.prometheus for series in series_of(metric)]
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The host and port that it listens on."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def faults(self) -> Faults:
        """How the workload is doing."""
        return self._faults

    def behave(self, faults: Faults) -> None:
        """Changes how the workload is doing, from now on."""
        with self._lock:
            self._advance()
            self._faults = faults

    def page(self, producer: str) -> str:
        """Returns a producer's metrics as of now."""
        with self._lock:
            self._advance()
            mine = [series for series in self._series if series.metric.producer == producer]
            types = {series.metric.name: series.metric.type for series in mine}
            lines = [f"# TYPE {name} {kind}" for name, kind in types.items()]
            for series in mine:
                lines.extend(series.expose(self._faults))
        return "\n".join(lines) + "\n"

    def _advance(self) -> None:
        now = time.monotonic()
        for series in self._series:
            series.advance(self._faults, now - self._then)
        self._then = now

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(simulator: Simulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/metrics/"):
                self._answer(200, simulator.page(self.path.removeprefix("/metrics/")))
            elif self.path == "/control":
                self._answer(200, simulator.faults.model_dump_json())
            else:
                self._answer(404, "expected /metrics/<producer> or /control\n")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            try:
                simulator.behave(Faults.model_validate_json(body or "{}"))
            except ValueError as error:
                self._answer(400, f"{error}\n")
            else:
                self._answer(200, simulator.faults.model_dump_json())

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """One line a scrape would drown everything else."""

    return Handler


def main() -> None:
    """Serves one workload until interrupted."""
    parser = argparse.ArgumentParser(description="Serves a workload's metrics; POST /control changes them.")
    parser.add_argument("--catalog", type=Path, default=Path("catalog"))
    parser.add_argument("--workload", default="personalization")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    watched = next(entry for entry in load_catalog(options.catalog) if entry.name == options.workload)
    simulator = Simulator(watched, options.port)
    print(f"http://{simulator.address}/control, /metrics/{{{','.join(watched.workload.producers)}}}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        simulator.close()


if __name__ == "__main__":
    main()
