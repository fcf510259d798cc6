"""The public events, server-sent and in batches, on a real NATS."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.catalog import ProductPublished, StockChanged
from contracts.members import MemberAdmitted
from gateway.events.asking import wish
from gateway.events.ring import Ring, published
from kit.errors import Invalid
from kit.testing.pieces import eventually, stream_of
from kit.testing.servers import Servers
from kit.testing.spy import Spy
from tests.gateway.conftest import Running, Start


def product(name: str = "Nopal") -> ProductPublished:
    return ProductPublished(
        product_id=uuid4(),
        producer_id=uuid4(),
        producer_name="Doña Lupe",
        kind="good",
        name=name,
        description="",
        category="vegetables",
        practices=[],
        variants=[],
    )


async def publish(spy: Spy, count: int) -> list[UUID]:
    """Public events with internal ones between them."""
    ids = []
    for number in range(count):
        ids.append(await spy.publish(product(f"Nopal {number}\n"), subject=uuid4()))
        stock = StockChanged(variant_id=uuid4(), available=Decimal(1))
        await spy.publish(stock, subject=uuid4())
    return ids


async def ready(gateway: Running) -> None:
    async def look() -> int:
        return (await gateway.client.get("/events?after=now")).status_code

    await eventually(look, lambda status: status == 200)


@pytest.fixture
async def gateway(spy: Spy, servers: Servers, network: str, starting: Start) -> AsyncIterator[Running]:
    async with starting(nats_url=servers.nats_url, stream=stream_of(network)) as running:
        await ready(running)
        yield running


async def batch(gateway: Running, after: str, **query: Any) -> tuple[list[str], str]:
    """Ids of the events, and where to go on."""
    answer = await gateway.client.get("/events", params={"after": after, **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/cloudevents-batch+json"
    return [event["id"] for event in answer.json()], answer.links["next"]["url"]


async def listen(gateway: Running, count: int, headers: dict[str, str], query: str = "") -> list[tuple[int, str, str]]:
    """Place, type and id of the first so many server-sent events."""
    seen: list[tuple[int, str, str]] = []
    asked = {"accept": "text/event-stream", **headers}
    async with gateway.client.stream("GET", f"/events{query}", headers=asked) as answer:
        assert answer.status_code == 200
        frame: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                frame[name] = frame.get(name, "") + value
            elif "data" in frame:
                seen.append((int(frame["id"]), frame["event"], json.loads(frame["data"])["id"]))
                frame = {}
                if len(seen) == count:
                    break
    return seen


async def test_batches_hold_the_public_events_in_order_and_nothing_internal(gateway: Running, spy: Spy) -> None:
    ids = [str(event) for event in await publish(spy, 7)]
    first, onwards = await batch(gateway, "0", limit=3)
    assert first == ids[:3]
    rest = await gateway.client.get(onwards)
    assert [event["id"] for event in rest.json()] == ids[3:6]
    last = await gateway.client.get(rest.links["next"]["url"])
    assert [event["id"] for event in last.json()] == ids[6:]
    assert (await gateway.client.get(last.links["next"]["url"])).json() == []
    event = rest.json()[0]
    assert event["specversion"] == "1.0"
    assert event["type"] == ProductPublished.topic.type
    assert event["data"]["name"] == "Nopal 3\n"


async def test_events_from_before_the_gateway_started_are_read_from_the_stream(
    spy: Spy, servers: Servers, network: str, starting: Start
) -> None:
    ids = [str(event) for event in await publish(spy, 4)]
    async with starting(nats_url=servers.nats_url, stream=stream_of(network)) as running:
        await ready(running)
        found, _ = await batch(running, "0")
        assert found == ids
        heard = await listen(running, 4, {})
        assert [event for _, _, event in heard] == ids


async def test_where_nothing_public_lies_between_a_reader_goes_on_behind_it(
    spy: Spy, servers: Servers, network: str, starting: Start
) -> None:
    for _ in range(3):
        await spy.publish(StockChanged(variant_id=uuid4(), available=Decimal(1)), subject=uuid4())
    async with starting(nats_url=servers.nats_url, stream=stream_of(network)) as running:
        await ready(running)
        found, onwards = await batch(running, "0")
        assert found == []
        assert httpx.URL(onwards).params["after"] == "3"


async def test_a_listener_hears_what_happens_when_it_happens(gateway: Running, spy: Spy) -> None:
    await publish(spy, 1)
    await batch(gateway, "now", wait="0.1")
    listening = asyncio.create_task(listen(gateway, 3, {}, "?after=now"))
    await asyncio.sleep(0.3)
    loop = asyncio.get_running_loop()
    began = loop.time()
    ids = [str(event) for event in await publish(spy, 3)]
    heard = await asyncio.wait_for(listening, 3)
    assert loop.time() - began < 1
    assert [event for _, _, event in heard] == ids
    assert {kind for _, kind, _ in heard} == {ProductPublished.topic.type}
    places = [place for place, _, _ in heard]
    assert places == sorted(places)


async def test_a_listener_that_comes_back_goes_on_behind_what_it_has_seen(gateway: Running, spy: Spy) -> None:
    ids = [str(event) for event in await publish(spy, 5)]
    first = await listen(gateway, 2, {}, "?after=0")
    more = await listen(gateway, 3, {"last-event-id": str(first[-1][0])}, "?after=0")
    assert [event for _, _, event in first + more] == ids


async def test_many_listeners_cost_the_broker_one_consumer(gateway: Running, spy: Spy) -> None:
    listening = [asyncio.create_task(listen(gateway, 4, {}, "?after=now")) for _ in range(20)]
    await asyncio.sleep(0.5)
    assert "trama_gateway_event_streams 20.0" in (await gateway.client.get("/metrics")).text
    jetstream = gateway.app._broker.jetstream
    # The spy's own, and the gateway's.
    assert len(await jetstream.consumers_info(gateway.app._broker.stream)) == 2
    ids = [str(event) for event in await publish(spy, 4)]
    for heard in await asyncio.gather(*listening):
        assert [event for _, _, event in heard] == ids

    async def look() -> str:
        return (await gateway.client.get("/metrics")).text

    await eventually(look, lambda text: "trama_gateway_event_streams 0.0" in text)


async def test_a_reader_who_waits_is_answered_when_something_happens(gateway: Running, spy: Spy) -> None:
    await publish(spy, 1)
    _, onwards = await batch(gateway, "now")
    asking = asyncio.create_task(gateway.client.get(onwards, headers={"prefer": "respond-async, wait=5"}))
    await asyncio.sleep(0.2)
    assert not asking.done()
    (event,) = await publish(spy, 1)
    answer = await asyncio.wait_for(asking, 2)
    assert [item["id"] for item in answer.json()] == [str(event)]
    assert answer.headers["preference-applied"] == "wait=5"
    nothing, _ = await batch(gateway, "now", wait="0.2")
    assert nothing == []


async def test_without_an_accept_header_events_stream_unless_a_place_is_named(gateway: Running, spy: Spy) -> None:
    await publish(spy, 1)
    async with gateway.client.stream("GET", "/events", headers={"accept": "*/*"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
    json_wanted = await gateway.client.get("/events", headers={"accept": "application/json"})
    assert len(json_wanted.json()) == 1


async def test_a_place_of_a_stream_that_was_begun_anew_begins_at_the_beginning(gateway: Running, spy: Spy) -> None:
    ids = [str(event) for event in await publish(spy, 2)]
    found, _ = await batch(gateway, "100000")
    assert found == ids


async def test_without_a_broker_events_are_a_503(starting: Start) -> None:
    async with starting() as gateway:
        for accept in ("text/event-stream", "application/json"):
            answer = await gateway.client.get("/events?after=0", headers={"accept": accept})
            assert answer.status_code == 503
            assert answer.json()["type"] == "urn:trama:problem:events-unavailable"
            assert "retry-after" in answer.headers


async def test_when_as_many_listen_as_may_the_next_is_told_to_fetch(
    spy: Spy, servers: Servers, network: str, starting: Start
) -> None:
    async with starting(nats_url=servers.nats_url, stream=stream_of(network), max_streams=0) as running:
        headers = {"accept": "text/event-stream"}

        async def look() -> httpx.Response:
            return await running.client.get("/events", headers=headers)

        answer = await eventually(look, lambda answer: "streams-full" in answer.text)
        assert answer.status_code == 503


async def test_a_consumer_that_is_deleted_underneath_is_made_again(gateway: Running, spy: Spy) -> None:
    jetstream = gateway.app._broker.jetstream
    stream = gateway.app._broker.stream
    listening = asyncio.create_task(listen(gateway, 2, {}, "?after=now"))
    await asyncio.sleep(0.3)
    for consumer in await jetstream.consumers_info(stream):
        if consumer.config.filter_subject == f"{gateway.app._broker.network}.pub.>":
            await jetstream.delete_consumer(stream, consumer.name)
    ids = [str(event) for event in await publish(spy, 2)]
    heard = await asyncio.wait_for(listening, 8)
    assert [event for _, _, event in heard] == ids


def test_a_reader_that_is_slower_than_the_ring_finds_its_place_gone_and_none_is_lost() -> None:
    ring = Ring(events=3)
    ring.begin(10)
    ring.add(published(place, "n.pub.catalog.product.published.v1", b"{}") for place in (11, 14, 15, 20, 21))
    assert (ring.floor, ring.last) == (14, 21)
    assert [event.place for event in ring.behind(14, 10)] == [15, 20, 21]
    assert [event.place for event in ring.behind(16, 1)] == [20]
    assert ring.behind(21, 10) == []


def test_large_events_do_not_fill_memory() -> None:
    ring = Ring(size=1000)
    ring.add(published(place, "n.pub.a.b.c.v1", b"x" * 400) for place in range(1, 10))
    assert len(ring.behind(ring.floor, 10)) == 2


def test_an_events_type_is_the_contracts_type() -> None:
    for fact in (ProductPublished, MemberAdmitted):
        frame = published(7, fact.topic.subject("queretaro"), b'{\n"a":1}').frame
        assert frame == f'id: 7\nevent: {fact.topic.type}\ndata: {{\ndata: "a":1}}\n\n'.encode()


@pytest.mark.parametrize(
    "query", [b"after=x", b"after=-1", b"after=1.5", b"limit=0", b"limit=x", b"wait=-1", b"after=" + b"9" * 30]
)
def test_a_wish_that_makes_no_sense_is_refused(query: bytes) -> None:
    with pytest.raises(Invalid):
        wish(query, None, None, None)


def test_a_wish_is_held_to_what_can_be_granted() -> None:
    granted = wish(b"after=5&limit=999999&wait=999", "application/json", None, None)
    assert (granted.stream, granted.after, granted.limit, granted.wait) == (False, 5, 1000, 25.0)
    assert wish(b"after=5", "text/event-stream", "9", None).after == 9, "where a listener was goes before its address"
