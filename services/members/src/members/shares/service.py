"""Use cases of share capital."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.ledger.rules import AccountKey, Owner, Transfer
from members.membership import service as membership
from members.membership.rules import BELONGING, MemberRecord
from members.settings import Settings
from members.shares import repository, rules
from members.shares.rules import Entry, Holding, Kind, Operation, PaidBy, PaidOut, Value

#: Those who may see everybody's shares.
READERS = ("treasurer", "coordinator")


@dataclass(frozen=True)
class Ask:
    """Who wants what to happen to how many shares, and when; the same id twice is the same thing."""

    id: UUID | None
    member_id: UUID
    shares: int
    dated: date | None
    note: str


@dataclass(frozen=True)
class Line:
    """What an operation changed of a member's shares of one value."""

    entry: Entry
    member_number: str | None
    member_name: str


@dataclass(frozen=True)
class Recorded:
    """An operation, with all that it changed."""

    operation: Operation
    lines: list[Line]


async def set_value(work: Work, settings: Settings, *, amount: Money, valid_from: date, by: UUID) -> list[Value]:
    """Says what a share is worth from a day on; shares that were subscribed before keep theirs. Raises Invalid, Conflict.

    The same again is the same.
    """
    minor = rules.check_value(amount, settings.currency)
    row = {
        "valid_from": valid_from,
        "amount": minor,
        "currency": settings.currency,
        "made_at": work.now,
        "made_by": by,
    }
    added = await repository.add_value(work.connection, row)
    known = await values(work.connection)
    if not added and Value(valid_from, minor, settings.currency) not in known:
        raise Conflict("value_set", "The value from that day is set already", field="/valid_from")
    return known


async def values(connection: AsyncConnection) -> list[Value]:
    """What a share was and is worth, oldest first."""
    return [Value(**row._asdict()) for row in await repository.values(connection)]


async def subscribe(work: Work, settings: Settings, ask: Ask, *, by: UUID) -> Recorded:
    """A member takes on shares at the value of that day, to be paid. Raises NotFound, Invalid, Conflict."""
    if earlier := await _begin(work, ask, "subscribed"):
        return earlier
    member = await _member(work, ask.member_id, "/member_id")
    rules.check_belongs(member.status, "/member_id")
    dated = await _dated(work, ask, ask.member_id)
    held = await holdings(work.connection, [ask.member_id])
    total = sum(holding.subscribed for holding in held) + ask.shares
    rules.check_minimum(total, settings.share_minimums.get(member.kind, 0))
    entries = rules.subscribed(ask.member_id, ask.shares, rules.value_on(await values(work.connection), dated))
    return await _record(work, settings, ask, "subscribed", entries, dated=dated, by=by)


async def pay(work: Work, settings: Settings, ask: Ask, *, method: PaidBy, by: UUID) -> Recorded:
    """Subscribed shares are paid: onto the member's account, and from there to the capital. Raises NotFound, Invalid,
    Conflict for more than are unpaid, or if the member owes so much that the money would not reach the capital."""
    if earlier := await _begin(work, ask, "paid"):
        return earlier
    await _member(work, ask.member_id, "/member_id")
    dated = await _dated(work, ask, ask.member_id)
    entries = rules.paid(await holdings(work.connection, [ask.member_id]), ask.shares)
    steps = rules.steps_in(ask.member_id, settings.currency, method)
    return await _record(work, settings, ask, "paid", entries, dated=dated, by=by, method=method, steps=steps)


async def transfer(work: Work, settings: Settings, ask: Ask, *, to_member_id: UUID, by: UUID) -> Recorded:
    """Paid shares go to another member; what they pay each other for them is theirs. Raises NotFound, Invalid, Conflict."""
    if earlier := await _begin(work, ask, "transferred"):
        return earlier
    if to_member_id == ask.member_id:
        raise Invalid("to_oneself", "To another member, not to itself", field="/to_member_id")
    giver = await _member(work, ask.member_id, "/member_id")
    taker = await _member(work, to_member_id, "/to_member_id")
    rules.check_belongs(taker.status, "/to_member_id")
    dated = await _dated(work, ask, ask.member_id, to_member_id)
    held = await holdings(work.connection, [ask.member_id])
    entries = rules.transferred(held, to_member_id, ask.shares)
    _check_left(settings, giver, held, ask.shares)
    return await _record(work, settings, ask, "transferred", entries, dated=dated, by=by, to_member_id=to_member_id)


async def redeem(work: Work, settings: Settings, ask: Ask, *, method: PaidOut, by: UUID) -> Recorded:
    """The network takes paid shares back at the value they have: onto the member's account, and paid out from there.

    Raises NotFound, Invalid; Conflict for more than are held, fewer left than the kind needs, or a debt of the member's
    that keeps the money from being paid out: redeemed to the ``balance``, it pays that debt first.
    """
    if earlier := await _begin(work, ask, "redeemed"):
        return earlier
    member = await _member(work, ask.member_id, "/member_id")
    dated = await _dated(work, ask, ask.member_id)
    held = await holdings(work.connection, [ask.member_id])
    entries = rules.given_up(held, ask.shares)
    _check_left(settings, member, held, ask.shares)
    steps = rules.steps_out(ask.member_id, settings.currency, method)
    return await _record(work, settings, ask, "redeemed", entries, dated=dated, by=by, method=method, steps=steps)


async def reverse(work: Work, settings: Settings, operation_id: UUID, *, reason: str, by: UUID) -> Recorded:
    """Undoes an operation by another that names it, with its transfers. Raises NotFound, Conflict."""
    await repository.take_turn(work.connection)
    found = await operation(work.connection, operation_id)
    done = found.operation
    if done.reversed:
        raise Conflict("reversed_already", "This has been reversed already")
    if done.reverses is not None:
        raise Conflict("is_reversal", "This is a reversal; record anew what it undid")
    members = {line.entry.member_id for line in found.lines}
    entries = rules.reversed_entries([line.entry for line in found.lines], await holdings(work.connection, members))
    ask = Ask(None, done.member_id, done.shares, work.today, reason)
    dated = await _dated(work, ask, *members)
    keys = _keys(done, settings.currency)
    await ledger.take(work, settings, keys)
    undone = [
        (await ledger.reverse(work, settings, transfer_id, reason=reason, by=by, kept_by_caller=rules.CAUSE)).id
        for transfer_id in reversed(done.transfers)
    ]
    return await _save(work, settings, ask, "reversed", entries, dated=dated, by=by, transfers=undone, reverses=done.id)


def _keys(done: Operation, currency: str) -> set[AccountKey]:
    """The accounts between which its money may have moved."""
    names = {rules.SHARES, *ledger_rules.PAID_INTO.values()} if done.transfers else set()
    keys = {AccountKey(Owner.network(name), currency) for name in names}
    return keys | {AccountKey(Owner.member(done.member_id), currency)} if keys else keys


async def _begin(work: Work, ask: Ask, kind: Kind) -> Recorded | None:
    """Takes the turn; the operation that has this id, if it is the same. Raises Conflict if it is another."""
    await repository.take_turn(work.connection)
    if ask.id is None or (row := await repository.operation(work.connection, ask.id)) is None:
        return None
    known = (row.kind, row.member_id, row.shares)
    if known != (kind, ask.member_id, ask.shares) or ask.dated not in (None, row.dated):
        raise Conflict("id_taken", "There is another operation with this id; take a new one", field="/id")
    return await operation(work.connection, ask.id)


async def _member(work: Work, member_id: UUID, field: str) -> MemberRecord:
    try:
        return await membership.record(work.connection, member_id, work.now)
    except NotFound as error:
        raise Invalid("member_unknown", "There is no such member", field=field) from error


async def _dated(work: Work, ask: Ask, *member_ids: UUID) -> date:
    dated = ask.dated or work.today
    ledger_rules.check_not_ahead(dated, work.today, "/dated")
    await ledger.check_open(work.connection, dated, "/dated")
    rules.check_order(dated, await repository.last_dated(work.connection, member_ids))
    return dated


def _check_left(settings: Settings, member: MemberRecord, held: Sequence[Holding], leaving: int) -> None:
    """Who belongs keeps what its kind needs; who left may give up all."""
    if member.status in BELONGING:
        left = sum(holding.subscribed for holding in held) - leaving
        rules.check_minimum(left, settings.share_minimums.get(member.kind, 0))


async def _record(
    work: Work,
    settings: Settings,
    ask: Ask,
    kind: Kind,
    entries: Sequence[Entry],
    *,
    dated: date,
    by: UUID,
    method: PaidBy | PaidOut | None = None,
    to_member_id: UUID | None = None,
    steps: Sequence[tuple[AccountKey, AccountKey]] = (),
) -> Recorded:
    """Moves the money along the steps, and writes the register."""
    operation_id = ask.id or new_id()
    amount = abs(rules.worth(entries, only=ask.member_id))
    transfers = [
        Transfer(new_id(), debit, credit, amount, rules.CAUSE, operation_id, booked_on=dated) for debit, credit in steps
    ]
    if transfers:
        await _move(work, settings, transfers, by=by)
    named = Ask(operation_id, ask.member_id, ask.shares, ask.dated, ask.note)
    return await _save(
        work,
        settings,
        named,
        kind,
        entries,
        dated=dated,
        by=by,
        transfers=[one.id for one in transfers],
        method=method,
        to_member_id=to_member_id,
    )


async def _move(work: Work, settings: Settings, transfers: Sequence[Transfer], *, by: UUID) -> None:
    keys = {key for one in transfers for key in (one.debit, one.credit)}
    accounts = await ledger.ready(work, settings, keys)
    available = {key: account.available for key, account in accounts.items() if key.owner.member_id}
    for one in transfers:
        if one.credit in available:
            available[one.credit] += one.amount
        if one.debit in available:
            available[one.debit] -= one.amount
            if available[one.debit] < 0:
                raise Conflict("not_enough_funds", "The balance is not enough", field="/shares")
    await ledger.book(work, transfers, by=by, field="/dated")


async def _save(
    work: Work,
    settings: Settings,
    ask: Ask,
    kind: Kind,
    entries: Sequence[Entry],
    *,
    dated: date,
    by: UUID,
    transfers: list[UUID],
    method: str | None = None,
    to_member_id: UUID | None = None,
    reverses: UUID | None = None,
) -> Recorded:
    operation_id = ask.id or new_id()
    series = f"{settings.number_prefix}-SH-{dated.year}"
    number = f"{series}-{await membership.next_in_series(work, series):04d}"
    row = {
        "id": operation_id,
        "number": number,
        "kind": kind,
        "member_id": ask.member_id,
        "to_member_id": to_member_id,
        "shares": ask.shares,
        "dated": dated,
        "method": method,
        "note": ask.note,
        "reverses": reverses,
        "transfers": transfers,
        "made_at": work.now,
        "made_by": by,
    }
    lines = [vars(entry) | {"operation_id": operation_id, "place": place} for place, entry in enumerate(entries)]
    await repository.add(work.connection, row, lines)
    return await operation(work.connection, operation_id)


async def holdings(connection: AsyncConnection, member_ids: Collection[UUID]) -> list[Holding]:
    """What these members have, oldest first."""
    return [Holding(**row._asdict()) for row in await repository.holdings(connection, member_ids)]


async def operation(connection: AsyncConnection, operation_id: UUID) -> Recorded:
    """Raises NotFound."""
    row = await repository.operation(connection, operation_id)
    if row is None:
        raise NotFound("operation_unknown", "There is no such operation")
    return (await _with_lines(connection, [Operation(**row._asdict())]))[0]


async def page(connection: AsyncConnection, actor: Actor, *, before: int | None, limit: int | None) -> list[Recorded]:
    """The register, last recorded first: one's own part of it, or all to treasurer and coordinators.

    One more than ``limit`` if there are more; all of it without one.
    """
    only = None if actor.has(*READERS) else actor.member_ids
    rows = await repository.page(connection, only=only, before=before, limit=limit)
    found = await _with_lines(connection, [Operation(**row._asdict()) for row in rows])
    if only is None:
        return found
    # Of a transfer one sees one's own side.
    return [Recorded(one.operation, [line for line in one.lines if line.entry.member_id in only]) for one in found]


async def _with_lines(connection: AsyncConnection, operations: Sequence[Operation]) -> list[Recorded]:
    found = {one.id: Recorded(one, []) for one in operations}
    for row in await repository.entries(connection, list(found)):
        entry = Entry(row.member_id, row.currency, row.value, row.subscribed, row.paid)
        found[row.operation_id].lines.append(Line(entry, row.member_number, row.member_name))
    return list(found.values())


async def expected(connection: AsyncConnection, currency: str, since: date, until: date) -> int:
    """What the shares subscribed in these days come to, in smallest units: capital that is to be paid in."""
    return await repository.subscribed_in(connection, currency, since, until)
