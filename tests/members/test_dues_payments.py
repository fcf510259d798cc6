"""Payments: what they pay, what is over, and what the ledger says of it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece
from members.dues.repository import invoices as invoice_rows
from members.dues.rules.payments import NewPayment, Payment
from members.dues.service import payments as service
from tests.members.conftest import Office
from tests.members.dues import Treasury, dues_received, money, refusal
from tests.members.papers import words


@pytest.fixture
def treasury(office: Office, november: None) -> Treasury:
    return Treasury(office)


async def test_a_payment_pays_the_oldest_first_and_what_is_over_stays_on_the_account(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    later = await treasury.invoice(member_id, "100.00", due_on="2026-12-31")
    older = await treasury.invoice(member_id, "60.00", due_on="2026-12-01")
    first = (await treasury.pay(member_id, "100.00", reference="transferencia 7")).json()
    assert {part["invoice_id"]: part["amount"]["amount"] for part in first["invoices"]} == {
        older["id"]: "60.00",
        later["id"]: "40.00",
    }
    assert (first["excess"], first["number"]) == (money("0.00"), "QRO-R-2026-0001")
    assert (await treasury.read(older["id"]))["status"] == "paid"
    partly = await treasury.read(later["id"])
    assert (partly["status"], partly["paid"], partly["open"]) == ("open", money("40.00"), money("60.00"))
    second = (await treasury.pay(member_id, "75.50")).json()
    assert (second["excess"], second["invoices"][0]["amount"]) == (money("15.50"), money("60.00"))
    assert (await treasury.office.balance(member_id))["balance"] == "15.50"
    statement = [(entry["amount"]["amount"], entry["cause"]) for entry in await treasury.office.statement(member_id)]
    assert sorted(statement) == sorted(
        [("100.00", "payment"), ("-60.00", "dues"), ("-40.00", "dues"), ("75.50", "payment"), ("-60.00", "dues")]
    )
    assert (await treasury.office.proof())["ok"] is True


async def test_named_invoices_are_paid_in_their_order_and_no_other(treasury: Treasury, piece: Piece) -> None:
    member_id = await treasury.member("2026-01-01")
    ids = [(await treasury.invoice(member_id, "10.00"))["id"] for _ in range(3)]
    paid = (await treasury.pay(member_id, "25.00", invoice_ids=[ids[2], ids[1]])).json()
    assert {part["invoice_id"]: part["amount"]["amount"] for part in paid["invoices"]} == {
        ids[2]: "10.00",
        ids[1]: "10.00",
    }
    assert paid["excess"] == money("5.00")
    assert (await treasury.read(ids[0]))["paid"] == money("0.00")
    assert await dues_received(piece) == 2000


async def test_the_same_payment_sent_again_is_booked_once(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    await treasury.invoice(member_id, "10.00")
    own_id = str(uuid4())
    answers = [(await treasury.pay(member_id, "10.00", id=own_id)).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (await treasury.office.balance(member_id))["balance"] == "0.00"
    assert refusal(await treasury.pay(member_id, "11.00", id=own_id)) == (409, "id-taken", "/id")
    assert len((await treasury.get("/v1/payments")).json()["items"]) == 1


async def test_money_counts_for_the_day_on_which_it_was_paid(treasury: Treasury, piece: Piece) -> None:
    member_id = await treasury.member("2026-01-01")
    await treasury.invoice(member_id, "10.00")
    await treasury.pay(member_id, "15.00", paid_on="2026-02-03")
    async with piece.database.reading() as connection:
        days = (await connection.execute(text("SELECT DISTINCT booked_on FROM transfers"))).scalars().all()
    assert [day.isoformat() for day in days] == ["2026-02-03"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": money("0.00")}, (422, "amount-not-positive", "/amount/amount")),
        ({"amount": money("-1.00")}, (422, "amount-not-positive", "/amount/amount")),
        ({"amount": money("1.001")}, (422, "invalid", "/amount")),
        ({"amount": money("1.00", "EUR")}, (422, "currency-not-used", "/amount/currency")),
        ({"method": "barter"}, (422, "invalid", "/method")),
        ({"paid_on": "3000-01-01"}, (422, "invalid", "/paid_on")),
        ({"paid_on": "2100-01-01"}, (422, "date-in-future", "/paid_on")),
        ({"invoice_ids": [str(UUID(int=9))]}, (404, "invoice-unknown", "/invoice_ids/0")),
        ({"reference": "x" * 141}, (422, "invalid", "/reference")),
    ],
)
async def test_a_payment_that_can_not_be_is_refused_by_field(
    treasury: Treasury, changes: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    member_id = await treasury.member("2026-01-01")
    body = {"amount": money("1.00"), "method": "cash", **changes}
    assert refusal(await treasury.post(f"/v1/members/{member_id}/payments", body)) == expected
    assert await treasury.office.statement(member_id) == []
    assert (await treasury.pay(member_id, "1.00")).json()["number"] == "QRO-R-2026-0001"


async def test_what_can_not_be_paid_is_refused_by_name(treasury: Treasury) -> None:
    member_id, other = await treasury.member("2026-01-01"), await treasury.member("2026-01-01")
    paid, cancelled, credit = [await treasury.invoice(member_id, "10.00") for _ in range(3)]
    hours = await treasury.invoice(member_id, lines=[{"text": "Horas", "amount": money("10.00", "TUMIN")}])
    await treasury.pay(member_id, "10.00", invoice_ids=[paid["id"]])
    await treasury.post(f"/v1/invoices/{cancelled['id']}/cancel", {"reason": "Error"})
    for invoice, problem, field in (
        (paid, "invoice-paid", "/invoice_ids/0"),
        (cancelled, "invoice-cancelled", "/invoice_ids/0"),
        (hours, "currency-mismatch", "/amount/currency"),
    ):
        answer = await treasury.pay(member_id, "10.00", invoice_ids=[invoice["id"]])
        assert refusal(answer)[1:] == (problem, field)
    others = await treasury.pay(other, "10.00", invoice_ids=[credit["id"]])
    assert refusal(others) == (404, "invoice-unknown", "/invoice_ids/0")
    unknown = await treasury.post(f"/v1/members/{uuid4()}/payments", {"amount": money("1.00"), "method": "cash"})
    assert refusal(unknown)[:2] == (404, "member-unknown")
    applicant = (await treasury.office.apply()).json()["id"]
    early = await treasury.pay(UUID(applicant), "1.00")
    assert refusal(early)[:2] == (409, "member-not-active")


async def test_who_left_and_asks_to_belong_again_pays_what_it_owes(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    await treasury.invoice(member_id, "10.00")
    own = treasury.office.of(member_id)
    for step in ("leave", "apply"):
        answer = await treasury.post(f"/v1/members/{member_id}/{step}", {}, headers=own)
        assert answer.status_code in (200, 201), answer.text
    assert await treasury.standing(member_id) == "applied"
    assert (await treasury.pay(member_id, "10.00")).status_code == 201
    assert refusal(await treasury.pay(member_id, "10.00"))[:2] == (409, "member-not-active")


async def test_only_the_treasurer_books_and_only_ones_own_is_read(treasury: Treasury) -> None:
    mine, other = await treasury.member("2026-01-01"), await treasury.member("2026-01-01")
    payment = (await treasury.pay(mine, "10.00")).json()
    body = {"amount": money("1.00"), "method": "cash"}
    for headers in (treasury.office.of(mine), treasury.office.coordinator):
        assert (await treasury.post(f"/v1/members/{mine}/payments", body, headers=headers)).status_code == 403
        address = f"/v1/payments/{payment['id']}/reverse"
        assert (await treasury.post(address, {"reason": "x"}, headers=headers)).status_code == 403
    address = f"/v1/payments/{payment['id']}"
    assert (await treasury.get(address, headers=treasury.office.of(mine))).json() == payment
    assert (await treasury.get(address, headers=treasury.office.of(other))).status_code == 404
    own = await treasury.get("/v1/payments", headers=treasury.office.of(other))
    assert own.json()["items"] == []
    paper = await treasury.get(address, headers=treasury.office.of(mine) | {"accept": "application/pdf"})
    assert "QRO-R-2026-0001" in words(paper.content)


async def test_a_closed_period_takes_no_payment(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    closed = await treasury.post("/v1/ledger/closings", {"through": "2026-03-31"})
    assert closed.status_code == 201, closed.text
    assert refusal(await treasury.pay(member_id, "5.00", paid_on="2026-03-31")) == (409, "period-closed", "/paid_on")
    assert (await treasury.pay(member_id, "5.00", paid_on="2026-04-01")).status_code == 201


async def test_a_member_pays_from_its_account_and_never_beyond_it(treasury: Treasury) -> None:
    member_id, other = await treasury.member("2026-01-01"), await treasury.member("2026-01-01")
    invoice = await treasury.invoice(member_id, "30.00")
    address = f"/v1/invoices/{invoice['id']}/pay"
    own = treasury.office.of(member_id)
    await treasury.pay(member_id, "20.00", invoice_ids=[(await treasury.invoice(member_id, "1.00"))["id"]])
    short = await treasury.post(address, {}, headers=own)
    assert refusal(short)[:2] == (409, "not-enough-funds")
    part_id = str(uuid4())
    for _ in range(2):
        part = await treasury.post(address, {"id": part_id, "amount": money("15.00")}, headers=own)
        assert (part.status_code, part.json()["open"]) == (200, money("15.00"))
    assert (await treasury.office.balance(member_id))["balance"] == "4.00"
    for amount, problem, field in (
        (money("15.01"), "amount-too-large", "/amount/amount"),
        (money("0.00"), "amount-not-positive", "/amount/amount"),
        (money("1.00", "TUMIN"), "currency-mismatch", "/amount/currency"),
    ):
        assert refusal(await treasury.post(address, {"amount": amount}, headers=own)) == (422, problem, field)
    assert refusal(await treasury.post(address, {}, headers=treasury.office.of(other)))[:2] == (404, "invoice-unknown")
    assert (
        await treasury.post(address, {"amount": money("4.00")}, headers=treasury.office.treasurer)
    ).status_code == 200
    await treasury.office.deposit(member_id, "11.00")
    rest = await treasury.post(address, {}, headers=own)
    assert rest.json()["status"] == "paid"
    assert refusal(await treasury.post(address, {}, headers=own))[:2] == (409, "invoice-paid")


async def pay_at_once(
    piece: Piece, member_id: UUID, invoice_id: str, times: int
) -> list[BaseException | list[Payment]]:
    async def once() -> list[Payment]:
        async with piece.database.transaction() as work:
            new = NewPayment(uuid4(), member_id, "MXN", 4000, "cash", work.today, invoice_ids=(UUID(invoice_id),))
            return await service.receive(work, piece.app.state.settings, [new], by=None)

    return await asyncio.gather(*(once() for _ in range(times)), return_exceptions=True)


async def test_payments_that_race_for_an_invoice_pay_it_once_and_the_rest_is_over(
    treasury: Treasury, piece: Piece
) -> None:
    member_id = await treasury.member("2026-01-01")
    invoice = await treasury.invoice(member_id, "100.00")
    answers = await pay_at_once(piece, member_id, invoice["id"], 6)
    paid = [answer[0] for answer in answers if not isinstance(answer, BaseException)]
    # 40 + 40 + 20; whoever comes later is told that it is paid.
    assert sorted(sum(part.amount for part in payment.parts) for payment in paid) == [2000, 4000, 4000]
    assert (await treasury.read(invoice["id"]))["status"] == "paid"
    assert (await treasury.office.balance(member_id))["balance"] == "20.00"
    assert await dues_received(piece) == 10000
    assert (await treasury.office.proof())["ok"] is True


@pytest.mark.parametrize("guarded", [True, False])
async def test_without_the_locks_the_database_still_refuses_to_pay_more_than_is_owed(
    treasury: Treasury, piece: Piece, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    member_id = await treasury.member("2026-01-01")
    invoice = await treasury.invoice(member_id, "100.00")
    if not guarded:
        async with piece.database.transaction() as work:
            await work.execute(text("ALTER TABLE invoices DROP CONSTRAINT ck_invoices_allocated"))
    barrier = asyncio.Barrier(4)

    async def unlocked(connection: Any, *, ids: Any = (), unpaid_of: Any = ()) -> Any:
        found = await invoice_rows.invoices(connection, list(ids))
        await barrier.wait()
        return found

    monkeypatch.setattr(invoice_rows, "lock", unlocked)
    answers = await pay_at_once(piece, member_id, invoice["id"], 4)
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    paid = (await treasury.read(invoice["id"]))["paid"]["amount"]
    assert (paid, len(refused)) == (("80.00", 2) if guarded else ("160.00", 0))
    assert all("ck_invoices_allocated" in str(error) for error in refused)


async def test_an_allocation_that_is_not_what_its_transfer_is_is_refused(treasury: Treasury, piece: Piece) -> None:
    member_id = await treasury.member("2026-01-01")
    invoice = await treasury.invoice(member_id, "100.00")
    deposit = (await treasury.office.deposit(member_id, "50.00")).json()
    statement = text(
        "INSERT INTO allocations (id, invoice_id, amount, booked_on, transfer_id, made_at) "
        "VALUES (gen_random_uuid(), :invoice, :amount, '2026-01-01', :transfer, now())"
    )
    params = {"invoice": invoice["id"], "amount": 5000, "transfer": deposit["id"]}
    with pytest.raises(Exception, match="an allocation is what its transfer is"):
        async with piece.database.transaction() as work:
            await work.execute(statement, params)


async def test_many_payments_are_booked_with_a_fixed_number_of_statements(treasury: Treasury, piece: Piece) -> None:
    counts = []
    for many in (1, 8):
        members = [await treasury.member("2026-01-01") for _ in range(many)]
        for member_id in members:
            await treasury.invoice(member_id, "10.00")
        with piece.counted_queries() as statements:
            async with piece.database.transaction() as work:
                new = [NewPayment(uuid4(), member_id, "MXN", 1000, "transfer", work.today) for member_id in members]
                received = await service.receive(work, piece.app.state.settings, new, by=None)
        counts.append(len(statements))
        assert [payment.excess for payment in received] == [0] * many
    assert counts[0] == counts[1]


async def test_what_was_booked_stays_but_for_the_words_that_may_name_somebody(treasury: Treasury, piece: Piece) -> None:
    member_id = await treasury.member("2026-01-01")
    invoice = await treasury.invoice(member_id, "10.00")
    payment = (await treasury.pay(member_id, "10.00", reference="de Ana Ruiz")).json()
    await treasury.post(f"/v1/payments/{payment['id']}/reverse", {"reason": "Ana no tiene fondos"})
    await treasury.post(f"/v1/invoices/{invoice['id']}/cancel", {"reason": "Ana"})
    body = {"since": "2026-03-01", "reason": "Ana no puede"}
    await treasury.post(f"/v1/members/{member_id}/dues-exemptions", body)
    kept = {
        "payments": ("reference", "amount = 1"),
        "payment_reversals": ("reason", "reversed_on = '2020-01-01'"),
        "credit_notes": ("reason", "number = 'X'"),
        "dues_exemptions": ("reason", "since = '2020-01-01'"),
    }
    for table, (words_in, change) in kept.items():
        for refused in (f"UPDATE {table} SET {words_in} = 'otra'", f"UPDATE {table} SET {change}"):
            with pytest.raises(Exception, match=r"append-only|can only be ended"):
                async with piece.database.transaction() as work:
                    await work.execute(text(refused))
        with pytest.raises(Exception, match="append-only"):
            async with piece.database.transaction() as work:
                await work.execute(text(f"DELETE FROM {table}"))
        async with piece.database.transaction() as work:
            await work.execute(text(f"UPDATE {table} SET {words_in} = '—'"))
