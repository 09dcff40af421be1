"""A hundred thousand series: every workload's producers with that many instances."""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from itertools import chain
from math import ceil

from compiler.catalog.catalog import Watched
from compiler.conventions import SHARED_WORKLOAD
from compiler.target import Target
from tests.e2e.loopback import Served
from tests.e2e.series import WELL, metrics_of, series_of

REPLICAS = 3
"""Of everything that the platform itself runs."""
AGE = 3 * 86_400.0
"""Seconds for which everything has counted already when it is looked at for the first time."""
_LINE = re.compile(r"(.*)\{(.*)\} (\S+)")


@dataclass(frozen=True)
class _Line:
    """One series of one instance: what it is at first, and what it grows by in a second."""

    name: str
    labels: str
    value: float
    slope: float

    def of(self, instance: int) -> str:
        """Return the series of one instance."""
        return f'{self.name}{{{self.labels}{"," if self.labels else ""}pod="pod-{instance}"}}'


class Crowd(Served):
    """Serves the pages of one workload's producers, `/metrics/<producer>`, each with the series of many instances."""

    stranger = False

    def __init__(self, watched: Watched, target: Target) -> None:
        self.watched = watched
        self._lines: dict[str, list[_Line]] = defaultdict(list)
        for metric in metrics_of(watched, target):
            for series in series_of(metric):
                before = list(series.expose(WELL))
                series.advance(WELL, 1.0)
                for first, then in zip(before, series.expose(WELL), strict=True):
                    self._lines[metric.producer].append(_line(first, then))
        self.instances = REPLICAS
        self._began = time.time()
        super().__init__(_handler(self))

    @property
    def producers(self) -> tuple[str, ...]:
        """Who has a page here."""
        return tuple(self._lines)

    @property
    def size(self) -> int:
        """How many series one instance of each producer has."""
        return sum(map(len, self._lines.values()))

    def page(self, producer: str) -> str:
        """Return a producer's series of all instances as of now; each is a little busier than the one before."""
        elapsed, pages = AGE + time.time() - self._began, []
        for n in range(self.instances):
            grown = elapsed * _busy(n)
            for line in self._lines[producer]:
                pages.append(f"{line.of(n)} {line.value + grown * line.slope:.12g}\n")
        return "".join(pages)

    def past(self, spans: Mapping[str, float], step: float) -> Iterator[str]:
        """Yield lines of OpenMetrics for the time before: of some series, by name, so many seconds, one each step."""
        for line in sorted(chain.from_iterable(self._lines.values()), key=lambda each: each.name):
            if line.name not in spans:
                continue
            ago = [step * n for n in range(round(spans[line.name] / step), 0, -1)]
            for n in range(self.instances):
                series, pace = line.of(n), _busy(n) * line.slope
                for before in ago:
                    yield f"{series} {line.value + (AGE - before) * pace:.12g} {self._began - before:.3f}\n"


def _line(first: str, then: str) -> _Line:
    found = _LINE.fullmatch(then)
    assert found
    name, labels, value = found.groups()
    # A time that is told goes on by itself, and one of a target that grew by nothing is none.
    before, grown = float(first.rsplit(" ", 1)[1]), float(value) - float(first.rsplit(" ", 1)[1])
    labels = ",".join(label for label in labels.split(",") if not label.startswith("pod="))
    return _Line(name, labels, before, grown)


def _busy(instance: int) -> float:
    return 1 + instance / 100


def enlarge(crowds: Iterable[Crowd], series: int) -> int:
    """Give the producers of every watched workload so many instances that there are so many series; return how many.

    What the platform itself runs keeps to its replicas.
    """
    watched = [crowd for crowd in crowds if crowd.watched.name != SHARED_WORKLOAD]
    instances = ceil(series / sum(crowd.size for crowd in watched))
    for crowd in watched:
        crowd.instances = instances
    return instances


def _handler(crowd: Crowd) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = crowd.page(self.path.removeprefix("/metrics/")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """One line a scrape would drown everything else."""

    return Handler
