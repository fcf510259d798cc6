"""One connection to a piece, for one exchange at a time, on httptools.

What arrives is kept until somebody takes it; when more than ``HIGH_WATER`` waits, the socket is not read any further, so
that a slow reader slows the writer down and nothing grows. An answer that is there whole costs a single wake-up.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.upstream.failures import Broken, Stale, UpstreamError

#: Bytes of an answer that may wait to be taken.
HIGH_WATER = 65_536
#: Bytes and number of an answer's header lines.
HEAD_LIMIT = 65_536
HEADERS_LIMIT = 200

type Headers = list[tuple[bytes, bytes]]


class Connection(asyncio.Protocol):
    """``begin`` an exchange, wait for its ``head``, ``take`` each ``arrival`` until ``complete``, then use it again."""

    transport: asyncio.Transport
    parser: HttpResponseParser | None

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.parser = None
        self.closed = False
        self.idle_since = 0.0
        #: Answers that came over this connection so far.
        self.answered = 0
        self._waiter: asyncio.Future[bool] | None = None
        self._listener: Callable[[bool], None] | None = None
        self._until = 0.0
        self._writable: asyncio.Future[None] | None = None
        self._reading = True
        self.complete = True
        self._forget()

    def _forget(self) -> None:
        self.status = 0
        self.headers: Headers = []
        self.headed = False
        self.reusable = False
        self.failure: UpstreamError | None = None
        self._chunks: list[bytes] = []
        self._waiting = 0
        self._head_size = 0
        self._framed = False
        self._until_closed = False
        self._bodiless = False

    # What the proxy calls

    def begin(self, head: bytes, *, bodiless: bool = False) -> None:
        """Sends a request's head (and body, as far as it is there). ``bodiless`` for HEAD: its answer has no body."""
        self._forget()
        self._bodiless = bodiless
        self.complete = False
        if self.parser is None:
            self.parser = HttpResponseParser(self)
        self.transport.write(head)

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    async def writable(self) -> None:
        """Returns once the piece takes more of the request's body."""
        if self._writable is not None:
            await self._writable

    async def head(self, seconds: float) -> bool:
        """Waits until status and headers are there, or the exchange failed. False if neither came in that time."""
        if self.headed or self.failure is not None:
            return True
        self._waiter = self._loop.create_future()
        self._until = self._loop.time() + seconds
        return await self._waiter

    async def arrival(self, seconds: float) -> bool:
        """Waits until there may be something to take. False if nothing came in that time."""
        if self.complete or self._chunks or self.failure is not None:
            return True
        self._waiter = self._loop.create_future()
        self._until = self._loop.time() + seconds
        return await self._waiter

    def listen(self, news: Callable[[bool], None], seconds: float) -> None:
        """As ``head``, for who does not wait: ``news`` is called once, out of the event loop."""
        self._listener = news
        self._until = self._loop.time() + seconds

    def look(self, now: float) -> None:
        """Ends a wait whose time is up. The pool calls it often, so that no exchange needs a timer of its own."""
        if now > self._until:
            self._wake(False)

    def take(self) -> bytes:
        """What has arrived of the body and was not taken yet. Raises what the exchange failed with."""
        if self.failure is not None and not self._chunks:
            raise self.failure
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if chunks:
            self._chunks = []
            self._waiting = 0
        if not self._reading:
            self._reading = True
            self.transport.resume_reading()
        return body

    def fail(self, failure: UpstreamError) -> None:
        """Ends the exchange, and the connection with it."""
        if not self.complete and self.failure is None:
            self.failure = failure
        self.close()
        self._wake(True)

    def close(self) -> None:
        self.reusable = False
        self.closed = True
        self.transport.abort()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are streams without saying so.
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.complete or self.parser is None:
            # Nobody asked: whatever this is, it must not become the next one's answer.
            self.fail(Broken("unasked bytes"))
            return
        try:
            self.parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.fail(Broken(type(error).__name__))
            return
        if not self.headed:
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT:
                self.fail(Broken("head too large"))
            return
        if self._waiting > HIGH_WATER and self._reading and not self.complete:
            self._reading = False
            self.transport.pause_reading()
        self._wake(True)

    def eof_received(self) -> None:
        if self._until_closed and self.headed and not self.complete:
            self._finish(reusable=False)
            self._wake(True)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if not self.complete and self.failure is None:
            self.failure = Broken("closed half-way") if self.headed or self._head_size else Stale("closed")
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None
        self._wake(True)

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # What the parser calls

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.complete or len(self.headers) >= HEADERS_LIMIT:
            raise ValueError("more headers than may be")
        name = name.lower()
        if name in FRAMING:
            self._framed = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        parser = self.parser
        if parser is None or self.complete:
            return
        status = parser.get_status_code()
        if status > 599:
            raise ValueError("a status that nobody knows")
        if status < 200:
            # An interim answer (100, 103): the real one follows.
            return
        self.status = status
        self.headed = True
        if self._bodiless:
            # The parser would wait for the body that a HEAD's Content-Length speaks of: it ends here, and a new parser
            # reads the next answer.
            self._finish(reusable=parser.should_keep_alive())
            self.parser = None
        else:
            self._until_closed = not self._framed and status not in (204, 304)

    def on_body(self, body: bytes) -> None:
        if self.complete:
            raise ValueError("a body where there is none")
        self._chunks.append(body)
        self._waiting += len(body)

    def on_message_complete(self) -> None:
        if not self.headed:
            self.headers.clear()
            self._framed = False
        elif not self.complete and self.parser is not None:
            # Asked later, should_keep_alive() is false, and every connection would be thrown away.
            self._finish(reusable=self.parser.should_keep_alive())

    def on_message_begin(self) -> None:
        if self.complete:
            self.reusable = False

    def _finish(self, *, reusable: bool) -> None:
        self.complete = True
        self.reusable = reusable
        self.answered += 1

    def _wake(self, arrived: bool) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener(arrived)
            return
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(arrived)


FRAMING = frozenset({b"content-length", b"transfer-encoding"})
