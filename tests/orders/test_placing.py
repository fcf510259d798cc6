"""Placing an order: the saga from the order's side."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.orders import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected
from kit.ids import new_id
from kit.testing.pieces import Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from orders.ordering.schemas import Order
from tests.orders.shop import Family, OpenCycle, Shop, pesos, variant


class Stall:
    """A cycle with one kilo at 25.00 on offer, and a family."""

    def __init__(self, shop: Shop, cycle: OpenCycle, kilo: UUID, producer: UUID, family: Family) -> None:
        self.shop, self.cycle, self.kilo, self.producer, self.family = shop, cycle, kilo, producer, family

    async def place(self, quantity: str = "2", headers: dict[str, str] | None = None, **more: Any) -> Any:
        """The answer to an order of so much."""
        body = self.cycle.wish((self.kilo, quantity), **more)
        return await self.shop.client.post("/v1/orders", json=body, headers=self.family.headers | (headers or {}))


async def open_stall(shop: Shop, **changes: Any) -> Stall:
    producer, kilo = new_id(), variant("25.00", **changes)
    await shop.product(producer, [kilo])
    family = await shop.family()
    cycle = await shop.cycle([producer], offers=1)
    return Stall(shop, cycle, kilo.variant_id, producer, family)


@pytest.fixture
async def stall(shop: Shop) -> Stall:
    return await open_stall(shop)


async def test_an_order_is_confirmed_when_stock_and_funds_are_granted(stall: Stall) -> None:
    shop = stall.shop
    body = stall.cycle.wish((stall.kilo, "2", "0.5"))
    placed = await shop.post("/v1/orders", body, stall.family.headers)
    assert placed["status"] == "placed"
    order_id = UUID(placed["id"])
    told = (await shop.spy.next(OrderPlaced, order_id)).data
    # 2 and a half more at 25.00 and 5 %: 65.625, half-even.
    assert (told.total, told.holds) == (pesos("52.50"), [pesos("65.62")])
    await shop.grant(order_id)
    order = await stall.cycle.status_of(placed["id"], "confirmed")
    assert order["total"] == {"amount": "52.50", "currency": "MXN"}
    assert [(part["payee"], part["amount"]["amount"]) for part in order["breakdown"]] == [
        (str(stall.producer), "50.00"),
        ("network", "2.50"),
    ]
    assert (await shop.spy.next(OrderConfirmed, order_id)).version == 2
    assert shop.spy.seen(OrderRejected) == []


async def test_who_waits_is_answered_as_soon_as_the_order_is_decided(stall: Stall) -> None:
    asked = asyncio.create_task(stall.place(headers={"prefer": "wait=5"}))
    await stall.shop.grant((await stall.shop.spy.next(OrderPlaced)).subject)
    answer = await asyncio.wait_for(asked, 4)
    assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")
    assert answer.headers["location"] == f"/v1/orders/{answer.json()['id']}"


async def test_who_does_not_wait_is_told_where_to_look(stall: Stall) -> None:
    answer = await stall.place()
    assert (answer.status_code, answer.json()["status"]) == (202, "placed")
    assert answer.headers["location"] == f"/v1/orders/{answer.json()['id']}"


async def test_too_little_stock_rejects_with_what_is_left_in_words(stall: Stall) -> None:
    asked = asyncio.create_task(stall.place("12", headers={"prefer": "wait=5", "accept-language": "en"}))
    order_id = (await stall.shop.spy.next(OrderPlaced)).subject
    missing = {"variant_id": stall.kilo, "code": "not_enough_stock", "requested": "12", "available": "10"}
    await stall.shop.refuse_stock(order_id, [missing])
    answer = await asked
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "urn:trama:problem:not-enough-stock")
    assert problem["order_id"] == str(order_id)
    assert problem["reasons"][0] | {"line_id": None} == {
        "code": "not_enough_stock",
        "detail": "Of Jitomate, 1 kg there are only 10 left; 12 were asked for",
        "line_id": None,
        "variant_id": str(stall.kilo),
        "name": "Jitomate, 1 kg",
        "requested": "12",
        "available": "10",
    }
    assert (await stall.shop.spy.next(OrderRejected, order_id)).version == 2
    order = await stall.shop.get(f"/v1/orders/{order_id}", stall.family.headers)
    assert (order["status"], order["reasons"][0]["code"]) == ("rejected", "not_enough_stock")
    Order.model_validate(order)


async def test_too_little_money_rejects_and_says_what_is_needed(stall: Stall) -> None:
    asked = asyncio.create_task(stall.place(headers={"prefer": "wait=5"}))
    order_id = (await stall.shop.spy.next(OrderPlaced)).subject
    await stall.shop.reserve(order_id)
    await stall.shop.refuse_funds(order_id, "52.50", "20.00")
    answer = await asked
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:not-enough-funds")
    assert answer.json()["reasons"][0]["available"] == {"amount": "20.00", "currency": "MXN"}
    assert "20.00 MXN" in answer.json()["detail"]


async def test_answers_that_come_twice_or_after_a_refusal_change_nothing(stall: Stall) -> None:
    shop = stall.shop
    confirmed = UUID((await stall.place()).json()["id"])
    await shop.hold(confirmed)
    await shop.reserve(confirmed)
    await stall.cycle.status_of(str(confirmed), "confirmed")
    before = await state(shop, confirmed)
    # As other versions, lest the inbox know them by their number and the decision is not even asked.
    await shop.reserve(confirmed, version=2)
    await shop.hold(confirmed)
    rejected = UUID((await stall.place()).json()["id"])
    await shop.refuse_stock(rejected, [])
    refused = await stall.cycle.status_of(str(rejected), "rejected")
    await shop.reserve(rejected, version=2)
    await shop.hold(rejected)
    last = UUID((await stall.place()).json()["id"])
    await shop.grant(last)
    await stall.cycle.status_of(str(last), "confirmed")
    assert (await state(shop, confirmed)) == before
    assert (await shop.get(f"/v1/orders/{rejected}")) == refused
    await shop.spy.next(OrderConfirmed, last)
    assert [event.subject for event in shop.spy.seen(OrderConfirmed)] == [confirmed, last]
    assert [event.subject for event in shop.spy.seen(OrderRejected)] == [rejected]


async def state(shop: Shop, order_id: UUID) -> tuple[Any, ...]:
    async with shop.piece.database.reading() as connection:
        statement = text("SELECT status, version, decided_at, stock_answer, funds_answer FROM orders WHERE id = :id")
        return tuple((await connection.execute(statement, {"id": order_id})).one())


async def test_many_answers_in_one_batch_each_reach_their_order(stall: Stall) -> None:
    ids = [UUID((await stall.place("0.5")).json()["id"]) for _ in range(12)]
    await asyncio.gather(*(stall.shop.reserve(order_id) for order_id in ids))
    await asyncio.gather(*(stall.shop.hold(order_id) for order_id in ids))
    for order_id in ids:
        await stall.cycle.status_of(str(order_id), "confirmed")
    await stall.shop.spy.next(OrderConfirmed, count=12)
    assert sorted(event.subject for event in stall.shop.spy.seen(OrderConfirmed)) == sorted(ids)


async def test_an_order_that_was_cancelled_meanwhile_stays_cancelled(stall: Stall) -> None:
    shop = stall.shop
    order_id = UUID((await stall.place()).json()["id"])
    cancelled = await shop.post(f"/v1/orders/{order_id}/cancel", headers=stall.family.headers)
    assert cancelled["status"] == "cancelled"
    assert (await shop.spy.next(OrderCancelled, order_id)).version == 2
    await shop.grant(order_id)
    other = UUID((await stall.place()).json()["id"])
    await shop.grant(other)
    await stall.cycle.status_of(str(other), "confirmed")
    assert (await shop.get(f"/v1/orders/{order_id}"))["status"] == "cancelled"
    again = await shop.post(f"/v1/orders/{order_id}/cancel", headers=stall.family.headers)
    assert again["status"] == "cancelled"
    assert len(shop.spy.seen(OrderCancelled)) == 1


async def test_without_an_answer_in_time_the_order_is_rejected(spy: Spy, running: Runner, tokens: Tokens) -> None:
    async with running("orders", order_deadline=0.3, expire_every=0.1) as piece:
        shop = Shop(piece, spy, tokens, tokens.actor(roles=["coordinator"]))
        stall = await open_stall(shop)
        answer = await stall.place(headers={"prefer": "wait=4"})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:no-answer-in-time")
        await shop.spy.next(OrderRejected, UUID(answer.json()["order_id"]))


async def test_what_is_granted_after_the_deadline_is_not_confirmed(spy: Spy, running: Runner, tokens: Tokens) -> None:
    async with running("orders", order_deadline=0.3, expire_every=60) as piece:
        shop = Shop(piece, spy, tokens, tokens.actor(roles=["coordinator"]))
        stall = await open_stall(shop)
        order_id = UUID((await stall.place()).json()["id"])
        await asyncio.sleep(0.4)
        await shop.reserve(order_id)
        order = await stall.cycle.status_of(str(order_id), "rejected")
        assert order["reasons"][0]["code"] == "no_answer_in_time"
        assert shop.spy.seen(OrderConfirmed) == []


async def test_pieces_that_are_not_deployed_are_not_waited_for(spy: Spy, running: Runner, tokens: Tokens) -> None:
    async with running("orders", pieces="catalog,orders") as piece:
        shop = Shop(piece, spy, tokens, tokens.actor(roles=["coordinator"]))
        stall = await open_stall(shop)
        order_id = UUID((await stall.place()).json()["id"])
        await shop.reserve(order_id)
        await stall.cycle.status_of(str(order_id), "confirmed")


async def test_with_neither_catalog_nor_members_an_order_is_confirmed_at_once(
    spy: Spy, running: Runner, tokens: Tokens
) -> None:
    async with running("orders", pieces="orders") as piece:
        shop = Shop(piece, spy, tokens, tokens.actor(roles=["coordinator"]))
        stall = await open_stall(shop)
        answer = await stall.place()
        assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")
        assert (await shop.spy.next(OrderConfirmed)).version == 1
        assert shop.spy.seen(OrderPlaced) == []


async def test_the_same_key_is_the_same_order_in_its_present_state(stall: Stall) -> None:
    key = {"idempotency-key": "once"}
    first = await stall.place(headers=key)
    again = await stall.place(headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    await stall.shop.grant(UUID(first.json()["id"]))
    await stall.cycle.status_of(first.json()["id"], "confirmed")
    later = await stall.place(headers=key)
    assert (later.status_code, later.json()["status"]) == (201, "confirmed")
    assert len(stall.shop.spy.seen(OrderPlaced)) == 1


async def test_one_key_sent_many_times_at_once_places_one_order(stall: Stall) -> None:
    answers = await asyncio.gather(*(stall.place(headers={"idempotency-key": "burst"}) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await stall.shop.get("/v1/orders"))["items"]) == 1


async def test_a_clients_own_id_sent_twice_is_one_order(stall: Stall) -> None:
    own = str(uuid4())
    first, second = await stall.place(id=own), await stall.place(id=own)
    assert (first.json()["id"], second.json()["id"]) == (own, own)
    other = await stall.place("3", id=own)
    assert (other.status_code, other.json()["type"]) == (409, "urn:trama:problem:id-taken")


async def test_a_part_is_paid_in_community_credit_up_to_each_lines_share(shop: Shop) -> None:
    stall = await open_stall(shop, credit_share=40)
    too_much = await stall.place("2", credit={"amount": "20.01", "currency": "TUMIN"})
    assert (too_much.status_code, too_much.json()["errors"][0]["pointer"]) == (422, "/credit/amount")
    other = await stall.place("2", credit={"amount": "1.00", "currency": "HOUR"})
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (422, "/credit/currency")
    order = (await stall.place("2", credit={"amount": "20.00", "currency": "TUMIN"})).json()
    assert order["holds"] == [
        {"amount": "32.50", "currency": "MXN"},
        {"amount": "20.00", "currency": "TUMIN"},
    ]


async def test_placing_costs_two_round_trips(stall: Stall) -> None:
    with stall.shop.piece.counted_queries() as statements:
        answer = await stall.place(headers={"idempotency-key": "counted"})
    assert answer.status_code == 202
    own = [statement for statement in statements if "order_serial" in statement or "open_cycle" in statement]
    assert len(own) == 2


async def test_every_line_enters_the_queue_log_which_is_never_edited(stall: Stall) -> None:
    await stall.place("2")
    async with stall.shop.piece.database.reading() as connection:
        entries = (await connection.execute(text("SELECT quantity, tolerance FROM queue_entry"))).all()
        assert [(Decimal(2), Decimal(0))] == [tuple(entry) for entry in entries]
        with pytest.raises(Exception, match="append-only"):
            await connection.execute(text("UPDATE queue_entry SET quantity = 3"))


async def test_an_order_can_be_followed_to_its_end(stall: Stall) -> None:
    order_id = UUID((await stall.place()).json()["id"])

    async def follow() -> str:
        answer = await stall.shop.client.get(f"/v1/orders/{order_id}/events", headers=stall.family.headers)
        assert answer.headers["content-type"].startswith("text/event-stream")
        return answer.text

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.1)
    await stall.shop.refuse_stock(order_id, [])
    told = await asyncio.wait_for(following, 5)
    assert [line for line in told.splitlines() if line.startswith("data:")] == [
        f'data: {{"order_id": "{order_id}", "status": "placed", "version": 1}}',
        f'data: {{"order_id": "{order_id}", "status": "rejected", "version": 2}}',
    ]


async def test_a_family_sees_its_own_orders_and_a_coordinator_all_page_by_page(stall: Stall) -> None:
    shop = stall.shop
    mine = [(await stall.place()).json()["id"] for _ in range(3)]
    other = await shop.family("Soto")
    theirs = await shop.post("/v1/orders", stall.cycle.wish((stall.kilo, "1")), other.headers)
    own = await shop.get("/v1/orders", stall.family.headers)
    assert [order["id"] for order in own["items"]] == mine[::-1]
    first = await shop.get("/v1/orders", cycle_id=str(stall.cycle.id), limit=2)
    rest = await shop.get("/v1/orders", cycle_id=str(stall.cycle.id), limit=2, after=first["next"])
    assert [order["id"] for order in [*first["items"], *rest["items"]]] == [theirs["id"], *mine[::-1]]
    assert rest["next"] is None
    with shop.piece.counted_queries() as statements:
        await shop.get("/v1/orders", limit=1)
        one = len(statements)
        await shop.get("/v1/orders", limit=200)
    assert len(statements) == 2 * one


async def test_a_coordinator_orders_for_a_family(stall: Stall) -> None:
    body = stall.cycle.wish((stall.kilo, "1"), member_id=str(stall.family.id))
    order = await stall.shop.post("/v1/orders", body)
    assert order["member_id"] == str(stall.family.id)


async def test_events_arrive_before_the_product_they_are_about(shop: Shop) -> None:
    producer, kilo = new_id(), variant()
    await shop.stock(kilo.variant_id, "7")
    await shop.product(producer, [kilo])
    cycle = await shop.cycle([producer], offers=1)
    offer = (await shop.offers(cycle.id))[0]
    assert offer["available"] == "7"
    await shop.stock(kilo.variant_id, "6.5", version=2)
    await eventually(lambda: shop.offers(cycle.id), lambda found: found[0]["available"] == "6.5")
