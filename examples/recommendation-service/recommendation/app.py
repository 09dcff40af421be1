"""The service: recommendations by POST, clicks on them, and the health pages that `instrumentation` serves.

`uvicorn recommendation.app:create --factory --port 8000` runs it; `recommendation/settings.py` has its settings.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from plumbing.faults import FaultError
from plumbing.faults import read as read_faults
from plumbing.wire import trace_headers
from pydantic import BaseModel, Field
from starlette.types import ASGIApp

import instrumentation

from . import health
from .cache import Cache, MemoryCache, RedisCache
from .features import MemoryFeatureStore
from .geo import MOST_KM, PlaceIndex
from .metrics import ServiceMetrics
from .model import FileModel, ModelError
from .people import segment_of
from .pipeline import Recommended, Recommender, Wanted
from .places import Category, generate, region_of
from .settings import Settings, read

WORKLOAD = "recommendation-service"
CONTRACT = Path("/etc/observability/recommendation-service.json")
"""Where the image has the contract, unless `CONTRACT_FILE` says otherwise."""

_OFF = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""FastAPI's own telemetry: where a process has a tracer it would begin a second trace of each request."""


class Location(BaseModel):
    """A location, in degrees."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class Asked(BaseModel):
    """A request for recommendations; a radius is in kilometres."""

    user_id: Annotated[str, Field(min_length=1, max_length=100)]
    location: Location
    radius_km: Annotated[float, Field(gt=0, le=MOST_KM)] = 2.0
    category: Category | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class Click(BaseModel):
    """A click on what was recommended."""

    place_id: Annotated[str, Field(min_length=1, max_length=100)]


def create() -> ASGIApp:
    """Return the watched service, configured by its environment."""
    settings = read(os.environ)
    contract = Path(os.environ.get("CONTRACT_FILE") or CONTRACT)
    watch = instrumentation.start(
        workload=WORKLOAD, service=WORKLOAD, contract=contract, environment=settings.environment
    )
    return build(watch, settings)


def build(watch: instrumentation.Watch, settings: Settings) -> ASGIApp:
    """Return the watched service."""
    metrics = ServiceMetrics(watch)
    model, features = FileModel(settings.model), MemoryFeatureStore(settings.feature_latency)
    cache: Cache = RedisCache(*settings.redis) if settings.redis else MemoryCache()
    index = PlaceIndex(generate(settings.places))
    service = _Service(Recommender(watch, metrics, index, features, model, cache, settings.cache_seconds), settings)
    health.add(watch, health.Needs(settings.database, cache, model, features), metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await cache.close()
        watch.close()

    app = FastAPI(title="Recommendation service", lifespan=lifespan, docs_url=None, redoc_url=None, telemetry=_OFF)
    app.post("/recommendations")(service.recommendations)
    app.post("/clicks", status_code=204)(service.click)
    # It writes the document's line for each request.
    return watch.asgi(app, event=None)


class _Service:
    """The two routes."""

    def __init__(self, recommender: Recommender, settings: Settings) -> None:
        self._recommender = recommender
        self._watch, self._metrics = recommender.watch, recommender.metrics
        self._settings = settings

    async def recommendations(self, asked: Asked, request: Request) -> JSONResponse:
        """Recommend places nearby."""
        started = time.perf_counter()
        region = region_of(asked.location.latitude, asked.location.longitude)
        segment = segment_of(asked.user_id)
        self._metrics.requests.labels(
            user_segment=segment, category=asked.category or "any", location_region=region
        ).inc()
        try:
            found, hit = await self._recommend(asked, request)
        except (FaultError, ModelError):
            self._metrics.latency.observe(time.perf_counter() - started)
            self._watch.log.exception("recommendation_request", location_region=region)
            return JSONResponse({"error": "no recommendations"}, 500, trace_headers())
        seconds = time.perf_counter() - started
        self._metrics.latency.observe(seconds)
        self._metrics.shown(len(found))
        self._log(asked, region, len(found), seconds, hit=hit)
        return JSONResponse({"places": [asdict(place) for place in found], "cached": hit}, headers=trace_headers())

    async def click(self, click: Click) -> None:
        """Count a click on what was recommended."""
        del click
        self._metrics.clicked()

    async def _recommend(self, asked: Asked, request: Request) -> tuple[list[Recommended], bool]:
        faults = read_faults(request.headers, allowed=self._settings.faults, seconds=self._settings.fault_seconds)
        where = asked.location
        wanted = Wanted(asked.user_id, where.latitude, where.longitude, asked.radius_km, asked.category, asked.limit)
        fresh = request.headers.get("cache-control") == "no-cache"
        return await self._recommender.recommend(wanted, faults, fresh=fresh)

    def _log(self, asked: Asked, region: str, results: int, seconds: float, *, hit: bool) -> None:
        """Write the document's line, without the person's location."""
        self._watch.log.info(
            "recommendation_request",
            user_id=asked.user_id,
            num_results=results,
            response_time_ms=round(1000 * seconds, 3),
            cache_hit=hit,
            location_region=region,
            radius_km=asked.radius_km,
            model={"version": self._recommender.model.version},
        )
