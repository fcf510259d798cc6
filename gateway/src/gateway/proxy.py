"""A request through to its piece and the answer back, both as streams.

The usual case is quick: the body is there whole, the answer comes whole and soon, and one task does it all. Only when a
body is still coming in, or an answer lets wait, a second task keeps company with the caller: it passes on what they
send, and ends the exchange when they leave.
"""

import asyncio
import time
from dataclasses import dataclass

from gateway.addresses import Address
from gateway.call import Call
from gateway.headers import answered, provenance, request_head
from gateway.upstream.connection import Connection
from gateway.upstream.failures import ClientGone, ClientSlow, Stale, TooLarge, TooSlow
from gateway.upstream.pool import Pool

#: Seconds that an answer may take before somebody looks whether the caller is still there.
PATIENCE = 0.05
#: Methods that may be sent twice without doing anything twice (RFC 9110 section 9.2.2).
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Allowance:
    """Seconds and bytes that a request may take."""

    answer_seconds: float
    idle_seconds: float
    body: int


@dataclass(slots=True)
class Upload:
    """A request's body: what is there already, and whether more of it will come."""

    allowance: Allowance
    body: bytes = b""
    more: bool = False
    #: All of it was there at the beginning, so it can be sent again.
    whole: bool = True
    #: The line that says where it ends.
    framing: bytes = b""
    chunked: bool = False
    size: int = 0
    #: Loop time at which the last of it was passed on.
    finished: float = 0.0

    def chunk(self, data: bytes) -> bytes:
        """Some of the body as it goes over the wire, with the end mark after the last of it."""
        if not self.chunked:
            return data
        part = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        return part if self.more else part + b"0\r\n\r\n"


async def forward(call: Call, address: Address, pool: Pool, allowance: Allowance) -> None:
    """Answers the call with what the piece answers. Raises an UpstreamError when it can't, or can't any further."""
    asked = call.asked
    upload = Upload(allowance)
    if asked.content_length is not None or asked.chunked:
        await _begin(call, upload)
    query = call.query
    head = request_head(
        call.method,
        address.path + b"?" + query if query else address.path,
        call.scope["headers"],
        asked,
        origin=provenance(pool.authority, call.client, call.scheme, asked.host, address.piece),
        framing=upload.framing,
        deadline=time.time() + allowance.answer_seconds,
    )
    start = head + upload.body
    connection = pool.take()
    if connection is not None:
        try:
            await _exchange(call, pool, connection, start, upload)
        except Stale:
            # The piece closed it while it was unused. Nothing was answered; may it be asked again?
            if call.method not in IDEMPOTENT or not upload.whole:
                raise
        else:
            return
    await _exchange(call, pool, await pool.connect(), start, upload)


async def _begin(call: Call, upload: Upload) -> None:
    """Takes the body as far as it has arrived: with most requests, all of it."""
    length, allowance = call.asked.content_length, upload.allowance
    if length is not None and length > allowance.body:
        raise TooLarge
    try:
        async with asyncio.timeout(allowance.idle_seconds):
            message = await call.receive()
    except TimeoutError as error:
        raise ClientSlow from error
    if message["type"] == "http.disconnect":
        raise ClientGone
    body, upload.more = message["body"], message["more_body"]
    if len(body) > allowance.body:
        raise TooLarge
    upload.size = len(body)
    upload.whole = not upload.more
    upload.chunked = call.asked.chunked and upload.more
    if upload.chunked:
        upload.framing = b"transfer-encoding: chunked\r\n"
    else:
        # A chunked body that is there whole goes on with its length.
        upload.framing = b"content-length: %d\r\n" % (len(body) if length is None else length)
    upload.body = upload.chunk(body)


async def _exchange(call: Call, pool: Pool, connection: Connection, start: bytes, upload: Upload) -> None:
    company: asyncio.Task[None] | None = None
    try:
        connection.begin(start, bodiless=call.method == "HEAD")
        if upload.more or not await connection.head(PATIENCE):
            company = asyncio.create_task(_keep_company(call, connection, upload))
            await _late_head(connection, upload)
        body = connection.take()
        headers = answered(connection.status, connection.headers, call.piece, pool.authority)
        if upload.more:
            headers.append((b"connection", b"close"))
        if connection.complete:
            if not call.at_once(connection.status, headers, body):
                await call.start(connection.status, headers)
                await call.body(body)
            return
        if company is None:
            company = asyncio.create_task(_keep_company(call, connection, upload))
        await call.start(connection.status, headers)
        await _stream(call, connection, body, upload.allowance)
    finally:
        if company is not None:
            company.cancel()
        if upload.more:
            connection.close()
        pool.release(connection)


async def _late_head(connection: Connection, upload: Upload) -> None:
    """Waits as long as the answer may take, counted from the end of the request."""
    loop = asyncio.get_running_loop()
    since = loop.time()
    while not await connection.head(upload.allowance.answer_seconds):
        if not upload.more and loop.time() - max(since, upload.finished) >= upload.allowance.answer_seconds:
            raise TooSlow("answer")


async def _stream(call: Call, connection: Connection, body: bytes, allowance: Allowance) -> None:
    """Passes on what arrives as it arrives, no faster than the caller reads it; the head at once, with or without."""
    complete, begun = False, False
    while True:
        if body or complete or not begun:
            begun = True
            try:
                async with asyncio.timeout(allowance.idle_seconds):
                    await call.body(body, more=not complete)
            except TimeoutError as error:
                raise ClientSlow from error
        if complete:
            return
        if not await connection.arrival(allowance.idle_seconds):
            raise TooSlow("body")
        body = connection.take()
        complete = connection.complete


async def _keep_company(call: Call, connection: Connection, upload: Upload) -> None:
    """Passes on the rest of the body, then watches: a caller who leaves takes the request along."""
    while upload.more:
        try:
            async with asyncio.timeout(upload.allowance.idle_seconds):
                message = await call.receive()
        except TimeoutError:
            connection.fail(ClientSlow())
            return
        if message["type"] == "http.disconnect":
            connection.fail(ClientGone())
            return
        upload.size += len(message["body"])
        if upload.size > upload.allowance.body:
            connection.fail(TooLarge())
            return
        upload.more = message["more_body"]
        connection.write(upload.chunk(message["body"]))
        await connection.writable()
        upload.finished = asyncio.get_running_loop().time()
    while (await call.receive())["type"] != "http.disconnect":
        pass
    connection.fail(ClientGone())
