"""Statements and payments that race, and what the database keeps of what the bank said."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.banking.repository import statements as rows
from members.banking.service import statements as service
from tests.members.bank_desk import LEON, Desk, Entry, statement
from tests.members.conftest import Office
from tests.members.dues import Treasury


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", **LEON) as members:
        yield members


@pytest.fixture
def desk(office: Office, november: None) -> Desk:
    return Desk(Treasury(office))


async def race(desk: Desk, monkeypatch: pytest.MonkeyPatch, bodies: list[bytes]) -> list[Any]:
    """Uploads at once, each of which is about to write its lines before any has committed."""
    barrier, add = asyncio.Barrier(len(bodies)), rows.add_lines

    async def together(*args: Any) -> Any:
        await barrier.wait()
        return await add(*args)

    async def once(body: bytes) -> Any:
        database, conf = desk.treasury.office.piece.database, desk.treasury.office.piece.app.state.settings
        async with database.transaction() as work:
            return await service.take(work, conf, service.Upload("camt053", body, None, True), by=uuid4())

    monkeypatch.setattr(rows, "add_lines", together)
    return await asyncio.gather(*(once(body) for body in bodies), return_exceptions=True)


async def overlapping(desk: Desk) -> tuple[dict[str, Any], list[bytes]]:
    """An invoice on which much is open, and six files that all have the same line in another order."""
    await desk.account()
    dues = await desk.invoice(await desk.member(), "600.00")
    shared = [Entry(f"{n}.00", f"{dues['number']} {n}") for n in (10, 11, 12)]
    files = [
        statement([*(shared if n % 2 else shared[::-1]), Entry("1.00", f"otra {n}")], number=str(n)) for n in range(6)
    ]
    return dues, files


async def test_files_that_race_with_the_same_lines_book_each_line_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dues, files = await overlapping(desk)
    found = await race(desk, monkeypatch, files)
    assert [one for one in found if isinstance(one, BaseException)] == []
    assert await desk.invoice_status(dues) == ("open", "567.00")
    assert await desk.at_bank() == await desk.booked() == 3300
    assert len(await desk.lines()) == 3 + 6


async def test_without_the_unique_identity_the_same_race_would_book_them_six_times(
    desk: Desk, piece: Piece, monkeypatch: pytest.MonkeyPatch
) -> None:
    dues, files = await overlapping(desk)
    async with piece.database.transaction() as work:
        await work.execute(text("ALTER TABLE bank_lines DROP CONSTRAINT uq_bank_lines_account_id_identity"))
    found = await race(desk, monkeypatch, files)
    assert [one for one in found if isinstance(one, BaseException)] == []
    assert await desk.invoice_status(dues) == ("open", f"{600 - 33 * 6}.00")


async def test_a_line_and_a_payment_by_hand_that_race_for_an_invoice_do_not_lock_each_other_out(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    invoices = [await desk.invoice(ana, "30.00") for _ in range(4)]
    entries = [Entry("30.00", one["number"]) for one in invoices]
    by_hand = [desk.pay(ana, "30.00", invoice_ids=[one["id"]]) for one in invoices]
    answers = await asyncio.gather(desk.upload(statement(entries)), *by_hand)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert answers[0].status_code == 201
    assert [(await desk.invoice_status(one))[0] for one in invoices] == ["paid"] * 4
    assert (await desk.treasury.office.proof())["ok"] is True


async def test_the_database_keeps_what_the_bank_said(desk: Desk, piece: Piece) -> None:
    await desk.account()
    await desk.take([Entry("60.00", "x")])
    for change in ("amount = 1", "booked_on = '2026-01-01'", "identity = 'x'"):
        with pytest.raises(Exception, match="what the bank said stays"):
            async with piece.database.transaction() as work:
                await work.execute(text(f"UPDATE bank_lines SET {change}"))
    for table in ("bank_lines", "bank_statements", "bank_line_facts"):
        with pytest.raises(Exception, match="append-only"):
            async with piece.database.transaction() as work:
                await work.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(Exception, match="ck_bank_lines_booked"):
        async with piece.database.transaction() as work:
            await work.execute(text("UPDATE bank_lines SET state = 'booked'"))
