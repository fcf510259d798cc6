"""Letters about invoices, and what was expected of dues and received."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece
from members.dues.repository import letters as letter_rows
from members.dues.service import figures
from members.settings import Settings
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal


@pytest.fixture
def treasury(office: Office, november: None) -> Treasury:
    return Treasury(office)


async def written(piece: Piece) -> list[dict[str, Any]]:
    async with piece.database.reading() as connection:
        statement = text("SELECT recipient, subject, text, attachments FROM letters WHERE subject ILIKE '%factura%' ")
        rows = (await connection.execute(text(f"{statement.text} OR subject ILIKE '%invoice%' ORDER BY made_at"))).all()
    return [row._asdict() for row in rows]


async def write(treasury: Treasury, day: str) -> dict[str, Any]:
    with treasury.on(day):
        answer = await treasury.post("/v1/dues/reminders", {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_invoice_is_sent_once_and_reminded_of_on_its_days_until_it_is_paid(
    treasury: Treasury, piece: Piece
) -> None:
    await treasury.plan(starts_on="2025-01-01", days_until_due=10)
    member_id = await treasury.member("2025-01-01", name="Ana Ruiz", email="ana@queretaro.example")
    with treasury.on("2025-03-01"):
        await treasury.run()
    counts = [
        await write(treasury, day)
        for day in ("2025-03-01", "2025-03-01", "2025-03-10", "2025-03-11", "2025-03-12", "2025-03-25", "2025-03-26")
    ]
    assert [(c["issued"], c["reminders"]) for c in counts] == [(1, 0), (0, 0), (0, 0), (0, 1), (0, 0), (0, 0), (0, 1)]
    await treasury.pay(member_id, "600.00")
    assert (await write(treasury, "2025-04-20"))["reminders"] == 0
    (invoice,) = await treasury.invoices()
    address = f"/v1/invoices/{invoice['id']}/letters"
    kept = (await treasury.get(address, headers=treasury.office.of(member_id))).json()
    assert [(one["occasion"], one["days"], one["sent_at"][:10]) for one in kept] == [
        ("issued", 0, "2025-03-01"),
        ("reminder", 0, "2025-03-11"),
        ("reminder", 15, "2025-03-26"),
    ]
    assert (await treasury.get(address, headers=treasury.office.coordinator)).status_code == 404
    letters = await written(piece)
    assert [letter["subject"] for letter in letters] == [
        "Factura QRO-F-2025-0001",
        "Recordatorio: factura QRO-F-2025-0001",
        "Recordatorio: factura QRO-F-2025-0001",
    ]
    assert {letter["recipient"] for letter in letters} == {"ana@queretaro.example"}
    assert "Ana Ruiz" in letters[0]["text"]
    assert "$600.00" in letters[0]["text"]
    assert "11 de marzo de 2025" in letters[1]["text"]
    assert letters[0]["attachments"][0]["name"] == "QRO-F-2025-0001.pdf"
    assert "Concepto: QRO-F-2025-0001" in letters[1]["text"]


async def test_after_a_pause_only_the_latest_reminder_is_written(treasury: Treasury, piece: Piece) -> None:
    member_id = await treasury.member("2026-01-01", language="en")
    with treasury.on("2026-01-02"):
        await treasury.invoice(member_id, due_on="2026-01-10")
        await treasury.invoice(member_id, due_on="2026-01-20")
    assert (await write(treasury, "2026-02-06"))["reminders"] == 2
    assert (await write(treasury, "2026-02-08"))["reminders"] == 0
    assert (await write(treasury, "2026-02-10"))["reminders"] == 1
    days = {letter["text"].split("was to be paid by ")[1][:10] for letter in await written(piece)}
    assert days in ({"10 January", "20 January"}, {"January 10", "January 20"})


async def test_who_paid_or_was_not_asked_after_all_is_not_reminded(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    with treasury.on("2026-01-02"):
        paid, cancelled = [await treasury.invoice(member_id, due_on="2026-01-10") for _ in range(2)]
    await treasury.pay(member_id, "100.00", invoice_ids=[paid["id"]])
    await treasury.post(f"/v1/invoices/{cancelled['id']}/cancel", {"reason": "Error"})
    assert await write(treasury, "2026-03-01") == {"issued": 0, "reminders": 0, "more": False}


async def test_rounds_that_race_write_each_letter_once(treasury: Treasury, piece: Piece) -> None:
    member_id = await treasury.member("2026-01-01")
    with treasury.on("2026-01-02"):
        for _ in range(4):
            await treasury.invoice(member_id, due_on="2026-01-10")
    with treasury.on("2026-02-20"):
        answers = await asyncio.gather(*(treasury.post("/v1/dues/reminders", {}) for _ in range(4)))
    assert sum(answer.json()["reminders"] for answer in answers) == 4
    assert len(await written(piece)) == 4


async def test_only_the_treasurer_has_letters_written_and_sees_the_figures(treasury: Treasury) -> None:
    query = {"since": "2026-01-01", "until": "2026-12-31"}
    for headers in (treasury.office.coordinator, treasury.office.of(await treasury.member("2026-01-01"))):
        assert (await treasury.post("/v1/dues/reminders", {}, headers=headers)).status_code == 403
        assert (await treasury.get("/v1/dues/figures", params=query, headers=headers)).status_code == 403


def test_the_days_of_reminders_are_set_by_comma() -> None:
    def days(text: str) -> tuple[int, ...]:
        return Settings(network="leon", dues_reminder_days=text).dues_reminder_days

    assert days("7, 21") == (7, 21)
    assert days("") == ()
    for bad in ("-1", "soon"):
        with pytest.raises(ValueError, match="dues_reminder_days"):
            days(bad)


async def test_without_days_nobody_is_reminded(treasury: Treasury, piece: Piece) -> None:
    await treasury.invoice(await treasury.member("2026-01-01"), due_on="2026-12-01")
    async with piece.database.transaction() as work:
        far = date(2027, 12, 31)
        assert not await letter_rows.reminders(work.connection, stages=(), today=far, now=work.now, limit=5)
        assert await letter_rows.reminders(work.connection, stages=(0,), today=far, now=work.now, limit=5)


async def test_what_was_exempt_belongs_to_the_date_of_its_run(treasury: Treasury) -> None:
    await treasury.plan(starts_on="2025-01-01")
    member_id = await treasury.member("2025-01-01")
    body = {"since": "2025-01-01", "reason": "Sin ingresos"}
    await treasury.post(f"/v1/members/{member_id}/dues-exemptions", body)
    await treasury.run(issued_on="2025-01-10")
    query = {"since": "2025-01-01", "until": "2025-12-31"}
    (figure,) = (await treasury.get("/v1/dues/figures", params=query)).json()["items"]
    assert figure["exempt"] == [{"reason": "Sin ingresos", "periods": 1, "amount": money("600.00")}]


async def test_expected_and_received_are_told_apart(treasury: Treasury, piece: Piece) -> None:
    plan = await treasury.plan(starts_on="2025-01-01")
    names = ("exempt", "less", "pays", "half", "cancelled", "late")
    who = {name: await treasury.member("2025-01-01") for name in names}
    for name, fee in (("exempt", None), ("less", money("100.00"))):
        body = {"since": "2025-01-01", "reason": "Sin ingresos", "amount": fee}
        await treasury.post(f"/v1/members/{who[name]}/dues-exemptions", body)
    with treasury.on("2025-01-10"):
        await treasury.run()
        extra = await treasury.invoice(who["pays"], "50.00")
        invoices = {invoice["member_id"]: invoice["id"] for invoice in await treasury.invoices()}
        await treasury.post(f"/v1/invoices/{invoices[str(who['cancelled'])]}/cancel", {"reason": "Baja"})
    for name, amount, day in (("less", "100.00", "2025-02-01"), ("half", "300.00", "2025-03-01")):
        await treasury.pay(who[name], amount, paid_on=day)
    await treasury.pay(who["pays"], "650.00", paid_on="2025-04-01")
    await treasury.pay(who["late"], "600.00", paid_on="2026-02-01")
    query = {"since": "2025-01-01", "until": "2025-12-31"}
    by_hand, dues = sorted(
        (await treasury.get("/v1/dues/figures", params=query)).json()["items"], key=lambda item: item["name"]
    )
    assert dues == {
        "plan_id": plan["id"],
        "name": "Cuota anual",
        "invoices": 5,
        "billed": money("2500.00"),
        "cancelled": money("600.00"),
        "paid": money("1000.00"),
        "open": money("900.00"),
        "received": money("1000.00"),
        "exempt": [{"reason": "Sin ingresos", "periods": 2, "amount": money("1100.00")}],
    }
    assert (by_hand["plan_id"], by_hand["billed"], by_hand["paid"]) == (None, money("50.00"), money("50.00"))
    assert extra["number"] == "QRO-F-2025-0006"
    async with piece.database.reading() as connection:
        later = await figures.expected(connection, date(2026, 1, 1), date(2026, 12, 31))
        received = "SELECT sum(amount) FROM transfers WHERE cause = 'dues'"
        booked = (await connection.execute(text(received))).scalar_one()
    assert [(figure.invoices, figure.received) for figure in later] == [(0, 60000)]
    assert booked == 100000 + 5000 + 60000
    turned = {"since": "2025-12-31", "until": "2025-01-01"}
    assert refusal(await treasury.get("/v1/dues/figures", params=turned)) == (422, "end-before-start", "/until")
