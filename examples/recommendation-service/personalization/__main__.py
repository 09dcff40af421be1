"""`python -m personalization SERVICE --port 8100 --peer api=http://127.0.0.1:8101` serves one of the six by HTTP.

`python -m personalization all --port 8100` serves the edge, with the five others in the same process.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn
from plumbing.variables import SettingsError
from plumbing.wire import Peer
from starlette.types import ASGIApp

from .cluster import all_in_one, one, starter
from .settings import SERVICES, read

CONTRACT = Path("/etc/observability/personalization.json")
"""Where the image has the contract, unless `CONTRACT_FILE` says otherwise."""
_ALL = "all"


def main(arguments: Sequence[str]) -> int:
    """Serve until ended."""
    options = _options(arguments)
    try:
        settings = read(os.environ)
        peers = {name: Peer(name, url, timeout=settings.peer_timeout) for name, url in map(_peer, options.peer)}
        contract = Path(os.environ.get("CONTRACT_FILE") or CONTRACT)
        start = starter(contract, settings.environment, only=options.service != _ALL)
        if options.service == _ALL:
            cluster = all_in_one(start, settings)
            _serve(cluster.apps["edge"], options, [watch.close for watch in cluster.watches.values()])
        else:
            watch = start(options.service)
            _serve(one(options.service, watch, peers, settings), options, [watch.close])
    except (SettingsError, ValueError) as error:
        print(f"personalization: {error}", file=sys.stderr)
        return 2
    return 0


def _serve(app: ASGIApp, options: argparse.Namespace, closing: Sequence[Callable[[], None]]) -> None:
    """Serve until the process is asked to end; then flush the spans."""
    # uvicorn raises the signal again when it has ended: without a handler of its own, nothing after that would run.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        # uvicorn's own lines are in no schema; each request has one of this service's.
        uvicorn.run(app, host=options.host, port=options.port, access_log=False, log_level="warning")
    finally:
        for close in closing:
            close()


def _peer(text: str) -> tuple[str, str]:
    name, _, url = text.partition("=")
    if name not in SERVICES or not url.startswith("http"):
        raise ValueError(f"--peer: expected a service and its address such as api=http://127.0.0.1:8101, found {text}")
    return name, url


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="personalization", description="Serves one of the six services, or all.")
    parser.add_argument("service", choices=[*SERVICES, _ALL])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--peer", action="append", default=[], help="a service that this one asks: NAME=URL")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
