"""However bytes are cut, requests mean the same; however they are spoilt, nobody is harmed."""

import asyncio
import random

from tests.gateway.conftest import Running, Start
from tests.gateway.upstream import Exchange, Upstream, upstream

ADDRESS = "/api/catalog/v1/products"


async def named(exchange: Exchange) -> None:
    """Answers with what was asked, so that a mix-up is seen."""
    await exchange.json(b"<%b %b>" % (exchange.line.encode(), exchange.body))


def request(rng: random.Random, number: int) -> tuple[bytes, bytes]:
    """A request, and what its answer holds."""
    body = bytes(rng.choices(b"abc\r\n 0:", k=rng.randrange(1, 60)))
    head = f"{ADDRESS}/{number} HTTP/1.1\r\nHost: x\r\n"
    match rng.randrange(3):
        case 0:
            return f"GET {head}\r\n".encode(), b"<GET /v1/products/%d HTTP/1.1 >" % number
        case 1:
            sent = f"POST {head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        case _:
            cut = rng.randrange(len(body))
            parts = [part for part in (body[:cut], body[cut:]) if part]
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
            sent = f"POST {head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n"
    return sent, b"<POST /v1/products/%d HTTP/1.1 %b>" % (number, body)


async def answers(gateway: Running, parts: list[bytes], enough: bytes | None) -> bytes:
    """What is answered to bytes that come in parts, until ``enough`` is there or nothing more comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    got = b""
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.001)
        while enough is None or enough not in got:
            async with asyncio.timeout(5 if enough else 0.05):
                data = await reader.read(65_536)
            if not data:
                break
            got += data
    except (ConnectionError, TimeoutError):
        pass
    finally:
        writer.close()
    return got


async def test_pipelined_requests_mean_the_same_wherever_the_network_cuts_them(starting: Start) -> None:
    async with upstream(named) as piece, starting(catalog_url=piece.url) as gateway:
        for seed in range(40):
            rng = random.Random(seed)
            made = [request(rng, number) for number in range(rng.randrange(1, 6))]
            stream = b"".join(sent for sent, _ in made)
            cuts = sorted(rng.sample(range(len(stream)), k=min(len(stream) - 1, rng.randrange(12))))
            parts = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
            got = await answers(gateway, parts, made[-1][1])
            places = [got.find(answer) for _, answer in made]
            assert -1 not in places, f"seed {seed}: {got!r}"
            assert places == sorted(places), f"seed {seed}: out of order"
            assert got.count(b"HTTP/1.1 200 OK") == len(made), f"seed {seed}"
        assert gateway.app.pools["catalog"].busy == 0


async def test_spoilt_requests_are_answered_or_cut_and_never_reach_a_piece_as_another(starting: Start) -> None:
    async with upstream(named) as piece, starting(catalog_url=piece.url, idle_seconds=1) as gateway:
        for seed in range(100):
            rng = random.Random(seed)
            made = [request(rng, number) for number in range(3)]
            stream = bytearray(b"".join(sent for sent, _ in made))
            for _ in range(rng.randrange(1, 4)):
                spoil(rng, stream)
            got = await answers(gateway, [bytes(stream)], None)
            assert b"HTTP/1.1 500" not in got, f"seed {seed}: {bytes(stream)!r}"
            assert piece_saw_only_ours(piece), f"seed {seed}: {piece.seen[-1].line}"
        assert (await gateway.client.get("/health/live")).status_code == 200
        await asyncio.sleep(0.2)
        assert gateway.app.pools["catalog"].busy == 0


def spoil(rng: random.Random, stream: bytearray) -> None:
    place = rng.randrange(len(stream))
    match rng.randrange(4):
        case 0:
            stream[place] = rng.randrange(256)
        case 1:
            del stream[place : place + rng.randrange(1, 20)]
        case 2:
            stream[place:place] = rng.choice([b"\r\n", b"\n", b"0\r\n\r\n", b"Content-Length: 3\r\n", b"\0", b" "])
        case _:
            copied = stream[place : place + rng.randrange(1, 30)]
            stream[place:place] = copied


def piece_saw_only_ours(piece: Upstream) -> bool:
    """Each request came to ``/v1/`` with one host and one length; ``read_request`` has checked the rest."""
    return all(
        " /v1/" in seen.line and seen.header("host") == f"127.0.0.1:{piece.port}" and seen.line.endswith(" HTTP/1.1")
        for seen in piece.seen
    )
