"""Small things that the gateway itself asks of a piece."""

import asyncio

from gateway.upstream.failures import Broken, Stale, TooSlow
from gateway.upstream.pool import Pool

#: Bytes of an answer that are taken.
LIMIT = 8_000_000


async def fetch(pool: Pool, path: bytes, seconds: float) -> tuple[int, bytes]:
    """Status and body of a GET. Raises an UpstreamError, at the latest after ``seconds``."""
    head = b"GET %b HTTP/1.1\r\nhost: %b\r\naccept: application/json\r\n\r\n" % (path, pool.authority)
    try:
        async with asyncio.timeout(seconds):
            try:
                return await _fetch(pool, head, seconds)
            except Stale:
                return await _fetch(pool, head, seconds)
    except TimeoutError as error:
        raise TooSlow("answer") from error


async def _fetch(pool: Pool, head: bytes, seconds: float) -> tuple[int, bytes]:
    connection = pool.take() or await pool.connect()
    try:
        connection.begin(head)
        await connection.head(seconds)
        body = connection.take()
        while not connection.complete:
            await connection.arrival(seconds)
            body += connection.take()
            if len(body) > LIMIT:
                raise Broken("more than is taken")
        return connection.status, body
    finally:
        pool.release(connection)
