"""Every statement about prices: a variant's history and future."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.products import models
from catalog.products.repository.among import among
from contracts.values import Money
from kit.database import Work


@dataclass(frozen=True)
class PriceEntry:
    """A price of a variant's history or future."""

    variant_id: UUID
    price: Money
    valid_from: datetime
    pending: bool


async def add_prices(work: Work, entries: Iterable[PriceEntry]) -> None:
    """Writes prices into the history. Another one for the same instant takes its place."""
    rows = [
        {
            "variant_id": entry.variant_id,
            "valid_from": entry.valid_from,
            "amount": entry.price.amount,
            "currency": entry.price.currency,
            "recorded_at": work.now,
            "pending": entry.pending,
        }
        for entry in entries
    ]
    if rows:
        new = insert(models.Price)
        await work.execute(
            new.on_conflict_do_update(
                index_elements=[models.Price.variant_id, models.Price.valid_from],
                set_={name: new.excluded[name] for name in ("amount", "currency", "recorded_at", "pending")},
            ),
            rows,
        )


async def due_prices(work: Work, limit: int) -> list[PriceEntry]:
    """Prices whose date has come and that do not hold yet, the oldest first."""
    rows = await work.execute(
        select(models.Price.variant_id, models.Price.amount, models.Price.currency, models.Price.valid_from)
        .where(models.Price.pending, models.Price.valid_from <= work.now)
        .order_by(models.Price.valid_from)
        .limit(limit)
    )
    return [
        PriceEntry(row.variant_id, Money(amount=row.amount, currency=row.currency), row.valid_from, True)
        for row in rows
    ]


async def settle_prices(work: Work, entries: Sequence[PriceEntry]) -> None:
    """Marks prices as looked at."""
    price = models.Price
    await work.execute(
        update(price)
        .where(price.pending, price.valid_from <= max(entry.valid_from for entry in entries))
        .where(among(price.variant_id, {entry.variant_id for entry in entries}))
        .values(pending=False)
    )


async def prices(
    connection: AsyncConnection, variant_id: UUID, *, pending: bool | None, before: datetime | None, limit: int
) -> list[PriceEntry]:
    """Prices of a variant, the newest first: those to come, those that hold or held, or all; from before an instant."""
    price = models.Price
    query = (
        select(price.amount, price.currency, price.valid_from, price.pending)
        .where(price.variant_id == variant_id)
        .order_by(price.valid_from.desc())
        .limit(limit)
    )
    if pending is not None:
        query = query.where(price.pending == pending)
    if before is not None:
        query = query.where(price.valid_from < before)
    return [
        PriceEntry(variant_id, Money(amount=row.amount, currency=row.currency), row.valid_from, row.pending)
        for row in await connection.execute(query)
    ]


async def drop_pending(work: Work, variant_id: UUID, valid_from: datetime) -> bool:
    """Takes back a price that does not hold yet. False if there is none for that instant."""
    price = models.Price
    gone = await work.execute(
        delete(price)
        .where(price.variant_id == variant_id, price.valid_from == valid_from, price.pending)
        .returning(price.variant_id)
    )
    return gone.one_or_none() is not None
