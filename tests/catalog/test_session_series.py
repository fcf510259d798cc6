"""Series keep their hour, are planned ahead, go on otherwise from a day on, and end."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from contracts.catalog import SessionCancelled
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, rows
from tests.catalog.occasions import (
    MEXICO,
    booked,
    care,
    family,
    later,
    letters,
    plan,
    run_job,
    seen,
    session,
    soon,
    status,
    stranger,
    told,
)


def weekday(at: datetime) -> str:
    return ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[at.weekday()]


def starts(series: Json) -> list[datetime]:
    return [datetime.fromisoformat(one["starts_at"]).astimezone(MEXICO) for one in series["sessions"]]


async def weekly(piece: Piece, farmer: Headers, **more: Any) -> Json:
    """A series on the weekday in three days, at 15:00, and its address."""
    made = await care(piece, farmer)
    planned = await plan(piece, farmer, made["id"], session(soon(3), rule="FREQ=WEEKLY", **more))
    return {**planned, "address": f"/v1/session-series/{planned['series_id']}", "product_id": made["id"]}


async def test_a_series_is_planned_eight_weeks_ahead_at_its_hour_and_goes_on_day_by_day(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    left_out = soon(10).date().isoformat()
    series = await weekly(piece, farmer, without=[left_out])
    assert [at.hour for at in starts(series)] == [15] * 7
    assert starts(series)[1].date() == soon(17).date()
    read = (await piece.client.get(series["address"])).json()
    assert (read["rule"], read["without"], len(read["sessions"])) == ("FREQ=WEEKLY", [left_out], 7)
    for days in (3, 3, 9):
        later(piece, timedelta(days=days))
        await run_job(piece, "sessions-ahead")
    # One has been, and one has come within reach.
    found = (await piece.client.get(series["address"])).json()
    at = starts(found)
    assert len(at) == 7
    assert {following - one for one, following in pairwise(at)} == {timedelta(days=7)}
    [stock] = await rows(piece, "SELECT count(*) FROM stock WHERE policy = 'tracked'")
    assert stock.count == 8


async def test_a_series_with_a_changed_hour_keeps_its_bookings_and_everyone_is_told_once(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    series = await weekly(piece, farmer)
    ids = [one["id"] for one in series["sessions"]]
    member_id, headers = await family(spy, piece, tokens)
    held = [await booked(piece, headers, id_) for id_ in ids[:3]]
    since = soon(8).date().isoformat()
    body = {"from": since, "at": "16:30", "minutes": 60, "capacity": 9, "note": "Nuevo horario"}
    for if_match, code in (({}, 428), ({"if-match": '"9"'}, 412)):
        answer = await piece.client.post(f"{series['address']}/change", json=body, headers={**farmer, **if_match})
        assert answer.status_code == code
    answer = await piece.client.post(f"{series['address']}/change", json=body, headers={**farmer, "if-match": '"1"'})
    assert answer.status_code == 200, answer.text
    following = answer.json()
    assert [one["id"] for one in following["sessions"]] == ids[1:]
    assert {(at.hour, at.minute) for at in starts(following)} == {(16, 30)}
    assert following["follows"] == series["series_id"]
    first, second = await seen(piece, ids[0]), await seen(piece, ids[1])
    assert (first["capacity"], second["capacity"], second["free"]) == (3, 9, 8)
    assert (first["price"]["amount"], second["price"]["amount"]) == ("120.00", "60.00")
    assert [await status(piece, headers, booking["id"]) for booking in held] == ["booked"] * 3
    await told(spy, member_id, "Changed")
    assert len(letters(spy, member_id)) == 1

    again = await piece.client.post(f"{series['address']}/change", json=body, headers={**farmer, "if-match": "*"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:series-ended")


async def test_on_another_day_it_is_another_session_and_those_booked_are_told_that_theirs_is_cancelled(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    series = await weekly(piece, farmer)
    ids = [one["id"] for one in series["sessions"]]
    member_id, headers = await family(spy, piece, tokens)
    held = await booked(piece, headers, ids[1])
    other = weekday(soon(4))
    body = {"from": soon(4).date().isoformat(), "rule": f"FREQ=WEEKLY;BYDAY={other}", "reason": "Cambia de día"}
    answer = await piece.client.post(f"{series['address']}/change", json=body, headers={**farmer, "if-match": "*"})
    assert answer.status_code == 200, answer.text
    assert {weekday(at) for at in starts(answer.json())} == {other}
    assert await status(piece, headers, held["id"]) == "cancelled"
    assert (await seen(piece, ids[0]))["status"] == "planned"
    assert (await seen(piece, ids[1]))["reason"] == "Cambia de día"
    await spy.next(SessionCancelled, UUID(ids[1]))
    await told(spy, member_id, "Cancelled")


async def test_a_series_cannot_be_changed_to_fewer_places_than_are_booked_in_any_session(
    piece: Piece, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    series = await weekly(piece, farmer)
    _, headers = stranger(tokens)
    await booked(piece, headers, series["sessions"][4]["id"], seats=3)
    before = await rows(piece, "SELECT id, starts_at, capacity FROM sessions ORDER BY id")
    body = {"from": soon(4).date().isoformat(), "capacity": 2}
    answer = await piece.client.post(f"{series['address']}/change", json=body, headers={**farmer, "if-match": "*"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:more-are-booked")
    assert await rows(piece, "SELECT id, starts_at, capacity FROM sessions ORDER BY id") == before
    for wrong, field in (
        ({"at": "25:00"}, "/at"),
        ({"rule": "FREQ=HOURLY"}, "/rule"),
        ({"from": "2020-01-01"}, "/from"),
        ({"from": "9999-12-31"}, "/from"),
        ({"minutes": 2}, "/minutes"),
        ({"without": ["x"]}, "/without/0"),
    ):
        answer = await piece.client.post(
            f"{series['address']}/change", json={**body, **wrong}, headers={**farmer, "if-match": "*"}
        )
        assert answer.status_code == 422, (wrong, answer.text)
        assert [error["pointer"] for error in answer.json()["errors"]] == [field]


async def test_a_series_ends_and_its_sessions_with_it(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    series = await weekly(piece, farmer)
    ids = [one["id"] for one in series["sessions"]]
    member_id, headers = await family(spy, piece, tokens)
    for id_ in ids[:4]:
        await booked(piece, headers, id_)
    _, other = stranger(tokens)
    refused = await piece.client.post(
        f"{series['address']}/end", json={"from": soon(9).date().isoformat()}, headers={**other, "if-match": "*"}
    )
    assert refused.status_code == 403
    answer = await piece.client.post(
        f"{series['address']}/end", json={"from": soon(9).date().isoformat()}, headers={**farmer, "if-match": "*"}
    )
    assert answer.status_code == 200, answer.text
    left = [one["id"] for one in answer.json()["sessions"] if one["status"] == "planned"]
    assert left == ids[:1]
    await told(spy, member_id, "Cancelled")
    assert len(letters(spy, member_id)) == 1
    later(piece, timedelta(days=20))
    await run_job(piece, "sessions-ahead")
    assert (await rows(piece, "SELECT count(*) FROM sessions WHERE state = 'planned'"))[0].count == 1


async def test_a_product_has_no_more_sessions_than_anyone_can_choose_from(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    made = await care(piece, farmer)
    body = session(soon(1), rule="FREQ=DAILY;BYHOUR=9,11,13,15;BYMINUTE=0")
    answer = await piece.client.post(f"/v1/products/{made['id']}/sessions", json=body, headers=farmer)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:too-many-sessions")
    assert await rows(piece, "SELECT 1 FROM sessions") == []
    assert await rows(piece, "SELECT 1 FROM session_series") == []


async def test_a_series_that_goes_on_otherwise_in_months_is_planned_until_then_and_from_then_on(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    series = await weekly(piece, farmer)
    since = soon(100).date()
    body = {"from": since.isoformat(), "at": "09:00"}
    answer = await piece.client.post(f"{series['address']}/change", json=body, headers={**farmer, "if-match": "*"})
    assert (answer.status_code, answer.json()["sessions"]) == (200, [])
    for days in (40, 80, 120):
        later(piece, timedelta(days=days))
        await run_job(piece, "sessions-open-and-close")
        await run_job(piece, "sessions-ahead")
    found = await rows(piece, "SELECT starts_at FROM sessions ORDER BY starts_at")
    at = [row.starts_at.astimezone(MEXICO) for row in found]
    assert {following.date() - one.date() for one, following in pairwise(at)} == {timedelta(days=7)}
    assert {one.hour for one in at if one.date() < since} == {15}
    assert {one.hour for one in at if one.date() >= since} == {9}


async def test_a_series_that_is_over_is_looked_at_no_more(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await care(piece, farmer)
    await plan(piece, farmer, made["id"], session(soon(3), rule="FREQ=WEEKLY;COUNT=2"))
    [series] = await rows(piece, "SELECT ahead_until, ends_on FROM session_series")
    assert (series.ahead_until.year, series.ends_on) == (9999, None)
