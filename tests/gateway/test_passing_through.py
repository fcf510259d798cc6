"""Requests and answers go through as they are, as streams, over kept connections."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.gateway.conftest import Start
from tests.gateway.upstream import Exchange, echo, upstream

ADDRESS = "/api/catalog/v1/products"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_reaches_the_piece_with_its_path_query_and_body(starting: Start, method: str) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        body = b"" if method in ("GET", "OPTIONS") else b'{"a": 1}'
        answer = await gateway.client.request(method, f"{ADDRESS}/x%20y?q=a%2Fb&q=%C3%B1", content=body)
        assert answer.status_code == 200
        assert answer.content == (body or b'{"ok": true}')
        assert piece.seen[0].line == f"{method} /v1/products/x%20y?q=a%2Fb&q=%C3%B1 HTTP/1.1"
        assert piece.seen[0].body == body


async def test_the_piece_is_told_where_the_request_comes_from_and_a_callers_own_word_is_dropped(
    starting: Start,
) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        lies = {
            "x-forwarded-for": "6.6.6.6",
            "forwarded": "for=6.6.6.6",
            "x-forwarded-prefix": "/evil",
            "x-real-ip": "6.6.6.6",
            "x-trama-deadline": "99999999999",
            "host": "coope.example",
        }
        await gateway.client.get(ADDRESS, headers=lies)
        seen = piece.seen[0]
        assert seen.header("host") == f"127.0.0.1:{piece.port}"
        assert seen.header("x-forwarded-for") == "127.0.0.1"
        assert seen.header("x-forwarded-proto") == "http"
        assert seen.header("x-forwarded-host") == "coope.example"
        assert seen.header("x-forwarded-prefix") == "/api/catalog"
        assert seen.header("forwarded") == 'for=127.0.0.1;proto=http;host="coope.example"'
        assert seen.header("x-real-ip") is None
        assert float(seen.header("x-trama-deadline") or 0) < 9e9


async def test_a_trusted_proxy_is_believed_back_to_the_first_stranger(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url, trusted_proxies="127.0.0.0/8") as gateway:
        told = {"x-forwarded-for": "6.6.6.6, 9.9.9.9, 127.0.0.7", "x-forwarded-proto": "https"}
        await gateway.client.get(ADDRESS, headers=told)
        assert piece.seen[0].header("x-forwarded-for") == "9.9.9.9"
        assert piece.seen[0].header("x-forwarded-proto") == "https"


async def test_request_id_and_trace_are_made_or_passed_on_and_the_id_is_answered(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        given = await gateway.client.get(ADDRESS, headers={"x-request-id": "abc-1", "traceparent": trace})
        made = await gateway.client.get(ADDRESS, headers={"x-request-id": "a b\tc", "traceparent": "00-nonsense"})
        assert given.headers["x-request-id"] == "abc-1" == piece.seen[0].header("x-request-id")
        assert piece.seen[0].header("traceparent") == trace
        assert len(made.headers["x-request-id"]) == 32
        assert made.headers["x-request-id"] == piece.seen[1].header("x-request-id")
        assert (piece.seen[1].header("traceparent") or "").count("-") == 3


async def test_headers_of_the_connection_stay_on_it_both_ways(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.json(more="\nConnection: X-Hop\nX-Hop: 1\nKeep-Alive: timeout=5\nServer: s\nX-Stays: 1")

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        hop = {"connection": "x-hop", "x-hop": "1", "te": "trailers", "keep-alive": "x", "x-stays": "1"}
        answer = await gateway.client.get(ADDRESS, headers=hop)
        for name in ("x-hop", "keep-alive", "connection", "server"):
            assert name not in answer.headers
        assert answer.headers["x-stays"] == "1"
        for name in ("x-hop", "keep-alive", "connection", "te"):
            assert piece.seen[0].header(name) is None
        assert piece.seen[0].header("x-stays") == "1"


async def test_one_connection_serves_request_after_request(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        for _ in range(20):
            assert (await gateway.client.get(ADDRESS)).status_code == 200
        assert (await gateway.client.post(ADDRESS, content=b"{}")).status_code == 200
        assert piece.connections == 1


async def test_a_connection_that_the_piece_wants_closed_is_not_used_again(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.json(more="\nConnection: close")

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        for _ in range(3):
            assert (await gateway.client.get(ADDRESS)).status_code == 200
        assert piece.connections == 3


async def test_answers_without_a_body_end_where_they_end(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        if exchange.line.startswith("HEAD"):
            await exchange.answer("HTTP/1.1 200 OK\nContent-Length: 1234\nETag: x")
        elif exchange.line.startswith("DELETE"):
            await exchange.answer("HTTP/1.1 204 No Content")
        else:
            await exchange.answer("HTTP/1.1 304 Not Modified\nContent-Length: 77\nETag: x")

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        for _ in range(2):
            head = await gateway.client.head(ADDRESS)
            assert (head.status_code, head.headers["content-length"], head.content) == (200, "1234", b"")
            assert (await gateway.client.delete(ADDRESS)).status_code == 204
            assert (await gateway.client.get(ADDRESS)).status_code == 304
        assert piece.connections == 1


async def test_a_large_body_goes_through_whole_with_its_length_or_in_chunks(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.json(json.dumps(hashlib.sha256(exchange.body).hexdigest()).encode())

    body = bytes(range(256)) * 20_000

    async def in_parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        whole = await gateway.client.post(ADDRESS, content=body)
        parts = await gateway.client.post(ADDRESS, content=in_parts())
        assert whole.json() == parts.json() == hashlib.sha256(body).hexdigest()
        assert piece.seen[0].header("content-length") == str(len(body))
        assert piece.seen[1].header("transfer-encoding") == "chunked"


async def test_a_large_answer_waits_for_a_slow_reader_instead_of_filling_memory(starting: Start) -> None:
    sent = 0

    async def script(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked")
        for _ in range(800):
            exchange.writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await exchange.writer.drain()
            sent += 65_536
        exchange.writer.write(b"0\r\n\r\n")

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        async with gateway.client.stream("GET", ADDRESS) as answer:
            parts = answer.aiter_raw()
            await anext(parts)
            await asyncio.sleep(0.5)
            stalled = sent
            assert stalled < 30_000_000, "the whole answer was taken though nobody reads it"
            rest = sum([len(part) async for part in parts])
        assert sent == 800 * 65_536
        assert rest > 40_000_000


async def test_server_sent_events_of_a_piece_come_as_they_are_sent(starting: Start) -> None:
    go_on = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.answer("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked")
        await go_on.wait()
        for part in (b"data: 1\n\n", b"data: 2\n\n"):
            exchange.writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await asyncio.sleep(0.05)
        exchange.writer.write(b"0\r\n\r\n")

    async with (
        upstream(script) as piece,
        starting(catalog_url=piece.url) as gateway,
        gateway.client.stream("GET", ADDRESS) as answer,
    ):
        # The head is here before there is any body.
        assert answer.headers["content-type"] == "text/event-stream"
        go_on.set()
        assert [part async for part in answer.aiter_raw()] == [b"data: 1\n\n", b"data: 2\n\n"]


async def test_addresses_in_an_answer_are_those_from_outside(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        host = exchange.header("host")
        await exchange.answer(
            f"HTTP/1.1 201 Created\nLocation: http://{host}/v1/products/7\nContent-Location: /v1/products/7\n"
            'Link: </v1/products?after=x>; rel="next", <?page=2>; rel="other"\nContent-Length: 0'
        )

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        answer = await gateway.client.post(ADDRESS, content=b"{}")
        assert answer.headers["location"] == "/api/catalog/v1/products/7"
        assert answer.headers["content-location"] == "/api/catalog/v1/products/7"
        assert answer.headers["link"] == '</api/catalog/v1/products?after=x>; rel="next", <?page=2>; rel="other"'


async def test_an_answer_before_the_body_has_come_is_passed_on_at_once(starting: Start) -> None:
    """As when a piece refuses an upload by its headers."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server, starting(catalog_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as gateway:
        answer = await gateway.raw(
            f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc".encode(), wait=1
        )
        assert answer.startswith(b"HTTP/1.1 403")
        assert answer.endswith(b"no")
        assert b"connection: close" in answer
        assert gateway.app.pools["catalog"].waiting == 0, "a connection with half a request on it may not be used again"


async def test_an_interim_answer_is_not_taken_for_the_answer(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        exchange.writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        await exchange.json()

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        for _ in range(2):
            answer = await gateway.client.get(ADDRESS)
            assert (answer.status_code, answer.json()) == (200, {"ok": True})
            assert "link" not in answer.headers


async def test_expect_continue_is_answered_here(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(
            f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".encode()
        )
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"{}")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert piece.seen[0].header("expect") is None
        writer.close()


async def test_pipelined_requests_are_answered_in_order(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await asyncio.sleep(0.1 if "/1 " in exchange.line else 0)
        await exchange.json(exchange.line.encode())

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        requests = b"".join(f"GET {ADDRESS}/{n} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for n in (1, 2, 3))
        answer = await gateway.raw(requests, wait=0.6)
        places = [answer.index(b"GET /v1/products/%d" % n) for n in (1, 2, 3)]
        assert places == sorted(places)
        assert answer.count(b"HTTP/1.1 200") == 3


async def test_to_a_caller_of_http_1_0_a_stream_ends_with_its_connection(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        answer = await gateway.raw(f"GET {ADDRESS} HTTP/1.0\r\n\r\n".encode(), wait=2)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert body == b"abcde"
        assert b"chunked" not in head


async def test_many_at_once_each_get_their_own_answer(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        limits = httpx.Limits(max_connections=20)
        async with httpx.AsyncClient(base_url=gateway.url, limits=limits, trust_env=False, timeout=30) as client:
            bodies = [f'{{"n": {n}}}'.encode() for n in range(100)]
            answers = await asyncio.gather(*(client.post(ADDRESS, content=body) for body in bodies))
        assert [answer.content for answer in answers] == bodies
        assert piece.connections <= 20
