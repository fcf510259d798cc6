"""Booking of lines that members' payments, or direct debits of ours, came by.

The order of locks: lines, collections, mandates, payments, invoices, accounts. All that is booked together is locked by ``lock``
before; what other rooms lock after it is theirs by then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from kit.database import Work
from kit.errors import Conflict
from members.banking.repository import debits as debit_rows
from members.banking.repository import statements as repository
from members.banking.rules.debits import RETURN_REASONS, Item
from members.banking.rules.lines import BankLine
from members.banking.rules.matching import Match
from members.banking.service.accounts import Account
from members.dues.repository import invoices as invoice_rows
from members.dues.repository import payments as payment_rows
from members.dues.rules import payments as payment_rules
from members.dues.rules.invoices import Invoice
from members.dues.rules.payments import NewPayment
from members.dues.service import payments as dues
from members.ledger import service as ledger
from members.ledger.repository import periods
from members.ledger.rules import AccountKey, Owner
from members.membership import service as membership
from members.settings import Settings

_PAYMENTS = UUID("3d0d7c55-58a4-4c0f-8f0b-2a86f2a6a7c4")


@dataclass(frozen=True)
class Wanted:
    """A line that is to be booked, how often it was booked before, and what it is."""

    line_id: UUID
    bookings: int
    line: BankLine
    match: Match


def booking_id(line_id: UUID, bookings: int) -> UUID:
    """Of a line's next booking: known before it is made, so that it is made once."""
    return uuid5(_PAYMENTS, f"line/{line_id}/{bookings}")


def payment_of_item(item_id: UUID) -> UUID:
    """The payment by which a direct debit is booked."""
    return uuid5(_PAYMENTS, f"item/{item_id}")


async def lock(work: Work, settings: Settings, currency: str, matches: Iterable[Match]) -> list[Invoice]:
    """Nobody else changes what these matches book until this transaction ends. Returns the invoices, as they are."""
    found = list(matches)
    item_ids = {item_id for match in found for item_id in match.items}
    items: list[Item] = []
    if item_ids:
        await debit_rows.lock(
            work.connection, set((await debit_rows.debits_of_items(work.connection, item_ids)).values())
        )
        items = await debit_rows.items(work.connection, ids=item_ids)
        await debit_rows.lock_mandates(work.connection, {item.mandate_id for item in items})
    for payment_id in sorted(item.payment_id for item in items if item.payment_id is not None):
        await payment_rows.lock(work.connection, payment_id)
    payers = {match.member_id for match in found if match.member_id is not None} | {item.member_id for item in items}
    invoices = await invoice_rows.lock(
        work.connection,
        ids={invoice_id for match in found for invoice_id in match.invoice_ids}
        | {invoice.id for item in items for invoice in item.invoices},
        unpaid_of=payers,
    )
    keys = {AccountKey(Owner.member(member_id), currency) for member_id in payers}
    keys |= {AccountKey(Owner.network(name), currency) for name in ("bank", "dues")}
    await ledger.take(work, settings, keys)
    return invoices


async def book(work: Work, settings: Settings, account: Account, wanted: Sequence[Wanted], *, by: UUID) -> set[UUID]:
    """Books lines that ``lock`` was called for, each counted for the day on which the bank booked it.

    Returns the ids of those booked: lines of a closed period, of a day to come, or of an applicant are left.
    """
    possible = await _possible(work, wanted)
    paying = [one for one in possible if not one.match.items]
    collecting = [one for one in possible if one.match.items and one.line.amount > 0]
    returned = [one for one in possible if one.match.items and one.line.amount < 0]
    item_ids = {item_id for one in possible for item_id in one.match.items}
    items = {row.id: row for row in await debit_rows.items(work.connection, ids=item_ids)} if item_ids else {}
    unpaid = {item_id: one for one in collecting for item_id in one.match.items if items[item_id].state == "collecting"}
    payments = [_payment(one, account.currency) for one in paying]
    payments += await _of_items(work, [items[item_id] for item_id in unpaid], unpaid, account.currency)
    if payments:
        await dues.receive(work, settings, payments, by=by)
    if unpaid:
        await debit_rows.set_paid(work.connection, {item_id: payment_of_item(item_id) for item_id in unpaid})
        ended = set((await debit_rows.debits_of_items(work.connection, unpaid)).values())
        await debit_rows.settle(work.connection, ended, max(one.line.booked_on for one in collecting))
    for one in returned:
        await take_back(work, settings, one, by=by)
    await _note(work, [*paying, *collecting, *returned], account.currency, by)
    return {one.line_id for one in possible}


def _check_untold(collecting: Sequence[Wanted], returned: Sequence[Wanted], items: dict[UUID, Item]) -> None:
    """Raises Conflict if another line has told of these direct debits meanwhile, or they come to another amount."""
    for one in collecting:
        mine = [items[item_id] for item_id in one.match.items]
        if any(item.line_id is not None for item in mine) or sum(item.amount for item in mine) != one.line.amount:
            raise Conflict("debit_told", "Another line has told of these direct debits")
    for one in returned:
        for item in (items[item_id] for item_id in one.match.items):
            if item.return_line_id is not None or item.state not in ("paid", "returned"):
                raise Conflict("debit_told", "Another line has told of these direct debits")


async def _possible(work: Work, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Those that can be booked today: in open books, and of members who were admitted."""
    closed = await periods.closed_through(work.connection)
    payers = {one.match.member_id for one in wanted if one.match.member_id is not None}
    standings = await membership.standings(work.connection, payers, work.now)
    return [
        one
        for one in wanted
        if one.line.booked_on <= work.today
        and (closed is None or one.line.booked_on > closed)
        and (one.match.member_id is None or standings.get(one.match.member_id) not in (None, "applied", "declined"))
    ]


def _payment(one: Wanted, currency: str) -> NewPayment:
    if one.match.member_id is None:
        raise ValueError("a payment is of a member")
    return NewPayment(
        id=booking_id(one.line_id, one.bookings),
        member_id=one.match.member_id,
        currency=currency,
        amount=one.line.amount,
        method="transfer",
        paid_on=one.line.booked_on,
        reference=(one.line.reference or one.line.text or one.line.counterparty)[:200],
        invoice_ids=one.match.invoice_ids,
    )


async def _of_items(work: Work, items: Sequence[Item], lines: dict[UUID, Wanted], currency: str) -> list[NewPayment]:
    """Direct debits as payments of what is still open of their invoices, each on its line's day."""
    still = await open_of(work, items)
    return [
        NewPayment(
            id=payment_of_item(item.id),
            member_id=item.member_id,
            currency=currency,
            amount=item.amount,
            method="direct_debit",
            paid_on=lines[item.id].line.booked_on,
            reference=item.end_to_end_id,
            invoice_ids=still[item.id],
        )
        for item in items
    ]


async def open_of(work: Work, items: Sequence[Item]) -> dict[UUID, tuple[UUID, ...]]:
    """The invoices of each direct debit on which something is still open: one may have been paid otherwise."""
    wanted = {invoice.id for item in items for invoice in item.invoices}
    invoices = {invoice.id: invoice.open for invoice in await invoice_rows.invoices(work.connection, wanted)}
    return {item.id: tuple(invoice.id for invoice in item.invoices if invoices[invoice.id]) for item in items}


async def take_back(work: Work, settings: Settings, one: Wanted, *, by: UUID) -> None:
    """A direct debit that came back by this line, if it was not taken back by hand before."""
    (item,) = await debit_rows.items(work.connection, ids=one.match.items)
    if item.state == "paid":
        reason = one.line.return_reason or "MS03"
        await return_item(work, settings, item, on=one.line.booked_on, reason=reason, by=by)


async def return_item(work: Work, settings: Settings, item: Item, *, on: date, reason: str, by: UUID) -> None:
    """What was booked by it is owed again; a mandate that is over by such a reason ends."""
    if item.state == "paid" and item.payment_id is not None:
        await dues.reverse(work, settings, item.payment_id, reason=f"{item.end_to_end_id} {reason}", on=on, by=by)
    await debit_rows.set_returned(work.connection, item.id, on=on, reason=reason)
    if RETURN_REASONS.get(reason, False):
        await debit_rows.end_mandate(work.connection, item.mandate_id, on, reason)


async def _note(work: Work, settled: Sequence[Wanted], currency: str, by: UUID) -> None:
    """Writes with each line what it was booked as, and with each direct debit the line that told of it."""
    rows, facts = [], []
    for one in settled:
        made = booking_id(one.line_id, one.bookings)
        kind = "member"
        if one.match.items:
            kind = "collection" if one.line.amount > 0 else "return"
        else:
            made = payment_rules.receipt(_payment(one, currency)).id
        rows.append({"id": one.line_id, "booked_as": kind, "booking_id": made, "member_id": one.match.member_id})
        facts.append(
            {
                "line_id": one.line_id,
                "state": "booked",
                "booked_as": kind,
                "booking_id": made,
                "reason": ", ".join(one.match.reasons),
            }
        )
        if kind == "collection":
            await debit_rows.set_line(work.connection, one.match.items, one.line_id)
        elif kind == "return":
            await debit_rows.set_return_line(work.connection, one.match.items[0], one.line_id)
    await repository.book(work.connection, rows)
    await repository.add_facts(work.connection, facts, now=work.now, by=by)
