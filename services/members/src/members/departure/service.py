"""Use cases of departures: what stands open, settling it piece by piece, and closing when nothing is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberStatus
from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid
from kit.ids import new_id
from members.departure import repository, rules
from members.departure.rules import Agreement, How, Item
from members.dues import service as dues
from members.fund.service import reading as fund
from members.income.service import contributions
from members.income.service.contributions import Pledge
from members.ledger import service as ledger
from members.ledger.rules import AccountKey, Method, Owner
from members.membership import service as membership
from members.settings import Settings
from members.shares import service as shares


@dataclass(frozen=True)
class Departure:
    """Where a member's leaving stands; while it belongs, what would have to be settled."""

    status: MemberStatus
    since: datetime
    items: Sequence[Item]
    agreements: Sequence[Agreement]
    closed_at: datetime | None

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return not any(item.open for item in self.items)


@dataclass(frozen=True)
class Settlement:
    """How some of a balance is to be settled."""

    id: UUID | None
    how: How
    amount: Money
    method: Method
    reason: str
    due_on: date | None
    booked_on: date | None


async def visible(
    connection: AsyncConnection, settings: Settings, actor: Actor, member_id: UUID, now: datetime
) -> Departure:
    """A member's departure, to itself and the office. Raises NotFound."""
    membership.check_visible(actor, member_id, *membership.REGISTRARS)
    return await departure(connection, settings, member_id, now)


async def departure(connection: AsyncConnection, settings: Settings, member_id: UUID, now: datetime) -> Departure:
    """With a fixed number of statements. Raises NotFound."""
    standing = await membership.standing_of(connection, member_id, now)
    rows = await repository.agreements(connection, member_id, standing.since)
    agreements = [Agreement(**row._asdict()) for row in rows]
    balances = [
        (found.currency, found.balance.minor, found.held.minor)
        for found in await ledger.balances(connection, settings, member_id)
    ]
    items = rules.balance_items(balances, agreements)
    for invoice in await dues.unpaid(connection, member_id):
        items.append(
            Item("invoice", invoice.open, invoice.currency, invoice.id, number=invoice.number, due_on=invoice.due_on)
        )
    for loan in await fund.owing(connection, member_id):
        items.append(Item("loan", loan.outstanding, settings.currency, loan.id))
    for holding in await shares.holdings(connection, [member_id]):
        if holding.paid:
            items.append(Item("shares", holding.paid * holding.value, holding.currency))
    closed = await repository.closed_at(connection, member_id, standing.since)
    return Departure(standing.status, standing.since, items, agreements, closed)


async def settle(work: Work, settings: Settings, actor: Actor, member_id: UUID, wanted: Settlement) -> Departure:
    """Pays out, keeps, waives or agrees, by the treasurer; donates, by the member itself, too. When nothing is left open
    the departure is closed with it. The same id twice is the same settlement.

    Raises NotFound, Forbidden, Invalid, and Conflict while the member belongs or for a closed period.
    """
    membership.check_visible(actor, member_id, "treasurer")
    if not actor.has("treasurer") and wanted.how != "donate":
        raise Forbidden("role_missing", "Only for {roles}", roles="treasurer")
    await repository.take_turn(work.connection, member_id)
    before = await departure(work.connection, settings, member_id, work.now)
    rules.check_ended(before.status)
    if wanted.amount.currency not in ledger.currencies(settings):
        raise Invalid("currency_unknown", "This network does not count in that currency", field="/amount/currency")
    settlement_id = wanted.id or new_id()
    if not await _is_done(work, before, settlement_id):
        await _do(work, settings, actor, member_id, wanted, settlement_id=settlement_id)
    after = await departure(work.connection, settings, member_id, work.now)
    return await _closed(work, member_id, after, by=actor.user_id) if after.settled else after


async def _is_done(work: Work, known: Departure, settlement_id: UUID) -> bool:
    """Whether this settlement was made before."""
    if any(agreement.id == settlement_id for agreement in known.agreements):
        return True
    return await ledger.is_booked(work.connection, settlement_id)


async def _do(
    work: Work, settings: Settings, actor: Actor, member_id: UUID, wanted: Settlement, *, settlement_id: UUID
) -> None:
    amount, currency = wanted.amount.minor, wanted.amount.currency
    on = wanted.booked_on or work.today
    if amount <= 0:
        raise Invalid("amount_not_positive", "Must be more than nothing", field="/amount")
    if wanted.how == "pay_out" and currency != settings.currency:
        raise Invalid("not_money", "Community credit is not paid out; it is kept, or given back", field="/how")
    # An account that was never used is opened before it is locked, as for every booking.
    booking = rules.transfer(
        settlement_id,
        wanted.how,
        member_id,
        amount,
        currency,
        method=wanted.method,
        reason=wanted.reason,
        on=on,
    )
    account = AccountKey(Owner.member(member_id), currency)
    keys = {booking.debit, booking.credit}
    gives_money = wanted.how == "donate" and currency == settings.currency
    if gives_money:
        there = {found.currency: found for found in await ledger.balances(work.connection, settings, member_id)}
        held, balance = there[currency].held.minor, there[currency].balance.minor
    else:
        locked = (await ledger.ready(work, settings, keys))[account]
        held, balance = locked.held, locked.posted
    rules.check_settlement(wanted.how, amount, balance, held, wanted.reason)
    if wanted.how in ("keep", "agree"):
        await _agree(work, member_id, wanted, settlement_id, by=actor.user_id)
    elif gives_money:
        await _donate(work, settings, actor, member_id, wanted, settlement_id=settlement_id)
    else:
        await ledger.book(work, [booking], by=actor.user_id, field="/booked_on")


async def _agree(work: Work, member_id: UUID, wanted: Settlement, settlement_id: UUID, *, by: UUID) -> None:
    if (wanted.how == "agree") != (wanted.due_on is not None):
        raise Invalid(
            "due_on_misplaced", "A debt that is to be paid has a day for it, and nothing else", field="/due_on"
        )
    if wanted.due_on is not None and wanted.due_on < work.today:
        raise Invalid("already_past", "Must be in the future", field="/due_on")
    values = {
        "id": settlement_id,
        "member_id": member_id,
        "how": wanted.how,
        "currency": wanted.amount.currency,
        "amount": wanted.amount.minor,
        "due_on": wanted.due_on,
        "reason": wanted.reason,
        "at": work.now,
        "by": by,
    }
    if not await repository.add_agreement(work.connection, values):
        raise Conflict("id_taken", "There is another settlement with this id; take a new one", field="/id")


async def _donate(
    work: Work, settings: Settings, actor: Actor, member_id: UUID, wanted: Settlement, *, settlement_id: UUID
) -> None:
    """As a contribution like any other, out of the member's balance, and no further than that."""
    pledge = Pledge(
        id=settlement_id,
        member_id=member_id,
        giver=None,
        anonymous=False,
        amount=wanted.amount,
        pledged_on=wanted.booked_on,
        expected_on=None,
        purpose=None,
        note=wanted.reason,
    )
    made = await contributions.pledge(work, settings, actor, pledge)
    await contributions.receive(
        work,
        settings,
        actor,
        made.id,
        receipt_id=settlement_id,
        amount=wanted.amount,
        method="balance",
        on=wanted.booked_on,
        note=wanted.reason,
    )
    for found in await ledger.balances(work.connection, settings, member_id):
        if found.currency == wanted.amount.currency and found.balance.minor < found.held.minor:
            raise Invalid("more_than_there_is", "More than there is to settle", field="/amount")


async def close(work: Work, settings: Settings, member_id: UUID, *, by: UUID) -> Departure:
    """Closes a departure in which nothing is left open. Raises NotFound, Conflict."""
    await repository.take_turn(work.connection, member_id)
    found = await departure(work.connection, settings, member_id, work.now)
    rules.check_ended(found.status)
    if not found.settled:
        raise Conflict(
            "not_settled",
            "Something is still open; settle it first",
            extra={"open": sorted({item.kind for item in found.items if item.open})},
        )
    return await _closed(work, member_id, found, by=by)


async def _closed(work: Work, member_id: UUID, found: Departure, *, by: UUID) -> Departure:
    if found.closed_at is not None:
        return found
    await repository.close(work.connection, member_id, found.since, at=work.now, by=by)
    return Departure(found.status, found.since, found.items, found.agreements, work.now)
