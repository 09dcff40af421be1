"""The health pages under faults: the right status, and each part as a gauge."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from instrumentation import ContractError
from tests.instrumentation.conftest import Watched, Watching

DEPENDENCIES = ("database", "feature_store", "ml_model", "redis")
PATIENT = 30.0
"""Seconds for what answers at once: a busy machine may let it wait."""
TIMEOUT = 0.2
"""Seconds; what is bounded by it may take twice as long on a busy machine, never ten times."""


def ready(watched: Watched, **faults: Callable[[], Any]) -> Watched:
    for name in DEPENDENCIES:
        timeout = TIMEOUT if name in faults else PATIENT
        watched.watch.health.add(name, faults.get(name, lambda: True), timeout=timeout, fresh=0.0)
    return watched


def value_of(watched: Watched, name: str) -> float:
    rows = watched.watch.metrics.page("text/plain")[0].decode().splitlines()
    return next(float(row.rpartition(" ")[2]) for row in rows if row.startswith(name))


def dead() -> None:
    raise ConnectionRefusedError


async def slow() -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("name", "call", "error"),
    [("database", dead, "ConnectionRefusedError"), ("redis", slow, "timeout"), ("ml_model", lambda: False, "refused")],
)
def test_a_dead_dependency_is_told_by_pages_gauges_and_one_line(
    watching: Watching, name: str, call: Callable[[], Any], error: str
) -> None:
    watched = ready(watching(), **{name: call})
    health = watched.watch.health
    began = time.monotonic()
    status, page = asyncio.run(health.ready())
    assert (status, page) == (503, {"status": "not_ready", "checks": {one: one != name for one in DEPENDENCIES}})
    assert time.monotonic() - began < 10 * TIMEOUT
    status, page = asyncio.run(health.deep())
    assert (status, page["status"]) == (200, "unhealthy")
    assert page["checks"] == {one: error if one == name else "ok" for one in DEPENDENCIES}
    assert asyncio.run(health.live())[0] == 200
    assert value_of(watched, f'readiness_check{{dependency="{name}"}}') == 0
    assert [line["event"] for line in watched.lines] == ["dependency_failed"]


def test_a_healthy_service_tells_its_parts_as_gauges(watching: Watching) -> None:
    watched = ready(watching())
    watch = watched.watch
    watch.health.number("cache_hit_rate", lambda: 82.5)
    watch.health.number("error_rate", watch.traffic.error_rate)
    watch.health.number("average_response_time", watch.traffic.average_response_time)
    watch.traffic.add(30, failed=False)
    watch.traffic.add(50, failed=True)
    assert asyncio.run(watch.health.ready()) == (200, {"status": "ready", "checks": dict.fromkeys(DEPENDENCIES, True)})
    while "cpu_usage" not in watch.metrics.page("text/plain")[0].decode():
        asyncio.run(watch.health.deep())
    status, page = asyncio.run(watch.health.deep())
    assert (status, page["status"]) == (200, "healthy")
    assert page["business"] == {"cache_hit_rate": 82.5, "error_rate": 50.0, "average_response_time": 40.0}
    assert isinstance(page["dependencies"], dict)
    assert set(page["dependencies"]) == {f"{name}_latency_ms" for name in DEPENDENCIES}
    assert value_of(watched, "cache_hit_rate") == 82.5
    assert value_of(watched, "error_rate") == 50
    assert value_of(watched, "average_response_time") == 40
    assert value_of(watched, 'readiness_check{dependency="redis"}') == 1
    for name in ("database", "redis", "ml_model"):
        assert 0 <= value_of(watched, f"{name}_latency_ms") < 1_000
    for name in ("cpu_usage", "memory_usage", "disk_usage"):
        assert 0 <= value_of(watched, name) <= 100


def test_an_optional_dependency_does_not_take_the_service_out(watching: Watching) -> None:
    watched = watching()
    watched.watch.health.add("redis", dead, required=False)
    status, page = asyncio.run(watched.watch.health.ready())
    assert (status, page) == (200, {"status": "ready", "checks": {"redis": False}})


def test_recovery_is_told_once(watching: Watching) -> None:
    broken = [True]

    def flaky() -> bool:
        return not broken[0]

    watched = ready(watching(), redis=flaky)
    for state in (True, True, False, False):
        broken[0] = state
        asyncio.run(watched.watch.health.ready())
    assert [line["event"] for line in watched.lines] == ["dependency_failed", "dependency_recovered"]


def test_a_number_that_cannot_be_had_is_no_reason_to_be_ill(watching: Watching) -> None:
    watched = ready(watching())

    def broken() -> float:
        raise KeyError("cache")

    watched.watch.health.number("cache_hit_rate", broken)
    status, page = asyncio.run(watched.watch.health.deep())
    assert (status, page["business"]) == (200, {"cache_hit_rate": None})


def test_names_are_the_catalogs(watching: Watching) -> None:
    health = watching(environment="development").watch.health
    with pytest.raises(ContractError, match="health: kafka: expected a dependency of readiness_check"):
        health.add("kafka", lambda: True)
    with pytest.raises(ContractError, match="metric: queue_depth"):
        health.number("queue_depth", lambda: 1.0)


def test_a_workload_without_gauges_has_its_pages_all_the_same(watching: Watching) -> None:
    watched = watching("recsys-saas", "backend-api", "development")
    watched.watch.health.add("postgres", lambda: True)
    assert asyncio.run(watched.watch.health.deep())[0] == 200
