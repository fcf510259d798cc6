"""Random histories, many at once: whatever the order, the books are right and no limit is passed."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.orders import Posting, SettlementComputed
from contracts.values import Money
from kit.database import Work
from kit.errors import Conflict
from kit.testing.pieces import Piece
from members.holds import rules as funds_rules
from members.holds import service as holds
from members.ledger import service as ledger
from members.ledger.rules import AccountKey, Owner, Transfer
from members.settings import Settings
from tests.members.conftest import Office

TASKS = 20
STEPS = 15


@contextmanager
def suppress_refusal() -> Iterator[None]:
    """A booking past a limit is refused by the database; any other error is not expected."""
    try:
        yield
    except Conflict as refused:
        if refused.code not in ("not_enough_funds", "payee_limit"):
            raise


class History:
    """What some accounts go through, and what they should come to."""

    def __init__(self, piece: Piece, member_ids: list[UUID], random: Random) -> None:
        self.piece = piece
        self.settings: Settings = piece.app.state.settings
        self.accounts = [AccountKey(Owner.member(m), c) for m in member_ids for c in ("MXN", "TUMIN")]
        self.random = random
        self.expected: Counter[AccountKey] = Counter()
        self.orders: list[funds_rules.Request] = []
        self.sent: list[Transfer] = []

    async def task(self) -> None:
        for _ in range(STEPS):
            step = self.random.choice([self.pay, self.pay, self.again, self.hold, self.hold, self.release, self.settle])
            # Who pays without asking may be refused by the database; those who lock and ask first never are.
            with suppress_refusal() if step == self.pay else nullcontext():
                async with self.piece.database.transaction() as work:
                    done = await step(work)
                self.expected.update(done)

    async def pay(self, work: Work) -> dict[AccountKey, int]:
        """Members pay each other, several at once, without asking first what they have."""
        moves: Counter[AccountKey] = Counter()
        transfers = []
        for _ in range(self.random.randint(1, 3)):
            debit = self.random.choice(self.accounts)
            credit = self.random.choice([a for a in self.accounts if a.currency == debit.currency and a != debit])
            amount = self.random.randint(1, 4000)
            transfers.append(Transfer(uuid4(), debit, credit, amount, "exchange", uuid4()))
            moves[debit] -= amount
            moves[credit] += amount
        keys = {key for transfer in transfers for key in (transfer.debit, transfer.credit)}
        await ledger.open_accounts(work, self.settings, keys)
        await ledger.lock(work, keys)
        await ledger.book(work, transfers)
        self.sent += transfers
        return moves

    async def again(self, work: Work) -> dict[AccountKey, int]:
        """Sends what was (or was tried to be) booked before once more: it counts once, if at all."""
        if not self.sent:
            return {}
        transfer = self.random.choice(self.sent)
        keys = (transfer.debit, transfer.credit)
        await ledger.lock(work, keys)
        known = await work.execute(text("SELECT 1 FROM transfers WHERE id = :id"), {"id": transfer.id})
        if known.scalar_one_or_none() is None:
            return {}
        await ledger.book(work, [transfer])
        return {}

    async def hold(self, work: Work) -> dict[AccountKey, int]:
        """A batch of orders, some of them changed ones."""
        asked = []
        for _ in range(self.random.randint(1, 3)):
            member_id = self.random.choice(self.accounts).owner.member_id
            assert member_id is not None
            amounts = {currency: self.random.randint(1, 5000) for currency in ("MXN", "TUMIN")}
            asked.append(funds_rules.Request(uuid4(), member_id, amounts))
        self.orders += asked
        await holds.hold(work, self.settings, asked, {})
        return {}

    async def release(self, work: Work) -> dict[AccountKey, int]:
        if self.orders:
            await holds.release(work, [order.order_id for order in self.random.sample(self.orders, 1)])
        return {}

    async def settle(self, work: Work) -> dict[AccountKey, int]:
        """What was taken is charged, whatever there is; the producer, another member, is paid from it."""
        if not self.orders:
            return {}
        order = self.random.choice(self.orders)
        payer = AccountKey(Owner.member(order.member_id), "MXN")
        payee = self.random.choice([a for a in self.accounts if a.currency == "MXN"])
        amount = self.random.randint(1, 500)
        steps = [(str(payer.owner), "network:sales"), ("network:sales", str(payee.owner))]
        postings = [
            Posting(
                posting_id=uuid4(),
                debit=debit,
                credit=credit,
                amount=Money.of_minor(amount, "MXN"),
                cause="order",
                cause_id=order.order_id,
                text="",
            )
            for debit, credit in steps
        ]
        part = SettlementComputed(
            part_id=uuid4(), cycle_id=uuid4(), part=1, parts=1, postings=postings, order_ids=[order.order_id]
        )
        await holds.settle(work, self.settings, [part])
        moves: Counter[AccountKey] = Counter({payer: -amount})
        moves[payee] += amount
        return moves


@pytest.mark.parametrize("seed", range(4))
async def test_random_histories_at_once_leave_the_books_right(office: Office, piece: Piece, seed: int) -> None:
    member_ids = [await office.admit() for _ in range(4)]
    history = History(piece, member_ids, Random(seed))
    for member_id in member_ids:
        await office.deposit(member_id, "100.00")
        history.expected[AccountKey(Owner.member(member_id), "MXN")] += 10000
    await asyncio.gather(*(history.task() for _ in range(TASKS)))
    proof = await office.proof()
    assert proof["ok"], proof
    async with piece.database.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM accounts WHERE member_id IS NOT NULL"))).all()
        doubled = await connection.execute(
            text("SELECT count(*) FROM entries GROUP BY account_id, transfer_id HAVING count(*) > 1")
        )
        assert doubled.all() == []
    assert {row.id: row.posted for row in rows} == {
        key.id: history.expected[key] for key in history.accounts if key.id in {row.id for row in rows}
    }
    # Only what was taken may have been charged past a limit; nothing was paid or held past it.
    assert all(row.posted - row.held >= -row.credit_limit - row.excess for row in rows)
    assert {row.excess for row in rows if row.currency == "TUMIN"} <= {0}


async def _careless_race(piece: Piece, member_id: UUID, buyers: int) -> int:
    """Each looks at what is there, and then takes it, without a lock; returns what is available in the end."""
    account, sales = (AccountKey(owner, "MXN") for owner in (Owner.member(member_id), Owner.network("sales")))
    settings: Settings = piece.app.state.settings
    async with piece.database.transaction() as work:
        await ledger.open_accounts(work, settings, [account, sales])
    looked = asyncio.Barrier(buyers)

    async def buy() -> None:
        async with piece.database.transaction() as work:
            statement = text("SELECT posted - held + credit_limit FROM accounts WHERE id = :id")
            available = (await work.execute(statement, {"id": account.id})).scalar_one()
            await looked.wait()
            if available >= 6000:
                hold = Transfer(uuid4(), account, sales, 6000, "order", uuid4(), status="pending")
                await ledger.book(work, [hold])

    results = await asyncio.gather(*(buy() for _ in range(buyers)), return_exceptions=True)
    assert all(result is None or isinstance(result, Conflict) for result in results)
    async with piece.database.reading() as connection:
        statement = text("SELECT posted - held + credit_limit FROM accounts WHERE id = :id")
        return int((await connection.execute(statement, {"id": account.id})).scalar_one())


async def test_even_a_careless_caller_can_not_pass_the_limit(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    assert await _careless_race(piece, member_id, buyers=8) == 4000


async def test_without_the_guard_the_same_race_passes_the_limit(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    async with piece.database.transaction() as work:
        await work.execute(text("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_within_limit"))
    assert await _careless_race(piece, member_id, buyers=8) == 10000 - 8 * 6000
