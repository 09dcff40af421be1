"""`python run.py --contracts FOLDER` runs both examples on this machine: seven processes, traffic, and where to look.

Spans go to `OTEL_EXPORTER_OTLP_ENDPOINT` where that is set, else to a small receiver in here, and one trace of each
kind of traffic is printed in the end. Everything listens on loopback. Ctrl-C ends all of it.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from personalization.settings import ASKS, SERVICES
from traffic.ledger import read
from traffic.receiver import Receiver, tree

HERE = Path(__file__).parent
_START_SECONDS = 60.0
_SINGLE = "recommendation-service"


class StartError(Exception):
    """A service did not start: which, and where its log is."""


def choose(first: int) -> list[int]:
    """Return a port for each service: one after the other from the first, or free ones where that is 0."""
    count = len(SERVICES) + 1
    if first:
        return [*range(first, first + count)]
    with ExitStack() as held:
        # All at once, so that no port is chosen twice.
        bound = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in bound]


def commands(chosen: Sequence[int]) -> Mapping[str, tuple[int, list[str]]]:
    """Return each service's port and command."""
    ports = dict(zip(SERVICES, chosen, strict=False))
    found: dict[str, tuple[int, list[str]]] = {}
    for service, port in ports.items():
        peers = [f"--peer={name}=http://127.0.0.1:{ports[name]}" for name in ASKS.get(service, ())]
        found[service] = (port, ["-m", "personalization", service, f"--port={port}", *peers])
    single = chosen[-1]
    options = ["--factory", "--no-access-log", "--log-level=warning", f"--port={single}"]
    found[_SINGLE] = (single, ["-m", "uvicorn", "recommendation.app:create", *options])
    return found


@contextmanager
def running(name: str, port: int, command: Sequence[str], variables: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Run one service with its lines in a file; ended by a signal, so that it flushes its spans.

    Raises:
        StartError: it ended, or did not answer in time.
    """
    log = folder / f"{name}.log"
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen([sys.executable, *command], cwd=HERE, env=dict(variables), stdout=out, stderr=out)
    try:
        _await(name, port, process, log)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _await(name: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise StartError(f"{name}: not there after {_START_SECONDS:.0f} s, or ended: see {log}")


def play(workload: str, port: int, options: argparse.Namespace, folder: Path) -> Path:
    """Play traffic; return its ledger."""
    ledger = folder / f"{workload}.jsonl"
    arguments = [f"--address=http://127.0.0.1:{port}", f"--rate={options.rate}", f"--count={options.count}"]
    command = [sys.executable, str(HERE / "load.py"), f"--workload={workload}", *arguments, f"--ledger={ledger}"]
    print(f"\n{workload}: {options.count} requests at {options.rate:g}/s", flush=True)
    subprocess.run(command, check=False)
    return ledger


def examples(ledger: Path, receiver: Receiver) -> Iterator[str]:
    """Yield the first trace of each kind as a tree."""
    seen: set[str] = set()
    for entry in read(ledger):
        spans = receiver.trace(entry.trace_id)
        if spans and entry.kind not in seen:
            seen.add(entry.kind)
            yield f"\n{entry.kind}: status {entry.status}, trace {entry.trace_id}"
            yield from tree(spans)


def main(arguments: Sequence[str]) -> int:
    """Run, play, print, and wait where asked."""
    options = _options(arguments)
    folder = Path(tempfile.mkdtemp(prefix="example-"))
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    try:
        with ExitStack() as stack:
            receiver = None if endpoint else stack.enter_context(Receiver())
            exported_to = endpoint or (receiver.endpoint if receiver else "")
            services = commands(choose(options.port))
            with ExitStack() as processes:
                for name, (port, command) in services.items():
                    variables = _variables(name, exported_to, options.contracts)
                    processes.enter_context(running(name, port, command, variables, folder))
                _addresses(services, folder)
                edge, single = services[SERVICES[0]][0], services[_SINGLE][0]
                ledgers = [play("personalization", edge, options, folder), play(_SINGLE, single, options, folder)]
                if options.stay:
                    print("\nCtrl-C ends it.", flush=True)
                    signal.pause()
            if receiver:
                print("\n".join(line for ledger in ledgers for line in examples(ledger, receiver)))
    except StartError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    return 0


def _variables(name: str, endpoint: str, contracts: Path) -> dict[str, str]:
    workload = name if name == _SINGLE else "personalization"
    return os.environ | {
        "CONTRACT_FILE": str(contracts.resolve() / f"{workload}.json"),
        "ENVIRONMENT": "development",
        "EXAMPLE_FAULTS": "yes",
        "CACHE_SECONDS": "3600",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        # The package `instrumentation` is at the repository's root.
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
    }


def _addresses(services: Mapping[str, tuple[int, Sequence[str]]], folder: Path) -> None:
    for name, (port, _) in services.items():
        print(f"{name:<24}http://127.0.0.1:{port}  /metrics  /health/live  /health/ready  /health/deep")
    print(f"log lines and ledgers   {folder}", flush=True)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description="Runs both examples on this machine, with traffic.")
    parser.add_argument("--contracts", type=Path, required=True, help="the folder build/<stack>/instrumentation")
    parser.add_argument("--port", type=int, default=8100, help="the first of seven ports; 0 for free ones")
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second")
    parser.add_argument("--count", type=int, default=400, help="requests to each of the two")
    parser.add_argument("--stay", action="store_true", help="keep the services until Ctrl-C")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
