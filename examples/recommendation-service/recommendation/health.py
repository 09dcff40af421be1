"""The readiness checks: the document's four dependencies, each with its own timeout."""

from dataclasses import dataclass

import instrumentation

from . import database
from .cache import Cache
from .features import FeatureStore
from .metrics import ServiceMetrics
from .model import FileModel

TIMEOUT = 1.0
"""Seconds for each check, all at once: less than the kubelet (deployment.yaml) and the platform's probes wait."""


@dataclass(frozen=True)
class Needs:
    """The service's dependencies; `database` is host and port, None where there is none."""

    database: tuple[str, int] | None
    cache: Cache
    model: FileModel
    features: FeatureStore


def add(watch: instrumentation.Watch, needs: Needs, metrics: ServiceMetrics) -> None:
    """Add the four checks, and the business figures of the deep page."""

    async def reach_database() -> None:
        if needs.database:
            await database.ping(*needs.database)

    watch.health.add("database", reach_database, timeout=TIMEOUT)
    watch.health.add("redis", needs.cache.ping, timeout=TIMEOUT)
    watch.health.add("ml_model", needs.model.ping, timeout=TIMEOUT)
    watch.health.add("feature_store", needs.features.ping, timeout=TIMEOUT)
    watch.health.number("cache_hit_rate", metrics.cache_hit_rate)
    watch.health.number("error_rate", watch.traffic.error_rate)
    watch.health.number("average_response_time", watch.traffic.average_response_time)
