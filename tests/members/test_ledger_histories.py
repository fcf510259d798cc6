"""Random histories, many at once: whatever the order, the books are right and no limit is passed, either way."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.orders import Posting, SettlementComputed
from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict
from kit.testing.pieces import Piece
from members.exchange import repository as exchange_rows
from members.exchange import service as exchange
from members.exchange.rules import Payment
from members.holds import rules as funds_rules
from members.holds import service as holds
from members.ledger import service as ledger
from members.ledger.rules import AccountKey, Owner, Transfer
from members.settings import Settings
from tests.members.conftest import Office

TASKS = 20
STEPS = 15
EXPECTED = ("not_enough_funds", "payee_limit", "reversed_already", "request_answered", "request_expired")
#: Days for which some of it is booked, so that sums by day have something to get wrong.
DAYS = [None, date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1)]


@contextmanager
def suppress_refusal() -> Iterator[None]:
    """A booking past a limit is refused, and so is what was done already; any other error is not expected."""
    try:
        yield
    except Conflict as refused:
        if refused.code not in EXPECTED:
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
        self.paid: list[Payment] = []
        self.asked: list[Payment] = []
        self.reversed: set[UUID] = set()
        members = frozenset(member_ids)
        self.actor = Actor(uuid4(), members, frozenset({"member"}))

    async def task(self) -> None:
        refusable = [self.pay, self.exchange, self.exchange, self.answer, self.reverse]
        others = [self.pay, self.again, self.hold, self.hold, self.release, self.settle, self.twice, self.ask]
        for _ in range(STEPS):
            step = self.random.choice(refusable + others)
            # Who pays without asking may be refused by the database; those who lock and ask first never are.
            with suppress_refusal() if step in refusable else nullcontext():
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
            on = self.random.choice(DAYS)
            transfers.append(Transfer(uuid4(), debit, credit, amount, "exchange", uuid4(), booked_on=on))
            moves[debit] -= amount
            moves[credit] += amount
        await ledger.book(work, transfers, opening=self.settings)
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

    def payment(self) -> Payment:
        currency = self.random.choice(("MXN", "TUMIN"))
        payer, payee = self.random.sample(sorted(self.actor.member_ids), 2)
        return Payment(uuid4(), payer, payee, Money.of_minor(self.random.randint(1, 8000), currency), "")

    @staticmethod
    def moved(payment: Payment) -> dict[AccountKey, int]:
        transfer = payment.transfer
        return {transfer.debit: -transfer.amount, transfer.credit: transfer.amount}

    async def exchange(self, work: Work) -> dict[AccountKey, int]:
        """One member pays another, who may have too little or too much for it."""
        payment = self.payment()
        await exchange.pay(work, self.settings, self.actor, payment)
        self.paid.append(payment)
        return self.moved(payment)

    async def twice(self, work: Work) -> dict[AccountKey, int]:
        """The same payment once more: it moves nothing, whatever is left to pay it from."""
        committed = [payment for payment in self.paid if await ledger.find(work.connection, payment.id)]
        if committed:
            await exchange.pay(work, self.settings, self.actor, self.random.choice(committed))
        return {}

    async def ask(self, work: Work) -> dict[AccountKey, int]:
        payment = self.payment()
        await exchange.ask(work, self.settings, self.actor, payment)
        self.asked.append(payment)
        return {}

    async def answer(self, work: Work) -> dict[AccountKey, int]:
        """Several answer the same requests at once, this way and that."""
        known = [p for p in self.asked if await exchange_rows.request(work.connection, p.id, work.now)]
        if not known:
            return {}
        payment = self.random.choice(known)
        if self.random.random() < 0.2:
            await exchange.withdraw(work, self.actor, payment.id, "")
            return {}
        await exchange.accept(work, self.settings, self.actor, payment.id)
        self.paid.append(payment)
        return self.moved(payment)

    async def reverse(self, work: Work) -> dict[AccountKey, int]:
        """The treasurer takes a payment back, past any limit; a second time is refused."""
        committed = [payment for payment in self.paid if await ledger.find(work.connection, payment.id)]
        if not committed:
            return {}
        payment = self.random.choice(committed)
        on = self.random.choice(DAYS)
        await ledger.reverse(work, self.settings, payment.id, reason="wrong", booked_on=on, by=uuid4())
        self.reversed.add(payment.id)
        return {key: -amount for key, amount in self.moved(payment).items()}

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
    # Only what was taken or taken back may have passed a limit; nothing was paid or held past it, and nothing gathered.
    assert all(row.posted - row.held >= -row.credit_limit - row.excess for row in rows)
    assert all(row.balance_limit is None or row.posted <= row.balance_limit + row.surplus for row in rows)
    async with piece.database.reading() as connection:
        paid = (await connection.execute(text("SELECT id FROM payment_requests WHERE status = 'paid'"))).scalars().all()
        reversals = (
            await connection.execute(text("SELECT count(*) FROM transfers WHERE cause = 'reversal'"))
        ).scalar_one()
        once = text("SELECT count(*) FROM transfers WHERE id = ANY(:ids)")
        booked = (await connection.execute(once, {"ids": [payment.id for payment in history.paid]})).scalar_one()
    assert reversals == len(history.reversed)
    assert booked == len({payment.id for payment in history.paid})
    assert set(paid) <= {payment.id for payment in history.paid}


async def _careless_deposits(piece: Piece, member_id: UUID, payers: int) -> int:
    """Each looks how much room there is, and then pays in, without a lock; returns what is there in the end."""
    account, cash = (AccountKey(owner, "MXN") for owner in (Owner.member(member_id), Owner.network("cash")))
    looked = asyncio.Barrier(payers)
    room = text("SELECT balance_limit - posted FROM accounts WHERE id = :id")

    async def pay() -> None:
        async with piece.database.transaction() as work:
            left = (await work.execute(room, {"id": account.id})).scalar_one()
            await looked.wait()
            if left >= 6000:
                await ledger.book(work, [Transfer(uuid4(), cash, account, 6000, "deposit", uuid4())])

    results = await asyncio.gather(*(pay() for _ in range(payers)), return_exceptions=True)
    assert all(result is None or isinstance(result, Conflict) for result in results)
    async with piece.database.reading() as connection:
        there = text("SELECT posted FROM accounts WHERE id = :id")
        return int((await connection.execute(there, {"id": account.id})).scalar_one())


async def _with_ceiling(office: Office, piece: Piece) -> UUID:
    """A member that has 20.00 MXN and may have 100.00."""
    member_id = await office.admit()
    await office.deposit(member_id, "20.00")
    body = {"balance_limit": {"amount": "100.00", "currency": "MXN"}}
    address = f"/v1/members/{member_id}/limits/MXN"
    assert (await piece.client.put(address, json=body, headers=office.treasurer)).status_code == 200
    return member_id


async def test_even_careless_payers_can_not_pass_the_ceiling(office: Office, piece: Piece) -> None:
    assert await _careless_deposits(piece, await _with_ceiling(office, piece), payers=8) == 8000


async def test_without_the_guard_the_same_race_passes_the_ceiling(office: Office, piece: Piece) -> None:
    member_id = await _with_ceiling(office, piece)
    async with piece.database.transaction() as work:
        await work.execute(text("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_within_ceiling"))
    assert await _careless_deposits(piece, member_id, payers=8) == 2000 + 8 * 6000
    # And the check says so.
    proof = await office.proof()
    assert [claim["exceptions"] for claim in proof["claims"] if not claim["holds"]] == [1]


async def test_the_same_transfer_sent_by_many_at_once_is_booked_once(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    account, cash = (AccountKey(owner, "MXN") for owner in (Owner.member(member_id), Owner.network("cash")))
    transfer = Transfer(uuid4(), cash, account, 500, "deposit", uuid4())
    settings: Settings = piece.app.state.settings

    async def send() -> int:
        async with piece.database.transaction() as work:
            return len(await ledger.book(work, [transfer], opening=settings))

    assert sorted(await asyncio.gather(*(send() for _ in range(8)))) == [0] * 7 + [1]
    assert (await office.balance(member_id))["balance"] == "5.00"


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
