"""SQL of mandates and direct debits. Collections are locked before invoices, invoices before accounts."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.banking.models import DebitInvoice, DebitItem, DirectDebit, MandateRow
from members.banking.rules.debits import Item, ItemInvoice, Mandate
from members.dues.models import InvoiceRow


def _mandates() -> Select[*tuple[Any, ...]]:
    """Mandates with how often they were presented, leaving out what was turned down before it was settled."""
    presented = (
        select(func.count().label("used"), func.max(DirectDebit.collect_on).label("last_used_on"))
        .select_from(DebitItem)
        .join(DirectDebit, DirectDebit.id == DebitItem.debit_id)
        .where(
            DebitItem.mandate_id == MandateRow.id,
            (DebitItem.state == "collecting") | DebitItem.payment_id.is_not(None),
        )
        .lateral("presented")
    )
    return select(*MandateRow.__table__.columns, presented.c.used, presented.c.last_used_on).join_from(
        MandateRow, presented, MandateRow.id.is_not(None)
    )


def _mandate(row: Row[Any]) -> Mandate:
    return Mandate(
        id=row.id,
        member_id=row.member_id,
        reference=row.reference,
        iban=row.iban,
        bic=row.bic,
        holder=row.holder,
        use=row.use,
        signed_on=row.signed_on,
        revoked_on=row.revoked_on,
        last_used_on=row.last_used_on,
        used=row.used,
        final=row.final,
    )


async def add_mandate(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is one with this id or reference, or another of the member that is live."""
    statement = pg_insert(MandateRow).values(values).on_conflict_do_nothing().returning(MandateRow.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def mandates_of(connection: AsyncConnection, member_id: UUID) -> list[Mandate]:
    """The newest first."""
    statement = _mandates().where(MandateRow.member_id == member_id)
    rows = await connection.execute(statement.order_by(MandateRow.made_at.desc(), MandateRow.id))
    return [_mandate(row) for row in rows]


async def mandate(connection: AsyncConnection, mandate_id: UUID) -> Mandate | None:
    row = (await connection.execute(_mandates().where(MandateRow.id == mandate_id))).one_or_none()
    return None if row is None else _mandate(row)


async def live_mandates(connection: AsyncConnection, member_ids: Collection[UUID] | None = None) -> list[Mandate]:
    """Those that are not revoked, of these members or of all; they stay so until this transaction ends."""
    locked = select(MandateRow.id).where(MandateRow.revoked_on.is_(None)).order_by(MandateRow.id).with_for_update()
    if member_ids is not None:
        locked = locked.where(MandateRow.member_id.in_(member_ids))
    ids = list((await connection.execute(locked)).scalars())
    rows = await connection.execute(_mandates().where(MandateRow.id.in_(ids)).order_by(MandateRow.id))
    return [_mandate(row) for row in rows]


async def end_mandate(connection: AsyncConnection, mandate_id: UUID, on: date, why: str) -> None:
    """Revokes it, unless it was before."""
    await connection.execute(
        update(MandateRow)
        .where(MandateRow.id == mandate_id, MandateRow.revoked_on.is_(None))
        .values(revoked_on=on, revoked_why=why)
    )


async def lock_mandates(connection: AsyncConnection, mandate_ids: Collection[UUID]) -> None:
    """These mandates stay as they are until this transaction ends. After collections, before invoices."""
    statement = select(MandateRow.id).where(MandateRow.id.in_(mandate_ids)).order_by(MandateRow.id)
    await connection.execute(statement.with_for_update())


async def set_final(connection: AsyncConnection, mandate_id: UUID, final: bool) -> None:
    await connection.execute(update(MandateRow).where(MandateRow.id == mandate_id).values(final=final))


async def collected(connection: AsyncConnection, invoice_ids: Collection[UUID]) -> set[UUID]:
    """Those of these invoices that are in a live collection."""
    statement = select(DebitInvoice.invoice_id).where(DebitInvoice.live, DebitInvoice.invoice_id.in_(invoice_ids))
    return set((await connection.execute(statement)).scalars())


async def add_debit(
    connection: AsyncConnection,
    values: Mapping[str, Any],
    items: Sequence[Mapping[str, Any]],
    invoices: Sequence[Mapping[str, Any]],
) -> None:
    await connection.execute(insert(DirectDebit).values(dict(values)))
    await connection.execute(insert(DebitItem), [dict(item) for item in items])
    await connection.execute(insert(DebitInvoice), [dict(invoice) for invoice in invoices])


def _debits() -> Select[*tuple[Any, ...]]:
    """Collections without their file."""
    columns = [column for column in DirectDebit.__table__.columns if column.name != "file"]
    count = select(func.count()).where(DebitItem.debit_id == DirectDebit.id).scalar_subquery()
    return select(*columns, count.label("count"))


async def debit(connection: AsyncConnection, debit_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    if lock:
        await connection.execute(select(DirectDebit.id).where(DirectDebit.id == debit_id).with_for_update())
    return (await connection.execute(_debits().where(DirectDebit.id == debit_id))).one_or_none()


async def file(connection: AsyncConnection, debit_id: UUID) -> Row[str, bytes] | None:
    """Number and file of a collection."""
    statement = select(DirectDebit.number, DirectDebit.file).where(DirectDebit.id == debit_id)
    return (await connection.execute(statement)).one_or_none()


async def page(connection: AsyncConnection, *, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """The newest first; one more than ``limit`` if there are more."""
    statement = _debits().order_by(DirectDebit.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(DirectDebit.id < before)
    return (await connection.execute(statement)).all()


def _items() -> Select[*tuple[Any, ...]]:
    invoices = (
        select(func.jsonb_agg(func.jsonb_build_array(InvoiceRow.id, InvoiceRow.number, DebitInvoice.amount)))
        .select_from(DebitInvoice)
        .join(InvoiceRow, InvoiceRow.id == DebitInvoice.invoice_id)
        .where(DebitInvoice.item_id == DebitItem.id)
        .scalar_subquery()
    )
    return select(
        *DebitItem.__table__.columns,
        MandateRow.reference.label("mandate_reference"),
        MandateRow.iban,
        MandateRow.holder,
        invoices.label("invoices"),
    ).join(MandateRow, MandateRow.id == DebitItem.mandate_id)


async def items(
    connection: AsyncConnection, *, debit_id: UUID | None = None, ids: Collection[UUID] | None = None
) -> list[Item]:
    """What a collection asks for, or these of any, each with its invoices."""
    statement = _items().order_by(DebitItem.id)
    if debit_id is not None:
        statement = statement.where(DebitItem.debit_id == debit_id)
    if ids is not None:
        statement = statement.where(DebitItem.id.in_(ids))
    return [_item(row) for row in await connection.execute(statement)]


def _item(row: Row[Any]) -> Item:
    values = row._asdict()
    invoices = values.pop("invoices")
    return Item(**values, invoices=tuple(ItemInvoice(UUID(invoice[0]), *invoice[1:]) for invoice in invoices))


async def item_of_payment(connection: AsyncConnection, payment_id: UUID) -> UUID | None:
    """The direct debit that a payment came by."""
    statement = select(DebitItem.id).where(DebitItem.payment_id == payment_id)
    return (await connection.execute(statement)).scalar_one_or_none()


async def debits_of_items(connection: AsyncConnection, item_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The collection of each of these."""
    statement = select(DebitItem.id, DebitItem.debit_id).where(DebitItem.id.in_(item_ids))
    return {row.id: row.debit_id for row in await connection.execute(statement)}


async def lock(connection: AsyncConnection, debit_ids: Collection[UUID]) -> None:
    """These collections stay as they are until this transaction ends."""
    statement = select(DirectDebit.id).where(DirectDebit.id.in_(debit_ids)).order_by(DirectDebit.id)
    await connection.execute(statement.with_for_update())


_PAY = text("""
UPDATE direct_debit_items AS i SET state = 'paid', payment_id = p.payment_id
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS p (id uuid, payment_id uuid) WHERE i.id = p.id
""")


async def set_paid(connection: AsyncConnection, payments: Mapping[UUID, UUID]) -> None:
    """Items that were paid, each with its payment."""
    rows = [{"id": str(item_id), "payment_id": str(payment_id)} for item_id, payment_id in payments.items()]
    await connection.execute(_PAY, {"rows": json.dumps(rows)})
    await _rest(connection, payments)


async def withdraw(connection: AsyncConnection, debit_id: UUID, on: date) -> None:
    """Nothing of the collection is collected any more."""
    mine = select(DebitItem.id).where(DebitItem.debit_id == debit_id)
    collecting = update(DebitItem).where(DebitItem.debit_id == debit_id, DebitItem.state == "collecting")
    await connection.execute(collecting.values(state="withdrawn"))
    await connection.execute(update(DebitInvoice).where(DebitInvoice.item_id.in_(mine)).values(live=False))
    await connection.execute(update(DirectDebit).where(DirectDebit.id == debit_id).values(withdrawn_on=on))


async def set_returned(connection: AsyncConnection, item_id: UUID, *, on: date, reason: str) -> None:
    await connection.execute(
        update(DebitItem).where(DebitItem.id == item_id).values(state="returned", returned_on=on, return_reason=reason)
    )
    await _rest(connection, [item_id])


async def set_line(connection: AsyncConnection, item_ids: Collection[UUID], line_id: UUID) -> None:
    """The bank's line that told of their collection."""
    await connection.execute(update(DebitItem).where(DebitItem.id.in_(item_ids)).values(line_id=line_id))


async def set_return_line(connection: AsyncConnection, item_id: UUID, line_id: UUID) -> None:
    """The bank's line that told of its coming back."""
    await connection.execute(update(DebitItem).where(DebitItem.id == item_id).values(return_line_id=line_id))


async def forget_line(connection: AsyncConnection, line_id: UUID) -> None:
    """The line tells of no direct debit any more."""
    await connection.execute(update(DebitItem).where(DebitItem.line_id == line_id).values(line_id=None))
    await connection.execute(update(DebitItem).where(DebitItem.return_line_id == line_id).values(return_line_id=None))


async def settle(connection: AsyncConnection, debit_ids: Collection[UUID], on: date) -> None:
    """These collections are settled, if nothing of them is being collected any more."""
    collecting = select(DebitItem.id).where(DebitItem.debit_id == DirectDebit.id, DebitItem.state == "collecting")
    await connection.execute(
        update(DirectDebit)
        .where(DirectDebit.id.in_(debit_ids), DirectDebit.settled_on.is_(None), ~collecting.exists())
        .values(settled_on=on)
    )


async def _rest(connection: AsyncConnection, item_ids: Collection[UUID]) -> None:
    await connection.execute(update(DebitInvoice).where(DebitInvoice.item_id.in_(item_ids)).values(live=False))
