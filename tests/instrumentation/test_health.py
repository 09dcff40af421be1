"""Health under faults: the right status, within a bounded time, and no dependency called more than once at a time."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instrumentation import ContractError
from instrumentation.checks import Check
from instrumentation.system import System
from instrumentation.traffic import Traffic
from tests.instrumentation.conftest import Watched, Watching

DEPENDENCIES = ("database", "feature_store", "ml_model", "redis")
PATIENT = 30.0
"""Seconds for what answers at once: a busy machine may let it wait."""
TIMEOUT = 0.2
"""Seconds; what is bounded by it may take twice as long on a busy machine, never ten times."""


class Dependency:
    """A dependency that answers when it is let, and counts how often it is called at once."""

    def __init__(self) -> None:
        self.calls = 0
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.go = threading.Event()

    def blocking(self) -> None:
        self._enter()
        self.go.wait(30)
        self._leave()

    async def waiting(self) -> None:
        self._enter()
        try:
            while not self.go.is_set():
                await asyncio.sleep(0.005)
        finally:
            self._leave()

    async def stubborn(self) -> None:
        """Goes on when it is told to stop."""
        self._enter()
        while not self.go.is_set():
            try:
                await asyncio.sleep(0.005)
            except asyncio.CancelledError:
                continue
        self._leave()

    def _enter(self) -> None:
        with self._lock:
            self.calls += 1
            self._now += 1
            self.most = max(self.most, self._now)

    def _leave(self) -> None:
        with self._lock:
            self._now -= 1


def check(call: Callable[[], Any], *, fresh: float = 0.0, timeout: float = PATIENT) -> Check:
    return Check("database", call, timeout, fresh=fresh, required=True)


async def many(one: Check, probes: int = 20) -> list[str | None]:
    return [result.error for result in await asyncio.gather(*(one.result() for _ in range(probes)))]


@pytest.mark.parametrize("kind", ["blocking", "waiting", "stubborn"])
def test_probes_at_once_share_one_call_and_all_end_in_time(kind: str) -> None:
    dependency = Dependency()

    async def run() -> None:
        one = check(getattr(dependency, kind), timeout=TIMEOUT)
        began = time.monotonic()
        for _ in range(3):
            assert await many(one) == ["timeout"] * 20
        assert time.monotonic() - began < 10 * TIMEOUT
        dependency.go.set()
        while (await one.result()).error == "timeout":
            await asyncio.sleep(0.01)
        assert (await one.result()).ok

    asyncio.run(run())
    assert dependency.most == 1


def test_a_hung_call_is_not_repeated() -> None:
    dependency = Dependency()

    async def run() -> None:
        one = check(dependency.blocking, timeout=TIMEOUT)
        for _ in range(5):
            assert (await one.result()).error == "timeout"

    asyncio.run(run())
    assert dependency.calls == 1
    dependency.go.set()


def test_a_prober_that_gives_up_does_not_stop_the_call_for_others() -> None:
    dependency = Dependency()

    async def run() -> None:
        one = check(dependency.waiting)
        first = asyncio.create_task(one.result())
        second = asyncio.create_task(one.result())
        while not dependency.calls:
            await asyncio.sleep(0)
        first.cancel()
        dependency.go.set()
        assert (await second).ok

    asyncio.run(run())
    assert dependency.calls == 1


def test_who_comes_in_the_moment_that_a_call_ends_begins_no_other() -> None:
    calls = 0

    async def play() -> list[str | None]:
        release = asyncio.Event()

        async def call() -> None:
            nonlocal calls
            calls += 1
            await release.wait()

        one = check(call, fresh=60.0)
        askers = [asyncio.create_task(one.result())]
        await asyncio.sleep(0)
        release.set()
        # One for each turn of the loop that lies between the call's end and the first asker's waking up.
        for _ in range(8):
            askers.append(asyncio.create_task(one.result()))
            await asyncio.sleep(0)
        return [(await asker).error for asker in askers]

    assert asyncio.run(play()) == [None] * 9
    assert calls == 1


def test_a_result_stands_while_it_is_fresh() -> None:
    calls: list[int] = []

    async def run() -> None:
        one = check(lambda: calls.append(1), fresh=60)
        assert await many(one) == [None] * 20
        await one.result()

    asyncio.run(run())
    assert len(calls) == 1


def test_a_failure_says_its_kind_and_not_its_text() -> None:
    def refused() -> None:
        raise ConnectionRefusedError("postgresql://svc:hunter2@db")

    async def cancelled() -> None:
        raise asyncio.CancelledError

    async def run() -> None:
        assert (await check(refused).result()).error == "ConnectionRefusedError"
        assert (await check(lambda: False).result()).error == "refused"
        assert (await check(cancelled).result()).error == "cancelled"
        assert (await check(lambda: 0).result()).ok

    asyncio.run(run())


def ready(watched: Watched, **faults: Callable[[], Any]) -> Watched:
    for name in DEPENDENCIES:
        timeout = TIMEOUT if name in faults else PATIENT
        watched.watch.health.add(name, faults.get(name, lambda: True), timeout=timeout, fresh=0.0)
    return watched


def told(watched: Watched, name: str) -> float:
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
    assert told(watched, f'readiness_check{{dependency="{name}"}}') == 0
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
    assert told(watched, "cache_hit_rate") == 82.5
    assert told(watched, "error_rate") == 50
    assert told(watched, "average_response_time") == 40
    assert told(watched, 'readiness_check{dependency="redis"}') == 1
    for name in ("database", "redis", "ml_model"):
        assert 0 <= told(watched, f"{name}_latency_ms") < 1_000
    for name in ("cpu_usage", "memory_usage", "disk_usage"):
        assert 0 <= told(watched, name) <= 100


def test_what_was_long_ago_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("instrumentation.traffic.time.monotonic", lambda: now[0])
    traffic = Traffic()
    traffic.add(100, failed=True)
    now[0] += 299
    traffic.add(20, failed=False)
    assert (traffic.error_rate(), traffic.average_response_time()) == (50, 60)
    now[0] += 1
    assert (traffic.error_rate(), traffic.average_response_time()) == (0, 20)
    now[0] += 300
    assert traffic.error_rate() is traffic.average_response_time() is None


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


def group(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)
    return folder


def test_a_containers_own_limits_count(tmp_path: Path) -> None:
    (tmp_path / "group").mkdir()
    folder = group(
        tmp_path / "group",
        cpu_stat="usage_usec 1000000\n",
        cpu_max="50000 100000\n",
        memory_max="1000\n",
        memory_current="600\n",
        memory_stat="anon 1\ninactive_file 100\n",
    )
    system = System(folder, tmp_path)
    assert system.figures()["memory_usage"] == 50
    # Half a core, and far more of it used than any time since then allows.
    group(folder, cpu_stat="usage_usec 900000000\n")
    assert system.figures()["cpu_usage"] == 100
    assert system.figures()["cpu_usage"] == 0


def test_a_machine_is_read_where_there_is_no_limit(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1 1 1\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
    system = System(tmp_path / "none", tmp_path)
    assert system.figures()["memory_usage"] == 75
    (tmp_path / "stat").write_text("cpu  150 0 150 1400 200 0 0 0 0 0\n")
    assert system.figures()["cpu_usage"] == 11.11
    nowhere = System(tmp_path / "none", tmp_path / "none")
    assert nowhere.figures()["cpu_usage"] is nowhere.figures()["memory_usage"] is None
