"""Kinds of traffic: the requests, and what a collector should see of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from plumbing.faults import HEADER

_FRESH: Final = {"cache-control": "no-cache"}


@dataclass(frozen=True)
class Kind:
    """One kind of request.

    Attributes:
        name: in the ledger.
        path: what is posted to.
        content: the JSON of the request of a number.
        headers: what goes along.
        spans: the names of the spans that its trace has, each once.
        status: of the answer.
        warm: a request that has to come before, once for each content; None where nothing has to.
        slow: whether the trace is longer than the workload's limit.
    """

    name: str
    path: str
    content: Callable[[int], Mapping[str, Any]]
    spans: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    warm: str | None = None
    slow: bool = False


_EDGE = ("edge.personalize", "edge.cache_lookup")
_CONTEXT = ("api.personalize", "context.build")
_RETRIEVAL = ("retrieval.candidates", "retrieval.ann_search")
_ORIGIN = (*_EDGE, *_CONTEXT, *_RETRIEVAL, "ranking.score", "bandit.sample")
_VISITORS, _WARM_VISITORS = 5000, 20
"""Few visitors have an answer in the edge's cache, so that warming up is a few requests."""
_POPS = ("sfo", "nyc", "fra")


def _visitor(number: int) -> dict[str, Any]:
    return {"user_id": f"visitor-{number % _VISITORS}", "pop": _POPS[number % len(_POPS)], "page_type": "home"}


def _warm_visitor(number: int) -> dict[str, Any]:
    return {"user_id": f"regular-{number % _WARM_VISITORS}", "pop": "sfo", "page_type": "home"}


def _explained(number: int) -> dict[str, Any]:
    return {**_visitor(number), "explain": True}


def _fails(step: str) -> dict[str, str]:
    return {**_FRESH, HEADER: f"error={step}"}


_PERSONAL = Kind("normal", "/personalize", _visitor, _ORIGIN, _FRESH)
_FAILED = replace(_PERSONAL, status=500)
_REASONED = (*_ORIGIN, "llm.reason")
PERSONALIZATION: Final[tuple[Kind, ...]] = (
    _PERSONAL,
    Kind("edge-only", "/personalize", _warm_visitor, (*_EDGE, "edge.score"), warm="normal"),
    replace(_PERSONAL, name="llm", content=_explained, spans=_REASONED),
    replace(_PERSONAL, name="slow", headers={**_FRESH, HEADER: "slow=ranking"}, slow=True),
    replace(
        _FAILED,
        name="error-retrieval",
        spans=(*_EDGE, *_CONTEXT, "retrieval.candidates"),
        headers=_fails("retrieval"),
    ),
    replace(_FAILED, name="error-bandit", headers=_fails("bandit")),
    replace(_FAILED, name="error-llm", content=_explained, spans=_REASONED, headers=_fails("llm")),
)
"""Traffic for the six services, sent to the edge."""

_REGIONS = ((37.7749, -122.4194), (40.7128, -74.0060), (50.1109, 8.6821))
_PIPELINE = ("recommendation_pipeline", "geospatial_query", "feature_enrichment", "ml_inference")


def _person(number: int) -> dict[str, Any]:
    lat, lng = _REGIONS[number % len(_REGIONS)]
    place = {"latitude": lat + number % 10 / 1000, "longitude": lng}
    return {"user_id": f"person-{number % _VISITORS}", "location": place, "radius_km": 2.0}


def _regular(number: int) -> dict[str, Any]:
    return {**_person(0), "user_id": f"regular-{number % _WARM_VISITORS}"}


_PLACES = Kind("normal", "/recommendations", _person, _PIPELINE, _FRESH)
RECOMMENDATION: Final[tuple[Kind, ...]] = (
    _PLACES,
    Kind("cached", "/recommendations", _regular, _PIPELINE[:1], warm="normal"),
    replace(_PLACES, name="slow", headers={**_FRESH, HEADER: "slow=feature_enrichment"}, slow=True),
    replace(_PLACES, name="error-model", headers=_fails("ml_inference"), status=500),
)
"""Traffic for the single service."""

WORKLOADS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "personalization": PERSONALIZATION,
    "recommendation-service": RECOMMENDATION,
}
USUAL: Final[Mapping[str, Mapping[str, float]]] = {
    # The document's edge answers 82 % of requests from its cache; the other shares are chosen here.
    "personalization": {
        "edge-only": 82,
        "normal": 14,
        "llm": 2,
        "slow": 1,
        "error-retrieval": 0.5,
        "error-bandit": 0.3,
        "error-llm": 0.2,
    },
    "recommendation-service": {"normal": 48, "cached": 50, "slow": 1, "error-model": 1},
}
"""Of a hundred requests, how many are of each kind."""
