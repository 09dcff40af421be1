"""The middleware's trace, line and metrics of each request, through FastAPI and through plain ASGI."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from opentelemetry import trace
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from instrumentation.asgi import Message, Middleware, Receive, Scope, Send
from tests.instrumentation.conftest import Watched, Watching
from tests.instrumentation.otlp import Receiver, attributes, receiver

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def otlp() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


def service(watched: Watched) -> FastAPI:
    app = FastAPI()

    @app.post("/recommendations")
    async def recommendations() -> dict[str, str]:
        watched.watch.log.info("recommendation_request", num_results=1)
        return {"trace": f"{trace.get_current_span().get_span_context().trace_id:032x}"}

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("token=abcdefghijkl")

    @app.get("/refused")
    async def refused() -> None:
        raise HTTPException(503)

    return app


def ask(app: Any, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(run())


def test_a_request_continues_its_callers_trace(watching: Watching, otlp: Receiver) -> None:
    watched = watching(endpoint=otlp.address)
    app = watched.watch.asgi(service(watched))
    answer = ask(app, "POST", "/recommendations", {"traceparent": PARENT, "x-request-id": "req-1"})
    assert answer.json() == {"trace": "4bf92f3577b34da6a3ce929d0e0e4736"}
    watched.watch.flush()
    (span,) = otlp.spans
    assert span.name == "recommendation_pipeline"
    assert span.parent_span_id.hex() == "00f067aa0ba902b7"
    assert attributes(span) == {"http.request.method": "POST", "http.response.status_code": 200}
    own, request = watched.lines
    for line in (own, request):
        assert (line["trace_id"], line["span_id"]) == ("4bf92f3577b34da6a3ce929d0e0e4736", span.span_id.hex())
        assert line["request_id"] == "req-1"
    assert (request["event"], request["level"]) == ("request", "INFO")
    assert request["response_time_ms"] > 0


@pytest.mark.parametrize(("path", "status"), [("/broken", 500), ("/refused", 503)])
def test_a_failed_request_is_an_error_everywhere(watching: Watching, otlp: Receiver, path: str, status: int) -> None:
    watched = watching(endpoint=otlp.address)
    assert ask(watched.watch.asgi(service(watched)), "GET", path).status_code == status
    watched.watch.flush()
    (span,) = otlp.spans
    assert span.name == "GET"
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert (watched.line["event"], watched.line["level"]) == ("request", "ERROR")
    assert watched.watch.traffic.error_rate() == 100
    assert "abcdefghijkl" not in watched.out.getvalue() + str(span)


def test_a_client_that_asks_for_nonsense_is_no_fault_of_the_service(watching: Watching, otlp: Receiver) -> None:
    watched = watching(endpoint=otlp.address)
    assert ask(watched.watch.asgi(service(watched)), "GET", "/nowhere").status_code == 404
    watched.watch.flush()
    assert otlp.spans[0].status.code == Status.STATUS_CODE_UNSET
    assert watched.watch.traffic.error_rate() == 0


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "<script>"])
def test_a_request_without_a_usable_id_gets_one(watching: Watching, sent: str) -> None:
    watched = watching()
    ask(watched.watch.asgi(service(watched)), "POST", "/recommendations", {"x-request-id": sent})
    first, second = watched.lines
    assert first["request_id"] == second["request_id"] != sent
    assert len(first["request_id"]) == 32
    watched.watch.log.info("x")
    assert "request_id" not in watched.line


def test_a_service_may_write_its_own_lines_only(watching: Watching) -> None:
    watched = watching()
    ask(watched.watch.asgi(service(watched), event=None), "POST", "/recommendations")
    assert [line["event"] for line in watched.lines] == ["recommendation_request"]


def test_the_pages(watching: Watching) -> None:
    watched = watching()
    watched.watch.health.add("redis", lambda: False)
    app = watched.watch.asgi(service(watched))
    answers = {path: ask(app, "GET", path) for path in ("/health/live", "/health/ready", "/health/deep", "/metrics")}
    assert [answer.status_code for answer in answers.values()] == [200, 503, 200, 200]
    assert answers["/health/live"].json()["status"] == "alive"
    assert answers["/health/ready"].json() == {"status": "not_ready", "checks": {"redis": False}}
    assert answers["/health/deep"].headers["content-type"] == "application/json"
    assert "readiness_check" in answers["/metrics"].text
    exemplars = ask(app, "GET", "/metrics", {"accept": "application/openmetrics-text; version=1.0.0"})
    assert exemplars.text.endswith("# EOF\n")
    assert [line["event"] for line in watched.lines] == ["dependency_failed"]


async def plain(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer as a plain ASGI application."""
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def test_plain_asgi_and_what_is_no_request(watching: Watching) -> None:
    app = watching("recsys-saas", "ml-engine").watch.asgi(plain)
    assert ask(app, "GET", "/anything").text == "ok"
    replies = list[Message]()

    async def run() -> None:
        async def receive() -> Message:
            return {"type": "lifespan.startup"}

        async def send(message: Message) -> None:
            replies.append(message)

        await app({"type": "lifespan"}, receive, send)

    asyncio.run(run())
    assert replies == [{"type": "lifespan.startup.complete"}]


def test_a_client_that_leaves_is_no_failure(watching: Watching) -> None:
    watched = watching("recsys-saas", "backend-api")

    async def waits(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    async def run() -> None:
        scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}
        task = asyncio.create_task(watched.watch.asgi(waits)(scope, never, nothing))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

    asyncio.run(run())
    assert (watched.line["status_code"], watched.line["level"]) == (499, "INFO")
    assert watched.watch.traffic.error_rate() == 0


async def never() -> Message:
    """Return a client that sends no output."""
    return {"type": "http.disconnect"}


async def nothing(_message: Message) -> None:
    """Ignore each message."""


def test_the_metrics_of_red_are_counted_where_every_request_has_their_labels(watching: Watching) -> None:
    watched = watching("personalization", "personalization-api")
    app = watched.watch.asgi(plain)
    for path in ("/personalize", "/feedback", "/wp-admin.php"):
        ask(app, "POST", path)
    metrics = watched.watch.metrics.page("text/plain")[0].decode()
    for endpoint in ("/personalize", "/feedback", "other"):
        assert f'api_requests_total{{endpoint="{endpoint}",status_code="200"}} 1.0' in metrics
        assert f'api_latency_seconds_count{{endpoint="{endpoint}"}} 1.0' in metrics
    assert "wp-admin" not in metrics + watched.out.getvalue()
    assert "api_errors_total{" not in metrics


def test_a_counter_with_labels_of_its_own_is_left_to_the_service(watching: Watching) -> None:
    watched = watching("personalization", "personalization-edge")
    ask(watched.watch.asgi(plain), "POST", "/personalize")
    assert "edge_requests_total" not in watched.watch.metrics.page("text/plain")[0].decode()


def test_every_request_has_a_context_of_its_own(watching: Watching) -> None:
    watched = watching()
    app: Middleware = watched.watch.asgi(service(watched))

    async def run() -> list[str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service") as client:
            parents = [f"00-{n:032x}-00f067aa0ba902b7-01" for n in range(1, 30)]
            posts = (client.post("/recommendations", headers={"traceparent": one}) for one in parents)
            return [answer.json()["trace"] for answer in await asyncio.gather(*posts)]

    assert asyncio.run(run()) == [f"{n:032x}" for n in range(1, 30)]
    lines = [line for line in watched.lines if line["event"] == "recommendation_request"]
    assert len({line["request_id"] for line in lines}) == 29
    assert {line["trace_id"] for line in lines} == {f"{n:032x}" for n in range(1, 30)}
