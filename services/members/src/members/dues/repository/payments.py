"""SQL of payments, and of what they paid."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from members.dues.models import Allocation, InvoiceRow, PaymentReversal, PaymentRow
from members.dues.rules.payments import Allocated, Part, Payment

_ADD_PAYMENTS = text("""
INSERT INTO payments (id, number, member_id, currency, amount, method, paid_on, reference, transfer_id, received_at,
                      received_by)
SELECT p.id, p.number, p.member_id, p.currency, p.amount, p.method, p.paid_on, p.reference, p.transfer_id, :now, :by
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS p (id uuid, number text, member_id uuid, currency text, amount bigint, method text, paid_on date,
           reference text, transfer_id uuid)
""")
_ADD_ALLOCATIONS = text("""
INSERT INTO allocations (id, invoice_id, payment_id, amount, booked_on, transfer_id, undoes, made_at, made_by)
SELECT a.id, a.invoice_id, a.payment_id, a.amount, a.booked_on, a.transfer_id, a.undoes, :now, :by
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS a (id uuid, invoice_id uuid, payment_id uuid, amount bigint, booked_on date, transfer_id uuid, undoes uuid)
""")


async def add_payments(
    connection: AsyncConnection, payments: Sequence[Payment], *, now: datetime, by: UUID | None
) -> None:
    rows = [
        {
            "id": str(payment.id),
            "number": payment.number,
            "member_id": str(payment.member_id),
            "currency": payment.currency,
            "amount": payment.amount,
            "method": payment.method,
            "paid_on": payment.paid_on.isoformat(),
            "reference": payment.reference,
            "transfer_id": str(payment.transfer_id),
        }
        for payment in payments
    ]
    await connection.execute(_ADD_PAYMENTS, {"rows": json.dumps(rows), "now": now, "by": by})


async def add_allocations(
    connection: AsyncConnection, allocations: Sequence[Allocated], *, now: datetime, by: UUID | None
) -> None:
    """Writes what was paid of invoices, or undone; the database counts it on them."""
    if not allocations:
        return
    rows = [
        {
            "id": str(made.id),
            "invoice_id": str(made.invoice_id),
            "payment_id": str(made.payment_id) if made.payment_id else None,
            "amount": made.amount,
            "booked_on": made.booked_on.isoformat(),
            "transfer_id": str(made.transfer_id),
            "undoes": str(made.undoes) if made.undoes else None,
        }
        for made in allocations
    ]
    await connection.execute(_ADD_ALLOCATIONS, {"rows": json.dumps(rows), "now": now, "by": by})


async def standing_allocations(
    connection: AsyncConnection, *, payment_id: UUID | None = None, invoice_ids: Collection[UUID] | None = None
) -> list[Allocated]:
    """What a payment paid, or what was paid of these invoices, and was not undone."""
    undoing = aliased(Allocation)
    statement = (
        select(Allocation)
        .outerjoin(undoing, undoing.undoes == Allocation.id)
        .where(Allocation.undoes.is_(None), undoing.id.is_(None))
        .order_by(Allocation.made_at, Allocation.id)
    )
    if payment_id is not None:
        statement = statement.where(Allocation.payment_id == payment_id)
    if invoice_ids is not None:
        statement = statement.where(Allocation.invoice_id.in_(invoice_ids))
    return [
        Allocated(
            id=row.id,
            invoice_id=row.invoice_id,
            payment_id=row.payment_id,
            amount=row.amount,
            booked_on=row.booked_on,
            transfer_id=row.transfer_id,
            undoes=row.undoes,
        )
        for row in await connection.execute(statement)
    ]


async def lock(connection: AsyncConnection, payment_id: UUID) -> None:
    """Whoever reverses this payment waits for this transaction. Comes before its invoices are locked."""
    statement = select(PaymentRow.id).where(PaymentRow.id == payment_id).with_for_update(key_share=True)
    await connection.execute(statement)


async def payments(connection: AsyncConnection, ids: Collection[UUID]) -> list[Payment]:
    """These payments, each with what it pays of which invoice now, and whether it was reversed."""
    found = (await connection.execute(_payments().where(PaymentRow.id.in_(ids)))).all()
    return await _with_parts(connection, found)


async def page(
    connection: AsyncConnection, *, only: Collection[UUID] | None, before: UUID | None, limit: int
) -> list[Payment]:
    """Payments of these members, or all, the newest first."""
    statement = _payments().order_by(PaymentRow.id.desc()).limit(limit)
    if only is not None:
        statement = statement.where(PaymentRow.member_id.in_(only))
    if before is not None:
        statement = statement.where(PaymentRow.id < before)
    return await _with_parts(connection, (await connection.execute(statement)).all())


def _payments() -> Any:
    reversal = (PaymentReversal.reversed_on.label("reversed_on"), PaymentReversal.reason.label("reversal_reason"))
    return select(PaymentRow, *reversal).outerjoin(PaymentReversal, PaymentReversal.payment_id == PaymentRow.id)


async def _with_parts(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Payment]:
    parts: dict[UUID, list[Part]] = {row.id: [] for row in rows}
    if rows:
        undoing = aliased(Allocation)
        statement = (
            select(
                Allocation.payment_id,
                Allocation.invoice_id,
                InvoiceRow.number,
                func.sum(Allocation.amount).label("amount"),
            )
            .join(InvoiceRow, InvoiceRow.id == Allocation.invoice_id)
            .outerjoin(undoing, undoing.undoes == Allocation.id)
            .where(Allocation.payment_id.in_(parts), Allocation.undoes.is_(None), undoing.id.is_(None))
            .group_by(Allocation.payment_id, Allocation.invoice_id, InvoiceRow.number)
            .order_by(InvoiceRow.number)
        )
        for row in await connection.execute(statement):
            parts[row.payment_id].append(Part(row.invoice_id, row.number, int(row.amount)))
    return [
        Payment(
            id=row.id,
            number=row.number,
            member_id=row.member_id,
            currency=row.currency,
            amount=row.amount,
            method=row.method,
            paid_on=row.paid_on,
            reference=row.reference,
            transfer_id=row.transfer_id,
            received_at=row.received_at,
            parts=tuple(parts[row.id]),
            reversed_on=row.reversed_on,
            reversal_reason=row.reversal_reason,
        )
        for row in rows
    ]


async def add_reversal(
    connection: AsyncConnection,
    payment_id: UUID,
    transfer_id: UUID,
    *,
    on: date,
    reason: str,
    now: datetime,
    by: UUID,
) -> None:
    await connection.execute(
        insert(PaymentReversal).values(
            payment_id=payment_id,
            transfer_id=transfer_id,
            reversed_on=on,
            reason=reason,
            reversed_at=now,
            reversed_by=by,
        )
    )
