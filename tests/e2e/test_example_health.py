"""The example service, for real, while what it depends on is dead, slow or missing; and one request found by its id."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from plumbing.faults import HEADER
from plumbing.wire import TRACE_HEADER
from recommendation.health import TIMEOUT
from recommendation.train import FILE
from traffic.kinds import RECOMMENDATION
from traffic.receiver import Receiver

from compiler.catalog.catalog import Catalog
from compiler.conventions import TRACE_SALT
from instrumentation.sampling import kept
from tests.e2e.example_service import POSTGRES, REDIS, Dependency, Service, refusing
from tests.e2e.loopback import ask, ask_json
from tests.e2e.servers import until
from tests.examples.watched import write_contracts

pytestmark = pytest.mark.e2e
BOUND = TIMEOUT + 2.0
"""Seconds within which a page answers, whatever is ill: the checks' own, and what a busy machine adds."""
ASKERS, SECONDS = 8, 3.0
DEPENDENCIES = ("database", "redis", "ml_model", "feature_store")
PAGES = ("/health/live", "/health/ready", "/health/deep")


@pytest.fixture(scope="module")
def contract(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_contracts(catalog, tmp_path_factory.mktemp("contracts")) / "recommendation-service.json"


@dataclass(frozen=True)
class Case:
    """What is ill, and which checks that fails. A delay is in seconds; None never answers."""

    name: str
    failing: tuple[str, ...] = ()
    database: tuple[bytes | None, float] | None = (POSTGRES, 0.0)
    redis: tuple[bytes | None, float] | None = (REDIS, 0.0)
    model: bool = True


CASES = (
    Case("all is well"),
    Case("the database never answers", ("database",), database=(None, 0.0)),
    Case("nobody listens where the database was", ("database",), database=None),
    Case("something else answers in the database's place", ("database",), database=(b"HTTP/1.1 400\r\n", 0.0)),
    Case("Redis is slow, and answers in time", redis=(REDIS, 0.4)),
    Case("Redis is slower than a check may be", ("redis",), redis=(REDIS, 10 * TIMEOUT)),
    Case("Redis refuses", ("redis",), redis=(b"-NOAUTH Authentication required.\r\n", 0.0)),
    Case("there is no model", ("ml_model",), model=False),
    Case("nothing answers", ("database", "redis", "ml_model"), database=(None, 0.0), redis=(None, 0.0), model=False),
)


@dataclass(frozen=True)
class Answered:
    """One answer of a page, and after how many seconds."""

    page: str
    status: int
    seconds: float


def _hammer(service: Service) -> list[Answered]:
    """Ask for all three pages for a while, by several clients at once."""
    until_then = time.monotonic() + SECONDS

    def one(number: int) -> list[Answered]:
        found: list[Answered] = []
        while time.monotonic() < until_then:
            page, began = PAGES[(number + len(found)) % len(PAGES)], time.monotonic()
            status, _ = ask(service.address, page)
            found.append(Answered(page, status, time.monotonic() - began))
        return found

    with ThreadPoolExecutor(ASKERS) as pool:
        return [each for found in pool.map(one, range(ASKERS)) for each in found]


@contextmanager
def _dependency(kind: tuple[bytes | None, float] | None) -> Iterator[tuple[str, Dependency | None]]:
    if kind is None:
        yield refusing(), None
        return
    server = Dependency(*kind)
    try:
        yield server.address, server
    finally:
        server.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_health_tells_the_truth_in_time_and_asks_once_at_a_time(case: Case, contract: Path, tmp_path: Path) -> None:
    with _dependency(case.database) as (database, one), _dependency(case.redis) as (redis, other):
        model = FILE if case.model else tmp_path / "none.json"
        variables = {"DATABASE_ADDRESS": database, "REDIS_ADDRESS": redis, "MODEL_FILE": str(model), "PLACES": "90"}
        with Service(tmp_path, contract, variables) as service:
            answers = _hammer(service)
            deep = ask_json(service.address, "/health/deep")
            status, ready = ask(service.address, "/health/ready")
            metrics = ask(service.address, "/metrics")[1]
    well = not case.failing
    assert (status, json.loads(ready)["status"]) == ((200, "ready") if well else (503, "not_ready"))
    assert json.loads(ready)["checks"] == {name: name not in case.failing for name in DEPENDENCIES}
    assert {name for name, verdict in deep["checks"].items() if verdict != "ok"} == set(case.failing)
    for name in DEPENDENCIES:
        assert f'readiness_check{{dependency="{name}"}} {float(name not in case.failing)}' in metrics
    slowest = _slowest(answers)
    assert slowest["/health/live"] < TIMEOUT
    assert max(slowest.values()) < BOUND
    assert {each.status for each in answers if each.page == "/health/live"} == {200}
    assert {each.status for each in answers if each.page == "/health/ready"} == {status}
    # The platform's probe asks this page only whether it answers; what is ill has gauges, and alerts on them.
    assert {each.status for each in answers if each.page == "/health/deep"} == {200}
    assert deep["status"] == ("healthy" if well else "unhealthy")
    for server in (one, other):
        if server:
            assert server.most == 1
            # A result stands for a second, so that no number of askers makes more calls than time.
            assert 1 <= server.total <= SECONDS + BOUND
    calls = " and ".join(str(server.total if server else 0) for server in (one, other))
    listed = ", ".join(f"{page} {seconds:.3f} s" for page, seconds in slowest.items())
    print(f"{case.name}: {len(answers)} answers, slowest {listed}; calls of database and Redis: {calls}")


def _slowest(answers: list[Answered]) -> dict[str, float]:
    return {page: max(each.seconds for each in answers if each.page == page) for page in PAGES}


def test_slow_is_told_as_slow(contract: Path, tmp_path: Path) -> None:
    with (
        _dependency((REDIS, 0.4)) as (redis, _),
        Service(tmp_path, contract, {"REDIS_ADDRESS": redis, "PLACES": "90"}) as service,
    ):
        page = ask_json(service.address, "/health/deep")
        metrics = ask(service.address, "/metrics")[1]
    assert 400 <= page["dependencies"]["redis_latency_ms"] < 1000 * TIMEOUT
    (gauge,) = re.findall(r"^redis_latency_ms (\S+)$", metrics, re.MULTILINE)
    assert float(gauge) == page["dependencies"]["redis_latency_ms"]
    assert {"cpu_usage", "memory_usage", "disk_usage"} <= set(page["system"])
    assert {"cache_hit_rate", "error_rate", "average_response_time"} <= set(page["business"])


def test_it_is_ready_again_when_the_model_has_come(contract: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    with Service(tmp_path, contract, {"MODEL_FILE": str(model), "PLACES": "90"}) as service:
        assert ask(service.address, "/health/ready")[0] == 503
        model.write_text(FILE.read_text())
        until(lambda: ask(service.address, "/health/ready")[0] == 200, 10, "ready again")
        lines = [json.loads(line) for line in service.log().splitlines()]
    assert [line["event"] for line in lines] == ["dependency_failed", "dependency_recovered"]


def test_a_line_its_spans_and_the_exemplar_have_one_trace_id(contract: Path, tmp_path: Path) -> None:
    variables = {"EXAMPLE_FAULTS": "yes", "PLACES": "900"}
    with Receiver() as receiver:
        with Service(tmp_path, contract, {**variables, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint}) as service:
            normal, slow = _requests(service)
            page = _metrics(service)
            lines = {line["trace_id"]: line for line in map(json.loads, service.log().splitlines())}
        # It has ended, and so has sent what it had.
        traces = {trace_id: receiver.trace(trace_id) for trace_id in (*normal, slow)}
    assert set(lines) == {*normal, slow}
    for trace_id, spans in traces.items():
        assert {span.name for span in spans} == set(RECOMMENDATION[0].spans)
        (root,) = (span for span in spans if not span.parent_id)
        assert (root.name, root.service) == ("recommendation_pipeline", "recommendation-service")
        assert lines[trace_id]["span_id"] == root.span_id
    exemplars = set(re.findall(r'recommendation_latency_seconds_bucket\S+ \S+ # {[^}]*trace_id="([0-9a-f]+)"', page))
    # Whoever clicks on one finds its trace: that of the slow request, and those that the normal share keeps.
    assert slow in exemplars
    assert all(each == slow or kept(int(each, 16), 1, TRACE_SALT) for each in exemplars)
    print(f"{len(traces)} traces of {sum(map(len, traces.values()))} spans, a line each; exemplars {sorted(exemplars)}")


def _requests(service: Service) -> tuple[list[str], str]:
    """Send normal requests and a slow one; return their trace ids."""
    usual, slow = RECOMMENDATION[0], {HEADER: "slow=feature_enrichment"}
    with httpx.Client(base_url=f"http://{service.address}", trust_env=False) as client:
        answers = [client.post(usual.path, json=usual.content(each), headers=dict(usual.headers)) for each in range(40)]
        last = client.post(usual.path, json=usual.content(41), headers={**usual.headers, **slow})
    assert {answer.status_code for answer in (*answers, last)} == {200}
    return [answer.headers[TRACE_HEADER] for answer in answers], last.headers[TRACE_HEADER]


def _metrics(service: Service) -> str:
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    return httpx.get(f"http://{service.address}/metrics", headers=accept, trust_env=False).text
