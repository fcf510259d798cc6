"""Invoices: who reads them, what is in them, and those that the treasurer writes."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal
from tests.members.papers import words


@pytest.fixture
def treasury(office: Office, november: None) -> Treasury:
    return Treasury(office)


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
