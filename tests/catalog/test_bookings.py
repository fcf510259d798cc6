"""Places are booked without a cycle; who waits gets what becomes free, before anyone who comes later."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from icalendar import Calendar
from sqlalchemy import text

from contracts.catalog import StockReserved
from contracts.members import MemberErased, MemberLeft
from contracts.orders import OrderCancelled
from kit.ids import new_id
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, create, rows
from tests.catalog.occasions import (
    become,
    book,
    booked,
    care,
    counted,
    family,
    later,
    letters,
    ordered,
    plan,
    planned,
    run_job,
    seen,
    service,
    session,
    soon,
    status,
    stranger,
    told,
)


async def test_a_member_books_and_sees_it_and_whoever_holds_it_sees_who_comes(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer)
    member_id, headers = await family(spy, piece, tokens)
    made = await booked(piece, headers, one["id"], seats=2, for_whom="Ana y Beto")
    assert (made["status"], made["seats"], made["price"]["amount"]) == ("booked", 2, "240.00")
    assert made["session"]["free"] == 1
    mine = (await piece.client.get("/v1/bookings", headers=headers, params={"coming": True})).json()["items"]
    assert [item["id"] for item in mine] == [made["id"]]
    guests = (await piece.client.get(f"/v1/sessions/{one['id']}/bookings", headers=farmer)).json()["guests"]
    assert [(guest["by"], guest["member"]["name"], guest["for_whom"]) for guest in guests] == [
        ("booking", "Familia Hernández", "Ana y Beto")
    ]
    answer = await piece.client.get(f"/v1/bookings/{made['id']}/calendar", headers=headers)
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["summary"], event["location"]) == ("Cuidado de niños", "Casa comunal")

    _, other = stranger(tokens)
    for address in (f"/v1/bookings/{made['id']}", f"/v1/bookings/{made['id']}/calendar"):
        assert (await piece.client.get(address, headers=other)).status_code == 404
    assert (await piece.client.delete(f"/v1/bookings/{made['id']}", headers=other)).status_code == 404
    assert (await piece.client.get(f"/v1/sessions/{one['id']}/bookings", headers=headers)).status_code == 404
    asked = await piece.client.get("/v1/bookings", headers=other, params={"member_id": str(member_id)})
    assert asked.status_code == 404


async def test_the_same_id_again_is_the_same_booking(
    piece: Piece, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer)
    _, headers = stranger(tokens)
    id_ = str(new_id())
    answers = await asyncio.gather(*(book(piece, headers, one["id"], id=id_) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert await counted(piece, one["id"]) == (1, 1, 1)
    other = await book(piece, headers, one["id"], id=id_, seats=2)
    assert (other.status_code, other.json()["type"]) == (409, "urn:trama:problem:id-taken")


async def test_what_cannot_be_booked_is_refused_with_its_field(
    *, piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID, tokens: Tokens, spy: Spy
) -> None:
    product = await care(piece, farmer)
    [one] = (await plan(piece, farmer, product["id"], session(capacity=2)))["sessions"]
    [not_yet] = (await plan(piece, farmer, product["id"], session(soon(9), opens_before=60)))["sessions"]
    [soon_over] = (await plan(piece, farmer, product["id"], session(soon(1), closes_before=6000)))["sessions"]
    draft = await create(piece, farmer, service(name="Borrador"))
    [hidden] = (await plan(piece, farmer, draft["id"]))["sessions"]
    _, headers = await family(spy, piece, tokens)
    suspended, barred = await family(spy, piece, tokens, "Suspendida")
    async with piece.database.transaction() as work:
        await work.execute(text("UPDATE producers SET status = 'suspended' WHERE member_id = :id"), {"id": suspended})
    cases: list[tuple[Headers, str, Json, int, str]] = [
        (headers, one["id"], {"seats": 0}, 422, "/seats"),
        (headers, one["id"], {"seats": 10**40}, 422, "/seats"),
        (headers, one["id"], {"seats": "2"}, 422, "/seats"),
        (headers, one["id"], {"seats": 3}, 422, "/seats"),
        (headers, one["id"], {"seats": 3, "wait": True}, 422, "more-than-places"),
        (headers, one["id"], {"member_id": str(new_id())}, 403, "not-yours"),
        (coordinator, one["id"], {"member_id": str(new_id())}, 422, "unknown-member"),
        (coordinator, one["id"], {}, 422, "member-not-said"),
        (barred, one["id"], {}, 409, "member-not-active"),
        (headers, not_yet["id"], {}, 409, "booking-not-open"),
        (headers, soon_over["id"], {}, 409, "booking-closed"),
        (headers, hidden["id"], {}, 404, "session-not-found"),
        (headers, str(new_id()), {}, 404, "session-not-found"),
        (headers, product["variants"][0]["id"], {}, 404, "session-not-found"),
        (headers, one["id"], {"for_whom": "x" * 201}, 422, "/for_whom"),
        (headers, one["id"], {"wait": "maybe"}, 422, "/wait"),
    ]
    for who, session_id, body, code, said in cases:
        answer = await book(piece, who, session_id, **body)
        assert answer.status_code == code, (body, answer.text)
        assert said in answer.text, (body, answer.text)
    await booked(piece, headers, one["id"])
    again = await book(piece, headers, one["id"])
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:already-booked")
    assert await counted(piece, one["id"]) == (1, 1, 1)


async def test_a_bookings_reservation_ends_with_the_booking_alone(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer)
    _, headers = stranger(tokens)
    made = await booked(piece, headers, one["id"])
    answer = await piece.client.delete(f"/v1/reservations/{made['id']}", headers=coordinator)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:belongs-to-booking")
    for _ in range(2):
        assert (await piece.client.delete(f"/v1/bookings/{made['id']}", headers=headers)).status_code == 204
    assert await counted(piece, one["id"]) == (0, 0, 0)


async def test_who_waits_gets_the_place_that_becomes_free_in_turn_and_is_told(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 3)
    _, first = stranger(tokens)
    held = await booked(piece, first, one["id"], seats=3)
    three, three_headers = stranger(tokens)
    two, two_headers = stranger(tokens)
    last, last_headers = stranger(tokens)
    wants_three = await booked(piece, three_headers, one["id"], seats=3, wait=True)
    wants_two = await booked(piece, two_headers, one["id"], seats=2, wait=True)
    wants_one = await booked(piece, last_headers, one["id"], wait=True)
    assert [made["ahead"] for made in (wants_three, wants_two, wants_one)] == [0, 1, 2]
    assert wants_one["session"]["waiting"] == 3

    # One more place: the last in the list is the first whom it is enough for.
    more = await piece.client.patch(
        f"/v1/sessions/{one['id']}", json={"capacity": 4}, headers={**farmer, "if-match": "*"}
    )
    assert more.status_code == 200, more.text
    assert await status(piece, last_headers, wants_one["id"]) == "booked"
    await told(spy, last, "You have a place")
    assert (await piece.client.delete(f"/v1/bookings/{held['id']}", headers=first)).status_code == 204
    assert await status(piece, three_headers, wants_three["id"]) == "booked"
    assert await status(piece, two_headers, wants_two["id"]) == "waiting"
    await told(spy, three, "You have a place")
    assert letters(spy, two) == []
    assert await counted(piece, one["id"]) == (4, 4, 4)

    # Who holds it takes the three off, who are told why; the two move up.
    struck = await piece.client.delete(
        f"/v1/bookings/{wants_three['id']}", params={"reason": "No pagaron"}, headers=farmer
    )
    assert struck.status_code == 204
    await told(spy, three, "Your booking was cancelled")
    assert await status(piece, two_headers, wants_two["id"]) == "booked"


async def test_places_that_an_order_frees_go_to_those_who_wait_in_the_same_transaction(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 2)
    placed = ordered(new_id(), (one["id"], "2"))
    await spy.publish(placed, subject=placed.order_id)
    await spy.next(StockReserved, placed.order_id)
    _, headers = stranger(tokens)
    waits = await booked(piece, headers, one["id"], seats=2, wait=True)
    assert waits["status"] == "waiting"
    await spy.publish(become(placed, OrderCancelled), subject=placed.order_id, version=2)

    free: list[int] = []

    async def is_booked() -> bool:
        found = await rows(
            piece,
            "SELECT s.reserved, b.state FROM stock s JOIN bookings b ON b.session_id = s.variant_id"
            " WHERE s.variant_id = :id",
            id=UUID(one["id"]),
        )
        free.append(2 - int(found[0].reserved))
        return bool(found[0].state == "booked")

    assert await eventually(is_booked)
    # At no moment was a place free for anyone else.
    assert set(free) == {0}


async def test_what_waited_when_booking_closes_has_waited_in_vain(
    piece: Piece, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 1)
    _, first = stranger(tokens)
    _, second = stranger(tokens)
    await booked(piece, first, one["id"])
    waits = await booked(piece, second, one["id"], wait=True)
    later(piece, timedelta(days=4))
    await run_job(piece, "sessions-open-and-close")
    assert await status(piece, second, waits["id"]) == "missed"
    answer = await piece.client.delete(f"/v1/bookings/{waits['id']}", headers=second)
    assert answer.json()["type"] == "urn:trama:problem:booking-ended"


async def test_who_leaves_the_network_leaves_their_places_to_those_who_wait(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 1)
    gone, headers = await family(spy, piece, tokens)
    held = await booked(piece, headers, one["id"], for_whom="Ana")
    _, second = stranger(tokens)
    waits = await booked(piece, second, one["id"], wait=True)
    left = MemberLeft(member_id=gone, kind="household", name="Familia Hernández", status="left")
    await spy.publish(left, subject=gone, version=2)

    async def is_booked() -> str:
        return await status(piece, second, waits["id"])

    assert await eventually(is_booked, lambda state: state == "booked")
    assert await status(piece, headers, held["id"]) == "cancelled"


async def test_who_holds_sessions_and_leaves_cancels_them(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    product = await care(piece, farmer)
    made = await plan(piece, farmer, product["id"], session(rule="FREQ=WEEKLY"))
    member_id, headers = await family(spy, piece, tokens)
    held = await booked(piece, headers, made["sessions"][0]["id"])
    left = MemberLeft(member_id=admitted, kind="producer", name="Rancho El Mezquite", status="excluded")
    await spy.publish(left, subject=admitted, version=2)
    await told(spy, member_id, "Cancelled")
    assert await status(piece, headers, held["id"]) == "cancelled"
    assert await rows(piece, "SELECT 1 FROM sessions WHERE state = 'planned'") == []
    [series] = await rows(piece, "SELECT ends_on FROM session_series")
    assert series.ends_on is not None


async def test_bookings_are_told_and_forgotten(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 1)
    member_id, headers = await family(spy, piece, tokens)
    await booked(piece, headers, one["id"], for_whom="Ana, 4 años")
    answer = await piece.client.get(f"/v1/personal-data/{member_id}", headers=headers)
    assert answer.json()["holdings"]["bookings"][0]["for_whom"] == "Ana, 4 años"
    await spy.publish(MemberErased(member_id=member_id), subject=member_id, version=2)

    async def forgotten() -> Any:
        [row] = await rows(piece, "SELECT for_whom, state FROM bookings")
        return row.for_whom, row.state

    assert await eventually(forgotten, lambda row: row[0] == "") == ("", "cancelled")
    assert (await seen(piece, one["id"]))["free"] == 1


async def test_who_held_sessions_is_forgotten_with_where_and_what_they_said(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    product = await care(piece, farmer)
    await plan(piece, farmer, product["id"], session(rule="FREQ=WEEKLY;COUNT=2", note="Tocar en la casa azul"))
    await spy.publish(MemberErased(member_id=admitted), subject=admitted, version=2)

    async def said() -> set[tuple[Any, ...]]:
        found = await rows(
            piece, "SELECT note, place, lat FROM sessions UNION SELECT note, place, lat FROM session_series"
        )
        return {tuple(row) for row in found}

    assert await eventually(said, lambda found: len(found) == 1 and ("", "", None) in found)
    assert await rows(piece, "SELECT 1 FROM sessions WHERE state = 'planned'") == []
