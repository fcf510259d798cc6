"""Many want the last of something at the same moment."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.stock.jobs import EXPIRE
from catalog.stock.rules import total
from catalog.stock.service import Request, answer_orders
from contracts.catalog import StockChanged, StockRefused, StockReserved
from contracts.orders import OrderPlaced
from kit.database import utc_now
from kit.jobs import run_once
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, create, order, product, rows, variant

LAST = 10


async def last_ten(piece: Piece, farmer: Headers) -> str:
    made = await create(piece, farmer, product("Jitomate", variant(on_hand=str(LAST))), publish=True)
    return str(made["variants"][0]["id"])


async def reserved(piece: Piece, variant_id: str) -> tuple[int, int]:
    """What the stock says is reserved, and what the reservations add up to."""
    [stock] = await rows(piece, "SELECT reserved FROM stock WHERE variant_id = :id", id=UUID(variant_id))
    [lines] = await rows(
        piece,
        "SELECT coalesce(sum(quantity), 0) AS sum FROM reserved_lines JOIN reservations ON id = reservation_id"
        " WHERE variant_id = :id AND state IN ('held', 'kept')",
        id=UUID(variant_id),
    )
    return int(stock.reserved), int(lines.sum)


async def test_two_hundred_want_the_last_ten_by_events_and_by_requests_and_exactly_ten_get_one(
    piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    variant_id = await last_ten(piece, farmer)
    orders = [order(OrderPlaced, [(variant_id, "1")]) for _ in range(100)]

    async def by_event(place: int) -> None:
        # A few at a time, so that they arrive in several batches.
        await asyncio.sleep(0.01 * (place // 20))
        await spy.publish(orders[place], subject=orders[place].order_id)

    async def by_request() -> int:
        body = {"lines": [{"variant_id": variant_id, "quantity": "1"}]}
        answer = await piece.client.post("/v1/reservations", json=body, headers=coordinator)
        return answer.status_code

    answered = await asyncio.gather(*(by_request() for _ in range(100)), *(by_event(place) for place in range(100)))
    granted = [status for status in answered if status is not None]

    async def decided() -> int:
        return len(spy.seen(StockReserved)) + len(spy.seen(StockRefused))

    await eventually(decided, lambda seen: seen == 100, seconds=20)
    assert set(granted) <= {201, 409}
    assert granted.count(201) + len(spy.seen(StockReserved)) == LAST
    assert await reserved(piece, variant_id) == (LAST, LAST)

    async def told() -> str:
        return str(spy.seen(StockChanged, UUID(variant_id))[-1].data.available)

    await eventually(told, lambda available: available == "0")


async def test_orders_of_the_same_variants_in_opposite_order_do_not_lock_each_other_out(
    piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    first, second = await last_ten(piece, farmer), await last_ten(piece, farmer)

    async def both(*variants: str) -> int:
        body = {"lines": [{"variant_id": one, "quantity": "0.1"} for one in variants]}
        return (await piece.client.post("/v1/reservations", json=body, headers=coordinator)).status_code

    pairs = [(first, second), (second, first)] * 20
    assert set(await asyncio.gather(*(both(*pair) for pair in pairs))) == {201}


async def test_who_comes_second_waits_for_the_first_and_decides_by_what_is_left_then(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    variant_id = await last_ten(piece, farmer)
    body = {"lines": [{"variant_id": variant_id, "quantity": "1"}]}
    async with piece.database.transaction() as work:
        await work.execute(text("SELECT 1 FROM stock FOR UPDATE"))
        second = asyncio.create_task(piece.client.post("/v1/reservations", json=body, headers=coordinator))
        _, waiting = await asyncio.wait([second], timeout=0.5)
        assert waiting
        await work.execute(text("UPDATE stock SET reserved = 10"))

    assert (await second).status_code == 409


async def test_what_is_confirmed_while_the_job_looks_is_not_released(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await last_ten(piece, farmer)
    placed = order(OrderPlaced, [(variant_id, "4")])
    await spy.publish(placed, subject=placed.order_id)
    await spy.next(StockReserved, placed.order_id)
    piece.database.clock = lambda: utc_now() + timedelta(hours=1)
    async with piece.database.transaction() as work:
        await work.execute(text("UPDATE reservations SET state = 'kept', expires_at = NULL"))
        job = asyncio.create_task(run_once(piece.database, EXPIRE))
        _, waiting = await asyncio.wait([job], timeout=0.5)
        assert waiting

    assert await job
    assert await reserved(piece, variant_id) == (4, 4)


async def test_what_changes_while_the_job_looks_is_released_as_it_is_then(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await last_ten(piece, farmer)
    placed = order(OrderPlaced, [(variant_id, "4")])
    await spy.publish(placed, subject=placed.order_id)
    await spy.next(StockReserved, placed.order_id)
    piece.database.clock = lambda: utc_now() + timedelta(hours=1)
    async with piece.database.transaction() as work:
        lines = total([(UUID(variant_id), Decimal(7))])
        await answer_orders(work, [Request(placed.order_id, "order", lines, "held", utc_now())], {placed.order_id: 2})
        job = asyncio.create_task(run_once(piece.database, EXPIRE))
        _, waiting = await asyncio.wait([job], timeout=0.5)
        assert waiting

    assert await job
    assert await reserved(piece, variant_id) == (0, 0)


async def unguarded(piece: Piece, variant_id: str) -> bool:
    """What the catalog must never do: look, then write, without a lock between."""
    async with piece.database.transaction() as work:
        query = text("SELECT on_hand - reserved AS available FROM stock WHERE variant_id = :id")
        left = (await work.execute(query, {"id": UUID(variant_id)})).scalar_one()
        await asyncio.sleep(0.01)
        if left < 1:
            return False
        await work.execute(
            text("UPDATE stock SET reserved = reserved + 1 WHERE variant_id = :id"), {"id": UUID(variant_id)}
        )
        return True


async def race(piece: Piece, variant_id: str) -> int:
    """How many of sixty got one."""
    outcomes = await asyncio.gather(*(unguarded(piece, variant_id) for _ in range(60)), return_exceptions=True)
    unexpected = [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, IntegrityError)]
    assert unexpected == []
    return outcomes.count(True)


@pytest.mark.parametrize("guard", [True, False])
async def test_the_race_is_real_without_the_constraint_and_lost_with_it(
    piece: Piece, farmer: Headers, admitted: UUID, guard: bool
) -> None:
    variant_id = await last_ten(piece, farmer)
    if not guard:
        async with piece.database.transaction() as work:
            await work.execute(text("ALTER TABLE stock DROP CONSTRAINT ck_stock_never_oversold"))
    got = await race(piece, variant_id)

    [row] = await rows(piece, "SELECT on_hand - reserved AS available FROM stock")
    if guard:
        assert (got, int(row.available)) == (LAST, 0)
    else:
        assert got > LAST
        assert row.available < 0


async def test_a_batch_costs_the_same_few_statements_however_many_orders_are_in_it(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = UUID(await last_ten(piece, farmer))
    costs = []
    for size in (1, 100):
        requests = [
            Request(uuid4(), "order", total([(variant_id, Decimal("0.01"))]), "held", utc_now()) for _ in range(size)
        ]
        with piece.counted_queries() as statements:
            async with piece.database.transaction() as work:
                await answer_orders(work, requests, {request.id: 1 for request in requests})
        ours = ("stock", "reserv", "INSERT INTO outbox")
        costs.append([sql for sql in statements if any(word in sql for word in ours)])
    # Locking reservations, reading their lines, locking stock, writing stock, reservations and lines, and the outbox.
    assert [len(cost) for cost in costs] == [7, 7]
