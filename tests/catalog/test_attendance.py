"""Who came is noted and closed for good; a year's figures follow from it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts.catalog import SessionAttended, StockReserved
from contracts.orders import OrderConfirmed
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, rows
from tests.catalog.occasions import become, booked, family, later, ordered, planned, run_job, stranger


async def test_attendance_is_noted_closed_told_and_counted(
    *, piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer, 9)
    luna, luna_headers = await family(spy, piece, tokens, "Luna")
    sol, _ = await family(spy, piece, tokens, "Sol")
    _, mar_headers = await family(spy, piece, tokens, "Mar")
    by_luna = await booked(piece, luna_headers, one["id"], seats=3)
    by_mar = await booked(piece, mar_headers, one["id"], seats=2)
    placed = ordered(sol, (one["id"], "2"))
    await spy.publish(placed, subject=placed.order_id)
    await spy.next(StockReserved, placed.order_id)
    await spy.publish(become(placed, OrderConfirmed), subject=placed.order_id, version=2)

    async def kept() -> bool:
        return bool(await rows(piece, "SELECT 1 FROM reservations WHERE origin = 'order' AND state = 'kept'"))

    assert await eventually(kept)
    address = f"/v1/sessions/{one['id']}/attendance"
    body = {"guests": [{"id": by_luna["id"], "outcome": "partly", "people": 2, "hours": "1.5"}]}
    early = await piece.client.post(address, json=body, headers=farmer)
    assert (early.status_code, early.json()["type"]) == (409, "urn:trama:problem:not-begun")

    later(piece, timedelta(days=4))
    assert (await piece.client.post(address, json=body, headers=luna_headers)).status_code == 404
    answer = await piece.client.post(address, json=body, headers=farmer)
    assert answer.status_code == 200, answer.text
    noted = {guest["member"]["name"]: guest["attendance"] for guest in answer.json()["guests"]}
    assert noted == {"Luna": {"outcome": "partly", "people": 2, "hours": "1.5"}, "Mar": None, "Sol": None}
    closing: Json = {"guests": [{"id": str(placed.order_id), "outcome": "came"}], "close": True}
    answer = await piece.client.post(address, json=closing, headers=farmer)
    assert answer.json()["session"]["status"] == "held"
    event = await spy.next(SessionAttended, UUID(one["id"]))
    told = {mark.place_id: (mark.outcome, mark.people, str(mark.hours)) for mark in event.data.attendance}
    assert told == {
        UUID(by_luna["id"]): ("partly", 2, "1.5"),
        UUID(by_mar["id"]): ("missed", 0, "0"),
        placed.order_id: ("came", 2, "2"),
    }
    assert str(event.data.hours) == "2"
    again = await piece.client.post(address, json=closing, headers=farmer)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:attendance-closed")

    [figures] = (await piece.client.get("/v1/session-figures", headers=farmer)).json()
    assert (figures["sessions"], figures["hours"], figures["people"]) == (1, "2.00", 4)
    # Two for an hour and a half, two for two hours.
    assert (figures["person_hours"], figures["missed"]) == ("7.00", 1)
    assert (await piece.client.get("/v1/session-figures", params={"year": 2020}, headers=coordinator)).json() == []
    assert (await piece.client.get("/v1/session-figures", headers=stranger(tokens)[1])).json() == []
    refused = await piece.client.get("/v1/session-figures", params={"member_id": str(luna)}, headers=farmer)
    assert refused.status_code == 403
    sheet = await piece.client.get("/v1/session-figures", headers={**coordinator, "accept": "text/csv"})
    assert "Rancho El Mezquite,Cuidado de niños,1,2.00,4,7.00,1" in sheet.text


async def test_the_database_refuses_to_change_what_is_closed(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer)
    _, headers = stranger(tokens)
    made = await booked(piece, headers, one["id"])
    later(piece, timedelta(days=4))
    body = {"guests": [{"id": made["id"], "outcome": "came"}], "close": True}
    assert (await piece.client.post(f"/v1/sessions/{one['id']}/attendance", json=body, headers=farmer)).is_success
    for statement in ("UPDATE attendance SET hours = 9", "DELETE FROM attendance"):
        with pytest.raises(DBAPIError, match="attendance of this session is closed"):
            async with piece.database.transaction() as work:
                await work.execute(text(statement))


async def test_what_nobody_closes_is_closed_after_a_month(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    one = await planned(piece, farmer)
    _, headers = stranger(tokens)
    await booked(piece, headers, one["id"], seats=2)
    later(piece, timedelta(days=20))
    await run_job(piece, "sessions-close-attendance")
    assert await rows(piece, "SELECT 1 FROM attendance") == []
    later(piece, timedelta(days=34))
    await run_job(piece, "sessions-close-attendance")
    event = await spy.next(SessionAttended, UUID(one["id"]))
    assert [(mark.outcome, mark.people) for mark in event.data.attendance] == [("came", 2)]
