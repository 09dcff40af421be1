"""The cache of answers: an interface, one in process, and one that speaks Redis's own protocol (RESP2)."""

import asyncio
import time
from collections import OrderedDict
from typing import Protocol


class CacheError(Exception):
    """The cache does not answer, or answers with an error."""


class Cache(Protocol):
    """The interface that the pipeline needs of a cache."""

    async def get(self, key: str) -> str | None:
        """Return what is kept under the key; CacheError where the cache does not answer."""

    async def put(self, key: str, value: str, seconds: float) -> None:
        """Keep a value for that many seconds."""

    async def ping(self) -> None:
        """Raise CacheError where the cache does not answer."""

    async def close(self) -> None:
        """Close its connections."""


class MemoryCache:
    """A cache of one process, with least-recently-used eviction."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._held: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def get(self, key: str) -> str | None:
        """Return what is kept under the key and is not too old."""
        until, value = self._held.get(key, (0.0, ""))
        if until <= time.monotonic():
            self._held.pop(key, None)
            return None
        self._held.move_to_end(key)
        return value

    async def put(self, key: str, value: str, seconds: float) -> None:
        """Keep a value for that many seconds."""
        self._held[key] = (time.monotonic() + seconds, value)
        self._held.move_to_end(key)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    async def ping(self) -> None:
        """Do nothing: memory always answers."""

    async def close(self) -> None:
        """Do nothing: nothing is open."""


class RedisCache:
    """A Redis client with one connection, which is opened again after an error.

    `timeout` is in seconds and covers the wait for the connection's turn: an answer that comes later than it would take
    to work out is of no use. A reply that was not awaited would be taken for the next one, so the connection goes too.
    """

    def __init__(self, host: str, port: int, timeout: float = 0.1) -> None:
        self._address = (host, port)
        self._timeout = timeout
        self._turn = asyncio.Lock()
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, key: str) -> str | None:
        """Return what is kept under the key.

        Raises:
            CacheError: no answer in time, or an error for an answer.
        """
        return await self._ask("GET", key)

    async def put(self, key: str, value: str, seconds: float) -> None:
        """Keep a value for that many seconds.

        Raises:
            CacheError: no answer in time, or an error for an answer.
        """
        await self._ask("SET", key, value, "PX", str(round(seconds * 1000)))

    async def ping(self) -> None:
        """Send PING over a connection of its own: slow answers on the other do not delay it.

        Whoever calls bounds the time.

        Raises:
            CacheError: another answer, or nobody listens.
        """
        try:
            reader, writer = await asyncio.open_connection(*self._address)
            try:
                writer.write(command("PING"))
                answer = await _reply(reader)
            finally:
                writer.close()
                await writer.wait_closed()
        except (OSError, EOFError, ValueError) as error:
            raise CacheError(f"redis: PING: {type(error).__name__}") from error
        if answer != "PONG":
            raise CacheError(f"redis: expected PONG, found {answer!r}")

    async def close(self) -> None:
        """Close the connection."""
        if self._open:
            _, writer = self._open
            self._open = None
            writer.close()
            await writer.wait_closed()

    async def _ask(self, *words: str) -> str | None:
        try:
            async with asyncio.timeout(self._timeout), self._turn:
                return await self._exchange(words)
        except TimeoutError as error:
            raise CacheError(f"redis: no answer to {words[0]} in {self._timeout:g} s") from error
        except (OSError, EOFError, ValueError) as error:
            raise CacheError(f"redis: {words[0]}: {type(error).__name__}") from error

    async def _exchange(self, words: tuple[str, ...]) -> str | None:
        reader, writer = self._open or await asyncio.open_connection(*self._address)
        # Until the reply is read whole, no other command may use this connection, whatever ends the wait.
        self._open = None
        try:
            writer.write(command(*words))
            await writer.drain()
            answer = await _reply(reader)
        except BaseException:
            writer.close()
            raise
        self._open = (reader, writer)
        return answer


def command(*words: str) -> bytes:
    """Return a command as an array of bulk strings; source: the protocol's specification at redis.io."""
    parts = [word.encode() for word in words]
    return b"".join([b"*%d\r\n" % len(parts), *(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)])


async def _reply(reader: asyncio.StreamReader) -> str | None:
    """Read one reply: a simple string, an error, an integer or a bulk string."""
    line = (await reader.readuntil(b"\r\n")).decode()
    kind, rest = line[0], line[1:-2]
    if kind == "-":
        # What follows the first word may repeat a key.
        raise CacheError(f"redis: {rest.partition(' ')[0]}")
    if kind in "+:":
        return rest
    if kind != "$":
        raise ValueError(f"expected one of + - : $, found {kind!r}")
    if rest == "-1":
        return None
    return (await reader.readexactly(int(rest) + 2))[:-2].decode()
