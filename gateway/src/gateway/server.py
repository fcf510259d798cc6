"""The side of the gateway that faces the callers: uvicorn's own HTTP protocol, made ready for strangers.

What it adds: a limit and a deadline for a request's head, a deadline for the next request, no more than one meaning for
an address, and an answer's head and body in one write. All waiting is looked at once a second, so that a request sets
no timer.
"""

import asyncio
from functools import partial
from typing import Any, cast

import uvicorn
from httptools import HttpParserError, HttpParserUpgrade
from uvicorn._types import HTTPScope
from uvicorn.config import LoopFactoryType
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.app import Gateway
from gateway.call import QUICK, Call, Receive, Scope, Send
from gateway.headers import Headers
from gateway.settings import Settings

#: Looks that a second has.
TICKS = 10
#: Seconds that a caller has to notice that nothing more is read.
LINGER = 2.0
BODILESS = frozenset({204, 304})
FRAMING = frozenset({b"content-length", b"transfer-encoding"})
ASGI = {"version": "3.0", "spec_version": "2.3"}


class Answering(RequestResponseCycle):
    """Holds an answer's head until its body begins; an empty part of the body sends it alone.

    Header lines are not checked again: they come out of a parser or are the gateway's own.
    """

    connection: "Protocol"
    task: asyncio.Task[None]
    _held: list[bytes] | None = None

    @property
    def ready(self) -> bool:
        return not (self.flow.write_paused or self.disconnected or self.response_started)

    def at_once(self, status: int, headers: Headers, body: bytes) -> None:
        """The whole answer; only when ``ready``."""
        self._begin(status, headers)
        self._continue(body, more=False)

    async def send(self, message: Any) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_started:
            self._continue(message.get("body", b""), more=message.get("more_body", False))
        else:
            self._begin(message["status"], message["headers"])

    def _begin(self, status: int, headers: Headers) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        parts = [STATUS_LINE[status]]
        sized = status in BODILESS or self.scope["method"] == "HEAD"
        for header in (*self.default_headers, *headers):
            name, value = header
            if name == b"content-length":
                sized = True
            elif name == b"connection":
                self.keep_alive = self.keep_alive and value != b"close"
                continue
            parts.append(b"%b: %b\r\n" % header)
        # To HTTP/1.0 the end of the connection is the end of the body.
        self.chunked_encoding = not sized and self.scope["http_version"] == "1.1"
        if self.chunked_encoding:
            parts.append(b"transfer-encoding: chunked\r\n")
        parts.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        self._held = parts

    def _continue(self, body: bytes, *, more: bool) -> None:
        parts, self._held = self._held or [], None
        if self.scope["method"] == "HEAD":
            pass
        elif not self.chunked_encoding:
            parts.append(body)
        elif body:
            parts += (b"%x\r\n" % len(body), body, b"\r\n" if more else b"\r\n0\r\n\r\n")
        elif not more:
            parts.append(b"0\r\n\r\n")
        if parts:
            self.transport.write(b"".join(parts))
        if not more:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.connection.end(unread=self.more_body)
            self.connection.answered(self)


class Protocol(HttpToolsProtocol):
    """One caller's connection."""

    #: Set by ``server``.
    gateway: Gateway
    max_head = 32_768
    head_seconds = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a stream, always
        super().connection_made(transport)
        #: A head has begun to arrive, and how many bytes of it came after that.
        self._begun = False
        self._head_size = 0
        #: Since when a head is waited for; None while a request is answered.
        self._head_since: float | None = self.loop.time()
        self._current: Answering | None = None
        #: All is said; until when what still comes is thrown away.
        self._ends_at: float | None = None

    def data_received(self, data: bytes) -> None:
        if self._ends_at is not None:
            return
        if self._begun:
            self._head_size += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            # Other protocols are not spoken here; the request itself is answered, and nothing is read after it.
            self.flow.pause_reading()
        except HttpParserError:
            self._refuse(400, b"malformed")
        if self._begun and self._head_size > self.max_head:
            self._refuse(431, b"head-too-large")

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._begun = True

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come here, too: they must not become headers after those were looked at.
        if self._begun:
            name = name.lower()
            if name == b"expect":
                self.expect_100_continue = value.lower() == b"100-continue"
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        parser = self.parser
        path, _, query = self.url.partition(b"?")
        if not path.startswith(b"/"):
            raise ValueError("an address begins with a slash")
        upgrade = parser.should_upgrade()
        if upgrade and any(name in FRAMING for name, _ in self.headers):
            raise ValueError("the parser would not read this body")
        version = parser.get_http_version()
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": parser.get_method().decode("ascii"),
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": self.headers,
        }
        cycle = Answering(
            scope=cast("HTTPScope", scope),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version == "1.1" and not upgrade and parser.should_keep_alive(),
            on_response=_nothing,
        )
        cycle.connection = self
        scope["extensions"] = {QUICK: cycle}
        self._head_since = None
        self._head_size = 0
        self._begun = False
        self.cycle = cycle
        if self._current is None:
            self._start(cycle)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _start(self, cycle: Answering) -> None:
        self._current = cycle
        call = Call(cast("Scope", cycle.scope), cast("Receive", cycle.receive), cast("Send", cycle.send))
        if not self.gateway.begin(call, partial(self._run, cycle)):
            self._run(cycle)

    def _run(self, cycle: Answering) -> None:
        """Runs the application at once as far as it gets, not in the loop's next round."""
        cycle.task = asyncio.Task(cycle.run_asgi(self.app), loop=self.loop, eager_start=True)
        if not cycle.task.done():
            self.tasks.add(cycle.task)
            cycle.task.add_done_callback(self.tasks.discard)

    def answered(self, cycle: Answering) -> None:
        """The answer is complete: on to the next request, or to waiting for one."""
        self.server_state.total_requests += 1
        self._current = None
        if self.transport.is_closing() or self._ends_at is not None:
            return
        self.flow.resume_reading()
        if self.pipeline:
            # Not from here: answers that are ready at once would call each other, one stack upon the other.
            following = cast("Answering", self.pipeline.pop()[0])
            self._current = following
            self.loop.call_soon(self._start, following)
        else:
            self._head_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._current is not None:
            self._current.disconnected = True
            self._current.message_event.set()
        super().connection_lost(exc)

    def look(self, now: float) -> None:
        """Ends the connection when the next request, once begun, takes too long to come, or none comes."""
        if self.transport.is_closing():
            return
        if self._ends_at is not None:
            if now > self._ends_at:
                self.transport.close()
        elif self._head_since is not None:
            waited = now - self._head_since
            if self._begun and waited > self.head_seconds:
                self._refuse(408, b"sent-too-slowly")
            elif waited > self.timeout_keep_alive:
                self.transport.close()

    def end(self, *, unread: bool) -> None:
        """Closes the connection. With something ``unread``, closing at once would make the caller's system throw away
        what was answered: our side is closed first, and what still comes is taken for a moment."""
        if unread and self.transport.can_write_eof() and not self.transport.is_closing():
            self._ends_at = self.loop.time() + LINGER
            self.flow.resume_reading()
            self.transport.write_eof()
        else:
            self.transport.close()

    def eof_received(self) -> None:
        self.transport.close()

    def _refuse(self, status: int, code: bytes) -> None:
        """Answers what the parser won't take, in plain words, unless an answer has begun: then it ends there."""
        if self.transport.is_closing() or self._ends_at is not None:
            return
        if self._current is not None:
            if self._current.response_started or self.pipeline:
                self.transport.close()
                return
            self._current.disconnected = True
            self._current.message_event.set()
        phrase = STATUS_LINE[status].split(b" ", 2)[2].strip()
        body = b'{"type":"urn:trama:problem:%b","title":"%b","status":%d}' % (code, phrase, status)
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: application/problem+json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
            + body
        )
        self.end(unread=True)


def _nothing() -> None:
    """uvicorn's cycle wants to be told what follows; ``answered`` is."""


class Server(uvicorn.Server):
    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Protocol):
                    connection.look(now)
        return await super().on_tick(counter)


def server(app: Gateway, settings: Settings, *, host: str, port: int, loop: LoopFactoryType = "uvloop") -> Server:
    """The server for the gateway's application, with what a server that faces the world needs."""
    about = {"gateway": app, "max_head": settings.max_head, "head_seconds": settings.head_seconds}
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop=loop,
        http=type("Protocol", (Protocol,), about),
        ws="none",
        lifespan="on",
        # Addresses are believed by our own setting, the request log is our own, and who serves is nobody's business.
        proxy_headers=False,
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_keep_alive=30,
        # Event streams have no end of their own.
        timeout_graceful_shutdown=5,
        backlog=4096,
    )
    return Server(config)
