"""The declared span and endpoint of a request."""

import re
from collections.abc import Iterable

from instrumentation.contract import Contract, SpanSpec

_HOLE = re.compile(r"\\{[^/]*?\\}")
_UNKNOWN = "other"


class Routes:
    """The routes of a service, as its spans in `traces.yaml` declare them.

    Attributes:
        unnamed: whether the workload's naming allows a span called by the method alone, for any other request.
    """

    def __init__(self, contract: Contract, service: str) -> None:
        self._exact = dict[tuple[str, str], SpanSpec]()
        self._patterns = list[tuple[str, re.Pattern[str], SpanSpec]]()
        self.unnamed = bool(contract.naming and re.search(contract.naming, "GET"))
        for span in contract.spans.values():
            if span.service == service and span.route:
                self._add(span, *span.route.split(" ", 1))

    def find(self, method: str, path: str) -> SpanSpec | None:
        """Return the span that a request's route declares."""
        found = self._exact.get((method, path))
        if found is not None:
            return found
        return next((span for verb, shape, span in self._patterns if verb == method and shape.fullmatch(path)), None)

    def _add(self, span: SpanSpec, method: str, path: str) -> None:
        shape = _HOLE.sub("[^/]+", re.escape(path))
        if shape == re.escape(path):
            self._exact[method, path] = span
        else:
            self._patterns.append((method, re.compile(shape), span))


def endpoint(span: SpanSpec | None, path: str, known: Iterable[str]) -> str:
    """Return a request's endpoint for metrics and lines: a declared route, never a path with data in it."""
    if span is not None and span.route:
        return span.route.partition(" ")[2]
    return path if path in known else _UNKNOWN
