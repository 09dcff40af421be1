"""A watched workload's stand-in: exposes the metrics that its catalog folder declares, and misbehaves on command.

Each producer has its own page, `/metrics/<producer>`; `POST /control` with a JSON object of `Faults` fields changes
how the workload is doing, and `POST /control {}` heals it. Run by hand: `python -m tests.e2e.simulator --port 9400`.
"""

import argparse
import threading
import time
from collections import defaultdict
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from compiler.catalog.catalog import Watched
from compiler.load import load_catalog
from compiler.target import Target
from tests.e2e.loopback import Served
from tests.e2e.series import Faults, Series, metrics_of, series_of


class _Producer:
    """The series of one producer, and when they were counted last."""

    def __init__(self) -> None:
        self.series: list[Series] = []
        self.types: dict[str, str] = {}
        self._then = time.monotonic()

    def advance(self, faults: Faults) -> None:
        now = time.monotonic()
        for series in self.series:
            series.advance(faults, now - self._then)
        self._then = now

    def page(self, faults: Faults) -> str:
        lines = [f"# TYPE {name} {kind}" for name, kind in self.types.items()]
        for series in self.series:
            lines.extend(series.expose(faults))
        return "\n".join(lines) + "\n"


class Simulator(Served):
    """Serves one workload's metrics on a free loopback port until it is closed."""

    def __init__(
        self, watched: Watched, port: int = 0, target: Target | None = None, *, stranger: bool = False
    ) -> None:
        self.watched = watched
        self.stranger = stranger
        self._faults = Faults()
        self._lock = threading.Lock()
        self._producers: dict[str, _Producer] = defaultdict(_Producer)
        for metric in metrics_of(watched, target):
            producer = self._producers[metric.producer]
            producer.types[metric.name] = metric.type
            producer.series.extend(series_of(metric))
        super().__init__(_handler(self), port)

    @property
    def producers(self) -> tuple[str, ...]:
        """Who has a page here."""
        return tuple(self._producers)

    @property
    def faults(self) -> Faults:
        """How the workload is doing."""
        return self._faults

    def behave(self, faults: Faults) -> None:
        """Inject or end a fault of the workload, from now on."""
        with self._lock:
            for producer in self._producers.values():
                producer.advance(self._faults)
            self._faults = faults

    def page(self, name: str) -> str:
        """Return a producer's metrics as of now; an unknown producer has none."""
        with self._lock:
            producer = self._producers.get(name, _Producer())
            producer.advance(self._faults)
            return producer.page(self._faults)


def _handler(simulator: Simulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page, _, producer = self.path.lstrip("/").partition("/")
            if page == "metrics" and producer in simulator.faults.down:
                self._answer(503, "down\n")
            elif page == "metrics" and producer:
                self._answer(200, simulator.page(producer))
            elif page == "control":
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
            # Whoever asked may have died meanwhile, or have been closed.
            with suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """One line a scrape would drown everything else."""

    return Handler


def main() -> None:
    """Serve one workload until interrupted."""
    parser = argparse.ArgumentParser(description="Serves a workload's metrics; POST /control changes them.")
    parser.add_argument("--catalog", type=Path, default=Path("catalog"))
    parser.add_argument("--workload", default="personalization")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    watched = next(entry for entry in load_catalog(options.catalog) if entry.name == options.workload)
    simulator = Simulator(watched, options.port)
    print(f"http://{simulator.address}/control, /metrics/{{{','.join(simulator.producers)}}}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        simulator.close()


if __name__ == "__main__":
    main()
