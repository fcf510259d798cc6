"""What is booked together: one statement, and the same books as if it had been booked one by one."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kit.errors import Conflict
from kit.testing.pieces import Piece
from members.ledger import service
from members.ledger.rules import SALES, AccountKey, Owner, Transfer
from members.settings import Settings
from tests.members.conftest import Office

SALE = AccountKey(Owner.network(SALES), "MXN")


def sale(member_id: UUID, amount: int = 100, **more: UUID) -> Transfer:
    """A member is charged, whatever it has."""
    debit = AccountKey(Owner.member(member_id), "MXN")
    return Transfer(more.get("id") or uuid4(), debit, SALE, amount, "order", uuid4(), beyond_limit=True)


async def book(piece: Piece, *transfers: Transfer) -> tuple[set[UUID], int]:
    """What was added, and how many statements that took."""
    settings: Settings = piece.app.state.settings
    async with piece.database.transaction() as work:
        with piece.counted_queries() as statements:
            added = await service.book(work, transfers, opening=settings)
    return added, len(statements)


async def test_a_lot_of_any_size_is_booked_by_one_statement_once_its_accounts_are_open(
    office: Office, piece: Piece
) -> None:
    members = [await office.admit() for _ in range(3)]
    first = [sale(member_id) for member_id in members]
    added, opening = await book(piece, *first)
    assert (added, opening) == ({transfer.id for transfer in first}, 3)
    for size in (1, 60):
        lot = [sale(members[n % 3]) for n in range(size)]
        assert await book(piece, *lot) == ({transfer.id for transfer in lot}, 1)
    assert (await office.balance(members[0]))["balance"] == "-22.00"
    assert (await office.proof())["ok"]


async def test_accounts_that_a_lot_opens_have_the_limits_of_their_kind(office: Office, piece: Piece) -> None:
    body = {"credit_limit": {"amount": "80.00", "currency": "MXN"}}
    await piece.client.put("/v1/default-limits/producer/MXN", json=body, headers=office.treasurer)
    producer, household = await office.admit(kind="producer"), await office.admit()
    await book(piece, sale(producer), sale(household))
    assert (await office.balance(producer))["credit_limit"] == "80.00"
    assert (await office.balance(household))["credit_limit"] == "0.00"


async def test_the_balance_after_each_entry_follows_the_order_in_which_a_lot_was_handed_over(
    office: Office, piece: Piece
) -> None:
    ana, beto = await office.admit(), await office.admit()
    await book(piece, sale(ana, 500), sale(beto, 30), sale(ana, 2))
    address = f"/v1/ledger/accounts/{SALES}/statement"
    entries = (await piece.client.get(address, headers=office.treasurer)).json()["items"]
    assert [e["balance"]["amount"] for e in entries] == ["5.32", "5.30", "5.00"]
    assert [e["balance"]["amount"] for e in await office.statement(ana)] == ["-5.02", "-5.00"]


async def test_what_a_lot_holds_that_was_booked_before_is_left_out_and_another_one_of_its_id_refused(
    office: Office, piece: Piece
) -> None:
    member_id = await office.admit()
    before, fresh = sale(member_id, 500), sale(member_id, 30)
    await book(piece, before)
    assert (await book(piece, before, fresh))[0] == {fresh.id}
    assert (await book(piece, before))[0] == set()
    with pytest.raises(Conflict) as refused:
        await book(piece, sale(member_id), sale(member_id, 501, id=before.id))
    assert refused.value.code == "id_taken"
    assert (await office.balance(member_id))["balance"] == "-5.30"


async def test_a_lot_of_which_one_is_refused_leaves_nothing(office: Office, piece: Piece) -> None:
    ana, beto = await office.admit(), await office.admit()
    await office.deposit(ana, "1.00")
    debit = AccountKey(Owner.member(beto), "MXN")
    with pytest.raises(Conflict) as refused:
        await book(piece, sale(ana), Transfer(uuid4(), debit, SALE, 1, "order", uuid4()))
    assert refused.value.code == "not_enough_funds"
    assert (await office.balance(ana))["balance"] == "1.00"
    assert (await office.proof())["ok"]


async def test_a_hold_does_not_wait_for_the_account_that_it_is_to_pay(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "5.00")
    await book(piece, sale(member_id))
    debit = AccountKey(Owner.member(member_id), "MXN")
    async with piece.database.transaction() as busy:
        await busy.execute(text("SELECT 1 FROM accounts WHERE id = :id FOR NO KEY UPDATE"), {"id": SALE.id})
        async with asyncio.timeout(5):
            await book(piece, Transfer(uuid4(), debit, SALE, 100, "order", uuid4(), status="pending"))
    assert (await office.balance(member_id))["held"] == "1.00"


async def test_lots_in_any_order_at_once_wait_for_each_other_and_never_in_a_circle(
    office: Office, piece: Piece
) -> None:
    members = [await office.admit() for _ in range(6)]
    lots = [[sale(member_id) for member_id in members[n:] + members[:n]] for n in range(6)]
    await asyncio.gather(*(book(piece, *lot) for lot in lots))
    assert {(await office.balance(member_id))["balance"] for member_id in members} == {"-6.00"}
    assert (await office.proof())["ok"]


async def test_accounts_are_taken_without_being_read_and_opened_if_they_must_be(office: Office, piece: Piece) -> None:
    member_id, settings = await office.admit(), piece.app.state.settings
    keys = [AccountKey(Owner.member(member_id), "MXN"), SALE]
    taken = text("SELECT 1 FROM accounts WHERE id = :id FOR NO KEY UPDATE NOWAIT")
    for statements in (4, 1):
        async with piece.database.transaction() as work:
            with piece.counted_queries() as sent:
                await service.take(work, settings, keys)
            assert len(sent) == statements
            for key in keys if statements == 1 else ():
                with pytest.raises(DBAPIError, match="could not obtain lock"):
                    async with piece.database.transaction() as other:
                        await other.execute(taken, {"id": key.id})


async def test_holds_of_an_order_are_taken_even_where_nothing_is_to_be_booked(office: Office, piece: Piece) -> None:
    member_id, settings = await office.admit(), piece.app.state.settings
    await office.deposit(member_id, "5.00")
    debit = AccountKey(Owner.member(member_id), "MXN")
    hold = Transfer(uuid4(), debit, SALE, 100, "order", uuid4(), status="pending")
    await book(piece, hold)
    taken = text("SELECT 1 FROM accounts WHERE id = :id FOR NO KEY UPDATE NOWAIT")
    async with piece.database.transaction() as work:
        await service.take(work, settings, [], holds_of=[hold.cause_id])
        with pytest.raises(DBAPIError, match="could not obtain lock"):
            async with piece.database.transaction() as other:
                await other.execute(taken, {"id": debit.id})
