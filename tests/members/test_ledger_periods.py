"""Dates that bookings count for, closed periods, and the network's accounts over time."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.testing.pieces import Piece
from members.ledger import periods, service
from members.ledger.rules import AccountKey, AccountTotal, Owner
from tests.members.conftest import Office

CLOSED = date(2025, 12, 31)


async def close(office: Office, through: str = "2025-12-31", **headers: str) -> httpx.Response:
    body = {"through": through}
    return await office.piece.client.post("/v1/ledger/closings", json=body, headers=headers or office.treasurer)


async def today(piece: Piece) -> date:
    async with piece.database.transaction() as work:
        return work.today


def problem(answer: httpx.Response) -> tuple[int, str, str | None]:
    body = answer.json()
    pointer = body["errors"][0].get("pointer") if "errors" in body else None
    return answer.status_code, body["type"].removeprefix("urn:trama:problem:"), pointer


async def test_a_booking_counts_for_the_date_that_is_given_and_else_for_today(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    dated = (await office.deposit(member_id, "10.00", paid_on="2025-12-30")).json()
    plain = (await office.deposit(member_id, "5.00")).json()
    now = (await today(piece)).isoformat()
    assert (dated["booked_on"], plain["booked_on"]) == ("2025-12-30", now)
    assert [entry["booked_on"] for entry in await office.statement(member_id)] == [now, "2025-12-30"]


async def test_nothing_is_booked_for_a_day_to_come_or_before_all_books(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    tomorrow = await today(piece) + timedelta(days=1)
    ahead = await office.deposit(member_id, "10.00", paid_on=tomorrow.isoformat())
    assert problem(ahead) == (422, "booked-ahead", "/paid_on")
    for odd in ("0001-01-01", "2025-02-30", "yesterday", 5):
        assert problem(await office.deposit(member_id, "10.00", paid_on=odd)) == (422, "invalid", "/paid_on")
    assert await office.statement(member_id) == []


async def test_a_closed_period_refuses_bookings_and_names_the_first_open_date(office: Office) -> None:
    member_id = await office.admit()
    closed = await close(office)
    assert (closed.status_code, closed.json()["kind"], closed.json()["through"]) == (201, "closed", "2025-12-31")
    refused = await office.deposit(member_id, "10.00", paid_on="2025-12-31")
    assert problem(refused) == (409, "period-closed", "/paid_on")
    assert refused.json()["first_open"] == "2026-01-01"
    assert "2026-01-01" in refused.json()["detail"]
    assert (await office.deposit(member_id, "10.00", paid_on="2026-01-01")).status_code == 201
    assert len(await office.statement(member_id)) == 1


async def test_what_is_sent_again_after_the_closing_is_the_same_deposit(office: Office) -> None:
    member_id, deposit_id = await office.admit(), str(uuid4())
    first = await office.deposit(member_id, "10.00", id=deposit_id, paid_on="2025-12-30")
    await close(office)
    again = await office.deposit(member_id, "10.00", id=deposit_id, paid_on="2025-12-30")
    assert (again.status_code, again.json()) == (201, first.json())
    other_day = await office.deposit(member_id, "10.00", id=deposit_id, paid_on="2025-12-29")
    assert problem(other_day) == (409, "id-taken", "/id")


async def test_an_old_transfer_is_reversed_today_unless_its_period_is_open(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    deposits = [(await office.deposit(member_id, "10.00", paid_on="2025-12-30")).json()["id"] for _ in range(2)]
    await close(office)

    async def reverse(transfer_id: str, **more: str) -> httpx.Response:
        address = f"/v1/transfers/{transfer_id}/reverse"
        return await piece.client.post(address, json={"reason": "wrong", **more}, headers=office.treasurer)

    assert (await reverse(deposits[0])).json()["booked_on"] == (await today(piece)).isoformat()
    refused = await reverse(deposits[1], booked_on="2025-12-31")
    assert problem(refused) == (409, "period-closed", "/booked_on")
    assert (await reverse(deposits[1], booked_on="2026-01-01")).json()["booked_on"] == "2026-01-01"


async def test_only_days_that_are_over_are_closed_once_and_by_the_treasurer(office: Office, piece: Piece) -> None:
    now = await today(piece)
    for through in (now, now + timedelta(days=1), date(9999, 12, 31)):
        assert problem(await close(office, through.isoformat())) == (422, "day-not-over", "/through")
    assert (await close(office, (now - timedelta(days=1)).isoformat())).status_code == 201
    for through in (now - timedelta(days=1), CLOSED):
        assert problem(await close(office, through.isoformat())) == (409, "closed-already", "/through")
    for bad in ("2025-13-01", "1800-01-01", ""):
        assert problem(await close(office, bad)) == (422, "invalid", "/through")
    assert (await close(office, **office.coordinator)).status_code == 403
    assert (await close(office, **office.of(uuid4()))).status_code == 403


async def test_an_administrator_opens_closed_books_again_and_says_why(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    admin = office.tokens.actor(roles=["admin"])

    async def reopen(open_from: str, reason: str = "a late invoice", **headers: str) -> httpx.Response:
        body = {"open_from": open_from, "reason": reason}
        return await piece.client.post("/v1/ledger/closings/reopen", json=body, headers=headers or admin)

    assert problem(await reopen("2025-12-01")) == (409, "open-already", "/open_from")
    await close(office)
    assert problem(await reopen("2026-01-01")) == (409, "open-already", "/open_from")
    assert problem(await reopen("2025-12-01", reason="")) == (422, "invalid", "/reason")
    assert (await reopen("2025-12-01", **office.treasurer)).status_code == 403
    assert (await reopen("2025-12-01")).status_code == 201
    assert (await office.deposit(member_id, "10.00", paid_on="2025-12-01")).status_code == 201
    assert problem(await office.deposit(member_id, "1.00", paid_on="2025-11-30"))[1] == "period-closed"
    assert (await close(office)).status_code == 201
    listed = await piece.client.get("/v1/ledger/closings", params={"limit": 2}, headers=office.treasurer)
    assert [(c["kind"], c["through"]) for c in listed.json()["items"]] == [
        ("closed", "2025-12-31"),
        ("reopened", "2025-11-30"),
    ]
    rest = await piece.client.get(
        "/v1/ledger/closings", params={"after": listed.json()["next"]}, headers=office.treasurer
    )
    assert ([c["reason"] for c in rest.json()["items"]], rest.json()["next"]) == ([""], None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE closings SET through = '2020-01-01'",
        "DELETE FROM closings",
        "INSERT INTO closings (kind, through, at, by, reason) VALUES ('closed', '2999-01-01', now(), gen_random_uuid(), '')",
        "INSERT INTO closings (kind, through, at, by, reason) SELECT 'reopened', through, at, by, '' FROM closings",
        "UPDATE account_days SET came_in = 0",
        "DELETE FROM account_days",
        "INSERT INTO account_days SELECT id, '2025-01-01', 1, 1 FROM accounts",
        "UPDATE transfers SET booked_on = '2020-01-01'",
    ],
)
async def test_the_database_itself_keeps_closings_and_dates(office: Office, piece: Piece, statement: str) -> None:
    await office.deposit(await office.admit(), "10.00")
    await close(office)
    with pytest.raises(IntegrityError):
        async with piece.database.transaction() as work:
            await work.execute(text(statement))


BOOK = text("""
INSERT INTO transfers (id, debit_id, credit_id, currency, amount, status, beyond_limit, cause, cause_id, text, made_at,
                       closed_at, booked_on)
VALUES (:id, :debit, :credit, 'MXN', 1, :status, false, 'test', :id, '', now(),
        CASE :status WHEN 'posted' THEN now() END, :booked_on)
""")


async def book(piece: Piece, member_id: UUID, booked_on: date, status: str = "posted") -> UUID:
    """As a caller who asks nobody: the database is all there is."""
    debit, credit = AccountKey(Owner.network("cash"), "MXN").id, AccountKey(Owner.member(member_id), "MXN").id
    params: dict[str, Any] = {"id": uuid4(), "debit": debit, "credit": credit, "status": status, "booked_on": booked_on}
    async with piece.database.transaction() as work:
        await work.execute(BOOK, params)
    return UUID(str(params["id"]))


async def test_a_hold_is_posted_for_an_open_date_only(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "1.00")
    hold = await book(piece, member_id, CLOSED, status="pending")
    await close(office)
    posting = "UPDATE transfers SET status = 'posted', closed_at = now(), booked_on = :on WHERE id = :id"
    with pytest.raises(IntegrityError, match="closed through"):
        async with piece.database.transaction() as work:
            await work.execute(text(posting), {"id": hold, "on": CLOSED})
    async with piece.database.transaction() as work:
        await work.execute(text(posting), {"id": hold, "on": CLOSED + timedelta(days=1)})
    assert (await office.proof())["ok"]


async def _closing_amid_bookings(office: Office, piece: Piece) -> tuple[int, int]:
    """Closes while others book for the same days; returns how many were in the books then, and in the end."""
    member_id = await office.admit()
    await office.deposit(member_id, "1.00")
    closing = asyncio.Event()

    async def teller() -> None:
        async with piece.database.transaction() as work:
            debit, credit = AccountKey(Owner.network("cash"), "MXN").id, AccountKey(Owner.member(member_id), "MXN").id
            params = {"debit": debit, "credit": credit, "status": "posted", "booked_on": CLOSED}
            await work.execute(BOOK, {"id": uuid4(), **params})
            closing.set()
            await asyncio.sleep(0.2)

    async def closer() -> int:
        await closing.wait()
        async with piece.database.transaction() as work:
            await periods.close(work, through=CLOSED, by=uuid4())
            return await booked(work.connection)

    async def booked(connection: Any) -> int:
        count = text("SELECT count(*) FROM transfers WHERE booked_on <= :closed")
        return int((await connection.execute(count, {"closed": CLOSED})).scalar_one())

    async def late() -> None:
        await closing.wait()
        for _ in range(30):
            await book(piece, member_id, CLOSED)
            await asyncio.sleep(0.01)

    at_closing, *others = await asyncio.gather(closer(), teller(), late(), return_exceptions=True)
    assert isinstance(at_closing, int), at_closing
    assert all(isinstance(error, IntegrityError) for error in others if error is not None)
    async with piece.database.reading() as connection:
        return at_closing, await booked(connection)


async def test_a_closing_waits_for_what_is_being_booked_and_nothing_slips_in_after_it(
    office: Office, piece: Piece
) -> None:
    at_closing, in_the_end = await _closing_amid_bookings(office, piece)
    assert 1 <= at_closing == in_the_end
    assert (await office.proof())["ok"]


async def test_without_the_guard_bookings_slip_in_after_the_closing(office: Office, piece: Piece) -> None:
    async with piece.database.transaction() as work:
        await work.execute(
            text("CREATE OR REPLACE FUNCTION ledger_check_open(earliest date) RETURNS void LANGUAGE sql AS ''")
        )
    at_closing, in_the_end = await _closing_amid_bookings(office, piece)
    assert at_closing < in_the_end


async def test_a_closing_gives_up_before_those_who_book_fail(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "1.00")
    async with piece.database.transaction() as work:
        await service.check_open(work.connection, CLOSED)
        busy = await close(office)
    assert (busy.status_code, busy.json()["type"]) == (503, "urn:trama:problem:books-busy")
    assert (await close(office)).status_code == 201


async def test_totals_say_what_was_there_and_what_came_and_went(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    for amount, paid_on in (("100.00", "2024-12-31"), ("20.00", "2025-01-01"), ("3.00", "2025-12-31")):
        await office.deposit(member_id, amount, paid_on=paid_on)
    wrong = (await office.deposit(member_id, "7.00", method="transfer", paid_on="2025-06-01")).json()["id"]
    body = {"reason": "wrong", "booked_on": "2026-01-01"}
    await piece.client.post(f"/v1/transfers/{wrong}/reverse", json=body, headers=office.treasurer)
    async with piece.database.reading() as connection:
        year = await service.totals(connection, date(2025, 1, 1), CLOSED)
        assert year == [
            AccountTotal("bank", "MXN", 0, 0, 700, -700),
            AccountTotal("cash", "MXN", -10000, 0, 2300, -12300),
        ]
        assert await service.totals(connection, date(2026, 1, 1), date(2026, 1, 31)) == [
            AccountTotal("bank", "MXN", -700, 700, 0, 0),
            AccountTotal("cash", "MXN", -12300, 0, 0, -12300),
        ]
        assert await service.totals(connection, date(2020, 1, 1), date(2020, 12, 31)) == []


async def test_the_treasurer_reads_the_networks_own_accounts(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    await office.deposit(member_id, "30.00", method="transfer")
    await office.deposit(member_id, "2.00", "TUMIN")
    first = await piece.client.get("/v1/ledger/accounts", params={"limit": 2}, headers=office.treasurer)
    params = {"after": first.json()["next"]}
    second = await piece.client.get("/v1/ledger/accounts", params=params, headers=office.treasurer)
    found = [(a["name"], a["balance"]["amount"], a["currency"]) for a in first.json()["items"] + second.json()["items"]]
    assert found == [("bank", "-30.00", "MXN"), ("cash", "-100.00", "MXN"), ("cash", "-2.00", "TUMIN")]
    address = "/v1/ledger/accounts/cash/statement"
    entries = (await piece.client.get(address, headers=office.treasurer)).json()["items"]
    assert [(e["amount"]["amount"], e["counterparty"]) for e in entries] == [
        ("-2.00", f"member:{member_id}"),
        ("-100.00", f"member:{member_id}"),
    ]
    pesos = await piece.client.get(address, params={"currency": "MXN", "limit": 1}, headers=office.treasurer)
    assert [e["balance"]["amount"] for e in pesos.json()["items"]] == ["-100.00"]
    for who, status in ((office.of(member_id), 403), (office.coordinator, 403)):
        for path in ("/v1/ledger/accounts", address, "/v1/ledger/closings"):
            assert (await piece.client.get(path, headers=who)).status_code == status
    unknown = await piece.client.get("/v1/ledger/accounts/nowhere/statement", headers=office.treasurer)
    assert problem(unknown) == (404, "account-unknown", None)
