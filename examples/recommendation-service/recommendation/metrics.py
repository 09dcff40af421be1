"""The service's own metrics, as the document asks for them."""

from collections import deque
from collections.abc import Mapping

import instrumentation

_REMEMBERED = 1000
"""Lookups over which an instance's rate of hits is taken."""


class ServiceMetrics:
    """The metrics that the catalog declares for this service."""

    def __init__(self, watch: instrumentation.Watch) -> None:
        self.requests = watch.counter("recommendation_requests_total")
        self.latency = watch.histogram("recommendation_latency_seconds")
        self.inference = watch.summary("model_inference_duration_seconds")
        self._hit_rate, self._ctr = watch.gauge("cache_hit_rate"), watch.gauge("recommendation_ctr")
        self._freshness = watch.gauge("feature_freshness_seconds")
        self._lookups: deque[bool] = deque(maxlen=_REMEMBERED)
        self._shown, self._clicked = 0, 0

    def looked_up(self, *, hit: bool) -> None:
        """Count one lookup in the cache."""
        self._lookups.append(hit)
        self._hit_rate.set(self.cache_hit_rate())

    def shown(self, places: int) -> None:
        """Count recommendations that were shown."""
        self._shown += places
        self._click_through()

    def clicked(self) -> None:
        """Count a click."""
        self._clicked += 1
        self._click_through()

    def ages(self, ages: Mapping[str, float]) -> None:
        """Set the age of the features, in seconds by type."""
        for name, seconds in ages.items():
            self._freshness.labels(feature_type=name).set(seconds)

    def cache_hit_rate(self) -> float:
        """Return the percentage of the last lookups that the cache answered; 0 before the first."""
        return 100 * sum(self._lookups) / len(self._lookups) if self._lookups else 0.0

    def _click_through(self) -> None:
        if self._shown:
            self._ctr.set(self._clicked / self._shown)
