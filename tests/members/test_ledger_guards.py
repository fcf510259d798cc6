"""What the database itself refuses, whoever asks."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.testing.pieces import Piece
from members.ledger.rules import AccountKey, Owner
from tests.members.conftest import Office

CASH = AccountKey(Owner.network("cash"), "MXN")


async def attempt(piece: Piece, statement: str, **params: object) -> None:
    async with piece.database.transaction() as work:
        await work.execute(text(statement), params)


@pytest.fixture
async def member_id(office: Office) -> UUID:
    """A member with 100.00 MXN."""
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    return member_id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfers SET amount = 1",
        "UPDATE transfers SET status = 'voided', ended = 'released'",
        "UPDATE transfers SET text = 'something else'",
        "DELETE FROM transfers",
        "TRUNCATE transfers CASCADE",
        "UPDATE entries SET amount = 1",
        "DELETE FROM entries",
        "INSERT INTO entries (account_id, transfer_id, amount, balance) SELECT account_id, transfer_id, 1, 1 FROM entries",
        "UPDATE accounts SET posted = posted + 1",
        "UPDATE accounts SET held = 1",
        "UPDATE accounts SET excess = 1000000",
        "UPDATE accounts SET surplus = 1000000",
        "UPDATE accounts SET balance_limit = 1, surplus = 1000000",
        "UPDATE accounts SET id = gen_random_uuid()",
        "SELECT ledger_book(ARRAY(SELECT ROW(id, id, 5, 0, 0, now()::date, currency)::ledger_change FROM accounts))",
        "UPDATE accounts SET currency = 'TUMIN'",
        "DELETE FROM accounts",
        "INSERT INTO accounts (id, name, currency, posted) VALUES (gen_random_uuid(), 'rich', 'MXN', 100)",
        "UPDATE standing_facts SET kind = 'admitted'",
        "DELETE FROM standing_facts",
    ],
)
async def test_what_was_booked_or_recorded_can_not_be_changed(
    office: Office, piece: Piece, member_id: UUID, statement: str
) -> None:
    with pytest.raises(IntegrityError):
        await attempt(piece, statement)
    assert (await office.balance(member_id))["balance"] == "100.00"
    assert (await office.proof())["ok"]


BOOK = """
INSERT INTO transfers (id, debit_id, credit_id, currency, amount, status, beyond_limit, cause, cause_id, text, made_at,
                       closed_at)
VALUES (gen_random_uuid(), :debit, :credit, :currency, :amount, :status, :beyond, 'test', :cause_id, '', now(),
        CASE :status WHEN 'posted' THEN now() END)
"""


async def book(
    piece: Piece,
    debit: AccountKey,
    credit: AccountKey,
    amount: int,
    *,
    currency: str = "MXN",
    status: str = "posted",
    beyond: bool = False,
) -> None:
    params = {"debit": debit.id, "credit": credit.id, "currency": currency, "amount": amount}
    await attempt(piece, BOOK, **params, status=status, beyond=beyond, cause_id=uuid4())


async def test_a_transfer_moves_both_balances_or_none(office: Office, piece: Piece, member_id: UUID) -> None:
    member = AccountKey(Owner.member(member_id), "MXN")
    await book(piece, member, CASH, 4000)
    assert (await office.balance(member_id))["balance"] == "60.00"
    for debit, credit, amount, currency in (
        (member, member, 100, "MXN"),
        (member, CASH, 0, "MXN"),
        (member, CASH, -5, "MXN"),
        (member, CASH, 100, "TUMIN"),
        (member, AccountKey(Owner.network("nowhere"), "MXN"), 100, "MXN"),
    ):
        for status in ("posted", "pending"):
            with pytest.raises(IntegrityError):
                await book(piece, debit, credit, amount, currency=currency, status=status)
    assert (await office.balance(member_id))["balance"] == "60.00"
    assert (await office.proof())["ok"]


async def test_neither_a_transfer_nor_a_hold_passes_the_limit(office: Office, piece: Piece, member_id: UUID) -> None:
    member = AccountKey(Owner.member(member_id), "MXN")
    await book(piece, member, CASH, 6000, status="pending")
    for status in ("pending", "posted"):
        with pytest.raises(IntegrityError, match="within_limit"):
            await book(piece, member, CASH, 4001, status=status)
    await book(piece, member, CASH, 4000)
    assert (await office.balance(member_id))["available"] == "0.00"


async def test_what_is_owed_is_booked_past_the_limit_and_nothing_else_until_it_is_paid(
    office: Office, piece: Piece, member_id: UUID
) -> None:
    member = AccountKey(Owner.member(member_id), "MXN")
    await book(piece, member, CASH, 15000, beyond=True)
    assert (await office.balance(member_id))["available"] == "-50.00"
    with pytest.raises(IntegrityError, match="within_limit"):
        await book(piece, member, CASH, 1)
    await office.deposit(member_id, "30.00")
    with pytest.raises(IntegrityError, match="within_limit"):
        await book(piece, member, CASH, 1)
    await office.deposit(member_id, "30.00")
    with pytest.raises(IntegrityError, match="within_limit"):
        await book(piece, member, CASH, 1001)
    await book(piece, member, CASH, 1000)
    assert (await office.balance(member_id))["available"] == "0.00"


async def test_a_lower_limit_closes_the_account_to_new_spending_and_undoes_nothing(
    office: Office, piece: Piece, member_id: UUID
) -> None:
    member = AccountKey(Owner.member(member_id), "MXN")
    address = f"/v1/members/{member_id}/limits/MXN"

    async def limit(amount: str) -> None:
        body = {"credit_limit": {"amount": amount, "currency": "MXN"}}
        assert (await piece.client.put(address, json=body, headers=office.treasurer)).status_code == 200

    await limit("50.00")
    await book(piece, member, CASH, 15000)
    await limit("20.00")
    assert (await office.balance(member_id))["available"] == "-30.00"
    with pytest.raises(IntegrityError, match="within_limit"):
        await book(piece, member, CASH, 1)
    await limit("60.00")
    await book(piece, member, CASH, 1000)
    with pytest.raises(IntegrityError, match="within_limit"):
        await book(piece, member, CASH, 1)


async def test_nothing_comes_in_past_the_ceiling_but_what_must(office: Office, piece: Piece, member_id: UUID) -> None:
    member = AccountKey(Owner.member(member_id), "MXN")
    address = f"/v1/members/{member_id}/limits/MXN"

    async def ceiling(amount: str | None) -> dict[str, Any]:
        body = {"balance_limit": amount and {"amount": amount, "currency": "MXN"}}
        answer = await piece.client.put(address, json=body, headers=office.treasurer)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    assert (await ceiling("150.00"))["room"] == {"amount": "50.00", "currency": "MXN"}
    with pytest.raises(IntegrityError, match="within_ceiling"):
        await book(piece, CASH, member, 5001)
    await book(piece, CASH, member, 5000)
    # What is taken back for a mistake, or a settlement, comes in all the same, and then nothing else until it is spent.
    await book(piece, CASH, member, 3000, beyond=True)
    for amount in (1, 3000):
        with pytest.raises(IntegrityError, match="within_ceiling"):
            await book(piece, CASH, member, amount)
    await book(piece, member, CASH, 4000)
    with pytest.raises(IntegrityError, match="within_ceiling"):
        await book(piece, CASH, member, 1001)
    await book(piece, CASH, member, 1000)
    # A lower one undoes nothing; a hold does not make room, for it may be given back.
    await ceiling("20.00")
    await book(piece, member, CASH, 15000, status="pending")
    with pytest.raises(IntegrityError, match="within_ceiling"):
        await book(piece, CASH, member, 1)
    assert (await ceiling(None))["room"] is None
    await book(piece, CASH, member, 99999)
    assert (await office.proof())["ok"]


async def test_a_reversal_passes_both_limits(office: Office, piece: Piece, member_id: UUID) -> None:
    other = await office.admit()
    body = {"payer_id": str(member_id), "payee_id": str(other), "amount": {"amount": "80.00", "currency": "MXN"}}
    paid = (await piece.client.post("/v1/exchanges", json=body, headers=office.of(member_id))).json()["id"]
    await piece.client.post(
        "/v1/exchanges", json=body | {"payer_id": str(other), "payee_id": str(member_id)}, headers=office.of(other)
    )
    ceiling = {"balance_limit": {"amount": "100.00", "currency": "MXN"}}
    await piece.client.put(f"/v1/members/{member_id}/limits/MXN", json=ceiling, headers=office.treasurer)
    reversed_ = await piece.client.post(
        f"/v1/transfers/{paid}/reverse", json={"reason": "never agreed"}, headers=office.treasurer
    )
    assert reversed_.status_code == 201, reversed_.text
    assert ((await office.balance(member_id))["balance"], (await office.balance(other))["balance"]) == (
        "180.00",
        "-80.00",
    )
