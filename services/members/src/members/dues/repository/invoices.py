"""SQL of invoices and credit notes."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from members.dues.models import Allocation, CreditNote, InvoiceRow
from members.dues.rules.invoices import CreditNoteRecord, Invoice, InvoiceStatus, Line

_UNPAID = and_(InvoiceRow.allocated < InvoiceRow.amount, InvoiceRow.cancelled_on.is_(None))


def _invoices() -> Select[*tuple[Any, ...]]:
    return select(
        InvoiceRow,
        CreditNote.id.label("note_id"),
        CreditNote.number.label("note_number"),
        CreditNote.issued_on.label("note_issued_on"),
        CreditNote.reason.label("note_reason"),
    ).outerjoin(CreditNote, CreditNote.invoice_id == InvoiceRow.id)


def _invoice(row: Row[Any]) -> Invoice:
    note = None
    if row.note_id is not None:
        note = CreditNoteRecord(row.note_id, row.note_number, row.note_issued_on, row.note_reason)
    return Invoice(
        id=row.id,
        number=row.number,
        member_id=row.member_id,
        plan_id=row.plan_id,
        period_start=row.period_start,
        period_end=row.period_end,
        issued_on=row.issued_on,
        due_on=row.due_on,
        arrears_from=row.arrears_from,
        currency=row.currency,
        amount=row.amount,
        lines=tuple(Line.read(line) for line in row.lines),
        tax_text=row.tax_text,
        note=row.note,
        member_name=row.member_name,
        member_number=row.member_number,
        member_tax_id=row.member_tax_id,
        allocated=row.allocated,
        cancelled_on=row.cancelled_on,
        version=row.version,
        issued_at=row.issued_at,
        credit_note=note,
    )


async def unpaid(connection: AsyncConnection, member_id: UUID) -> list[Invoice]:
    """What the member still has to pay, the oldest first."""
    statement = _invoices().where(InvoiceRow.member_id == member_id, _UNPAID).order_by(InvoiceRow.id)
    return [_invoice(row) for row in await connection.execute(statement)]


async def invoices(connection: AsyncConnection, ids: Collection[UUID]) -> list[Invoice]:
    return [_invoice(row) for row in await connection.execute(_invoices().where(InvoiceRow.id.in_(ids)))]


async def page(
    connection: AsyncConnection,
    *,
    only: Collection[UUID] | None,
    status: InvoiceStatus | None,
    year: int | None,
    before: UUID | None,
    limit: int,
    today: date,
) -> list[Invoice]:
    """Invoices of these members, or all, the newest first."""
    statement = _invoices().order_by(InvoiceRow.id.desc()).limit(limit)
    if only is not None:
        statement = statement.where(InvoiceRow.member_id.in_(only))
    if before is not None:
        statement = statement.where(InvoiceRow.id < before)
    if year is not None:
        statement = statement.where(InvoiceRow.issued_on.between(date(year, 1, 1), date(year, 12, 31)))
    match status:
        case "open":
            statement = statement.where(_UNPAID, InvoiceRow.due_on >= today)
        case "overdue":
            statement = statement.where(_UNPAID, InvoiceRow.due_on < today)
        case "paid":
            statement = statement.where(InvoiceRow.allocated == InvoiceRow.amount)
        case "cancelled":
            statement = statement.where(InvoiceRow.cancelled_on.is_not(None))
    return [_invoice(row) for row in await connection.execute(statement)]


async def lock(
    connection: AsyncConnection, *, ids: Collection[UUID] = (), unpaid_of: Collection[UUID] = ()
) -> list[Invoice]:
    """These invoices, and what these members still have to pay, as they are until this transaction ends. In the order
    of their ids, and before any account is locked, so that nobody waits in a circle."""
    wanted = or_(InvoiceRow.id.in_(ids), and_(InvoiceRow.member_id.in_(unpaid_of), _UNPAID))
    statement = select(InvoiceRow.id).where(wanted).order_by(InvoiceRow.id).with_for_update(key_share=True)
    locked = list((await connection.execute(statement)).scalars())
    return await invoices(connection, locked) if locked else []


async def cancel(connection: AsyncConnection, invoice_id: UUID, on: date) -> None:
    await connection.execute(
        update(InvoiceRow).where(InvoiceRow.id == invoice_id).values(cancelled_on=on, version=InvoiceRow.version + 1)
    )


async def add_credit_note(
    connection: AsyncConnection, invoice_id: UUID, note: CreditNoteRecord, *, now: datetime, by: UUID
) -> None:
    await connection.execute(
        insert(CreditNote).values(
            id=note.id,
            number=note.number,
            invoice_id=invoice_id,
            issued_on=note.issued_on,
            reason=note.reason,
            issued_at=now,
            issued_by=by,
        )
    )


async def paid(connection: AsyncConnection, invoice_id: UUID) -> Sequence[Row[date, int]]:
    """What was paid of an invoice, by day, with what was undone taken off; days on which nothing is left are left out."""
    undone = select(Allocation.undoes).where(Allocation.undoes.is_not(None))
    statement = (
        select(Allocation.booked_on, func.sum(Allocation.amount))
        .where(Allocation.invoice_id == invoice_id, Allocation.undoes.is_(None), Allocation.id.not_in(undone))
        .group_by(Allocation.booked_on)
        .order_by(Allocation.booked_on)
    )
    return (await connection.execute(statement)).all()
