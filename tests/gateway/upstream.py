"""A piece that does what a test tells it to, on a real socket, byte by byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

type Script = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request as it came over the wire, and the connection to answer it on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    line: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        assert len(found) < 2, f"{name} came twice: {found}"
        return found[0] if found else None

    async def answer(self, head: str, body: bytes = b"") -> None:
        self.writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        await self.writer.drain()

    async def json(self, body: bytes = b'{"ok": true}', more: str = "") -> None:
        await self.answer(f"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {len(body)}{more}", body)


@dataclass
class Upstream:
    """Answers each request by ``script``."""

    script: Script
    port: int = 0
    connections: int = 0
    seen: list[Exchange] = field(default_factory=list)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    #: Set when a connection ended before its request was answered.
    cut: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            while (exchange := await read_request(reader, writer)) is not None:
                self.seen.append(exchange)
                await self.script(exchange)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.cut.set()
        finally:
            self.writers.discard(writer)
            writer.close()


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError as ended:
        if ended.partial:
            raise
        return None
    line, *lines = head.strip().split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (item.partition(": ") for item in lines)]
    exchange = Exchange(reader, writer, line, headers)
    length, coding = exchange.header("content-length"), exchange.header("transfer-encoding")
    assert not (length and coding), "a request with two lengths was passed on"
    if length:
        exchange.body = await reader.readexactly(int(length))
    elif coding:
        exchange.body = await read_chunks(reader)
    return exchange


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        assert await reader.readexactly(2) == b"\r\n"
    assert await reader.readexactly(2) == b"\r\n"
    return body


@asynccontextmanager
async def upstream(script: Script) -> AsyncIterator[Upstream]:
    piece = Upstream(script)
    server = await asyncio.start_server(piece.serve, "127.0.0.1", 0, limit=1_000_000)
    piece.port = server.sockets[0].getsockname()[1]
    try:
        yield piece
    finally:
        server.close()
        for writer in list(piece.writers):
            writer.transport.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await server.wait_closed()


async def echo(exchange: Exchange) -> None:
    """Answers with the body that came."""
    await exchange.json(exchange.body or b'{"ok": true}')
