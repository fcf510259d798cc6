"""The saga's money: holds for orders, kept, released, expired, settled."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.members import FundsHeld, FundsRefused, SettlementPosted
from contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    OrderState,
    Posting,
    SettlementComputed,
)
from contracts.values import Money
from kit.jobs import run_once
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from members.holds import service
from members.holds.jobs import EXPIRY
from members.holds.rules import request
from tests.members.conftest import Office


def money(amount: str, currency: str = "MXN") -> Money:
    return Money.model_validate({"amount": amount, "currency": currency})


def order[S: OrderState](
    kind: type[S], member_id: UUID, *holds: Money, order_id: UUID | None = None, deadline: datetime | None = None
) -> S:
    """An event of an order that needs these holds."""
    status = kind.topic.happened
    return kind(
        order_id=order_id or uuid4(),
        number="QRO-2026-0001",
        status=status,
        cycle_id=uuid4(),
        member_id=member_id,
        lines=[],
        total=holds[0] if holds else money("0"),
        holds=list(holds),
        deadline=deadline or datetime.now(UTC) + timedelta(minutes=2),
    )


async def say(spy: Spy, fact: OrderState, version: int = 1) -> UUID:
    await spy.publish(fact, subject=fact.order_id, version=version)
    return fact.order_id


async def held(office: Office, member_id: UUID, amount: str, currency: str = "MXN") -> None:
    """Waits until the member's holds come to this."""

    async def look() -> str:
        return (await office.balance(member_id, currency))["held"]

    await eventually(look, lambda found: found == amount)


async def test_money_and_credit_for_an_order_are_held_together(office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    order_id = await say(spy, order(OrderPlaced, member_id, money("60.00"), money("25.00", "TUMIN")), 3)
    event = await spy.next(FundsHeld, order_id)
    assert (event.version, event.data.member_id) == (3, member_id)
    assert {hold.currency: hold.minor for hold in event.data.holds} == {"MXN": 6000, "TUMIN": 2500}
    assert (await office.balance(member_id))["available"] == "40.00"
    assert (await office.balance(member_id, "TUMIN"))["available"] == "475.00"
    assert await office.statement(member_id, currency="TUMIN") == []


async def test_an_order_that_can_not_be_paid_in_one_currency_holds_nothing_in_any(office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    order_id = await say(spy, order(OrderPlaced, member_id, money("60.00"), money("500.01", "TUMIN")))
    event = await spy.next(FundsRefused, order_id)
    assert event.data.code == "not_enough_funds"
    assert [(s.needed.amount, s.available.amount) for s in event.data.shortfalls] == [
        (money("500.01").amount, money("500.00").amount)
    ]
    assert (await office.balance(member_id))["held"] == "0.00"


@pytest.mark.parametrize("step", [None, "suspend", "exclude", "leave"])
async def test_an_order_of_a_member_who_is_not_active_is_refused(office: Office, spy: Spy, step: str | None) -> None:
    member_id = await office.admit() if step else UUID((await office.apply()).json()["id"])
    if step:
        await office.deposit(member_id, "100.00")
        await office.piece.client.post(f"/v1/members/{member_id}/{step}", headers=office.coordinator)
    order_id = await say(spy, order(OrderPlaced, member_id, money("1.00")))
    assert (await spy.next(FundsRefused, order_id)).data.code == "member_not_active"
    unknown = await say(spy, order(OrderPlaced, uuid4(), money("1.00")))
    assert (await spy.next(FundsRefused, unknown)).data.code == "member_not_active"


async def test_first_come_first_served(office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    orders = [order(OrderPlaced, member_id, money(amount)) for amount in ("70.00", "40.00", "30.00", "0.01")]
    for placed in orders:
        await say(spy, placed)
    await spy.next(FundsRefused, orders[3].order_id)
    assert {event.subject for event in spy.seen(FundsHeld)} == {orders[0].order_id, orders[2].order_id}
    assert [event.subject for event in spy.seen(FundsRefused)] == [orders[1].order_id, orders[3].order_id]


@pytest.mark.parametrize("outcome", [OrderRejected, OrderCancelled])
async def test_a_hold_is_released_when_its_order_fails(office: Office, spy: Spy, outcome: type[OrderState]) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    order_id = await say(spy, order(OrderPlaced, member_id, money("60.00")))
    await held(office, member_id, "60.00")
    await say(spy, order(outcome, member_id, money("60.00"), order_id=order_id), 2)
    await held(office, member_id, "0.00")
    assert (await office.balance(member_id))["available"] == "100.00"


async def test_an_order_rejected_before_it_was_heard_of_holds_nothing_when_it_is(office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    order_id = uuid4()
    await say(spy, order(OrderRejected, member_id, money("60.00"), order_id=order_id), 2)
    await say(spy, order(OrderPlaced, member_id, money("60.00"), order_id=order_id), 1)
    after = await say(spy, order(OrderPlaced, member_id, money("100.00")))
    await spy.next(FundsHeld, after)
    assert spy.seen(FundsHeld, order_id) == []


async def test_the_same_event_twice_holds_once(office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    placed = order(OrderPlaced, member_id, money("40.00"))
    for _ in range(2):
        await say(spy, placed)
    last = await say(spy, order(OrderPlaced, member_id, money("1.00")))
    await spy.next(FundsHeld, last)
    assert (await office.balance(member_id))["held"] == "41.00"


async def test_a_changed_order_holds_its_new_amount_or_keeps_the_old(office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    order_id = await say(spy, order(OrderPlaced, member_id, money("60.00")))
    await say(spy, order(OrderPlaced, member_id, money("90.00"), order_id=order_id), 2)
    await spy.next(FundsHeld, order_id, count=2)
    assert (await office.balance(member_id))["held"] == "90.00"
    await say(spy, order(OrderPlaced, member_id, money("100.01"), order_id=order_id), 3)
    refused = await spy.next(FundsRefused, order_id)
    assert refused.data.shortfalls[0].available == money("100.00")
    assert (await office.balance(member_id))["held"] == "90.00"
    await say(spy, order(OrderPlaced, member_id, money("10.00"), money("5.00", "TUMIN"), order_id=order_id), 4)
    await spy.next(FundsHeld, order_id, count=3)
    assert (await office.balance(member_id))["held"] == "10.00"
    assert (await office.balance(member_id, "TUMIN"))["held"] == "5.00"


async def expire(piece: Piece, later: timedelta) -> None:
    """Runs the expiry as if it were that much later."""
    async with piece.database.transaction() as work:
        work.now += later
        await service.expire(work)


async def test_an_unconfirmed_hold_ends_a_quarter_hour_after_its_deadline_and_a_confirmed_one_stays(
    office: Office, spy: Spy, piece: Piece
) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    kept = await say(spy, order(OrderPlaced, member_id, money("10.00")))
    await say(spy, order(OrderConfirmed, member_id, money("10.00"), order_id=kept), 2)
    forgotten = await say(spy, order(OrderPlaced, member_id, money("20.00")))
    await spy.next(FundsHeld, forgotten)
    await expire(piece, timedelta(minutes=16))
    assert (await office.balance(member_id))["held"] == "30.00"
    await expire(piece, timedelta(minutes=18))
    assert (await office.balance(member_id))["held"] == "10.00"
    await expire(piece, timedelta(days=30))
    assert (await office.balance(member_id))["held"] == "10.00"
    assert await run_once(piece.database, EXPIRY)


async def test_a_confirmation_that_finds_its_hold_expired_holds_again_or_says_that_it_can_not(
    office: Office, spy: Spy, piece: Piece
) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    placed = [order(OrderPlaced, member_id, money("60.00")), order(OrderPlaced, member_id, money("40.00"))]
    for fact in placed:
        await say(spy, fact)
    await spy.next(FundsHeld, placed[1].order_id)
    await expire(piece, timedelta(hours=1))
    late = await say(spy, order(OrderPlaced, member_id, money("50.00")))
    await spy.next(FundsHeld, late)
    for fact in placed:
        await say(spy, order(OrderConfirmed, member_id, *fact.holds, order_id=fact.order_id), 2)
    refused = await spy.next(FundsRefused, placed[0].order_id)
    assert (refused.version, refused.data.shortfalls[0].available) == (2, money("50.00"))
    await held(office, member_id, "90.00")
    await expire(piece, timedelta(days=30))
    assert (await office.balance(member_id))["held"] == "40.00"


def part(postings: list[Posting], orders: list[UUID], **more: Any) -> SettlementComputed:
    filled = {"part_id": uuid4(), "cycle_id": uuid4(), "part": 1, "parts": 1, **more}
    return SettlementComputed(postings=postings, order_ids=orders, **filled)


def posting(debit: str, credit: str, amount: Money, cause: str = "order", **more: Any) -> Posting:
    filled = {"posting_id": uuid4(), "cause_id": uuid4(), "text": "Pedido QRO-2026-0001", **more}
    return Posting.model_validate({"debit": debit, "credit": credit, "amount": amount, "cause": cause, **filled})


async def test_a_settlement_is_booked_and_its_holds_end_in_the_same_moment(office: Office, spy: Spy) -> None:
    family, producer = await office.admit(), await office.admit(kind="producer")
    await office.deposit(family, "100.00")
    order_id = await say(spy, order(OrderPlaced, family, money("60.00"), money("10.00", "TUMIN")))
    await say(spy, order(OrderConfirmed, family, money("60.00"), money("10.00", "TUMIN"), order_id=order_id), 2)
    settlement = part(
        [
            posting(f"member:{family}", "network:sales", money("57.50"), cause_id=order_id),
            posting(f"member:{family}", "network:sales", money("10.00", "TUMIN"), "order"),
            posting("network:sales", f"member:{producer}", money("55.00"), "payable"),
            posting("network:sales", "network:fund", money("2.50"), "fee"),
            posting("network:sales", f"member:{producer}", money("10.00", "TUMIN"), "payable"),
            posting("network:sales", "network:fund", money("0.00"), "difference"),
        ],
        [order_id],
        part=2,
        parts=3,
    )
    await spy.publish(settlement, subject=settlement.part_id)
    posted = await spy.next(SettlementPosted, settlement.part_id)
    assert (posted.data.cycle_id, posted.data.part, posted.data.parts) == (settlement.cycle_id, 2, 3)
    assert await office.balance(family) == {
        "balance": "42.50",
        "held": "0.00",
        "credit_limit": "0.00",
        "available": "42.50",
    }
    assert (await office.balance(family, "TUMIN"))["balance"] == "-10.00"
    assert (await office.balance(producer))["balance"] == "55.00"
    charge = (await office.statement(family, currency="MXN"))[0]
    assert (charge["cause"], charge["cause_id"], charge["text"]) == ("order", str(order_id), "Pedido QRO-2026-0001")
    proof = await office.proof()
    assert (proof["ok"], [c["held"]["amount"] for c in proof["currencies"]]) == (True, ["0.00", "0.00"])


async def test_a_posting_asked_for_twice_is_booked_once(office: Office, spy: Spy) -> None:
    family = await office.admit()
    await office.deposit(family, "100.00")
    charge = posting(f"member:{family}", "network:sales", money("40.00"))
    for number in (1, 2):
        settlement = part([charge], [], part=number, parts=2)
        await spy.publish(settlement, subject=settlement.part_id)
        await spy.next(SettlementPosted, settlement.part_id)
    assert (await office.balance(family))["balance"] == "60.00"


async def test_goods_that_were_taken_are_charged_past_the_limit_and_the_member_can_hold_no_more(
    office: Office, spy: Spy
) -> None:
    family = await office.admit()
    await office.deposit(family, "50.00")
    order_id = await say(spy, order(OrderPlaced, family, money("50.00")))
    settlement = part([posting(f"member:{family}", "network:sales", money("53.00"))], [order_id])
    await spy.publish(settlement, subject=settlement.part_id)
    await spy.next(SettlementPosted, settlement.part_id)
    assert (await office.balance(family))["available"] == "-3.00"
    refused = await say(spy, order(OrderPlaced, family, money("0.01")))
    assert (await spy.next(FundsRefused, refused)).data.shortfalls[0].available == money("0.00")
    proof = await office.proof()
    assert (proof["ok"], proof["currencies"][0]["past_limits"]["amount"]) == (True, "3.00")


async def test_a_confirmation_that_comes_after_the_settlement_holds_nothing(office: Office, spy: Spy) -> None:
    family = await office.admit()
    await office.deposit(family, "50.00")
    order_id = await say(spy, order(OrderPlaced, family, money("50.00")))
    settlement = part([posting(f"member:{family}", "network:sales", money("20.00"))], [order_id])
    await spy.publish(settlement, subject=settlement.part_id)
    await spy.next(SettlementPosted, settlement.part_id)
    await say(spy, order(OrderConfirmed, family, money("50.00"), order_id=order_id), 2)
    after = await say(spy, order(OrderPlaced, family, money("30.00")))
    await spy.next(FundsHeld, after)
    assert spy.seen(FundsRefused, order_id) == []


@pytest.mark.parametrize(
    ("debit", "credit", "amount"),
    [
        ("member:nobody", "network:sales", money("1.00")),
        ("member:01970000-0000-7000-8000-000000000000", "network:sales", money("1.00")),
        ("network:Sales!", "network:fund", money("1.00")),
        ("network:sales", "network:sales", money("1.00")),
        ("network:sales", "network:fund", money("-1.00")),
        ("network:sales", "network:fund", money("1.00", "EUR")),
    ],
)
async def test_a_settlement_that_can_not_be_booked_is_put_aside_whole(
    office: Office, spy: Spy, *, debit: str, credit: str, amount: Money
) -> None:
    family = await office.admit()
    good = posting("network:sales", f"member:{family}", money("5.00"))
    settlement = part([good, posting(debit, credit, amount)], [])
    await spy.publish(settlement, subject=settlement.part_id)
    fine = part([posting("network:sales", f"member:{family}", money("7.00"))], [])
    await spy.publish(fine, subject=fine.part_id)
    await spy.next(SettlementPosted, fine.part_id)
    assert (await office.balance(family))["balance"] == "7.00"
    assert spy.seen(SettlementPosted, settlement.part_id) == []


async def test_a_batch_of_orders_costs_a_fixed_number_of_statements(office: Office, piece: Piece) -> None:
    member_ids = [await office.admit() for _ in range(3)]
    for member_id in member_ids:
        await office.deposit(member_id, "1000.00")
    counts = []
    # The first opens what is held for.
    for size in (1, 3, 120):
        requests = [request(uuid4(), member_ids[n % 3], [money("1.00")]) for n in range(size)]
        with piece.counted_queries() as statements:
            async with piece.database.transaction() as work:
                verdicts = await service.hold(work, piece.app.state.settings, requests, {})
        assert all(verdict.granted for verdict in verdicts)
        counts.append(len(statements))
    assert counts[1] == counts[2] <= 5


async def test_many_orders_of_one_account_race_and_it_never_passes_its_limit(
    office: Office, spy: Spy, piece: Piece
) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "10.00")

    async def place() -> bool:
        async with piece.database.transaction() as work:
            asked = request(uuid4(), member_id, [money("1.00")])
            (verdict,) = await service.hold(work, piece.app.state.settings, [asked], {})
            return verdict.granted

    granted = await asyncio.gather(*(place() for _ in range(40)))
    assert sum(granted) == 10
    assert (await office.balance(member_id))["available"] == "0.00"
    async with piece.database.reading() as connection:
        pending = await connection.execute(text("SELECT count(*) FROM transfers WHERE status = 'pending'"))
        assert pending.scalar_one() == 10
