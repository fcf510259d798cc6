"""Which pieces there are, how they are, and how the gateway speaks of it."""

import asyncio
import json
import re

from tests.gateway.conftest import Start
from tests.gateway.upstream import Exchange, echo, upstream


async def test_an_undeployed_piece_is_a_404_that_says_so(starting: Start) -> None:
    async with starting() as gateway:
        answer = await gateway.client.get("/api/orders/v1/cycles", headers={"accept-language": "es-MX"})
        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:trama:problem:piece-not-deployed"
        assert answer.json()["detail"] == "Esta red no usa la pieza orders"


async def test_health_names_every_deployed_piece_and_is_a_503_while_one_is_down(starting: Start, network: str) -> None:
    ready = True

    async def script(exchange: Exchange) -> None:
        assert exchange.line == "GET /health/ready HTTP/1.1"
        await exchange.answer(f"HTTP/1.1 {200 if ready else 503} X\nContent-Length: 2", b"{}")

    async with (
        upstream(script) as catalog,
        upstream(script) as members,
        starting(pieces="members,catalog", catalog_url=catalog.url, members_url=members.url) as gateway,
    ):
        answer = await gateway.client.get("/health")
        assert answer.status_code == 200
        assert answer.json() == {"network": network, "status": "ok", "pieces": {"members": "ok", "catalog": "ok"}}
        asked = len(members.seen)
        await asyncio.gather(*(gateway.client.get("/health") for _ in range(20)))
        assert len(members.seen) == asked, "a second's health is one question"
        ready = False
        await asyncio.sleep(1.1)
        assert (await gateway.client.get("/health")).status_code == 503


async def test_health_does_not_wait_long_for_a_piece_that_hangs(starting: Start, network: str) -> None:
    async def hang(exchange: Exchange) -> None:
        await exchange.reader.read()

    async with (
        upstream(hang) as catalog,
        upstream(echo) as members,
        starting(pieces="members,catalog", catalog_url=catalog.url, members_url=members.url) as gateway,
    ):
        answer = await asyncio.wait_for(gateway.client.get("/health"), 4)
        assert answer.status_code == 503
        assert answer.json() == {
            "network": network,
            "status": "degraded",
            "pieces": {"members": "ok", "catalog": "down"},
        }
        assert (await gateway.client.get("/health/live")).json() == {"status": "ok"}


async def test_each_request_leaves_a_line_without_personal_data(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        lines: list[str] = []
        journal = gateway.app.journal
        journal._lines, journal._write = True, lines.append
        address = "/api/catalog/v1/members/0193-secret?q=maria@coope.example"
        await gateway.client.get(address)
        await gateway.client.get(address, headers={"x-request-id": "abc"})
        await gateway.client.get("/nothing")
        journal.flush()
        _, first, second = (json.loads(line) for line in "".join(lines).splitlines())
        assert first["request_id"] == "abc"
        assert (first["event"], first["method"], first["piece"], first["status"]) == ("request", "GET", "catalog", 200)
        assert (second["piece"], second["status"]) == ("gateway", 404)
        assert not re.search("secret|maria|127.0.0.1", "".join(lines))


async def test_prometheus_reads_requests_and_connections(starting: Start) -> None:
    async with upstream(echo) as piece, starting(catalog_url=piece.url) as gateway:
        for _ in range(3):
            await gateway.client.get("/api/catalog/v1/products")
        text = (await gateway.client.get("/metrics")).text
        assert 'trama_gateway_request_seconds_count{method="GET",piece="catalog",status="200"} 3.0' in text
        assert 'trama_gateway_connections{piece="catalog",state="idle"} 1.0' in text
        assert 'trama_gateway_connections_made_total{piece="catalog"} 1.0' in text


async def test_the_gateways_own_addresses_answer_get_alone(starting: Start) -> None:
    async with starting() as gateway:
        assert (await gateway.client.post("/openapi.json")).status_code == 405
        head = await gateway.client.head("/docs")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 100
