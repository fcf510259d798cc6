"""Sessions are planned, sold like goods, moved and cancelled."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from contracts.catalog import ProductPublished, SessionCancelled, StockReserved
from contracts.orders import OrderConfirmed
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, create, rows
from tests.catalog.occasions import (
    become,
    booked,
    care,
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
    told,
)


async def test_a_session_is_a_variant_with_as_many_as_there_are_places(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    one = await planned(piece, farmer, 3)
    assert (one["capacity"], one["free"], one["waiting"], one["status"]) == (3, 3, 0, "planned")
    # Two hours of 60 pesos.
    assert one["price"] == {"amount": "120.00", "currency": "MXN"}
    event = await spy.next(ProductPublished, UUID(one["product"]["id"]), count=2)
    [variant] = [variant for variant in event.data.variants if variant.session]
    assert (str(variant.variant_id), variant.stock_policy, variant.unit) == (one["id"], "tracked", "H87")
    assert variant.session is not None
    assert variant.session.place is not None
    assert variant.session.place.name == "Casa comunal"
    assert variant.session.ends_at - variant.session.starts_at == timedelta(hours=2)
    assert variant.credit_share == 50
    stock = (await piece.client.get(f"/v1/variants/{one['id']}/stock", headers=farmer)).json()
    assert (stock["on_hand"], stock["available"]) == ("3", "3")


async def test_an_order_books_it_like_goods_and_never_more_than_there_are(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 3)
    member_id, _ = await family(spy, piece, tokens)
    placed = ordered(member_id, (one["id"], "2"))
    await spy.publish(placed, subject=placed.order_id)
    await spy.next(StockReserved, placed.order_id)
    assert (await seen(piece, one["id"]))["free"] == 1
    answer = await piece.client.get(f"/v1/sessions/{one['id']}/bookings", headers=farmer)
    [guest] = answer.json()["guests"]
    assert (guest["by"], guest["member"]["name"], guest["seats"]) == ("order", "Familia Hernández", 2)
    assert (guest["confirmed"], guest["order_number"]) == (False, "QRO-2026-0001")

    await spy.publish(become(placed, OrderConfirmed), subject=placed.order_id, version=2)

    async def is_confirmed() -> bool:
        answer = await piece.client.get(f"/v1/sessions/{one['id']}/bookings", headers=farmer)
        return bool(answer.json()["guests"][0]["confirmed"])

    assert await eventually(is_confirmed)


async def test_the_same_id_again_is_the_same_session(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await care(piece, farmer)
    body = session(id="01928c0e-7d2a-7c3b-9c41-5b0f3a2d1e60")
    first = await plan(piece, farmer, made["id"], body)
    assert await plan(piece, farmer, made["id"], body) == first
    other = await create(piece, farmer, {**made_of(made), "name": "Otro"}, publish=True)
    answer = await piece.client.post(f"/v1/products/{other['id']}/sessions", json=body, headers=farmer)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:id-taken")


def made_of(made: Json) -> Json:
    variants = [{"name": "Hora", "unit": "HUR", "price": {"amount": "60.00", "currency": "MXN"}}]
    return {"kind": made["kind"], "category": made["category"], "variants": variants}


FAULTS: list[tuple[Json, int, str, str | None]] = [
    ({"starts_at": "2020-01-01T10:00:00Z"}, 422, "already-past", "/starts_at"),
    ({"starts_at": "9999-12-31T23:59:59Z"}, 422, "too-far-ahead", "/starts_at"),
    ({"starts_at": "0001-01-01T00:00:00+14:00"}, 422, "already-past", "/starts_at"),
    ({"minutes": None}, 422, "length-not-said", "/minutes"),
    ({"ends_at": "2026-01-01T00:00:00Z"}, 422, "length-not-said", "/minutes"),
    ({"minutes": None, "ends_at": "2020-01-01T00:00:00Z"}, 422, "ends-before-it-starts", "/ends_at"),
    ({"minutes": None, "ends_at": "9999-01-01T00:00:00Z"}, 422, "length-out-of-range", "/minutes"),
    ({"minutes": 1}, 422, "invalid", "/minutes"),
    ({"capacity": 0}, 422, "invalid", "/capacity"),
    ({"capacity": 10**30}, 422, "invalid", "/capacity"),
    ({"opens_before": 30, "closes_before": 60}, 422, "closes-before-it-opens", "/opens_before"),
    ({"closes_before": 10**9}, 422, "invalid", "/closes_before"),
    ({"variant_id": "01928c0e-7d2a-7c3b-9c41-5b0f3a2d1e60"}, 422, "unknown-variant", "/variant_id"),
    ({"place": {"name": ""}}, 422, "invalid", "/place/name"),
    ({"note": "a\x00b"}, 422, "not-storable", None),
    ({"rule": "FREQ=MINUTELY"}, 422, "rule-too-often", "/rule"),
    ({"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, 422, "rule-never", "/rule"),
    ({"surprise": 1}, 422, "invalid", "/surprise"),
]


async def test_what_cannot_be_planned_is_refused_with_its_field(
    piece: Piece, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    made = await care(piece, farmer)
    address = f"/v1/products/{made['id']}/sessions"
    for wrong, code, kind, field in FAULTS:
        body = {name: value for name, value in {**session(), **wrong}.items() if value is not None}
        answer = await piece.client.post(address, json=body, headers=farmer)
        problem = answer.json()
        assert answer.status_code == code, (wrong, problem)
        if kind not in {"invalid", "not-storable"}:
            assert problem["type"] == f"urn:trama:problem:{kind}", (wrong, problem)
        if field is not None:
            assert [error["pointer"] for error in problem["errors"]] == [field], (wrong, problem)
    stranger = tokens.actor(roles=["producer"], members=[UUID(int=1)])
    assert (await piece.client.post(address, json=session(), headers=stranger)).status_code == 403
    unknown = "/v1/products/01928c0e-7d2a-7c3b-9c41-5b0f3a2d1e60/sessions"
    assert (await piece.client.post(unknown, json=session(), headers=farmer)).status_code == 404
    goods = await create(piece, farmer)
    answer = await piece.client.post(f"/v1/products/{goods['id']}/sessions", json=session(), headers=farmer)
    assert answer.status_code in {409, 422}
    assert await rows(piece, "SELECT 1 FROM sessions") == []


async def test_booking_opens_and_closes_by_the_clock(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await care(piece, farmer)
    body = session(soon(3), opens_before=1440, closes_before=60)
    [one] = (await plan(piece, farmer, made["id"], body))["sessions"]
    gone = await piece.client.get(f"/v1/variants/{one['id']}/stock", headers=farmer)
    assert gone.status_code == 404
    begins = datetime.fromisoformat(one["starts_at"])
    for before, offered in ((timedelta(hours=23), True), (timedelta(minutes=30), False)):
        later(piece, begins - before - datetime.now(UTC))
        await run_job(piece, "sessions-open-and-close")
        [stock] = await rows(piece, "SELECT offered FROM stock WHERE variant_id = :id", id=UUID(one["id"]))
        assert stock.offered is offered
    assert (await seen(piece, one["id"]))["free"] == 0


async def test_who_comes_is_told_when_it_moves_and_may_cancel_until_it_begins(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, cancel_before=2880)
    member_id, headers = await family(spy, piece, tokens)
    booking = await booked(piece, headers, one["id"], seats=2)
    later(piece, timedelta(days=2))
    answer = await piece.client.delete(f"/v1/bookings/{booking['id']}", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:too-late-to-cancel")

    address = f"/v1/sessions/{one['id']}"
    moved = {"starts_at": soon(4).isoformat(), "note": "Otra puerta"}
    assert (await piece.client.patch(address, json=moved, headers=farmer)).status_code == 428
    answer = await piece.client.patch(address, json=moved, headers={**farmer, "if-match": '"7"'})
    assert answer.status_code == 412
    answer = await piece.client.patch(address, json=moved, headers={**farmer, "if-match": '"1"'})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert datetime.fromisoformat(answer.json()["starts_at"]) == soon(4)
    await told(spy, member_id, "Changed")
    assert (await piece.client.delete(f"/v1/bookings/{booking['id']}", headers=headers)).status_code == 204
    assert (await seen(piece, one["id"]))["free"] == 3


async def test_places_cannot_become_fewer_than_are_booked(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 4)
    _, headers = await family(spy, piece, tokens)
    await booked(piece, headers, one["id"], seats=3)
    address = f"/v1/sessions/{one['id']}"
    etag = {**farmer, "if-match": "*"}
    answer = await piece.client.patch(address, json={"capacity": 2}, headers=etag)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:more-are-booked")
    answer = await piece.client.patch(address, json={"capacity": 3}, headers=etag)
    assert (answer.json()["capacity"], answer.json()["free"]) == (3, 0)
    moves = (await piece.client.get(f"/v1/variants/{one['id']}/movements", headers=farmer)).json()["items"]
    assert [(move["reason"], move["quantity"]) for move in moves] == [("correction", "-1"), ("harvest", "4")]


async def test_a_cancelled_session_frees_all_and_tells_everyone_with_a_place_once(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 3)
    first, first_headers = await family(spy, piece, tokens, "Luna")
    second, _ = await family(spy, piece, tokens, "Sol")
    booking = await booked(piece, first_headers, one["id"], seats=2)
    goods = await create(piece, farmer, publish=True)
    placed = ordered(second, (one["id"], "1"), (goods["variants"][0]["id"], "5"))
    await spy.publish(placed, subject=placed.order_id)
    await spy.next(StockReserved, placed.order_id)

    answer = await piece.client.post(f"/v1/sessions/{one['id']}/cancel", json={"reason": "Lluvia"}, headers=farmer)
    assert (answer.status_code, answer.json()["status"], answer.json()["free"]) == (200, "cancelled", 0)
    event = await spy.next(SessionCancelled, UUID(one["id"]))
    assert (event.data.order_ids, event.data.reason) == ([placed.order_id], "Lluvia")
    for member_id in (first, second):
        await told(spy, member_id, "Cancelled")
        assert len(letters(spy, member_id)) == 1
    [state] = await rows(piece, "SELECT state, cause FROM bookings WHERE id = :id", id=UUID(booking["id"]))
    assert (state.state, state.cause) == ("cancelled", "session")
    stock = {
        str(row.variant_id): (row.reserved, row.offered)
        for row in await rows(piece, "SELECT variant_id, reserved, offered FROM stock")
    }
    assert stock[one["id"]] == (0, False)
    # What else was ordered stays reserved.
    assert stock[goods["variants"][0]["id"]] == (Decimal(5), True)
    again = await piece.client.post(f"/v1/sessions/{one['id']}/cancel", json={}, headers=farmer)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:session-cancelled")


async def test_sessions_are_found_by_time_place_category_and_free_places_in_one_statement_a_page(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    made = await care(piece, farmer)
    away = {"name": "Sigchos", "location": {"lat": -0.70, "lon": -78.89}}
    ids = []
    for days, place in ((2, None), (3, away), (4, None)):
        body = session(soon(days), 1, **({"place": place} if place else {}))
        [one] = (await plan(piece, farmer, made["id"], body))["sessions"]
        ids.append(one["id"])
    _, headers = await family(spy, piece, tokens)
    await booked(piece, headers, ids[0])

    async def found(**params: Any) -> list[str]:
        answer = await piece.client.get("/v1/sessions", params=params)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert await found() == ids
    assert await found(category="services") == ids
    assert await found(category="food") == []
    assert await found(free=True) == ids[1:]
    assert await found(near="20.6,-100.4") == [ids[0], ids[2]]
    assert await found(near="20.6,-100.4", free=True, until=soon(5).isoformat()) == [ids[2]]
    assert await found(**{"from": soon(2, 20).isoformat()}) == ids[1:]
    for params, field in (({"near": "Roma"}, "near"), ({"from": "0001-01-01T00:00:00+14:00"}, "from")):
        answer = await piece.client.get("/v1/sessions", params=params)
        assert answer.status_code == 422
        assert field in str(answer.json()["errors"])

    first = (await piece.client.get("/v1/sessions", params={"limit": 2})).json()
    rest = (await piece.client.get("/v1/sessions", params={"limit": 2, "after": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    costs = []
    for limit in (1, 3):
        with piece.counted_queries() as statements:
            await piece.client.get("/v1/sessions", params={"limit": limit})
        costs.append(len(statements))
    assert costs == [1, 1]


async def test_a_calendar_follows_a_product(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await care(piece, farmer, name="Taller de composta; nivel 1, «básico»")
    [one] = (await plan(piece, farmer, made["id"], session(note="Trae guantes,\ny sombrero")))["sessions"]
    [other] = (await plan(piece, farmer, made["id"], session(soon(4))))["sessions"]
    await piece.client.post(f"/v1/sessions/{other['id']}/cancel", json={"reason": "Lluvia"}, headers=farmer)
    answer = await piece.client.get(f"/v1/products/{made['id']}/calendar")
    assert answer.headers["content-type"].startswith("text/calendar")
    first, second = Calendar.from_ical(answer.content).walk("VEVENT")
    assert first["summary"] == "Taller de composta; nivel 1, «básico»"
    assert first["description"] == "Trae guantes,\ny sombrero"
    assert first.decoded("dtstart") == datetime.fromisoformat(one["starts_at"])
    assert (first["status"], second["status"], second["sequence"]) == ("CONFIRMED", "CANCELLED", 2)
    again = await piece.client.get(
        f"/v1/products/{made['id']}/calendar", headers={"if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["", "/bookings"])
async def test_sessions_of_a_draft_are_its_owners_alone(
    piece: Piece, farmer: Headers, admitted: UUID, tokens: Tokens, path: str
) -> None:
    made = await create(piece, farmer, service())
    [one] = (await plan(piece, farmer, made["id"]))["sessions"]
    stranger = tokens.actor(roles=["member"], members=[UUID(int=1)])
    assert (await piece.client.get(f"/v1/sessions/{one['id']}{path}", headers=stranger)).status_code == 404
    assert (await piece.client.get(f"/v1/sessions/{one['id']}{path}", headers=farmer)).status_code == 200
    assert (await piece.client.get("/v1/sessions")).json()["items"] == []
