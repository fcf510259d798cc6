"""The run, and the invoices that it issues, over HTTP."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece
from members.dues.repository import runs as run_rows
from members.dues.service import runs
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal


@pytest.fixture
def treasury(office: Office, november: None) -> Treasury:
    return Treasury(office)


async def test_a_run_bills_each_member_for_what_began_and_a_second_run_nothing(treasury: Treasury) -> None:
    await treasury.plan(pro_rata="months", texts={"es": "Cuota de socio 2026"}, days_until_due=30, grace_days=15)
    early, late = await treasury.member("2026-01-01", name="Ana"), await treasury.member("2026-07-10", name="Luz")
    household = await treasury.office.admit(kind="household")
    report = await treasury.run()
    assert {(line["member_id"], line["amount"]["amount"]) for line in report["issued"]} == {
        (str(early), "600.00"),
        (str(late), "300.00"),
    }
    assert sorted(line["number"] for line in report["issued"]) == ["QRO-F-2026-0001", "QRO-F-2026-0002"]
    assert report["totals"] == [{"invoices": 2, "amount": money("900.00")}]
    again = await treasury.run()
    assert (again["issued"], again["exempt"], again["already"]) == ([], [], 2)
    (invoice,) = await treasury.invoices(member_id=str(late))
    assert (invoice["period_start"], invoice["period_end"]) == ("2026-07-10", "2026-12-31")
    assert invoice["lines"] == [
        {"text": "Cuota de socio 2026", "net": money("300.00"), "tax_rate": None, "amount": money("300.00")}
    ]
    assert (invoice["member_name"], invoice["status"], invoice["open"]) == ("Luz", "open", money("300.00"))
    assert await treasury.invoices(member_id=str(household)) == []


async def test_a_dry_run_says_what_would_be_issued_and_takes_no_number(treasury: Treasury) -> None:
    await treasury.plan()
    await treasury.member("2026-03-01")
    dry = await treasury.run(dry_run=True, until="2027-01-01")
    assert [(line["period_start"], line["number"], line["invoice_id"]) for line in dry["issued"]] == [
        ("2026-03-01", None, None),
        ("2027-01-01", None, None),
    ]
    assert await treasury.invoices() == []
    real = await treasury.run()
    assert [line["number"] for line in real["issued"]] == ["QRO-F-2026-0001"]


async def test_due_and_arrears_follow_from_the_plan_and_make_the_member_one_in_arrears(treasury: Treasury) -> None:
    await treasury.plan(days_until_due=10, grace_days=5)
    member_id = await treasury.member("2026-01-01")
    with treasury.on("2026-03-01"):
        await treasury.run()
    (invoice,) = await treasury.invoices()
    assert (invoice["issued_on"], invoice["due_on"], invoice["arrears_from"]) == (
        "2026-03-01",
        "2026-03-11",
        "2026-03-17",
    )
    assert invoice["status"] == "overdue"
    assert await treasury.standing(member_id) == "in_arrears"


async def test_who_left_is_billed_for_what_began_before_and_nothing_after(treasury: Treasury) -> None:
    await treasury.plan(rhythm="monthly", price=money("50.00"))
    member_id = await treasury.member("2026-01-01")
    body = {"effective_on": "2026-04-01"}
    left = await treasury.post(f"/v1/members/{member_id}/leave", body, headers=treasury.office.coordinator)
    assert left.status_code == 200, left.text
    await treasury.run()
    starts = sorted(invoice["period_start"] for invoice in await treasury.invoices())
    assert starts == ["2026-01-01", "2026-02-01", "2026-03-01"]


async def test_a_date_that_was_corrected_counts_as_corrected(treasury: Treasury) -> None:
    await treasury.plan(rhythm="monthly", price=money("50.00"))
    member_id = await treasury.member("2026-06-01")
    facts = (await treasury.get(f"/v1/members/{member_id}/standing")).json()
    admitted = next(fact for fact in facts if fact["kind"] == "admitted")
    body = {"effective_on": "2026-10-01", "reason": "Error de fecha"}
    address = f"/v1/members/{member_id}/standing/{admitted['id']}/redate"
    moved = await treasury.post(address, body, headers=treasury.office.coordinator)
    assert moved.status_code == 200, moved.text
    await treasury.run()
    starts = sorted(invoice["period_start"] for invoice in await treasury.invoices())
    assert starts == ["2026-10-01", "2026-11-01"]


async def test_a_run_too_far_ahead_is_refused(treasury: Treasury) -> None:
    answer = await treasury.post("/v1/dues/runs", {"until": "2999-01-01"})
    assert refusal(answer) == (422, "date-too-far", "/until")
    assert refusal(await treasury.post("/v1/dues/runs", {"until": "soon"})) == (422, "invalid", "/until")


async def test_reading_and_running_take_a_fixed_number_of_statements(treasury: Treasury, piece: Piece) -> None:
    await treasury.plan()
    lists, running = [], []
    for count in (1, 6):
        for _ in range(count):
            await treasury.member("2026-01-01")
        with piece.counted_queries() as statements:
            await treasury.run()
        running.append(len(statements))
        with piece.counted_queries() as statements:
            await treasury.invoices()
        lists.append(len(statements))
    assert running[0] == running[1]
    assert lists == [1, 1]


async def race(piece: Piece, monkeypatch: pytest.MonkeyPatch, times: int) -> list[runs.RunReport]:
    """Runs at once, all of which have read what there is to bill before any of them has billed it."""
    barrier, claim = asyncio.Barrier(times), run_rows.claim

    async def together(*args: Any, **more: Any) -> Any:
        await barrier.wait()
        return await claim(*args, **more)

    async def once() -> runs.RunReport:
        async with piece.database.transaction() as work:
            return await runs.run(work, piece.app.state.settings)

    monkeypatch.setattr(run_rows, "claim", together)
    return await asyncio.gather(*(once() for _ in range(times)))


async def test_runs_that_race_bill_each_period_once_and_leave_no_gap_in_the_numbers(
    treasury: Treasury, piece: Piece, monkeypatch: pytest.MonkeyPatch
) -> None:
    await treasury.plan(rhythm="monthly")
    for _ in range(4):
        await treasury.member("2026-01-01")
    reports = await race(piece, monkeypatch, 6)
    issued = [line for report in reports for line in report.issued]
    assert len(issued) == 4 * 11
    assert [report.already for report in reports if not report.issued] == [44] * 5
    numbers = sorted(line.number or "" for line in issued)
    assert numbers == [f"QRO-F-2026-{n:04d}" for n in range(1, 45)]


async def test_without_the_unique_key_the_same_race_would_bill_each_period_six_times(
    treasury: Treasury, piece: Piece, monkeypatch: pytest.MonkeyPatch
) -> None:
    await treasury.plan(rhythm="monthly")
    for _ in range(4):
        await treasury.member("2026-01-01")
    async with piece.database.transaction() as work:
        for statement in (
            "ALTER TABLE invoices DROP CONSTRAINT fk_invoices_billing",
            "ALTER TABLE invoices DROP CONSTRAINT uq_invoices_member_id_plan_id_period_start",
            "ALTER TABLE dues_billings DROP CONSTRAINT pk_dues_billings",
            "ALTER TABLE dues_billings DROP CONSTRAINT ex_dues_billings_no_day_twice",
        ):
            await work.execute(text(statement))
    await race(piece, monkeypatch, 6)
    async with piece.database.reading() as connection:
        found = (await connection.execute(text("SELECT count(*) FROM invoices"))).scalar_one()
    assert found == 6 * 4 * 11


async def test_the_database_refuses_a_second_invoice_for_a_period_and_a_day_billed_twice(
    treasury: Treasury, piece: Piece
) -> None:
    await treasury.plan()
    await treasury.member("2026-01-01")
    await treasury.run()
    again = "INSERT INTO dues_billings SELECT member_id, plan_id, {start}, period_end, once, currency, price, amount, "
    again += "exemption_id, made_on, made_at FROM dues_billings"
    for start, constraint in (("period_start", "pk_dues_billings"), ("period_start + 5", "no_day_twice")):
        with pytest.raises(Exception, match=constraint):
            async with piece.database.transaction() as work:
                await work.execute(text(again.format(start=start)))
    for change in ("amount = 1", "number = 'X'", "allocated = 1", "member_name = 'Otro'", "lines = '[]'"):
        with pytest.raises(Exception, match=r"stays as it was issued|only an allocation pays"):
            async with piece.database.transaction() as work:
                await work.execute(text(f"UPDATE invoices SET {change}"))
    with pytest.raises(Exception, match="append-only"):
        async with piece.database.transaction() as work:
            await work.execute(text("DELETE FROM invoices"))


async def test_books_that_were_kept_elsewhere_are_taken_over_with_their_dates(treasury: Treasury) -> None:
    await treasury.plan(starts_on="2025-01-01", pro_rata="months", days_until_due=30)
    await treasury.member("2025-01-01")
    await treasury.member("2025-05-14")
    with treasury.on("2026-02-01"):
        first = await treasury.run(issued_on="2025-01-05")
        assert [line["number"] for line in first["issued"]] == ["QRO-F-2025-0001"]
        second = await treasury.run(issued_on="2025-05-20")
        assert [(line["number"], line["amount"]["amount"]) for line in second["issued"]] == [
            ("QRO-F-2025-0002", "400.00")
        ]
        third = await treasury.run()
        assert sorted(line["number"] for line in third["issued"]) == ["QRO-F-2026-0001", "QRO-F-2026-0002"]
    dates = {(invoice["number"], invoice["issued_on"], invoice["due_on"]) for invoice in await treasury.invoices()}
    assert ("QRO-F-2025-0001", "2025-01-05", "2025-02-04") in dates
    assert ("QRO-F-2026-0001", "2026-02-01", "2026-03-03") in dates


async def test_numbers_and_dates_of_invoices_go_up_together(treasury: Treasury) -> None:
    await treasury.plan(starts_on="2025-01-01")
    await treasury.member("2025-01-01")
    with treasury.on("2026-02-01"):
        await treasury.run(issued_on="2025-03-01")
        await treasury.member("2025-02-01")
        early = await treasury.post("/v1/dues/runs", {"issued_on": "2025-02-28"})
        assert refusal(early) == (409, "invoices-later", "/issued_on")
        ahead = await treasury.post("/v1/dues/runs", {"issued_on": "2026-02-02"})
        assert refusal(ahead) == (422, "date-in-future", "/issued_on")
        assert len(await treasury.invoices()) == 1
        await treasury.run(issued_on="2025-03-01")
    assert len(await treasury.invoices()) == 2
