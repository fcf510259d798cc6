"""One request on its way through, and how it is answered."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from gateway.headers import NOTHING_ASKED, Headers

type Message = MutableMapping[str, Any]
type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

#: ASGI extension of our own server: a way to answer without waiting.
QUICK = "gateway.quick"


class Quick(Protocol):
    @property
    def ready(self) -> bool:
        """Nothing stands in the way of an answer now."""

    def at_once(self, status: int, headers: Headers, body: bytes) -> None: ...


class Call:
    """An ASGI request with what was made out about it."""

    __slots__ = (
        "added",
        "asked",
        "client",
        "method",
        "piece",
        "quick",
        "receive",
        "scheme",
        "scope",
        "send",
        "started",
        "status",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.quick: Quick | None = scope["extensions"].get(QUICK) if "extensions" in scope else None
        self.receive = receive
        self.send = send
        self.started = time.perf_counter()
        self.method: str = scope["method"]
        self.asked = NOTHING_ASKED
        #: Address of the caller, as far as it can be believed.
        self.client = ""
        self.scheme = ""
        #: Whom the request is for, in logs and measurements.
        self.piece = "gateway"
        #: Header lines that every answer to this request gets.
        self.added: Headers = []
        #: Of the answer, once it has begun.
        self.status = 0

    @property
    def path(self) -> bytes:
        path: bytes = self.scope["raw_path"]
        return path

    @property
    def query(self) -> bytes:
        query: bytes = self.scope["query_string"]
        return query

    def header(self, wanted: bytes) -> bytes | None:
        headers: Headers = self.scope["headers"]
        return next((value for name, value in headers if name == wanted), None)

    def text(self, wanted: bytes) -> str | None:
        """A header as text. Header bytes are Latin-1 at most (RFC 9110 section 5.5)."""
        value = self.header(wanted)
        return None if value is None else value.decode("latin-1")

    async def start(self, status: int, headers: Headers) -> None:
        self.status = status
        await self.send({"type": "http.response.start", "status": status, "headers": headers + self.added})

    async def body(self, body: bytes, *, more: bool = False) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """The whole answer at once. ``headers`` say its type; its length is added."""
        length = [] if status in (204, 304) else [(b"content-length", b"%d" % len(body))]
        await self.start(status, headers + length)
        await self.body(b"" if status == 304 else body)

    def at_once(self, status: int, headers: Headers, body: bytes) -> bool:
        """The whole answer, if the server can take it now; ``headers`` frame it. Else False, and nothing is sent."""
        if self.quick is None or not self.quick.ready:
            return False
        self.status = status
        self.quick.at_once(status, headers + self.added, body)
        return True
