"""Use cases of the ledger."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.actor import Actor
from kit.database import Work, utc_now
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from members.ledger import repository, rules
from members.ledger.rules import Account, AccountKey, Method, Owner, Transfer
from members.membership import service as membership
from members.settings import Settings


@dataclass(frozen=True)
class Balance:
    """What a member has in a currency."""

    currency: str
    balance: Money
    held: Money
    credit_limit: Money
    available: Money


@dataclass(frozen=True)
class Entry:
    """A line of a statement."""

    seq: int
    transfer_id: UUID
    at: datetime
    #: What came in, or, below zero, went out.
    amount: Money
    #: The balance after it.
    balance: Money
    counterparty: str
    cause: str
    cause_id: UUID
    text: str
    reverses: UUID | None
    reversed_by: UUID | None


def currencies(settings: Settings) -> frozenset[str]:
    """The currencies that the network counts in."""
    return frozenset(filter(None, (settings.currency, settings.credit_currency)))


def limits(settings: Settings) -> Mapping[str, int]:
    """What a new member may owe, by currency."""
    return {
        currency: rules.default_limit(currency, settings.credit_currency, settings.default_credit)
        for currency in currencies(settings)
    }


async def open_accounts(work: Work, settings: Settings, keys: Collection[AccountKey]) -> None:
    """Opens those that are missing. Comes before any lock: who opens may have to wait for another who does."""
    if keys:
        await repository.open_accounts(work.connection, keys, limits(settings))


async def lock(
    work: Work, keys: Collection[AccountKey], *, holds_of: Collection[UUID] = ()
) -> dict[AccountKey, Account]:
    """Locks these accounts, and those in which these orders hold something, in one statement and one order.

    Everything that books calls this first, and once: that is what keeps bookings from waiting for each other in a
    circle.
    """
    return await repository.lock_accounts(work.connection, keys, holds_of)


async def _prepare(work: Work, settings: Settings, *keys: AccountKey) -> dict[AccountKey, Account]:
    await open_accounts(work, settings, keys)
    return await lock(work, keys)


async def book(work: Work, transfers: Sequence[Transfer], *, by: UUID | None = None) -> None:
    """Books each transfer once: one that is there already is left as it is. Raises Conflict if it is another one."""
    if not transfers:
        return
    added = await repository.add_transfers(work.connection, transfers, now=work.now, by=by)
    again = {transfer.id: transfer for transfer in transfers if transfer.id not in added}
    if again:
        for original in await repository.transfers(work.connection, list(again)):
            rules.check_same(original, again[original.id])


async def deposit(
    work: Work,
    settings: Settings,
    member_id: UUID,
    *,
    deposit_id: UUID | None,
    amount: Money,
    method: Method,
    note: str,
    by: UUID,
) -> Transfer:
    """Books money that a member paid in. Raises NotFound, Invalid, Conflict."""
    rules.check_currency(amount.currency, currencies(settings), "/amount/currency")
    member = await membership.record(work.connection, member_id, work.now)
    transfer = rules.deposit(
        transfer_id=deposit_id or new_id(),
        member_id=member_id,
        status=member.status,
        amount=amount,
        method=method,
        note=note,
    )
    await _prepare(work, settings, transfer.debit, transfer.credit)
    await book(work, [transfer], by=by)
    return transfer


async def reverse(work: Work, settings: Settings, transfer_id: UUID, *, reason: str, by: UUID) -> Transfer:
    """Undoes a transfer by another that names it. Raises NotFound, and Conflict for a hold or a second time."""
    found = await repository.transfers(work.connection, [transfer_id])
    if not found:
        raise NotFound("transfer_unknown", "There is no such transfer")
    transfer = rules.reversal(found[0], transfer_id=new_id(), reason=reason)
    # From here on nobody else moves these accounts, so nobody else reverses it either.
    await _prepare(work, settings, transfer.debit, transfer.credit)
    if await repository.reversal_of(work.connection, transfer_id) is not None:
        raise Conflict("reversed_already", "This transfer has been reversed already")
    await book(work, [transfer], by=by)
    return transfer


async def set_limit(
    work: Work, settings: Settings, member_id: UUID, currency: str, *, limit: Money, by: UUID
) -> Balance:
    """Sets what a member may owe in a currency. Raises NotFound, Invalid.

    A limit below what is owed already closes the account to new spending; it undoes nothing.
    """
    if currency not in currencies(settings):
        raise NotFound("account_unknown", "There is no such account")
    minor = rules.credit_limit(limit, currency)
    await membership.record(work.connection, member_id, work.now)
    key = AccountKey(Owner.member(member_id), currency)
    account = (await _prepare(work, settings, key))[key]
    await repository.set_limit(work.connection, key, minor, now=work.now, by=by)
    return _balance(currency, account.posted, account.held, minor)


async def check_readable(connection: AsyncConnection, actor: Actor, member_id: UUID) -> None:
    """Raises NotFound unless the member's books are the actor's own or the treasurer asks, and the member is known."""
    membership.check_visible(actor, member_id, "treasurer")
    await membership.record(connection, member_id, utc_now())


async def balances(connection: AsyncConnection, settings: Settings, member_id: UUID) -> list[Balance]:
    """What the member has in each of the network's currencies, whether anything was booked yet or not."""
    found = {row.currency: row for row in await repository.balances(connection, member_id)}
    opened = [_balance(row.currency, row.posted, row.held, row.credit_limit) for row in found.values()]
    untouched = [
        _balance(currency, 0, 0, limit) for currency, limit in limits(settings).items() if currency not in found
    ]
    return sorted(opened + untouched, key=lambda balance: (balance.currency != settings.currency, balance.currency))


def _balance(currency: str, posted: int, held: int, limit: int) -> Balance:
    return Balance(
        currency=currency,
        balance=Money.of_minor(posted, currency),
        held=Money.of_minor(held, currency),
        credit_limit=Money.of_minor(limit, currency),
        available=Money.of_minor(posted - held + limit, currency),
    )


async def statement(
    connection: AsyncConnection, member_id: UUID, *, currency: str | None, before: int | None, limit: int
) -> list[Entry]:
    """A member's entries, newest first, each with what it came from and the balance after it."""
    rows = await repository.statement(
        connection, member_id, currency=currency, before=before or repository.NEWEST, limit=limit
    )
    return [
        Entry(
            seq=row.seq,
            transfer_id=row.transfer_id,
            at=row.at,
            amount=Money.of_minor(row.amount, row.currency),
            balance=Money.of_minor(row.balance, row.currency),
            counterparty=str(Owner(row.other_member_id, row.other_name)),
            cause=row.cause,
            cause_id=row.cause_id,
            text=row.text,
            reverses=row.reverses,
            reversed_by=row.reversed_by,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Claim:
    """Something that must be true of the books, and whether it is."""

    text: str
    holds: bool
    exceptions: int


@dataclass(frozen=True)
class CurrencyProof:
    """A currency's accounts together."""

    currency: str
    accounts: int
    sum: Money
    held: Money
    #: What members stand past their limits by, for goods taken or corrections.
    past_limits: Money


@dataclass(frozen=True)
class Difference:
    """An account whose stored balances are not what its transfers come to."""

    account: str
    balance: Money
    entries: Money
    held: Money
    holds: Money


@dataclass(frozen=True)
class Proof:
    """What the ledger check found."""

    claims: list[Claim]
    currencies: list[CurrencyProof]
    differences: list[Difference]
    transfers: int


async def proof(connection: AsyncConnection) -> Proof:
    """Proves the books, or names what is wrong with them. Reads every entry: seconds for millions."""
    found = await repository.proof(connection)
    unequal = sum(1 for c in found.currencies if c["posted"] != 0 or c["entries"] != 0)
    one_sided = found.unbalanced + abs(found.all_entries - 2 * found.posted_transfers)
    counted = {
        rules.SUMS_TO_ZERO: unequal,
        rules.BALANCES_ARE_ENTRIES: found.wrong_balances,
        rules.HOLDS_ARE_PENDING: found.wrong_holds,
        rules.TWO_SIDES: one_sided,
        rules.ENTRIES_FOLLOW: found.broken_chains,
    }
    return Proof(
        claims=[Claim(text, exceptions == 0, exceptions) for text, exceptions in counted.items()],
        currencies=[
            CurrencyProof(
                currency=c["currency"],
                accounts=c["accounts"],
                sum=Money.of_minor(c["posted"], c["currency"]),
                held=Money.of_minor(c["held"], c["currency"]),
                past_limits=Money.of_minor(c["excess"], c["currency"]),
            )
            for c in found.currencies
        ],
        differences=[
            Difference(
                account=str(Owner(UUID(d["member_id"]) if d["member_id"] else None, d["name"])),
                balance=Money.of_minor(d["posted"], d["currency"]),
                entries=Money.of_minor(d["entries"], d["currency"]),
                held=Money.of_minor(d["held"], d["currency"]),
                holds=Money.of_minor(d["holds"], d["currency"]),
            )
            for d in found.differences
        ],
        transfers=found.posted_transfers,
    )
