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


@dataclass(slots=True)
class Exchange:
    """A request, and the connection that it was last sent on."""

    call: Call
    pool: Pool
    upload: Upload
    #: The request's head, and its body as far as it was there.
    start: bytes
    connection: Connection

    def send(self, connection: Connection) -> None:
        self.connection = connection
        connection.begin(self.start, bodiless=self.call.method == "HEAD")


def begun(call: Call, address: Address, pool: Pool, upload: Upload, connection: Connection) -> Exchange:
    """Sends the request on a connection out of the pool."""
    asked, query = call.asked, call.query
    head = request_head(
        call.method,
        address.path + b"?" + query if query else address.path,
        call.scope["headers"],
        asked,
        origin=provenance(pool.authority, call.client, call.scheme, asked.host, address.piece),
        framing=upload.framing,
        deadline=time.time() + upload.allowance.answer_seconds,
    )
    exchange = Exchange(call, pool, upload, head + upload.body, connection)
    exchange.send(connection)
    return exchange


async def forward(call: Call, address: Address, pool: Pool, allowance: Allowance) -> None:
    """Answers the call with what the piece answers. Raises an UpstreamError when it can't, or can't any further."""
    upload = Upload(allowance)
    if call.asked.content_length is not None or call.asked.chunked:
        await _begin(call, upload)
    connection = pool.take() or await pool.connect()
    await carry_on(begun(call, address, pool, upload, connection))


async def carry_on(exchange: Exchange) -> None:
    """The rest of what has begun. Raises as ``forward``."""
    reused = exchange.connection.answered > 0
    try:
        await _answer(exchange)
    except Stale:
        # Nothing was answered. If the piece closed it while it was unused, what does nothing twice is asked again.
        if not (reused and exchange.call.method in IDEMPOTENT and exchange.upload.whole):
            raise
    else:
        return
    exchange.send(await exchange.pool.connect())
    await _answer(exchange)


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


def whole(exchange: Exchange) -> bool:
    """Answers the call, if the answer is there whole and can be sent at once. False, and nothing done, otherwise."""
    call, connection = exchange.call, exchange.connection
    if not connection.complete or call.quick is None or not call.quick.ready:
        return False
    headers = answered(connection.status, connection.headers, call.piece, exchange.pool.authority)
    call.at_once(connection.status, headers, connection.take())
    exchange.pool.release(connection)
    return True


async def _answer(exchange: Exchange) -> None:
    call, connection, upload = exchange.call, exchange.connection, exchange.upload
    company: asyncio.Task[None] | None = None
    try:
        if upload.more or not await connection.head(PATIENCE):
            company = asyncio.create_task(_keep_company(call, connection, upload))
            await _late_head(connection, upload)
        body, complete = connection.take(), connection.complete
        headers = answered(connection.status, connection.headers, call.piece, exchange.pool.authority)
        if upload.more:
            headers.append((b"connection", b"close"))
        if complete and call.at_once(connection.status, headers, body):
            return
        if company is None:
            company = asyncio.create_task(_keep_company(call, connection, upload))
        await call.start(connection.status, headers)
        await _stream(call, connection, body, complete, upload.allowance)
    finally:
        if company is not None:
            company.cancel()
        if upload.more:
            connection.close()
        exchange.pool.release(connection)


async def _late_head(connection: Connection, upload: Upload) -> None:
    """Waits as long as the answer may take, counted from the end of the request."""
    loop = asyncio.get_running_loop()
    since = loop.time()
    while not await connection.head(upload.allowance.answer_seconds):
        if not upload.more and loop.time() - max(since, upload.finished) >= upload.allowance.answer_seconds:
            raise TooSlow("answer")


async def _stream(call: Call, connection: Connection, body: bytes, complete: bool, allowance: Allowance) -> None:
    """Passes on what arrives as it arrives, no faster than the caller reads it; the head at once, with or without."""
    first = True
    while True:
        if body or complete or first:
            first = False
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
