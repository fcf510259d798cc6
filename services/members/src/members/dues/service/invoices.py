"""Invoices: by hand, read, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from members.dues.repository import invoices as repository
from members.dues.rules import invoices as rules
from members.dues.rules.invoices import CreditNoteRecord, Draft, Invoice, InvoiceStatus, Line
from members.dues.service import issuing, undoing
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.membership import service as membership
from members.settings import Settings

#: Who sees everybody's invoices.
READER = "treasurer"


@dataclass(frozen=True)
class NewInvoice:
    """What the treasurer asks a member for. ``currencies`` are those of the lines, to be the network's."""

    id: UUID | None
    member_id: UUID
    lines: tuple[Line, ...]
    currencies: tuple[str, ...]
    due_on: date
    grace_days: int
    tax_text: str
    note: str


async def issue(work: Work, settings: Settings, new: NewInvoice, *, by: UUID) -> Invoice:
    """An invoice for anything. The same id twice is the same invoice. Raises NotFound, Invalid, Conflict."""
    currency = new.currencies[0]
    ledger_rules.check_currency(currency, ledger.currencies(settings), "/lines/0/amount/currency")
    amount = rules.check_lines(new.lines, currency, new.currencies)
    member = await membership.record(work.connection, new.member_id, work.now)
    rules.check_billable(member.status)
    if new.id is not None and (known := await repository.invoices(work.connection, [new.id])):
        if (known[0].member_id, known[0].amount, known[0].lines) != (new.member_id, amount, new.lines):
            raise Conflict("id_taken", "There is another invoice with this id; take a new one", field="/id")
        return known[0]
    rules.check_due(new.due_on, work.today)
    draft = Draft(
        id=new.id or new_id(),
        number="",
        member_id=member.id,
        issued_on=work.today,
        due_on=new.due_on,
        arrears_from=new.due_on + timedelta(days=new.grace_days + 1),
        currency=currency,
        amount=amount,
        lines=new.lines,
        tax_text=new.tax_text,
        note=new.note,
        member_name=member.name,
        member_number=member.number,
        member_tax_id=member.tax_id,
    )
    issued = await issuing.numbered(work, settings, [draft])
    await issuing.write(work, settings, issued, by=by)
    return await invoice(work.connection, draft.id)


async def invoice(connection: AsyncConnection, invoice_id: UUID) -> Invoice:
    """Raises NotFound."""
    found = await repository.invoices(connection, [invoice_id])
    if not found:
        raise unknown()
    return found[0]


async def unpaid(connection: AsyncConnection, member_id: UUID) -> list[Invoice]:
    """What the member still has to pay, the oldest first."""
    return await repository.unpaid(connection, member_id)


async def visible(connection: AsyncConnection, actor: Actor, invoice_id: UUID) -> Invoice:
    """An invoice, to its member and the treasurer. Raises NotFound: others learn nothing."""
    found = await invoice(connection, invoice_id)
    if not actor.acts_for(found.member_id) and not actor.has(READER):
        raise unknown()
    return found


async def page(
    connection: AsyncConnection,
    actor: Actor,
    *,
    member_id: UUID | None,
    status: InvoiceStatus | None,
    year: int | None,
    before: UUID | None,
    limit: int,
    today: date,
) -> list[Invoice]:
    """Invoices, the newest first: one's own, or everybody's to the treasurer. One more than ``limit`` if there are.

    Raises NotFound for another's member."""
    only = None if actor.has(READER) else actor.member_ids
    if member_id is not None:
        membership.check_visible(actor, member_id, READER)
        only = frozenset({member_id})
    return await repository.page(
        connection, only=only, status=status, year=year, before=before, limit=limit + 1, today=today
    )


async def paid(connection: AsyncConnection, invoice_id: UUID) -> list[tuple[date, int]]:
    """What was paid of an invoice, by day."""
    return [(row[0], row[1]) for row in await repository.paid(connection, invoice_id)]


async def cancel(work: Work, settings: Settings, invoice_id: UUID, *, reason: str, by: UUID) -> Invoice:
    """Takes an invoice back by a credit note. What was paid of it goes back to the member's account. Raises NotFound,
    Conflict for a second time."""
    locked = await repository.lock(work.connection, ids=[invoice_id])
    if not locked:
        raise unknown()
    if locked[0].cancelled_on is not None:
        raise Conflict("invoice_cancelled", "Invoice {number} is cancelled", number=locked[0].number)
    await undoing.undo(work, settings, locked, reason=reason, on=None, by=by)
    await repository.cancel(work.connection, invoice_id, work.today)
    (number,) = await issuing.take_numbers(work, settings, "A", 1)
    note = CreditNoteRecord(new_id(), number, work.today, reason)
    await repository.add_credit_note(work.connection, invoice_id, note, now=work.now, by=by)
    await membership.cleared(work, [invoice_id])
    return await invoice(work.connection, invoice_id)


def credit_note(found: Invoice) -> CreditNoteRecord:
    """What took the invoice back. Raises NotFound."""
    if found.credit_note is None:
        raise NotFound("credit_note_unknown", "This invoice was not cancelled")
    return found.credit_note


def unknown(field: str | None = None) -> NotFound:
    return NotFound("invoice_unknown", "There is no such invoice", field=field)


def found_all(ids: Sequence[UUID], invoices: Sequence[Invoice], member_id: UUID) -> list[Invoice]:
    """The invoices of these ids, in their order. Raises NotFound for one that is not this member's."""
    known = {invoice.id: invoice for invoice in invoices if invoice.member_id == member_id}
    for place, invoice_id in enumerate(ids):
        if invoice_id not in known:
            raise unknown(f"/invoice_ids/{place}")
    return [known[invoice_id] for invoice_id in ids]
