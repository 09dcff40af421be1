"""The edge: answers from its cache, re-ranked by a small model, and asks the origin on a miss."""

import time
from hashlib import blake2b
from secrets import token_bytes

from starlette.types import ASGIApp

from .service import FAILURES, Answer, Call, Parts, Stopwatch, application, set_attributes, text

MODEL = "edge-1"
_ENDPOINT = "/personalize"
_MOST = 10_000
"""Answers that are kept; when there are more, all go."""


def build(parts: Parts) -> ASGIApp:
    """Return the service."""
    return application(parts, _ENDPOINT, _Edge(parts).personalize, cache_hit=False, pop_location="none")


class _Edge:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._kept: dict[str, tuple[float, Answer]] = {}
        self._secret = token_bytes(16)
        self._lookups, self._hits = 0, 0
        watch = parts.watch
        self._requests, self._errors = watch.counter("edge_requests_total"), watch.counter("edge_errors_total")
        self._latency, self._hit_ratio = watch.histogram("edge_latency_seconds"), watch.gauge("edge_cache_hit_ratio")
        self._all = watch.counter("personalization_requests_total")
        self._duration = watch.histogram("personalization_request_duration_seconds")

    async def personalize(self, call: Call) -> Answer:
        """Answer one request, counted by who answered it and how it ended."""
        pop, watched, tier = text(call, "pop", "sfo"), Stopwatch(), "edge"
        explain = call.content.get("explain") is True
        set_attributes(pop_location=pop)
        key = self._key(pop, text(call, "page_type", "home"), text(call, "user_id"))
        try:
            await call.faults.suffer("edge")
            held = self._lookup(key, pop, usable=not (explain or call.fresh))
            set_attributes(cache_hit=held is not None)
            self._requests.labels(pop=pop, cache="miss" if held is None else "hit").inc()
            if held is not None:
                answer = self._score(held)
            else:
                tier = "llm" if explain else "origin"
                answer = await self._from_origin(key, call)
        except FAILURES:
            self._errors.labels(pop=pop).inc()
            self._all.labels(tier=tier, status="error").inc()
            raise
        self._record(pop, tier, watched)
        return answer

    def _lookup(self, key: str, pop: str, *, usable: bool) -> Answer | None:
        with self._parts.watch.span("edge.cache_lookup", key=key) as span:
            until, answer = self._kept.get(key, (0.0, {}))
            hit = usable and until > time.monotonic()
            span.set_attribute("hit", hit)
        self._lookups, self._hits = self._lookups + 1, self._hits + hit
        self._hit_ratio.labels(pop=pop).set(self._hits / self._lookups)
        return answer if hit else None

    def _score(self, held: Answer) -> Answer:
        watched = Stopwatch()
        with self._parts.watch.span("edge.score", model_version=MODEL) as span:
            ranked = sorted(held["items"], key=lambda pair: -float(pair[1]))
            span.set_attribute("latency", watched.milliseconds)
        return {**held, "items": ranked, "tier": "edge"}

    async def _from_origin(self, key: str, call: Call) -> Answer:
        headers = call.faults.headers | ({"cache-control": "no-cache"} if call.fresh else {})
        answer = await self._parts.peers["api"].ask(_ENDPOINT, call.content, headers)
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + self._parts.settings.cache_seconds, answer)
        return answer

    def _record(self, pop: str, tier: str, watched: Stopwatch) -> None:
        self._latency.labels(pop=pop).observe(watched.seconds)
        self._duration.labels(tier=tier).observe(watched.seconds)
        self._all.labels(tier=tier, status="success").inc()
        measured = {"latency_ms": watched.milliseconds, "tier": tier, "cache_hit": tier == "edge"}
        self._parts.watch.log.info("personalization_complete", metrics=measured, context={"pop": pop})

    def _key(self, *parts: str) -> str:
        """Return the cache key as a digest: the id in it must neither be read in a span nor found by trial."""
        return blake2b("\0".join(parts).encode(), digest_size=12, key=self._secret).hexdigest()
