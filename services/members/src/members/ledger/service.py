"""Use cases of the ledger."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.actor import Actor
from kit.database import Work, utc_now
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from members.ledger import rules
from members.ledger.repository import booking, periods, statements
from members.ledger.repository import limits as defaults
from members.ledger.rules import Account, AccountKey, AccountTotal, Limits, Method, Owner, Transfer
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
    #: What may be accumulated, and what can still come in; None for as much as there is.
    balance_limit: Money | None
    room: Money | None


@dataclass(frozen=True)
class Entry:
    """A line of a statement."""

    seq: int
    transfer_id: UUID
    at: datetime
    #: The date that it counts for.
    booked_on: date
    #: What came in, or, below zero, went out.
    amount: Money
    #: The balance after it.
    balance: Money
    counterparty: str
    #: The name of a member on the other side; None for the network's own accounts.
    counterparty_name: str | None
    cause: str
    cause_id: UUID
    text: str
    reverses: UUID | None
    reversed_by: UUID | None


def currencies(settings: Settings) -> frozenset[str]:
    """The currencies that the network counts in."""
    return frozenset(filter(None, (settings.currency, settings.credit_currency)))


def limits(settings: Settings) -> Mapping[str, Limits]:
    """What a new member may owe and accumulate, by currency."""
    return {
        currency: rules.default_limits(
            currency, settings.credit_currency, settings.default_credit, settings.default_ceiling
        )
        for currency in currencies(settings)
    }


async def open_accounts(work: Work, settings: Settings, keys: Collection[AccountKey]) -> None:
    """Opens those that are missing. Comes before any lock: who opens may have to wait for another who does."""
    if keys:
        await booking.open_accounts(work.connection, keys, limits(settings))


async def lock(
    work: Work, keys: Collection[AccountKey], *, holds_of: Collection[UUID] = ()
) -> dict[AccountKey, Account]:
    """Locks these accounts, and those in which these orders hold something, in one statement and one order.

    Everything that books calls this first, and once: that is what keeps bookings from waiting for each other in a
    circle.
    """
    return await booking.lock_accounts(work.connection, keys, holds_of)


async def ready(
    work: Work,
    settings: Settings,
    keys: Collection[AccountKey],
    *,
    holds_of: Collection[UUID] = (),
    others: Collection[AccountKey] = (),
) -> dict[AccountKey, Account]:
    """Opens and locks as ``open_accounts`` and ``lock`` do, in one round trip where nothing has to be opened.

    ``others`` are opened and not locked: those that are held for, and not yet paid.
    """
    needed = {*keys, *others}
    found = await booking.lock_if_open(work.connection, keys, holds_of, needed)
    if keys and not found:
        await open_accounts(work, settings, needed)
        found = await lock(work, keys, holds_of=holds_of)
    return found


async def take(
    work: Work, settings: Settings, keys: Collection[AccountKey], *, holds_of: Collection[UUID] = ()
) -> None:
    """Opens and locks as ``ready`` does, for those who need not know what is in the accounts."""
    if not await booking.lock_unseen(work.connection, keys, holds_of) and keys:
        await ready(work, settings, keys, holds_of=holds_of)


async def check_open(connection: AsyncConnection, booked_on: date, field: str | None = None) -> None:
    """Raises Conflict if that date is in a closed period; if not, it stays open until this transaction ends.

    ``field`` is where in the body the date came from.
    """
    rules.check_open(booked_on, await periods.closed_through(connection), field)


async def book(
    work: Work,
    transfers: Sequence[Transfer],
    *,
    by: UUID | None = None,
    field: str | None = None,
    opening: Settings | None = None,
) -> set[UUID]:
    """Books each transfer once: one that is there already is left as it is, be its period closed meanwhile or not.

    With ``opening`` it opens the accounts that are missing as well, all in one round trip where none is: for those who
    need not look at the accounts before they book, and have locked nothing yet.

    Returns the ids of those that were not there before.
    Raises Conflict if it is another one, or counts for a date in a closed period; Invalid for a date to come.
    ``field`` is where in the body the date came from.
    """
    if not transfers:
        return set()
    fresh = transfers
    dated = [transfer for transfer in transfers if transfer.booked_on not in (None, work.today)]
    if dated:
        fresh = await _unbooked(work, transfers)
        for transfer in fresh:
            rules.check_not_ahead(transfer.booked_on, work.today, field)
        days = [transfer.booked_on for transfer in fresh if transfer.booked_on is not None]
        if days:
            await check_open(work.connection, min(days), field)
    add = partial(booking.add_transfers, work.connection, fresh, now=work.now, today=work.today, by=by)
    added = await add(if_open=opening is not None)
    if opening is not None and fresh and not added:
        await open_accounts(work, opening, {key for transfer in fresh for key in (transfer.debit, transfer.credit)})
        added = await add()
    if len(added) < len(fresh):
        await _unbooked(work, [transfer for transfer in fresh if transfer.id not in added])
    return added


async def is_booked(connection: AsyncConnection, transfer_id: UUID) -> bool:
    """Whether there is a transfer with this id."""
    return bool(await booking.transfers(connection, [transfer_id]))


async def _unbooked(work: Work, transfers: Sequence[Transfer]) -> Sequence[Transfer]:
    """Those of them that are not in the books. Raises Conflict for an id under which there is another transfer."""
    known = {t.id: t for t in await booking.transfers(work.connection, [t.id for t in transfers])}
    for transfer in transfers:
        if transfer.id in known:
            rules.check_same(known[transfer.id], transfer)
    return [transfer for transfer in transfers if transfer.id not in known]


async def deposit(
    work: Work,
    settings: Settings,
    member_id: UUID,
    *,
    deposit_id: UUID | None,
    amount: Money,
    method: Method,
    note: str,
    paid_on: date | None = None,
    by: UUID,
) -> Transfer:
    """Books money that a member paid in, today or on another day. Raises NotFound, Invalid, Conflict."""
    rules.check_currency(amount.currency, currencies(settings), "/amount/currency")
    member = await membership.record(work.connection, member_id, work.now)
    transfer = rules.deposit(
        transfer_id=deposit_id or new_id(),
        member_id=member_id,
        status=member.status,
        amount=amount,
        method=method,
        note=note,
        paid_on=paid_on or work.today,
    )
    accounts = await ready(work, settings, (transfer.debit, transfer.credit))
    try:
        rules.check_room(accounts[transfer.credit], transfer.amount, "/amount")
    except Conflict:
        if await _unbooked(work, [transfer]):
            raise
    await book(work, [transfer], by=by, field="/paid_on")
    return transfer


async def pay(work: Work, settings: Settings, transfer: Transfer, *, by: UUID, from_body: bool = True) -> bool:
    """Books what one member pays another; False if that was done before, though it may not suffice a second time.

    Raises Conflict if it would pass a limit of either, naming the field where the payment came ``from_body``.
    """
    accounts = await ready(work, settings, (transfer.debit, transfer.credit))
    try:
        rules.check_spendable(accounts[transfer.debit], transfer.amount, "/amount" if from_body else None)
        rules.check_room(accounts[transfer.credit], transfer.amount, "/payee_id" if from_body else None)
    except Conflict:
        if await _unbooked(work, [transfer]):
            raise
        return False
    return bool(await book(work, [transfer], by=by))


async def find(connection: AsyncConnection, transfer_id: UUID) -> Transfer | None:
    found = await booking.transfers(connection, [transfer_id])
    return found[0] if found else None


async def reverse(
    work: Work,
    settings: Settings,
    transfer_id: UUID,
    *,
    reason: str,
    booked_on: date | None = None,
    by: UUID,
    kept_by_caller: str | None = None,
) -> Transfer:
    """Undoes a transfer by another that names it: today, however old it is, unless another day is given.

    Raises NotFound, and Conflict for a hold, a second time, a day in a closed period, or what a room keeps records of:
    the room itself names that cause as ``kept_by_caller``.
    """
    found = await booking.transfers(work.connection, [transfer_id])
    if not found:
        raise NotFound("transfer_unknown", "There is no such transfer")
    rules.check_reversible(found[0], kept_by_caller)
    transfer = rules.reversal(found[0], transfer_id=new_id(), reason=reason, booked_on=booked_on or work.today)
    # From here on nobody else moves these accounts, so nobody else reverses it either.
    await ready(work, settings, (transfer.debit, transfer.credit))
    if await booking.reversal_of(work.connection, transfer_id) is not None:
        raise Conflict("reversed_already", "This transfer has been reversed already")
    await book(work, [transfer], by=by, field="/booked_on")
    return transfer


async def check_readable(connection: AsyncConnection, actor: Actor, member_id: UUID) -> None:
    """Raises NotFound unless the member's books are the actor's own or the treasurer asks, and the member is known."""
    membership.check_visible(actor, member_id, "treasurer")
    await membership.record(connection, member_id, utc_now())


async def balances(connection: AsyncConnection, settings: Settings, member_id: UUID) -> list[Balance]:
    """What the member has in each of the network's currencies, whether anything was booked yet or not."""
    found = {row.currency: row for row in await statements.balances(connection, Owner.member(member_id))}
    opened = [
        balance(row.currency, row.posted, row.held, Limits(row.credit_limit, row.balance_limit))
        for row in found.values()
    ]
    untouched = currencies(settings) - found.keys()
    new = {**limits(settings), **(await defaults.defaults_of(connection, member_id))} if untouched else {}
    opened += [balance(currency, 0, 0, new[currency]) for currency in untouched]
    return sorted(opened, key=lambda balance: (balance.currency != settings.currency, balance.currency))


def balance(currency: str, posted: int, held: int, limits: Limits) -> Balance:
    """From integers of smallest units."""
    ceiling = limits.balance_limit
    return Balance(
        currency=currency,
        balance=Money.of_minor(posted, currency),
        held=Money.of_minor(held, currency),
        credit_limit=Money.of_minor(limits.credit_limit, currency),
        available=Money.of_minor(posted - held + limits.credit_limit, currency),
        balance_limit=None if ceiling is None else Money.of_minor(ceiling, currency),
        room=None if ceiling is None else Money.of_minor(ceiling - posted, currency),
    )


async def statement(
    connection: AsyncConnection, owner: Owner, *, currency: str | None, before: int | None, limit: int
) -> list[Entry]:
    """The entries of a member's accounts, or of one of the network's own, newest first, with the balance after each."""
    rows = await statements.statement(
        connection, owner, currency=currency, before=before or statements.NEWEST, limit=limit
    )
    return [
        Entry(
            seq=row.seq,
            transfer_id=row.transfer_id,
            at=row.at,
            booked_on=row.booked_on,
            amount=Money.of_minor(row.amount, row.currency),
            balance=Money.of_minor(row.balance, row.currency),
            counterparty=str(Owner(row.other_member_id, row.other_name)),
            counterparty_name=row.counterparty_name,
            cause=row.cause,
            cause_id=row.cause_id,
            text=row.text,
            reverses=row.reverses,
            reversed_by=row.reversed_by,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class NetworkAccount:
    """One of the network's own accounts, as it stands."""

    name: str
    currency: str
    balance: Money


async def network_accounts(
    connection: AsyncConnection, *, after: tuple[str, str] | None, limit: int
) -> list[NetworkAccount]:
    """The network's own accounts, by name and currency. One more than ``limit`` if there are."""
    rows = await statements.network_accounts(connection, after=after, limit=limit)
    return [NetworkAccount(row.name, row.currency, Money.of_minor(row.posted, row.currency)) for row in rows]


async def check_network_account(connection: AsyncConnection, name: str) -> Owner:
    """One of the network's own accounts. Raises NotFound if nothing was ever booked there."""
    owner = Owner.network(name)
    if not await statements.balances(connection, owner):
        raise NotFound("account_unknown", "There is no such account")
    return owner


async def totals(connection: AsyncConnection, since: date, until: date) -> list[AccountTotal]:
    """Each of the network's own accounts over the days from ``since`` through ``until``, by the dates booked for.

    An account on which nothing was booked by ``until`` is left out. Amounts are in smallest units.
    """
    return await statements.totals(connection, since, until)
