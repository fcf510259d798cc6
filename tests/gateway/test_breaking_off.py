"""When a piece, or a caller, breaks off: the other side hears of it, and nothing is asked twice that must not be."""

import asyncio
import socket

import httpx
import pytest

from tests.gateway.conftest import Start
from tests.gateway.upstream import Exchange, echo, upstream

ADDRESS = "/api/catalog/v1/products"


def problem(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    kind: str = answer.json()["type"]
    return kind.removeprefix("urn:trama:problem:")


async def stale(exchange: Exchange) -> None:
    """Answers, keeps the connection, and drops it when it is used a second time: as a keep-alive that ran out."""
    await exchange.json()
    await exchange.reader.readuntil(b"\r\n\r\n")
    exchange.writer.transport.abort()
    raise ConnectionError


async def test_a_piece_that_is_down_is_a_503_that_says_when_to_come_again(starting: Start) -> None:
    async with starting() as gateway:
        answer = await gateway.client.post(ADDRESS, content=b"{}")
        assert (answer.status_code, problem(answer)) == (503, "piece-down")
        assert int(answer.headers["retry-after"]) > 0


async def test_a_reused_connection_that_was_dropped_is_replaced_for_what_may_be_asked_twice(starting: Start) -> None:
    async with upstream(stale) as piece, starting(catalog_url=piece.url) as gateway:
        for _ in range(3):
            assert (await gateway.client.get(ADDRESS)).status_code == 200
            assert (await gateway.client.put(ADDRESS, content=b"{}")).status_code == 200
        assert piece.connections == 6


async def test_a_post_on_a_dropped_connection_is_not_sent_again(starting: Start) -> None:
    async with upstream(stale) as piece, starting(catalog_url=piece.url) as gateway:
        assert (await gateway.client.get(ADDRESS)).status_code == 200
        answer = await gateway.client.post(ADDRESS, content=b"{}")
        assert (answer.status_code, problem(answer)) == (502, "piece-failed")
        assert piece.connections == 1


async def test_a_connection_that_was_closed_while_unused_costs_nobody_a_request(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.json()
        exchange.writer.close()

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        for _ in range(3):
            assert (await gateway.client.post(ADDRESS, content=b"{}")).status_code == 200
            await asyncio.sleep(0.02)
        assert piece.connections == 3


async def test_a_get_that_fails_on_a_new_connection_is_not_tried_again(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        exchange.writer.transport.abort()

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        answer = await gateway.client.get(ADDRESS)
        assert (answer.status_code, problem(answer)) == (502, "piece-failed")
        assert piece.connections == 1


async def test_an_answer_that_stops_half_way_is_cut_for_the_caller_too(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        if "chunks" in exchange.line:
            await exchange.answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"5\r\nabcde\r\n")
        else:
            await exchange.answer("HTTP/1.1 200 OK\nContent-Length: 100", b"abcde")
        await asyncio.sleep(0.1)
        exchange.writer.transport.abort()

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        for address in (ADDRESS, f"{ADDRESS}/chunks"):
            with pytest.raises(httpx.RemoteProtocolError):
                await gateway.client.get(address)
        with pytest.raises(httpx.RemoteProtocolError):
            await gateway.client.get(ADDRESS)


@pytest.mark.parametrize(
    "answer",
    [
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
    ids=["garbage", "two lengths", "twice a length", "endless head", "another protocol"],
)
async def test_an_answer_that_is_not_plain_http_is_a_502(starting: Start, answer: bytes) -> None:
    async def script(exchange: Exchange) -> None:
        exchange.writer.write(answer)
        await exchange.writer.drain()

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        got = await gateway.client.get(ADDRESS)
        assert (got.status_code, problem(got)) == (502, "piece-failed")


async def test_bytes_after_an_answer_never_become_the_next_ones(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        await exchange.answer("HTTP/1.1 200 OK\nContent-Length: 4", b"good" + evil)

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        for _ in range(3):
            assert (await gateway.client.get(ADDRESS)).content == b"good"
        assert piece.connections == 3


async def test_an_answer_that_ends_with_its_connection_is_whole(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.answer("HTTP/1.1 200 OK\nContent-Type: text/plain", b"all of it")
        exchange.writer.close()

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        assert (await gateway.client.get(ADDRESS)).content == b"all of it"


async def test_a_piece_that_does_not_answer_in_time_is_a_504(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.reader.read()

    async with upstream(script) as piece, starting(catalog_url=piece.url, answer_seconds=0.3) as gateway:
        answer = await gateway.client.get(ADDRESS)
        assert (answer.status_code, problem(answer)) == (504, "piece-slow")
        assert "retry-after" in answer.headers


async def test_an_answer_that_falls_silent_is_cut(starting: Start) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.answer("HTTP/1.1 200 OK\nContent-Length: 100", b"abcde")
        await exchange.reader.read()

    async with upstream(script) as piece, starting(catalog_url=piece.url, idle_seconds=0.3) as gateway:
        with pytest.raises(httpx.RemoteProtocolError):
            await gateway.client.get(ADDRESS)


@pytest.mark.parametrize("begun", [False, True], ids=["before the answer", "within the answer"])
async def test_a_caller_who_leaves_takes_the_request_along(starting: Start, begun: bool) -> None:
    arrived, cut = asyncio.Event(), asyncio.Event()

    async def script(exchange: Exchange) -> None:
        if begun:
            await exchange.answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"1\r\nx\r\n")
        arrived.set()
        assert await exchange.reader.read() == b""
        cut.set()

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(f"GET {ADDRESS} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await arrived.wait()
        await asyncio.sleep(0.1)
        writer.close()
        await asyncio.wait_for(cut.wait(), 2)
        assert gateway.app.pools["catalog"].busy == 0


async def test_a_caller_who_leaves_within_the_body_takes_the_request_along(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc".encode())
        await asyncio.sleep(0.2)
        writer.close()
        await asyncio.wait_for(piece.cut.wait(), 2)
        assert piece.seen == []


async def test_a_body_that_stops_coming_is_a_408(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url, idle_seconds=0.3) as gateway:
        head = f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode()
        for request in (head, head + b"abc"):
            answer = await gateway.raw(request, wait=2)
            assert answer.startswith(b"HTTP/1.1 408")
        assert piece.seen == []


async def test_a_piece_whose_address_swallows_everything_is_given_up_soon(starting: Start) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        async with starting(catalog_url=f"http://127.0.0.1:{port}") as gateway:
            answer = await gateway.client.get(ADDRESS)
            assert answer.status_code == 504
        for one in waiting:
            one.close()
