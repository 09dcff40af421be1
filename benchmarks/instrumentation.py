"""The cost of the package `instrumentation` per request: `python -m benchmarks.instrumentation` prints it, writes JSON.

Processor time and not the clock's, so that the figure holds on a busy machine; the least of several rounds, since what
else runs can only add to it. `AIM` is the budget of a request with a line, two metrics and one span, while one trace in
a hundred is recorded. It holds for that case only: with all traces recorded, as every service does whose errors the
gateways keep, a request costs what the other column says.
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.cases import PROJECT, target
from compiler.artefacts import compile_artefacts
from compiler.load import load_catalog
from instrumentation.contract import Contract, read_contract
from instrumentation.settings import Settings
from instrumentation.watch import Watch

AIM = 50.0
"""Microseconds of a request."""
SERVICE = "recommendation-service"
REQUESTS = 1_000
"""Of a round, before the spans are sent: the SDK's queue holds 2,048 and drops others, which would look cheap."""
ROUNDS = 60
HEAD = 1.0
"""Percent of the traces that are recorded in the case that the budget is for."""
Case = tuple[str, float]
"""Name, microseconds of processor time a request."""


def cases(contract: Contract, folder: Path, head: float, endpoint: str | None) -> Iterator[Case]:
    """Yield each part and the whole, at a share of traces that is recorded."""
    settings = Settings(endpoint=endpoint, id_key_file=folder / "key", instance="pod-1", head_percent=head)
    with Path(os.devnull).open("w", encoding="utf-8") as out:
        watch = Watch(contract, SERVICE, settings, environment="prod", out=out)
        requests = watch.counter("recommendation_requests_total")
        latency = watch.histogram("recommendation_latency_seconds")
        fields = {"num_results": 10, "response_time_ms": 85.2, "cache_hit": True, "location_region": "sf"}

        def line() -> None:
            watch.log.info("recommendation_request", user_id=12345, **fields)

        def metrics() -> None:
            requests.labels(user_segment="young", category="restaurant", location_region="sf").inc()
            latency.observe(0.085)

        def span() -> None:
            with watch.span("recommendation_pipeline"):
                pass

        def request() -> None:
            with watch.span("recommendation_pipeline"):
                metrics()
                line()

        for name, run in {"a line": line, "two metrics": metrics, "a span": span, "a request": request}.items():
            yield name, microseconds(run, watch)
        watch.close()


def microseconds(run: Callable[[], None], watch: Watch) -> float:
    """Return the processor time of a call in microseconds, sending included."""
    rounds = list[float]()
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(REQUESTS):
            run()
        watch.flush()
        rounds.append((time.process_time() - started) / REQUESTS * 1e6)
    return min(rounds[1:])


@contextmanager
def collector() -> Iterator[str]:
    """Run an OTLP receiver in a process of its own, so that its time does not count; yield its address."""
    command = [sys.executable, "-m", "tests.instrumentation.otlp"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise ChildProcessError("the receiver has no output")
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def measure() -> dict[float, dict[str, float]]:
    """Return the cases by the share of traces that is recorded."""
    with tempfile.TemporaryDirectory() as name, collector() as endpoint:
        folder = Path(name)
        artefacts = compile_artefacts(load_catalog(PROJECT / "catalog"), target())
        (folder / "contract.json").write_text(artefacts[f"instrumentation/{SERVICE}.json"], encoding="utf-8")
        (folder / "key").write_bytes(b"k" * 32)
        contract = read_contract(folder / "contract.json", SERVICE)
        # Objects that compiling has left are not a service's: the garbage collector need not walk them.
        gc.collect()
        gc.freeze()
        return {head: dict(cases(contract, folder, head, endpoint)) for head in (HEAD, 100.0)}


def table(found: dict[float, dict[str, float]]) -> Table:
    """Return a row for each case."""
    made = Table(title="the package for services: us of processor time")
    made.add_column("case")
    for head in found:
        made.add_column(f"{head:g} % of traces recorded", justify="right")
    for name in found[HEAD]:
        made.add_row(name, *(f"{of[name]:.1f}" for of in found.values()))
    return made


def main() -> int:
    """Measure, print and write."""
    console = Console()
    found = measure()
    console.print(table(found))
    path = PROJECT / "build" / "bench-instrumentation.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps({f"{head:g} %": cost for head, cost in found.items()}, indent=1) + "\n", encoding="utf-8"
    )
    console.print(f"{found[HEAD]['a request']:.1f} us a request; the aim is under {AIM:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
