"""Recommendations, as in the document: places nearby, their features, the model's scores. Each step is a span."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b

from plumbing.faults import Faults

import instrumentation

from .cache import Cache, CacheError
from .features import FeatureStore, Vector
from .geo import Nearby, PlaceIndex
from .metrics import ServiceMetrics
from .model import Model

_DIGITS = 2
"""Of a coordinate in a cache's key: a kilometre, within which two people get the same answer."""


@dataclass(frozen=True)
class Wanted:
    """A request for recommendations.

    Attributes:
        user: who asks; never written down but hashed.
        lat: degrees north.
        lng: degrees east.
        radius_km: kilometres.
        limit: how many places at most.
    """

    user: str
    lat: float
    lng: float
    radius_km: float
    category: str | None
    limit: int

    @property
    def key(self) -> str:
        """The cache's key: a digest, so that the cache holds no locations of users."""
        place = (round(self.lat, _DIGITS), round(self.lng, _DIGITS), self.radius_km)
        asked = json.dumps([self.user, *place, self.category, self.limit])
        return f"recommendations:{blake2b(asked.encode(), digest_size=16).hexdigest()}"


@dataclass(frozen=True)
class Recommended:
    """A place, how far it is in kilometres, and how likely it is liked, 0 to 1."""

    id: str
    category: str
    km: float
    score: float


@dataclass(frozen=True)
class Recommender:
    """The pipeline and what it needs."""

    watch: instrumentation.Watch
    metrics: ServiceMetrics
    index: PlaceIndex
    features: FeatureStore
    model: Model
    cache: Cache
    cache_seconds: float

    async def recommend(self, wanted: Wanted, faults: Faults, *, fresh: bool) -> tuple[list[Recommended], bool]:
        """Return the best places, best first, and whether the cache knew them.

        Args:
            wanted: what is asked for.
            faults: what tests ask for.
            fresh: whether the cache is passed by.

        Raises:
            ValueError: a place off the globe, or a radius without sense.
            plumbing.faults.FaultError: a step was asked to fail.
            recommendation.model.ModelError: there is no model.
        """
        await faults.suffer("recommendation_pipeline")
        held = None if fresh else await self._cached(wanted.key)
        if held is not None:
            return held, True
        nearby = await self._nearby(wanted, faults)
        vectors = await self._enriched(wanted, nearby, faults)
        scores = await self._scored(vectors, faults)
        ranked = sorted(zip(scores, nearby, strict=True), key=lambda pair: (-pair[0], pair[1].place.id))
        best = [
            Recommended(near.place.id, near.place.category, round(near.km, 3), round(score, 4))
            for score, near in ranked[: wanted.limit]
        ]
        await self._keep(wanted.key, best)
        return best, False

    async def _nearby(self, wanted: Wanted, faults: Faults) -> list[Nearby]:
        with self.watch.span("geospatial_query", candidates_found=0) as span:
            await faults.suffer("geospatial_query")
            found = self.index.find_nearby(wanted.lat, wanted.lng, wanted.radius_km, wanted.category)
            span.set_attribute("candidates_found", len(found))
        return found

    async def _enriched(self, wanted: Wanted, nearby: Sequence[Nearby], faults: Faults) -> list[Vector]:
        with self.watch.span("feature_enrichment", features_loaded=0) as span:
            await faults.suffer("feature_enrichment")
            vectors = await self.features.features(wanted.user, nearby, wanted.radius_km)
            span.set_attribute("features_loaded", len(vectors))
        self.metrics.ages(self.features.ages())
        return vectors

    async def _scored(self, vectors: Sequence[Vector], faults: Faults) -> list[float]:
        # The document wants the duration as an attribute, which is only known when the span has ended: measured here.
        with self.watch.span("ml_inference", inference_time_ms=0.0) as span:
            started = time.perf_counter()
            await faults.suffer("ml_inference")
            scores = await self.model.predict(vectors)
            seconds = time.perf_counter() - started
            span.set_attribute("inference_time_ms", round(1000 * seconds, 3))
        self.metrics.inference.observe(seconds)
        return scores

    async def _cached(self, key: str) -> list[Recommended] | None:
        try:
            held = await self.cache.get(key)
        except CacheError as error:
            self._without_cache(error)
            return None
        self.metrics.looked_up(hit=held is not None)
        return None if held is None else [Recommended(**each) for each in json.loads(held)]

    async def _keep(self, key: str, best: Sequence[Recommended]) -> None:
        try:
            await self.cache.put(key, json.dumps([asdict(each) for each in best]), self.cache_seconds)
        except CacheError as error:
            self._without_cache(error)

    def _without_cache(self, error: CacheError) -> None:
        """Log a failed cache, which costs time, not answers."""
        self.watch.log.warning("cache_unavailable", message=str(error))
