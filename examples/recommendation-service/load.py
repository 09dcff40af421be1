"""`python load.py --workload personalization --address http://127.0.0.1:8100 --rate 50 --count 1000 --ledger FILE`.

Plays normal, slow, failing, language-model and edge-only requests, and writes a line of each into the ledger.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import httpx
from traffic.kinds import USUAL, WORKLOADS
from traffic.ledger import Ledger
from traffic.plan import PlanError, Step, mix, plan, warming
from traffic.player import Pace, Played, Player

_PARTS = 10
"""How many lines of progress a pipe gets."""


class Progress:
    """Reports progress: one line that changes in a terminal, a line for every tenth in a pipe."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._shown = 0

    def __call__(self, played: Played) -> None:
        """Report progress, where there is any."""
        part = (100 if self._terminal else _PARTS) * played.sent // played.planned
        if part == self._shown:
            return
        self._shown = part
        rate = played.sent / played.seconds if played.seconds else 0.0
        text = f"{played.sent}/{played.planned} requests, {rate:.0f}/s, {played.unexpected} unexpected"
        ended = "" if self._terminal and played.sent < played.planned else "\n"
        self._out.write(("\r" if self._terminal else "") + text + ended)
        self._out.flush()


async def run(options: argparse.Namespace, steps: Sequence[Step], ahead: Sequence[Step]) -> Played:
    """Warm up, then play."""
    pace = Pace(options.rate, options.at_once)
    async with httpx.AsyncClient(base_url=options.address, timeout=pace.timeout, trust_env=False) as client:
        with Ledger(options.ledger) as ledger:
            player = Player(client, options.workload, ledger, pace)
            if ahead:
                await player.play(ahead, lambda _: None)
            return await player.play(steps, Progress(sys.stderr))


def main(arguments: Sequence[str]) -> int:
    """Play; return 0 when every answer was the expected one."""
    options = _options(arguments)
    kinds = WORKLOADS[options.workload]
    try:
        parts = mix(options.mix, kinds) if options.mix else USUAL[options.workload]
    except PlanError as error:
        print(f"load.py: {error}", file=sys.stderr)
        return 2
    steps = plan(kinds, parts, options.count, options.seed)
    played = asyncio.run(run(options, steps, [*warming(steps, kinds)]))
    kept = ", ".join(f"{name} {count}" for name, count in sorted(played.kinds.items()))
    print(
        f"{played.sent} requests in {played.seconds:.1f} s ({kept}); {played.unexpected} unexpected; {options.ledger}"
    )
    return 1 if played.unexpected else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="load.py", description="Plays traffic and writes a ledger of it.")
    parser.add_argument("--workload", choices=sorted(WORKLOADS), default="personalization")
    parser.add_argument("--address", default="http://127.0.0.1:8100", help="of the edge, or of the single service")
    parser.add_argument("--rate", type=_above_zero, help="requests a second; without it as fast as answers come")
    parser.add_argument("--count", type=_whole, default=1000, help="how many requests")
    parser.add_argument("--at-once", type=_whole, default=32, help="how many wait for their answer at once")
    parser.add_argument("--mix", help="such as normal=90,slow=10; without it the usual one")
    parser.add_argument("--seed", type=int, default=0, help="of the order")
    parser.add_argument("--ledger", type=Path, required=True, help="the file to write")
    return parser.parse_args(arguments)


def _above_zero(text: str) -> float:
    found = float(text)
    if not 0 < found < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text}")
    return found


def _whole(text: str) -> int:
    found = int(text)
    if found < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, found {text}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
