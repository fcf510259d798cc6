"""What strangers may send, and what is refused: two meanings of one request, too much of it, or too slowly."""

import asyncio
import json

import pytest

from tests.gateway.conftest import Start
from tests.gateway.upstream import Exchange, echo, upstream

ADDRESS = "/api/catalog/v1/products"
#: A request inside a body: reaches the piece only if the gateway and the piece disagree about where a body ends.
INNER = b"GET /api/catalog/v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

SMUGGLED = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 50\r\n\r\n",
    "a signed length": b"Content-Length: +0\r\n\r\n",
    "a length in hex": b"Content-Length: 0x32\r\n\r\n",
    "an endless length": b"Content-Length: 99999999999999999999999\r\n\r\n",
    "chunks not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "another coding": b"Transfer-Encoding: gzip\r\n\r\n",
    "chunks twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a disguised coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": b"Content-Length : 50\r\n\r\n",
    "a folded line": b"X: 1\r\n Content-Length: 50\r\n\r\n",
    "a bare line feed": b"X: 1\nContent-Length: 50\r\n\r\n",
    "a null in a value": b"X: a\0b\r\n\r\n",
    "no chunk size": b"Transfer-Encoding: chunked\r\n\r\n\r\n\r\n",
    "a chunk size with a sign": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk size of many digits": b"Transfer-Encoding: chunked\r\n\r\n1" + b"0" * 20 + b"\r\n\r\n",
    "a chunk longer than it says": b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    "a length for the connection": b"Connection: Content-Length\r\nContent-Length: 50\r\n\r\n",
    "an upgrade with a body": b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 50\r\n\r\n",
    "two hosts": b"Host: y\r\n\r\n",
    "two tokens": b"Authorization: Basic a\r\nAuthorization: Basic b\r\n\r\n",
}


@pytest.mark.parametrize("rest", SMUGGLED.values(), ids=SMUGGLED.keys())
async def test_a_request_with_two_meanings_is_refused_and_its_connection_closed(starting: Start, rest: bytes) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        answer = await gateway.raw(b"POST %b HTTP/1.1\r\nHost: x\r\n%b" % (ADDRESS.encode(), rest) + INNER, wait=1)
        assert answer.startswith(b"HTTP/1.1 400 "), answer
        assert answer.count(b"HTTP/1.1") == 1
        assert b"application/problem+json" in answer
        assert b"connection: close" in answer.lower()
        # What reached the piece, if anything did, was cut off before its end.
        assert piece.seen == []


async def test_a_chunked_body_goes_on_in_the_gateways_own_framing(starting: Start) -> None:
    """Extensions and trailers of chunks are where servers disagree: none reach the piece."""
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        body = b"3;ext=1\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"
        head = f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        answer = await gateway.raw(head + body)
        assert answer.endswith(b"abc")
        assert piece.seen[0].header("content-length") == "3"
        assert piece.seen[0].header("x-trailer") is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/catalog/v1/../../metrics",
        "/api/catalog/v1/%2e%2e/metrics",
        "/api/catalog/v1/%2E./x",
        "/api/catalog/v1/a%2fb",
        "/api/catalog/v1/a%5Cb",
        "/api/catalog/v1/a\\b",
        "/api/catalog/v1//x",
        "/api/catalog/v1/./x",
        "/api/catalog/v1/..",
        "/api/catalog/v1/x%00",
        "/api/catalog/v1/x%0d%0aX:1",
        "/api/catalog/v1/x%zz",
        "/api/catalog/v1/x%2",
        "http://127.0.0.1/api/catalog/v1/x",
        "*",
        "api/catalog/v1/x",
    ],
)
async def test_an_address_with_two_meanings_is_refused(starting: Start, path: str) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        method = "OPTIONS" if path == "*" else "GET"
        answer = await gateway.raw(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 400 "), answer
        assert piece.seen == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/catalog",
        "/api/catalog/",
        "/api/catalog/metrics",
        "/api/catalog/health/ready",
        "/api/catalog/openapi.json",
        "/api/CATALOG/v1/x",
        "/api/nothing/v1/x",
        "/metrics/x",
        "/v1/products",
        "/docs/../main.py",
    ],
)
async def test_only_the_versioned_addresses_of_a_piece_can_be_reached(starting: Start, path: str) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        answer = await gateway.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ")), answer
        assert piece.seen == []


async def test_connect_and_trace_are_not_passed_on(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        trace = await gateway.raw(f"TRACE {ADDRESS} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert trace.startswith(b"HTTP/1.1 405 ")
        connect = await gateway.raw(b"CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n")
        assert connect.startswith(b"HTTP/1.1 400 ")
        assert piece.seen == []


async def test_a_head_that_is_too_long_is_refused_however_slowly_it_comes(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url, max_head=4096) as gateway:
        start = f"GET {ADDRESS} HTTP/1.1\r\nHost: x\r\n".encode()
        lines = b"".join(b"X-%d: %b\r\n" % (n, b"x" * 100) for n in range(60))
        at_once = await gateway.raw(start + lines + b"\r\n")
        assert at_once.startswith(b"HTTP/1.1 431 ")
        long_query = await gateway.raw(f"GET {ADDRESS}?{'q' * 5000} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert long_query.startswith(b"HTTP/1.1 431 ")

        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(start)
        for _ in range(60):
            writer.write(b"X: " + b"x" * 100 + b"\r\n")
            await asyncio.sleep(0.001)
        assert (await asyncio.wait_for(reader.read(), 2)).startswith(b"HTTP/1.1 431 ")
        writer.close()
        assert piece.seen == []


async def test_an_endless_head_behind_a_slow_request_is_not_kept(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.reader.readexactly(1)

    async with upstream(script) as piece, starting(catalog_url=piece.url, max_head=4096) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(f"GET {ADDRESS} HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\n".encode())
        for _ in range(60):
            writer.write(b"X: " + b"x" * 100 + b"\r\n")
            await asyncio.sleep(0.001)
        assert (await asyncio.wait_for(reader.read(), 2)).startswith(b"HTTP/1.1 431 ")
        await asyncio.wait_for(piece.cut.wait(), 2)
        writer.close()


async def test_a_head_that_comes_too_slowly_is_given_up(starting: Start) -> None:
    async with starting(head_seconds=0.5) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX:")
        assert (await asyncio.wait_for(reader.read(), 4)).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_body_over_the_limit_is_a_413_by_its_length_or_while_it_comes(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url, max_body=100_000) as gateway:
        fits = await gateway.client.post(ADDRESS, content=b"x" * 100_000)
        assert fits.status_code == 200
        said = await gateway.raw(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 413 ")
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(2):
            writer.write(b"F000\r\n" + b"x" * 0xF000 + b"\r\n")
            await asyncio.sleep(0.1)
        coming = await asyncio.wait_for(reader.read(), 3)
        writer.close()
        assert coming.startswith(b"HTTP/1.1 413 ")
        body = json.loads(coming.partition(b"\r\n\r\n")[2])
        assert body["type"] == "urn:trama:problem:body-too-large"
        assert len(piece.seen) == 1


async def test_a_request_that_offers_another_protocol_is_answered_in_http(starting: Start) -> None:
    """As Java's HTTP client does with its first request."""
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        answer = await gateway.raw(
            f"GET {ADDRESS} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            "HTTP2-Settings: AA\r\n\r\n".encode()
        )
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer
        assert piece.seen[0].header("http2-settings") is None


async def test_thousands_of_requests_behind_a_slow_one_are_answered_one_after_another(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await asyncio.sleep(0.3)
        await exchange.json()

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        slow = f"GET {ADDRESS} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        answer = await gateway.raw(slow + b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" * 5000, wait=3)
        assert answer.count(b"HTTP/1.1 200 OK") == 5001
