"""What members put into the fund, and what of it they take back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, NotFound
from kit.ids import new_id
from members.fund.repository import money as repository
from members.fund.rules import loans as rules
from members.fund.rules import money
from members.fund.rules.money import Booking, ContributionKind, MovementKind, PaidBy, PayOut
from members.fund.service import reading
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.ledger.rules import Account, AccountKey, Transfer
from members.membership import service as membership
from members.membership.rules import BELONGING
from members.settings import Settings

TREASURY = ("treasurer",)


@dataclass(frozen=True)
class Contribution:
    """What a member means to put in; ``id`` names the same one when it is sent again."""

    id: UUID | None
    member_id: UUID
    kind: ContributionKind
    amount: Money
    paid_by: PaidBy
    paid_on: date | None
    note: str


@dataclass(frozen=True)
class Movement:
    """What moved in or out, and for what."""

    id: UUID
    seq: int
    kind: MovementKind
    member_id: UUID
    amount: Money
    on_date: date
    note: str
    at: datetime
    reverses: UUID | None
    reversed_by: UUID | None


@dataclass(frozen=True)
class Notice:
    """A member's wish to have deposits back."""

    id: UUID
    member_id: UUID
    amount: Money
    payable_from: date
    at: datetime
    #: None while it waits.
    paid: bool | None
    ended_on: date | None


def check_payer(actor: Actor, member_id: UUID, paid_by: PaidBy) -> None:
    """A member pays from its own account; only the treasurer says that money came in. Raises NotFound, Forbidden."""
    membership.check_visible(actor, member_id, *TREASURY)
    if paid_by != "balance" and not actor.has(*TREASURY):
        raise Forbidden("only_the_treasurer", "Only the treasurer books money that comes in")


async def note_movement(
    work: Work,
    booking: Booking,
    transfer: Transfer,
    kind: MovementKind,
    member_id: UUID,
    *,
    by: UUID,
    note: str = "",
    reverses: UUID | None = None,
) -> None:
    """Notes what a transfer of the fund's account that has been booked was for."""
    incoming = transfer.credit == money.fund_account(transfer.credit.currency)
    await repository.add_movement(
        work.connection,
        {
            "id": transfer.id,
            "kind": kind,
            "cause_id": booking.cause_id,
            "member_id": member_id,
            "currency": transfer.debit.currency,
            "amount": transfer.amount if incoming else -transfer.amount,
            "on_date": booking.on,
            "note": note,
            "reverses": reverses,
            "at": work.now,
            "by": by,
        },
    )


async def contribute(work: Work, settings: Settings, wanted: Contribution, actor: Actor) -> Movement:
    """Puts a member's money into the fund. Raises NotFound, Forbidden, Invalid, Conflict."""
    check_payer(actor, wanted.member_id, wanted.paid_by)
    amount = rules.check_amount(wanted.amount, settings.currency)
    paid_on = wanted.paid_on or work.today
    rules.check_day(paid_on, work.today, "/paid_on")
    member = await membership.record(work.connection, wanted.member_id, work.now)
    if member.status not in BELONGING:
        raise Conflict("member_not_active", "Only for members", field="/member_id")
    contribution_id = wanted.id or new_id()
    account = money.member_account(wanted.member_id, settings.currency)
    booking = Booking(contribution_id, "fund", contribution_id, wanted.note, paid_on)
    transfer = booking.transfer(None, account, money.fund_account(settings.currency), amount)
    transfers = [*booking.paid_in(account, amount, wanted.paid_by, deposit=True), transfer]
    accounts = await prepare(work, settings, transfers)
    if known := await repository.movement(work.connection, contribution_id):
        if (known.kind, known.member_id, known.amount, known.on_date) != (
            wanted.kind,
            wanted.member_id,
            amount,
            paid_on,
        ):
            raise Conflict("id_taken", "There is another contribution with this id; take a new one", field="/id")
        return _as_movement(known)
    if wanted.paid_by == "balance":
        money.check_covered(amount, accounts[account].available, "/amount/amount")
    await ledger.book(work, transfers, by=actor.user_id, field="/paid_on")
    await note_movement(work, booking, transfer, wanted.kind, wanted.member_id, by=actor.user_id, note=wanted.note)
    return await _movement(work.connection, transfer.id)


async def prepare(work: Work, settings: Settings, transfers: Collection[Transfer]) -> dict[AccountKey, Account]:
    """Opens and locks the accounts of these transfers, before anything is written."""
    keys = {key for transfer in transfers for key in (transfer.debit, transfer.credit)}
    return await ledger.ready(work, settings, keys)


async def take_back(work: Work, settings: Settings, movement_id: UUID, *, reason: str, by: UUID) -> Movement:
    """Undoes a contribution that was booked by mistake, today, by one that names it. Raises NotFound, Conflict.

    Money that came in with it stays on the member's account. A deposit that was paid back already is not undone.
    """
    found = await repository.movement(work.connection, movement_id)
    if found is None or found.kind not in ("gift", "deposit"):
        raise NotFound("contribution_unknown", "There is no such contribution")
    account = money.member_account(found.member_id, found.currency)
    original = Booking(found.id, "fund", found.cause_id, found.note, found.on_date).transfer(
        None, account, money.fund_account(found.currency), abs(found.amount)
    )
    transfer = ledger_rules.reversal(
        original, transfer_id=uuid5(found.id, "reversal"), reason=reason, booked_on=work.today
    )
    await repository.lock_saver(work.connection, found.member_id)
    await prepare(work, settings, [transfer])
    if found.reverses is not None or await repository.reversal_of(work.connection, movement_id) is not None:
        raise Conflict("reversed_already", "This has been reversed already")
    if found.kind == "deposit":
        money.check_deposits(found.amount, await _withdrawable(work.connection, found.member_id, found.currency))
    await ledger.book(work, [transfer], by=by)
    booking = Booking(found.id, "fund", found.cause_id, reason, work.today)
    await note_movement(work, booking, transfer, found.kind, found.member_id, by=by, note=reason, reverses=found.id)
    return await _movement(work.connection, transfer.id)


async def give_notice(
    work: Work, settings: Settings, member_id: UUID, *, notice_id: UUID | None, amount: Money, actor: Actor
) -> Notice:
    """Asks for deposits back; they can be paid when the days of notice are over. Raises NotFound, Invalid, Conflict."""
    membership.check_visible(actor, member_id, *TREASURY)
    minor = rules.check_amount(amount, settings.currency)
    await membership.record(work.connection, member_id, work.now)
    await repository.lock_saver(work.connection, member_id)
    wanted_id = notice_id or new_id()
    if known := await repository.notice(work.connection, wanted_id):
        if (known.member_id, known.amount) != (member_id, minor):
            raise Conflict("id_taken", "There is another notice with this id; take a new one", field="/id")
        return as_notice(known)
    money.check_deposits(minor, await _withdrawable(work.connection, member_id, settings.currency))
    conditions = await reading.terms(work.connection)
    values = {
        "id": wanted_id,
        "member_id": member_id,
        "currency": settings.currency,
        "amount": minor,
        "payable_from": work.today + timedelta(days=conditions.notice_days if conditions else 0),
        "at": work.now,
        "by": actor.user_id,
    }
    await repository.add_notice(work.connection, values)
    return await _notice(work.connection, wanted_id)


async def _withdrawable(connection: AsyncConnection, member_id: UUID, currency: str) -> int:
    found = await repository.deposited(connection, member_id, currency)
    return int(found.deposited - found.asked_back)


async def pay_back(
    work: Work, settings: Settings, notice_id: UUID, *, pay_out: PayOut, paid_on: date | None, actor: Actor
) -> Notice:
    """Pays deposits back that were asked for, to the member's account and from there on if it is to be paid out.

    Raises NotFound; Conflict before the notice is over, when it came to an end, or when the fund has not got it.
    """
    found = await _waiting(work, notice_id)
    on = paid_on or work.today
    rules.check_day(on, work.today, "/paid_on")
    if on < found.payable_from:
        raise Conflict("notice_running", "Can be paid back from {day} on", field="/paid_on", day=found.payable_from)
    account, fund = (
        money.member_account(found.member_id, found.amount.currency),
        money.fund_account(found.amount.currency),
    )
    booking = Booking(notice_id, "fund", notice_id, "", on)
    transfer = booking.transfer(None, fund, account, found.amount.minor)
    transfers = [transfer, *booking.paid_out(account, found.amount.minor, pay_out)]
    accounts = await prepare(work, settings, transfers)
    money.check_free(found.amount.minor, accounts[fund].posted)
    await ledger.book(work, transfers, by=actor.user_id, field="/paid_on")
    await note_movement(work, booking, transfer, "withdrawal", found.member_id, by=actor.user_id)
    await repository.end_notice(work.connection, notice_id, paid=True, on=on, at=work.now, by=actor.user_id)
    return await _notice(work.connection, notice_id)


async def drop_notice(work: Work, notice_id: UUID, actor: Actor) -> Notice:
    """Takes a notice back: the deposit stays. Raises NotFound, Conflict."""
    found = await _waiting(work, notice_id, actor)
    await repository.end_notice(work.connection, found.id, paid=False, on=work.today, at=work.now, by=actor.user_id)
    return await _notice(work.connection, notice_id)


async def _waiting(work: Work, notice_id: UUID, actor: Actor | None = None) -> Notice:
    """A notice that nobody else ends meanwhile. Raises NotFound, Conflict."""
    found = await repository.notice(work.connection, notice_id)
    if found is None or (actor is not None and not actor.acts_for(found.member_id) and not actor.has(*TREASURY)):
        raise NotFound("notice_unknown", "There is no such notice")
    await repository.lock_saver(work.connection, found.member_id)
    notice = await _notice(work.connection, notice_id)
    if notice.paid is not None:
        raise Conflict("notice_ended", "This notice was paid or taken back already")
    return notice


async def _movement(connection: AsyncConnection, movement_id: UUID) -> Movement:
    row = await repository.movement(connection, movement_id)
    if row is None:
        raise NotFound("contribution_unknown", "There is no such contribution")
    return _as_movement(row)


def _as_movement(row: Row[*tuple[Any, ...]]) -> Movement:
    return Movement(
        id=row.id,
        seq=row.seq,
        kind=row.kind,
        member_id=row.member_id,
        amount=Money.of_minor(row.amount, row.currency),
        on_date=row.on_date,
        note=row.note,
        at=row.at,
        reverses=row.reverses,
        reversed_by=getattr(row, "reversed_by", None),
    )


async def _notice(connection: AsyncConnection, notice_id: UUID) -> Notice:
    row = await repository.notice(connection, notice_id)
    if row is None:
        raise NotFound("notice_unknown", "There is no such notice")
    return as_notice(row)


def as_notice(row: Row[*tuple[Any, ...]]) -> Notice:
    return Notice(
        id=row.id,
        member_id=row.member_id,
        amount=Money.of_minor(row.amount, row.currency),
        payable_from=row.payable_from,
        at=row.at,
        paid=row.paid,
        ended_on=row.ended_on,
    )


def _whose(actor: Actor, member_id: UUID | None) -> list[UUID] | None:
    """The members whose things the actor may list, of those that it asks for; None for all."""
    if actor.has(*TREASURY):
        return None if member_id is None else [member_id]
    return [own for own in actor.member_ids if member_id in (None, own)]


async def movements(
    connection: AsyncConnection, actor: Actor, *, member_id: UUID | None, before: int | None, limit: int
) -> list[Movement]:
    """Contributions and what was paid back, newest first: one's own, or all to the treasurer. One more if there are."""
    rows = await repository.contributions(connection, only=_whose(actor, member_id), before=before, limit=limit)
    return [_as_movement(row) for row in rows]


async def notices(
    connection: AsyncConnection, actor: Actor, *, member_id: UUID | None, before: UUID | None, limit: int
) -> list[Notice]:
    """Notices, newest first: one's own, or all to the treasurer. One more than ``limit`` if there are."""
    rows = await repository.notices(connection, only=_whose(actor, member_id), before=before, limit=limit)
    return [as_notice(row) for row in rows]
