"""Payments that did not hold, invoices that are cancelled, and what can not be undone."""

import asyncio
from uuid import uuid4

import pytest

from kit.testing.pieces import Piece
from tests.members.conftest import Office
from tests.members.dues import Treasury, dues_received, money, refusal
from tests.members.papers import words


@pytest.fixture
def treasury(office: Office, november: None) -> Treasury:
    return Treasury(office)


async def test_paying_ends_arrears_and_a_bounced_cheque_brings_them_back(treasury: Treasury, piece: Piece) -> None:
    member_id = await treasury.member("2026-01-01")
    with treasury.on("2026-03-01"):
        invoice = await treasury.invoice(member_id, "100.00", due_on="2026-03-10", grace_days=5)
    assert await treasury.standing(member_id) == "in_arrears"
    half = (await treasury.pay(member_id, "50.00")).json()
    assert await treasury.standing(member_id) == "in_arrears"
    rest = (await treasury.pay(member_id, "70.00", paid_on="2026-03-05")).json()
    assert await treasury.standing(member_id) == "active"
    address = f"/v1/payments/{rest['id']}/reverse"
    bad = await treasury.post(address, {"reason": "Sin fondos", "reversed_on": "2026-03-04"})
    assert refusal(bad) == (422, "reversed-before-paid", "/reversed_on")
    assert refusal(await treasury.post(address, {"reason": " "})) == (422, "invalid", "/reason")
    undone = (await treasury.post(address, {"reason": "Sin fondos"})).json()
    assert (undone["invoices"], undone["excess"], undone["reversal_reason"]) == ([], money("0.00"), "Sin fondos")
    assert await treasury.standing(member_id) == "in_arrears"
    again = await treasury.read(invoice["id"])
    assert (again["status"], again["open"]) == ("overdue", money("50.00"))
    assert (await treasury.office.balance(member_id))["balance"] == "0.00"
    assert await dues_received(piece) == 5000
    assert refusal(await treasury.post(address, {"reason": "Otra vez"}))[:2] == (409, "payment-reversed")
    assert refusal(await treasury.post(f"/v1/payments/{uuid4()}/reverse", {"reason": "x"}))[:2] == (
        404,
        "payment-unknown",
    )
    await treasury.pay(member_id, "50.00")
    assert await treasury.standing(member_id) == "active"
    assert (await treasury.get(f"/v1/payments/{half['id']}")).json()["invoices"][0]["amount"] == money("50.00")
    assert (await treasury.office.proof())["ok"] is True


async def test_what_was_spent_of_a_payment_that_did_not_hold_is_owed(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    payment = (await treasury.pay(member_id, "40.00")).json()
    invoice = await treasury.invoice(member_id, "30.00")
    assert payment["excess"] == money("40.00")
    await treasury.post(f"/v1/invoices/{invoice['id']}/pay", {})
    await treasury.post(f"/v1/payments/{payment['id']}/reverse", {"reason": "Sin fondos"})
    # What was paid from the account stays paid; the account owes what is missing.
    assert (await treasury.read(invoice["id"]))["status"] == "paid"
    assert (await treasury.office.balance(member_id))["balance"] == "-30.00"


async def test_cancelling_makes_a_credit_note_and_gives_back_what_was_paid(treasury: Treasury, piece: Piece) -> None:
    await treasury.plan()
    member_id = await treasury.member("2026-01-01")
    with treasury.on("2026-02-01"):
        await treasury.run()
    (invoice,) = await treasury.invoices()
    assert await treasury.standing(member_id) == "in_arrears"
    payment = (await treasury.pay(member_id, "100.00")).json()
    address = f"/v1/invoices/{invoice['id']}/cancel"
    assert refusal(await treasury.post(address, {"reason": ""})) == (422, "invalid", "/reason")
    assert (await treasury.post(address, {"reason": "x"}, headers=treasury.office.of(member_id))).status_code == 403
    cancelled = (await treasury.post(address, {"reason": "Exenta"})).json()
    note = cancelled["credit_note"]
    assert (cancelled["status"], cancelled["paid"], cancelled["open"]) == ("cancelled", money("0.00"), money("0.00"))
    assert (note["number"], note["reason"]) == ("QRO-A-2026-0001", "Exenta")
    assert await treasury.standing(member_id) == "active"
    assert (await treasury.office.balance(member_id))["balance"] == "100.00"
    assert await dues_received(piece) == 0
    assert refusal(await treasury.post(address, {"reason": "x"}))[:2] == (409, "invoice-cancelled")
    assert refusal(await treasury.post(f"/v1/invoices/{invoice['id']}/pay", {}))[:2] == (409, "invoice-cancelled")
    # Its payment is not lost: it may still turn out not to hold.
    assert (await treasury.get(f"/v1/payments/{payment['id']}")).json()["excess"] == money("100.00")
    await treasury.post(f"/v1/payments/{payment['id']}/reverse", {"reason": "Sin fondos"})
    assert (await treasury.office.balance(member_id))["balance"] == "0.00"
    assert (await treasury.run())["issued"] == []
    paper = await treasury.get(f"/v1/invoices/{invoice['id']}/credit-note", headers=treasury.office.of(member_id))
    as_pdf = treasury.office.of(member_id) | {"accept": "application/pdf"}
    said = words(paper.content)
    assert "QRO-A-2026-0001" in said
    assert invoice["number"] in said
    taken_back = words((await treasury.get(f"/v1/invoices/{invoice['id']}", headers=as_pdf)).content)
    assert f"rectificativa {note['number']}" in taken_back
    assert "Cómo pagar" not in taken_back
    receipt = words((await treasury.get(f"/v1/payments/{payment['id']}", headers=as_pdf)).content)
    assert "Motivo: Sin fondos" in receipt
    assert "a tu favor" not in receipt
    other = await treasury.invoice(member_id)
    none = await treasury.get(f"/v1/invoices/{other['id']}/credit-note")
    assert refusal(none)[:2] == (404, "credit-note-unknown")


async def test_an_invoice_can_not_be_cancelled_and_paid_at_once(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    invoices = [await treasury.invoice(member_id, "10.00") for _ in range(5)]
    answers = await asyncio.gather(
        *(treasury.pay(member_id, "10.00", invoice_ids=[one["id"]]) for one in invoices),
        *(treasury.post(f"/v1/invoices/{one['id']}/cancel", {"reason": "Error"}) for one in invoices),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    for one in invoices:
        after = await treasury.read(one["id"])
        assert (after["status"], after["paid"]) == ("cancelled", money("0.00"))
    proof = await treasury.office.proof()
    assert proof["ok"] is True


async def test_what_pays_an_invoice_is_not_undone_behind_its_back(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    await treasury.invoice(member_id, "10.00")
    await treasury.pay(member_id, "15.00")
    for entry in await treasury.office.statement(member_id):
        answer = await treasury.post(f"/v1/transfers/{entry['transfer_id']}/reverse", {"reason": "Error"})
        assert refusal(answer)[:2] == (409, "reversed-elsewhere")
