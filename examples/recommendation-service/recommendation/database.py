"""The check of PostgreSQL: a server answers that speaks its protocol.

The example keeps its places in memory and brings no driver. A service with a pool of connections puts `SELECT 1` here.
"""

import asyncio
import struct
from contextlib import suppress

_SSL_REQUEST = struct.pack("!II", 8, 80877103)
"""PostgreSQL's SSLRequest, "Message Formats" in its documentation: any server answers it, before anybody logs in."""


class DatabaseError(Exception):
    """The database does not answer as PostgreSQL does."""


async def ping(host: str, port: int) -> None:
    """Ask whether the server offers TLS: it answers S or N with one byte. The caller bounds the time.

    Raises:
        DatabaseError: nobody listens, the server hangs up, or it answers something else.
    """
    writer: asyncio.StreamWriter | None = None
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(_SSL_REQUEST)
        await writer.drain()
        answer = await reader.read(1)
    except OSError as error:
        raise DatabaseError(f"database: {type(error).__name__}") from error
    finally:
        if writer:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
    if answer not in (b"S", b"N"):
        raise DatabaseError("database: expected PostgreSQL's answer S or N, found something else")
