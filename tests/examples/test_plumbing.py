"""Settings, faults on command, and asking another service."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar

import httpx
import pytest
from personalization.settings import Settings as ClusterSettings
from personalization.settings import read as read_cluster
from plumbing.faults import HEADER, FaultError, read
from plumbing.variables import SettingsError, address, number, switch
from plumbing.wire import InProcess, Peer, PeerError, trace_headers
from recommendation.settings import Settings
from recommendation.settings import read as read_settings
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


def test_an_empty_environment_gives_what_is_usual() -> None:
    assert read_settings({}) == Settings()
    assert read_cluster({}) == ClusterSettings()
    assert not Settings().faults
    assert not ClusterSettings().faults


def test_every_setting_is_read() -> None:
    given = {
        "PLACES": "7",
        "MODEL_FILE": "/m.json",
        "DATABASE_ADDRESS": "db:5432",
        "REDIS_ADDRESS": "[::1]:6379",
        "CACHE_SECONDS": "1.5",
        "FEATURE_LATENCY_SECONDS": "0",
        "EXAMPLE_FAULTS": "yes",
        "EXAMPLE_FAULT_SECONDS": "2",
        "ENVIRONMENT": "development",
    }
    read = read_settings(given)
    assert all(getattr(read, name) != value for name, value in vars(Settings()).items())
    assert (read.places, read.database, read.redis) == (7, ("db", 5432), ("::1", 6379))


@pytest.mark.parametrize("text", ["x", "-1", "nan", "inf"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="SECONDS: expected a number from 0 on, found"):
        number({"SECONDS": text}, "SECONDS", 1.0)


@pytest.mark.parametrize("text", ["db", ":5432", "db:", "db:x", "db:0", "db:65536"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="DB: expected host:port, found"):
        address({"DB": text}, "DB")


def test_a_switch_is_yes_or_no() -> None:
    assert switch({"ON": "yes"}, "ON")
    assert not switch({"ON": ""}, "ON")
    with pytest.raises(SettingsError, match="ON: expected yes or no, found 'true'"):
        switch({"ON": "true"}, "ON")


def test_faults_are_for_those_who_are_named_and_go_along() -> None:
    faults = read({HEADER: "error=llm, slow=ranking,nonsense,often=llm,error="}, allowed=True, seconds=0.0)
    assert faults.wanted == {("error", "llm"), ("slow", "ranking")}
    assert faults.headers == {HEADER: "error=llm, slow=ranking"}
    asyncio.run(faults.suffer("ranking"))
    with pytest.raises(FaultError, match="llm fails, as header x-example-fault asks"):
        asyncio.run(faults.suffer("llm"))


def test_faults_that_are_not_allowed_are_none() -> None:
    assert not read({HEADER: "error=llm"}, allowed=False, seconds=0.0).wanted
    assert read({}, allowed=True, seconds=0.0).headers == {}


def _ask(answer: Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]) -> dict[str, object]:
    async def run() -> dict[str, object]:
        peer = Peer("llm", "http://llm", timeout=0.05, transport=httpx.MockTransport(answer))
        try:
            return await peer.ask("/reason", {}, {})
        finally:
            await peer.close()

    return asyncio.run(run())


def test_a_peer_that_answers() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"path": request.url.path})

    assert _ask(answer) == {"path": "/reason"}


def test_a_peer_that_fails_is_named() -> None:
    async def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(503)

    with pytest.raises(PeerError, match="llm: expected status 200, found 503"):
        _ask(answer)


def test_a_peer_that_hangs_up_is_named() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(PeerError, match="llm: ConnectError"):
        _ask(answer)


def test_a_peer_that_hangs_is_waited_for_in_vain_only_so_long() -> None:
    async def answer(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError("woken")

    with pytest.raises(PeerError, match=r"llm: no answer in 0\.05 s"):
        _ask(answer)


def test_in_one_process_nothing_but_the_request_gets_across() -> None:
    known: ContextVar[str] = ContextVar("known", default="nothing")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(known.get())(scope, receive, send)

    async def run() -> str:
        known.set("the caller's")
        async with httpx.AsyncClient(transport=InProcess(app), base_url="http://other") as client:
            return (await client.get("/")).text

    assert asyncio.run(run()) == "nothing"


def test_outside_of_a_trace_there_is_no_header() -> None:
    assert trace_headers() == {}
