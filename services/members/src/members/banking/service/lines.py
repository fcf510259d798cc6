"""Use cases of single lines: what the treasurer says of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from members.banking.repository import debits as debit_rows
from members.banking.repository import statements as repository
from members.banking.rules.lines import BankLine, State
from members.banking.rules.matching import Match
from members.banking.service import accounts, booking
from members.banking.service.accounts import Account
from members.dues import service as dues
from members.income.service import purposes
from members.ledger import service as ledger
from members.ledger.repository import booking as transfer_rows
from members.ledger.repository import periods
from members.ledger.rules import AccountKey, Owner, Transfer
from members.membership import service as membership
from members.settings import Settings

#: The network's accounts that a line can be booked to, besides ``uses:<purpose>``. Dues, subsidies and shares have
#: registers of their own: what comes in for them is recorded there, or as a member's.
NETWORK_ACCOUNTS = ("contributions", "fund", "sales", "cash")
BookedAs = Literal["member", "network", "transfer", "collection", "return"]


@dataclass(frozen=True)
class Line:
    """A line as it stands."""

    id: UUID
    account_id: UUID
    statement_id: UUID
    booked_on: date
    value_on: date | None
    amount: int
    text: str
    reference: str
    end_to_end_id: str
    bank_reference: str
    counterparty: str
    counterparty_account: str
    mandate_reference: str
    batch: str
    reversal: bool
    return_reason: str
    state: State
    proposals: list[dict[str, Any]]
    booked_as: BookedAs | None
    booking_id: UUID | None
    member_id: UUID | None
    bookings: int

    @property
    def said(self) -> BankLine:
        """What the bank said."""
        return BankLine(
            booked_on=self.booked_on,
            amount=self.amount,
            text=self.text,
            value_on=self.value_on,
            reference=self.reference,
            end_to_end_id=self.end_to_end_id,
            bank_reference=self.bank_reference,
            counterparty=self.counterparty,
            counterparty_account=self.counterparty_account,
            mandate_reference=self.mandate_reference,
            batch=self.batch,
            reversal=self.reversal,
            return_reason=self.return_reason,
        )


@dataclass(frozen=True)
class Fact:
    """Something that was done with a line."""

    state: State
    booked_as: BookedAs | None
    booking_id: UUID | None
    reason: str
    at: datetime
    by: UUID | None


@dataclass(frozen=True)
class Said:
    """What the treasurer says a line is: of a member (``invoice_ids`` empty: the oldest first), of the network's own
    account ``to``, a transfer that is in the books already, or direct debits of ours."""

    to: str
    member_id: UUID | None = None
    invoice_ids: tuple[UUID, ...] = ()
    transfer_id: UUID | None = None
    direct_debit_id: UUID | None = None
    text: str = ""


async def match(work: Work, settings: Settings, line_id: UUID, said: Said, *, by: UUID) -> Line:
    """Books a line as the treasurer says, counted for the day on which the bank booked it.

    The same again is the same. Raises NotFound, Invalid, Conflict.
    """
    before = await _locked(work, line_id)
    account = await accounts.account(work.connection, before.account_id)
    if before.state == "booked":
        raise Conflict("line_booked", "This line is booked already; unmatch it first")
    await _check_day(work, before)
    match said.to:
        case "member" if before.amount > 0:
            await _of_member(work, settings, account, before, said, by=by)
        case "debits":
            await _of_debits(work, settings, account, before, said, by=by)
        case "transfer":
            await _of_transfer(work, before, account, said, by=by)
        case _:
            await _of_network(work, settings, account, before, said, by=by)
    return await line(work.connection, line_id)


async def _check_day(work: Work, before: Line) -> None:
    """Raises Conflict for a line of a closed period, or of a day to come."""
    await ledger.check_open(work.connection, before.booked_on)
    if before.booked_on > work.today:
        raise Conflict(
            "line_to_come", "The bank books this on {day}; wait until then", day=before.booked_on.isoformat()
        )


async def _of_member(work: Work, settings: Settings, account: Account, before: Line, said: Said, *, by: UUID) -> None:
    if said.member_id is None:
        raise Invalid("member_not_said", "Say which member", field="/member_id")
    found = Match(said.member_id, said.invoice_ids, ())
    await membership.record(work.connection, said.member_id, work.now)
    await _booked(work, settings, account, before, found, by=by)


async def _booked(work: Work, settings: Settings, account: Account, before: Line, found: Match, *, by: UUID) -> None:
    await booking.lock(work, settings, account.currency, [found])
    wanted = booking.Wanted(before.id, before.bookings, before.said, found)
    if not await booking.book(work, settings, account, [wanted], by=by):
        raise Conflict("member_not_active", "This member has not been admitted", field="/member_id")


async def _of_debits(work: Work, settings: Settings, account: Account, before: Line, said: Said, *, by: UUID) -> None:
    """All direct debits of a collection that no line has told of yet; they must come to the line's amount."""
    if said.direct_debit_id is None or before.amount < 0:
        raise Invalid("debit_not_said", "Say which collection", field="/direct_debit_id")
    if await debit_rows.debit(work.connection, said.direct_debit_id, lock=True) is None:
        raise NotFound("debit_unknown", "There is no such collection", field="/direct_debit_id")
    items = [
        item
        for item in await debit_rows.items(work.connection, debit_id=said.direct_debit_id)
        if item.line_id is None and item.state != "withdrawn"
    ]
    if sum(item.amount for item in items) != before.amount:
        raise Conflict("debit_other_sum", "What is left of this collection comes to another amount")
    found = Match(None, (), (), tuple(item.id for item in items))
    await _booked(work, settings, account, before, found, by=by)


async def _of_transfer(work: Work, before: Line, account: Account, said: Said, *, by: UUID) -> None:
    """A transfer of that amount in or out of the bank, booked by hand before the statement came."""
    if said.transfer_id is None:
        raise Invalid("transfer_not_said", "Say which transfer", field="/transfer_id")
    found = await transfer_rows.transfers(work.connection, [said.transfer_id])
    if not found:
        raise NotFound("transfer_unknown", "There is no such transfer", field="/transfer_id")
    bank = AccountKey(Owner.network("bank"), account.currency)
    came_in = before.amount > 0
    if found[0].amount != abs(before.amount) or (found[0].debit if came_in else found[0].credit) != bank:
        raise Conflict("transfer_other", "That transfer moves another amount, or not through the bank")
    if await transfer_rows.reversal_of(work.connection, said.transfer_id) is not None:
        raise Conflict("reversed_already", "This transfer has been reversed already")
    if found[0].cause == "payment" and await debit_rows.item_of_payment(work.connection, found[0].cause_id):
        raise Conflict("transfer_of_debit", "That is of a direct debit: match the line with its collection")
    if await repository.by_booking(work.connection, [said.transfer_id]):
        raise Conflict("transfer_told", "Another line is that transfer already")
    await _noted(work, before, kind="transfer", made=said.transfer_id, member_id=None, reason=said.text, by=by)


async def _of_network(work: Work, settings: Settings, account: Account, before: Line, said: Said, *, by: UUID) -> None:
    """Books between the bank and another account: the network's own, or a member who is paid out."""
    other = await _other_side(work, account, said)
    bank = AccountKey(Owner.network("bank"), account.currency)
    came_in = before.amount > 0
    transfer_id = booking.booking_id(before.id, before.bookings)
    transfer = Transfer(
        id=transfer_id,
        debit=bank if came_in else other,
        credit=other if came_in else bank,
        amount=abs(before.amount),
        cause="bank",
        cause_id=before.id,
        text=(said.text or before.text or before.counterparty)[:200],
        booked_on=before.booked_on,
    )
    locked = await ledger.ready(work, settings, [bank, other])
    if other.owner.member_id is not None and locked[other].available < transfer.amount:
        raise Conflict("not_enough_funds_there", "The member's account does not have that much")
    await ledger.book(work, [transfer], by=by)
    member_id = other.owner.member_id
    await _noted(work, before, kind="network", made=transfer_id, member_id=member_id, reason=said.text, by=by)


async def _other_side(work: Work, account: Account, said: Said) -> AccountKey:
    if said.to == "member":
        if said.member_id is None:
            raise Invalid("member_not_said", "Say which member", field="/member_id")
        await membership.record(work.connection, said.member_id, work.now)
        return AccountKey(Owner.member(said.member_id), account.currency)
    kind, _, purpose = said.to.partition(":")
    if kind == "uses":
        if purpose not in await purposes.purposes(work.connection):
            raise Invalid("purpose_unknown", "There is no such purpose", field="/to")
        return AccountKey(Owner.network(f"uses-{purpose}"), account.currency)
    if said.to not in NETWORK_ACCOUNTS:
        known = ", ".join(("member", "debits", "transfer", "uses:<purpose>", *NETWORK_ACCOUNTS))
        raise Invalid("target_unknown", "Must be one of {known}", field="/to", known=known)
    return AccountKey(Owner.network(said.to), account.currency)


async def _noted(
    work: Work, before: Line, *, kind: BookedAs, made: UUID, member_id: UUID | None, reason: str, by: UUID
) -> None:
    row = {"id": before.id, "booked_as": kind, "booking_id": made, "member_id": member_id}
    await repository.book(work.connection, [row])
    fact = {"line_id": before.id, "state": "booked", "booked_as": kind, "booking_id": made, "reason": reason}
    await repository.add_facts(work.connection, [fact], now=work.now, by=by)


async def confirm(work: Work, settings: Settings, line_id: UUID, *, by: UUID) -> Line:
    """Books the best of what was proposed. Raises NotFound, Conflict."""
    before = await _locked(work, line_id)
    if before.state != "proposed":
        raise Conflict("nothing_proposed", "Nothing is proposed for this line")
    best = before.proposals[0]
    account = await accounts.account(work.connection, before.account_id)
    found = Match(
        UUID(best["member_id"]) if best["member_id"] else None,
        tuple(UUID(invoice_id) for invoice_id in best["invoice_ids"]),
        tuple(best["reasons"]),
        tuple(UUID(item_id) for item_id in best["items"]),
    )
    if best["transfer_id"]:
        told = Said("transfer", transfer_id=UUID(best["transfer_id"]))
        await _of_transfer(work, before, account, told, by=by)
        return await line(work.connection, line_id)
    await _check_day(work, before)
    await _booked(work, settings, account, before, found, by=by)
    return await line(work.connection, line_id)


async def put_aside(work: Work, line_id: UUID, *, state: Literal["ignored", "not_ours"], reason: str, by: UUID) -> Line:
    """Says that nothing is to be booked for a line, and why. Raises NotFound, Conflict."""
    before = await _locked(work, line_id)
    if before.state == "booked":
        raise Conflict("line_booked", "This line is booked already; unmatch it first")
    await repository.set_state(work.connection, line_id, state)
    await _fact(work, line_id, state, reason, by)
    return await line(work.connection, line_id)


async def unmatch(work: Work, settings: Settings, line_id: UUID, *, reason: str, by: UUID) -> Line:
    """Takes back what was said of a line: what was booked by it is reversed, what it only told of stays as it is.

    Counted for the day of the line, or for today if that is closed by now. Raises NotFound, Conflict.
    """
    before = await _locked(work, line_id)
    closed = await periods.closed_through(work.connection)
    day = before.booked_on if closed is None or before.booked_on > closed else work.today
    match before.booked_as:
        case "member":
            payment_id = booking.booking_id(line_id, before.bookings - 1)
            if (await dues.payment(work.connection, payment_id)).reversed_on is None:
                await dues.reverse(work, settings, payment_id, reason=reason, on=day, by=by)
        case "network" if before.booking_id is not None:
            if await transfer_rows.reversal_of(work.connection, before.booking_id) is None:
                await ledger.reverse(work, settings, before.booking_id, reason=reason, booked_on=day, by=by)
        case "collection" | "return":
            await debit_rows.forget_line(work.connection, line_id)
        case _:
            pass
    await repository.set_state(work.connection, line_id, "unmatched")
    await _fact(work, line_id, "unmatched", reason, by)
    return await line(work.connection, line_id)


async def _fact(work: Work, line_id: UUID, state: State, reason: str, by: UUID) -> None:
    fact = {"line_id": line_id, "state": state, "booked_as": None, "booking_id": None, "reason": reason}
    await repository.add_facts(work.connection, [fact], now=work.now, by=by)


async def _locked(work: Work, line_id: UUID) -> Line:
    row = await repository.line(work.connection, line_id, lock=True)
    if row is None:
        raise _unknown()
    return _line(row)


async def line(connection: AsyncConnection, line_id: UUID) -> Line:
    """Raises NotFound."""
    row = await repository.line(connection, line_id)
    if row is None:
        raise _unknown()
    return _line(row)


async def history(connection: AsyncConnection, line_id: UUID) -> list[Fact]:
    """What was done with a line, oldest first. Raises NotFound."""
    await line(connection, line_id)
    return [
        Fact(row.state, row.booked_as, row.booking_id, row.reason, row.at, row.by)
        for row in await repository.facts(connection, line_id)
    ]


async def page(
    connection: AsyncConnection,
    *,
    statement_id: UUID | None,
    account_id: UUID | None,
    state: State | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Line]:
    """Lines in the order of time. One more than ``limit`` if there are more."""
    rows: Sequence[Row[Any]] = await repository.page(
        connection, statement_id=statement_id, account_id=account_id, state=state, after=after, limit=limit
    )
    return [_line(row) for row in rows]


def _line(row: Row[Any]) -> Line:
    values = row._asdict()
    values.pop("identity")
    return Line(**values)


def _unknown() -> NotFound:
    return NotFound("line_unknown", "There is no such line")
