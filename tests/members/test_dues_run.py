"""Plans, the run, and the invoices that it issues, over HTTP."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece
from members.dues.repository import runs as run_rows
from members.dues.service import runs
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal
from tests.members.papers import words


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


async def test_a_price_holds_from_its_day_and_invoices_keep_theirs(treasury: Treasury) -> None:
    plan = await treasury.plan(starts_on="2025-01-01")
    await treasury.member("2025-01-01")
    with treasury.on("2025-05-01"):
        await treasury.run()
    address = f"/v1/dues/plans/{plan['id']}/prices"
    body = {"price": money("700.00"), "valid_from": "2026-01-01"}
    tag = (await treasury.get(f"/v1/dues/plans/{plan['id']}")).headers["etag"]
    assert (await treasury.post(address, body)).status_code == 428
    changed = await treasury.post(address, body, headers=treasury.office.treasurer | {"if-match": tag})
    assert [price["price"]["amount"] for price in changed.json()["prices"]] == ["600.00", "700.00"]
    stale = await treasury.post(address, body, headers=treasury.office.treasurer | {"if-match": tag})
    assert refusal(stale)[:2] == (412, "plan-changed")
    await treasury.run()
    amounts = {invoice["period_start"]: invoice["amount"]["amount"] for invoice in await treasury.invoices()}
    assert amounts == {"2025-01-01": "600.00", "2026-01-01": "700.00"}


async def test_a_plan_is_changed_by_who_read_it_and_ended_only_after_what_was_billed(treasury: Treasury) -> None:
    plan = await treasury.plan()
    await treasury.member("2026-01-01")
    await treasury.run()
    address = f"/v1/dues/plans/{plan['id']}"
    body = {"name": "Cuota", "kinds": ["person", "association"], "ends_on": "2026-06-30", "grace_days": 3}
    headers = treasury.office.treasurer | {"if-match": "*"}
    client = treasury.office.piece.client
    changed = await client.put(address, json=body, headers=headers)
    assert (changed.status_code, changed.headers["etag"], changed.json()["ends_on"]) == (200, '"2"', "2026-06-30")
    assert (await client.put(address, json=body, headers=treasury.office.treasurer)).status_code == 428
    rhythm = await client.put(address, json=body | {"rhythm": "monthly"}, headers=headers)
    assert refusal(rhythm) == (422, "invalid", "/rhythm")
    early = await client.put(address, json=body | {"ends_on": "2025-12-31"}, headers=headers)
    assert refusal(early) == (422, "end-before-start", "/ends_on")
    next_plan = await treasury.plan(name="Nueva", starts_on="2026-07-01", kinds=["person"])
    with treasury.on("2027-01-02"):
        report = await treasury.run()
    # What was billed by the old plan is not billed by the new one.
    assert [(line["plan_id"], line["period_start"]) for line in report["issued"]] == [(next_plan["id"], "2027-01-01")]
    billed = await client.put(
        f"/v1/dues/plans/{next_plan['id']}", json=body | {"ends_on": "2026-12-01", "kinds": []}, headers=headers
    )
    assert refusal(billed) == (409, "plan-billed-later", "/ends_on")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kinds": ["farmer"]}, (422, "invalid", "/kinds/0")),
        ({"price": money("1.005")}, (422, "invalid", "/price")),
        ({"price": money("-1.00")}, (422, "price-negative", "/price/amount")),
        ({"price": money("1.00", "USD")}, (422, "currency-not-used", "/price/currency")),
        ({"price": {"amount": 5, "currency": "MXN"}}, (422, "invalid", "/price/amount")),
        ({"rhythm": "weekly"}, (422, "invalid", "/rhythm")),
        ({"start_month": 13}, (422, "invalid", "/start_month")),
        ({"starts_on": "2026-02-30"}, (422, "invalid", "/starts_on")),
        ({"starts_on": "0001-01-01"}, (422, "invalid", "/starts_on")),
        ({"ends_on": "2025-12-31"}, (422, "end-before-start", "/ends_on")),
        ({"days_until_due": -1}, (422, "invalid", "/days_until_due")),
        ({"tax_rate": "101"}, (422, "invalid", "/tax_rate")),
        ({"texts": {"fr": "Cotisation"}}, (422, "invalid", "/texts/fr")),
        ({"colour": "red"}, (422, "invalid", "/colour")),
    ],
)
async def test_a_plan_that_can_not_be_is_refused_by_field(
    treasury: Treasury, changes: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    answer = await treasury.make_plan(**changes)
    status, problem, pointer = refusal(answer)
    assert (status, problem) == expected[:2], answer.text
    assert pointer is not None
    assert pointer.startswith(expected[2])
    assert (await treasury.get("/v1/dues/plans")).json() == []


async def test_a_kind_has_one_plan_that_repeats_and_one_that_asks_once(treasury: Treasury) -> None:
    first = await treasury.plan(kinds=["association", "person"])
    assert refusal(await treasury.make_plan(kinds=["enterprise", "person"])) == (409, "kind-served", "/kinds/1")
    await treasury.plan(kinds=["person"], rhythm="once", price=money("25.00"))
    assert refusal(await treasury.make_plan(kinds=["person"], rhythm="once"))[1] == "kind-served"
    same = await treasury.make_plan(id=first["id"], kinds=["association", "person"])
    assert (same.status_code, same.json()["id"]) == (201, first["id"])
    other = await treasury.make_plan(id=first["id"], name="Otra", kinds=[])
    assert refusal(other) == (409, "id-taken", "/id")
    await treasury.member("2026-02-01")
    report = await treasury.run()
    assert sorted(line["amount"]["amount"] for line in report["issued"]) == ["25.00", "600.00"]


async def test_only_the_treasurer_makes_plans_and_runs(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    plan = await treasury.plan()
    for headers in (treasury.office.of(member_id), treasury.office.coordinator):
        body = {"name": "X", "kinds": [], "rhythm": "annual", "starts_on": "2026-01-01", "price": money("1.00")}
        assert (await treasury.post("/v1/dues/plans", body, headers=headers)).status_code == 403
        assert (await treasury.post("/v1/dues/runs", {}, headers=headers)).status_code == 403
        assert (await treasury.get(f"/v1/dues/plans/{plan['id']}", headers=headers)).status_code == 200
    assert (await treasury.get("/v1/dues/plans", headers={})).status_code == 401
    assert refusal(await treasury.get(f"/v1/dues/plans/{uuid4()}"))[:2] == (404, "plan-unknown")


async def test_a_run_too_far_ahead_is_refused(treasury: Treasury) -> None:
    answer = await treasury.post("/v1/dues/runs", {"until": "2999-01-01"})
    assert refusal(answer) == (422, "date-too-far", "/until")
    assert refusal(await treasury.post("/v1/dues/runs", {"until": "soon"})) == (422, "invalid", "/until")


async def test_an_invoice_is_its_members_and_the_treasurers_to_read(treasury: Treasury) -> None:
    await treasury.plan(tax_rate="21", tax_text="IVA incluido")
    mine, other = await treasury.member("2026-01-01", name="Ana"), await treasury.member("2026-01-01", name="Luz")
    await treasury.run()
    (invoice,) = await treasury.invoices(member_id=str(mine))
    address = f"/v1/invoices/{invoice['id']}"
    assert (await treasury.get(address, headers=treasury.office.of(mine))).json() == invoice
    assert refusal(await treasury.get(address, headers=treasury.office.of(other)))[:2] == (404, "invoice-unknown")
    assert (await treasury.get(address, headers=treasury.office.coordinator)).status_code == 404
    own = await treasury.get("/v1/invoices", headers=treasury.office.of(mine))
    assert [item["id"] for item in own.json()["items"]] == [invoice["id"]]
    others = await treasury.get("/v1/invoices", params={"member_id": str(other)}, headers=treasury.office.of(mine))
    assert others.status_code == 404
    paper = await treasury.get(address, headers=treasury.office.of(mine) | {"accept": "application/pdf"})
    assert paper.headers["content-type"] == "application/pdf"
    said = words(paper.content)
    assert "QRO-F-2026-000" in said
    assert "Ana" in said
    assert "IVA incluido" in said
    assert "104.13" in said


async def test_invoices_are_listed_by_how_they_stand_and_page_by_page(treasury: Treasury) -> None:
    await treasury.plan(rhythm="monthly", days_until_due=5)
    await treasury.member("2026-01-01")
    with treasury.on("2026-11-21"):
        await treasury.run(until="2026-12-01")
        seen: list[str] = []
        params: dict[str, Any] = {"limit": 5}
        while True:
            page = (await treasury.get("/v1/invoices", params=params)).json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            params["after"] = page["next"]
        assert len(seen) == len(set(seen)) == 12
        assert len(await treasury.invoices(status="open")) == 12
    with treasury.on("2026-11-27"):
        assert {i["period_start"] for i in await treasury.invoices(status="open")} == {"2026-12-01"}
        assert len(await treasury.invoices(status="overdue")) == 11
    assert await treasury.invoices(year=2025) == []
    assert refusal(await treasury.get("/v1/invoices", params={"status": "late"}))[0] == 422
    assert refusal(await treasury.get("/v1/invoices", params={"after": "WzFd"}))[:2] == (422, "cursor-invalid")


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


async def test_what_is_personal_can_be_taken_out_of_an_invoice(treasury: Treasury, piece: Piece) -> None:
    invoice = await treasury.invoice(await treasury.member("2026-01-01"))
    async with piece.database.transaction() as work:
        await work.execute(text("UPDATE invoices SET member_name = '—', member_tax_id = NULL"))
    assert (await treasury.read(invoice["id"]))["member_name"] == "—"


async def test_an_invoice_by_hand_is_for_anything(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    own_id = str(uuid4())
    lines = [
        {"text": "Taller", "amount": money("121.00"), "tax_rate": "21"},
        {"text": "Descuento", "amount": money("-21.00")},
    ]
    invoice = await treasury.invoice(member_id, id=own_id, lines=lines)
    assert (invoice["amount"], invoice["number"]) == (money("100.00"), "QRO-F-2026-0001")
    assert [line["net"]["amount"] for line in invoice["lines"]] == ["100.00", "-21.00"]
    assert (await treasury.invoice(member_id, id=own_id, lines=lines))["number"] == "QRO-F-2026-0001"
    body = {"id": own_id, "member_id": str(member_id), "lines": lines[:1], "due_on": "2026-12-31"}
    assert refusal(await treasury.post("/v1/invoices", body)) == (409, "id-taken", "/id")
    owner = treasury.office.of(member_id)
    assert (await treasury.post("/v1/invoices", body, headers=owner)).status_code == 403


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lines": []}, (422, "invalid", "/lines")),
        ({"lines": [{"text": "X", "amount": money("0.00")}]}, (422, "amount-not-positive", "/lines")),
        ({"lines": [{"text": "X", "amount": money("-5.00")}]}, (422, "amount-not-positive", "/lines")),
        (
            {"lines": [{"text": "X", "amount": money("5.00")}, {"text": "Y", "amount": money("5.00", "TUMIN")}]},
            (422, "currency-mismatch", "/lines/1/amount/currency"),
        ),
        (
            {"lines": [{"text": "X", "amount": money("5", "EUR")}]},
            (422, "currency-not-used", "/lines/0/amount/currency"),
        ),
        ({"lines": [{"text": "X", "amount": money("5.001")}]}, (422, "invalid", "/lines/0/amount")),
        (
            {"lines": [{"text": "X", "amount": money("999999999999.99")}] * 2},
            (422, "amount-too-large", "/lines"),
        ),
        ({"due_on": "2020-01-01"}, (422, "due-before-issue", "/due_on")),
        ({"member_id": str(UUID(int=7))}, (404, "member-unknown", None)),
    ],
)
async def test_an_invoice_that_can_not_be_is_refused_by_field(
    treasury: Treasury, changes: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    member_id = await treasury.member("2026-01-01")
    lines = [{"text": "X", "amount": money("1.00")}]
    body = {"member_id": str(member_id), "lines": lines, "due_on": "2026-12-31", **changes}
    assert refusal(await treasury.post("/v1/invoices", body)) == expected
    assert await treasury.invoices() == []
    fresh = await treasury.invoice(member_id)
    assert fresh["number"] == "QRO-F-2026-0001"


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
