"""Places when many want them at once: nobody is overtaken, and the books agree."""

import asyncio
import random
from uuid import UUID

import pytest
from sqlalchemy import text

from catalog.stock.service import release
from contracts.catalog import StockRefused, StockReserved
from contracts.orders import OrderCancelled
from kit.ids import new_id
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, rows
from tests.catalog.occasions import (
    become,
    book,
    booked,
    care,
    counted,
    ordered,
    plan,
    planned,
    session,
    soon,
    status,
    stranger,
)

#: The stock forgets that somebody waits, however often it is told.
UNGUARDED = (
    "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.awaited := NULL; RETURN NEW; END'",
    "CREATE TRIGGER forget BEFORE UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION forget()",
    "UPDATE stock SET awaited = NULL",
)


#: Of a session: what its stock says, its reservations, and those who have places or wait.
BOOKS = """
SELECT on_hand, reserved, awaited, offered,
       (SELECT coalesce(sum(quantity), 0) FROM reserved_lines JOIN reservations ON id = reservation_id
        WHERE variant_id = :id AND state IN ('held', 'kept')) AS lines,
       (SELECT coalesce(sum(seats), 0) FROM bookings WHERE session_id = :id AND state = 'booked')
       + (SELECT coalesce(sum(quantity), 0) FROM reserved_lines JOIN reservations ON id = reservation_id
          WHERE variant_id = :id AND origin = 'order' AND state IN ('held', 'kept')) AS seats,
       (SELECT min(seats) FROM bookings WHERE session_id = :id AND state = 'waiting') AS least
FROM stock WHERE variant_id = :id
"""


async def at_the_door(piece: Piece) -> int:
    """How many wait for a lock in this database."""
    sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return len(await rows(piece, sql))


async def unheard(piece: Piece) -> int:
    """1 while the last change of stock that was said is not heard: those before it need not be."""
    sql = """
        SELECT 1 FROM (SELECT event_id FROM outbox WHERE subject LIKE '%.stock.changed.%' ORDER BY id DESC LIMIT 1) AS last
        WHERE NOT EXISTS (SELECT FROM inbox WHERE inbox.event_id = last.event_id)
    """
    return len(await rows(piece, sql))


@pytest.mark.parametrize("guard", [True, False])
async def test_nobody_overtakes_who_waits_while_a_place_becomes_free(
    *, piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens, guard: bool
) -> None:
    """Without what the stock keeps for those who wait, somebody who comes later gets the place."""
    one = await planned(piece, farmer, 1)
    placed = ordered(new_id(), (one["id"], "1"))
    await spy.publish(placed, subject=placed.order_id)
    await spy.next(StockReserved, placed.order_id)
    _, headers = stranger(tokens)
    waits = await booked(piece, headers, one["id"], wait=True)
    # What the room hears of the booking itself must not come between.
    await eventually(lambda: unheard(piece), lambda waiting: waiting == 0)
    if not guard:
        async with piece.database.transaction() as work:
            for statement in UNGUARDED:
                await work.execute(text(statement))

    async def come_later() -> int:
        _, newcomer = stranger(tokens)
        return int((await book(piece, newcomer, one["id"])).status_code)

    # What frees a place without this room, as an expiry does: the room hears of it by an event, and those who come
    # later stand at the door already.
    async with piece.database.transaction() as work:
        await release(work, [placed.order_id])
        newcomers = [asyncio.create_task(come_later()) for _ in range(6)]
        await eventually(lambda: at_the_door(piece), lambda waiting: waiting >= 6)
    codes = await asyncio.gather(*newcomers)
    assert sorted(codes) == ([409] * 6 if guard else [201, 409, 409, 409, 409, 409])
    if guard:

        async def is_booked() -> str:
            return await status(piece, headers, waits["id"])

        assert await eventually(is_booked, lambda state: state == "booked")
    assert await counted(piece, one["id"]) == (1, 1, 1)


async def test_sixty_want_five_places_some_give_theirs_back_and_the_list_is_served_in_its_order(
    piece: Piece, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 5)
    people = [stranger(tokens)[1] for _ in range(60)]
    made = await asyncio.gather(*(booked(piece, headers, one["id"], wait=True) for headers in people))
    have = [place for place, booking in enumerate(made) if booking["status"] == "booked"]
    assert len(have) == 5
    assert await counted(piece, one["id"]) == (5, 5, 5)

    async def give_back(place: int) -> None:
        answer = await piece.client.delete(f"/v1/bookings/{made[place]['id']}", headers=people[place])
        assert answer.status_code == 204, answer.text

    waiting = [place for place in range(60) if place not in have]
    # Ten of those who wait leave the list while those with a place give it back.
    await asyncio.gather(*(give_back(place) for place in (*have, *waiting[:10])))
    assert await counted(piece, one["id"]) == (5, 5, 5)
    left = await rows(piece, "SELECT state, number FROM bookings WHERE state IN ('booked', 'waiting') ORDER BY number")
    states = [row.state for row in left]
    assert (states[:5], set(states[5:])) == (["booked"] * 5, {"waiting"})
    [stock] = await rows(piece, "SELECT awaited FROM stock WHERE variant_id = :id", id=UUID(one["id"]))
    assert stock.awaited == 1


async def test_whatever_happens_at_once_the_books_of_places_agree(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    product = await care(piece, farmer)
    series = await plan(piece, farmer, product["id"], session(soon(2), 3, rule="FREQ=DAILY;COUNT=3"))
    ids = [one["id"] for one in series["sessions"]]
    chance = random.Random(7)
    answers: list[int] = []

    async def come_and_go(number: int) -> None:
        _, headers = stranger(tokens)
        made = await book(piece, headers, ids[number % 3], seats=1 + number % 2, wait=number % 4 != 0)
        answers.append(made.status_code)
        if made.status_code == 201 and chance.random() < 0.5:
            gone = await piece.client.delete(f"/v1/bookings/{made.json()['id']}", headers=headers)
            answers.append(gone.status_code)

    async def order_and_cancel(number: int) -> None:
        placed = ordered(new_id(), (ids[number % 3], "1"), (ids[(number + 1) % 3], "1"))
        await spy.publish(placed, subject=placed.order_id)
        if number % 2:
            await spy.publish(become(placed, OrderCancelled), subject=placed.order_id, version=2)

    async def change(number: int) -> None:
        body: Json = (
            {"capacity": 2 + number} if number % 2 else {"starts_at": soon(2 + number % 3, 16 + number).isoformat()}
        )
        answer = await piece.client.patch(
            f"/v1/sessions/{ids[number % 3]}", json=body, headers={**farmer, "if-match": "*"}
        )
        answers.append(answer.status_code)

    async def cancel() -> None:
        await asyncio.sleep(0.1)
        answer = await piece.client.post(f"/v1/sessions/{ids[2]}/cancel", json={}, headers=farmer)
        answers.append(answer.status_code)

    doing = [come_and_go(number) for number in range(30)] + [order_and_cancel(number) for number in range(12)]
    doing += [change(number) for number in range(6)] + [cancel()]
    chance.shuffle(doing)
    await asyncio.gather(*doing)
    assert set(answers) <= {200, 201, 204, 409, 422}, answers
    # A last order, whose answer says that all before it were heard.
    last = ordered(new_id(), (ids[0], "900"))
    await spy.publish(last, subject=last.order_id)
    await spy.next(StockRefused, last.order_id, seconds=20)

    for session_id in ids:

        async def agrees(session_id: str = session_id) -> bool:
            [row] = await rows(piece, BOOKS, id=UUID(session_id))
            # Nobody waits for what is free.
            fits = row.least is None or row.on_hand - row.reserved < row.least
            awaited = row.awaited == row.least if row.offered else row.least is None
            return bool(row.reserved == row.lines == row.seats <= row.on_hand and fits and awaited)

        assert await eventually(agrees)
