"""The caches: what is kept and for how long; Redis's protocol against a server that speaks it, and ones that do not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from recommendation.cache import CacheError, MemoryCache, RedisCache, command

Found = TypeVar("Found")
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def test_a_command_is_an_array_of_bulk_strings_counted_in_bytes() -> None:
    assert command("GET", "é") == b"*2\r\n$3\r\nGET\r\n$2\r\n\xc3\xa9\r\n"


def test_memory_forgets_what_is_too_old_and_what_is_least_used() -> None:
    async def play() -> list[str | None]:
        cache = MemoryCache(most=2)
        await cache.put("old", "0", 0)
        old = await cache.get("old")
        await cache.put("a", "1", 60)
        await cache.put("b", "2", 60)
        await cache.get("a")
        await cache.put("c", "3", 60)
        return [old, *[await cache.get(key) for key in "abc"]]

    assert asyncio.run(play()) == [None, "1", None, "3"]


class Redis:
    """Speaks as much of Redis as the cache does; counts connections."""

    def __init__(self) -> None:
        self.held: dict[bytes, bytes] = {}
        self.connections = 0
        self.lifetimes: list[bytes] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await reader.readline():
            words = [await self._bulk(reader) for _ in range(int(head[1:]))]
            writer.write(self._reply(words))
            await writer.drain()

    async def _bulk(self, reader: asyncio.StreamReader) -> bytes:
        size = int((await reader.readline())[1:])
        return (await reader.readexactly(size + 2))[:-2]

    def _reply(self, words: list[bytes]) -> bytes:
        if words[0] == b"PING":
            return b"+PONG\r\n"
        if words[0] == b"SET":
            self.held[words[1]] = words[2]
            self.lifetimes.append(words[4])
            return b"+OK\r\n"
        value = self.held.get(words[1])
        return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


def test_redis_keeps_what_is_put_over_one_connection() -> None:
    server = Redis()

    async def talk(cache: RedisCache) -> list[str | None]:
        await cache.ping()
        await cache.put("key", "größer\r\n", 1.5)
        return [*await asyncio.gather(cache.get("key"), cache.get("none"), cache.get("key"))]

    assert _with(server.answer, talk) == ["größer\r\n", None, "größer\r\n"]
    # The ping has a connection of its own.
    assert (server.connections, server.lifetimes) == (2, [b"1500"])


def test_after_an_answer_that_is_late_the_next_is_not_taken_for_it() -> None:
    turns: list[int] = []

    async def late_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"GET\r\n"):
            turns.append(1)
            if len(turns) == 2:
                # It hangs until the cache gives up and hangs up.
                await reader.read()
                return
            writer.write(b"$5\r\nright\r\n")

    async def talk(cache: RedisCache) -> str | None:
        assert await cache.get("first") == "right"
        with pytest.raises(CacheError, match=r"no answer to GET in 0\.2 s"):
            await cache.get("second")
        return await cache.get("third")

    assert _with(late_second, talk) == "right"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (b"-NOAUTH key-of-somebody\r\n", "redis: NOAUTH$"),
        (b"?\r\n", "GET: ValueError"),
        (b"$5\r\nab", "IncompleteRead"),
    ],
)
def test_an_error_is_told_without_the_key(reply: bytes, text: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"GET\r\n")
        writer.write(reply)
        await writer.drain()

    async def talk(cache: RedisCache) -> None:
        with pytest.raises(CacheError, match=text):
            await cache.get("key-of-somebody")

    _with(answer, talk)


def test_nobody_listens() -> None:
    async def talk(cache: RedisCache) -> None:
        # The server that `_with` starts is closed here; its port answers with a refusal.
        with pytest.raises(CacheError, match="PING: Connection"):
            await cache.ping()

    _with(None, talk)


def _with(answer: Answer | None, talk: Callable[[RedisCache], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await (answer or Redis().answer)(reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        if answer is None:
            server.close()
            await server.wait_closed()
        cache = RedisCache("127.0.0.1", port, timeout=0.2)
        try:
            return await talk(cache)
        finally:
            await cache.close()
            server.close()

    return asyncio.run(run())
