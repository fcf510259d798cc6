"""Every statement that loads products to decide on them, or writes them. Reads for people are in ``views``."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.rules import fold
from catalog.products import models
from catalog.products.rules import Product, Status, Variant
from catalog.stock.models import Stock
from contracts.catalog import ProductKind, StockPolicy, Unit
from contracts.values import Money
from kit.database import Work


@dataclass(frozen=True)
class PriceEntry:
    """A price of a variant's history or future."""

    variant_id: UUID
    price: Money
    valid_from: datetime
    pending: bool


def _among(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    among: ColumnElement[bool] = column == func.any(bindparam(None, list(ids), ARRAY(Uuid), unique=True))
    return among


_LOCK_MEMBERS = text("""
SELECT pg_advisory_xact_lock(hashtextextended('products ' || member_id, 0))
FROM unnest(CAST(:members AS uuid[])) AS one(member_id)
""")


async def lock_members(work: Work, member_ids: Collection[UUID]) -> None:
    """Lets only one transaction at a time add to these members' lists: names and numbers in a list are told apart."""
    await work.execute(_LOCK_MEMBERS, {"members": sorted(member_ids)})


async def load(work: Work, product_ids: Collection[UUID]) -> dict[UUID, Product]:
    """The products with these ids, locked in the order of their ids until the transaction ends."""
    return await _load(work, _among(models.Product.id, product_ids))


async def load_of_members(
    work: Work, member_ids: Collection[UUID], statuses: Collection[Status] | None = None
) -> dict[UUID, Product]:
    """All products of these members, or those in some states; locked likewise."""
    mine = _among(models.Product.member_id, member_ids)
    return await _load(work, mine if statuses is None else mine & models.Product.status.in_(statuses))


async def _load(work: Work, which: ColumnElement[bool]) -> dict[UUID, Product]:
    rows = list(
        await work.execute(
            select(
                models.Product.id,
                models.Product.member_id,
                models.Product.kind,
                models.Product.name,
                models.Product.description,
                models.Product.category,
                models.Product.practices,
                models.Product.status,
                models.Product.version,
            )
            .where(which)
            .order_by(models.Product.id)
            .with_for_update()
        )
    )
    variants = await _variants(work, [row.id for row in rows])
    return {
        row.id: Product(
            row.id,
            row.member_id,
            cast("ProductKind", row.kind),
            row.name,
            row.description,
            row.category,
            tuple(row.practices),
            cast("Status", row.status),
            row.version,
            tuple(variants.get(row.id, ())),
        )
        for row in rows
    }


async def _variants(work: Work, product_ids: Collection[UUID]) -> dict[UUID, list[Variant]]:
    variant = models.Variant
    rows = await work.execute(
        select(
            variant.id,
            variant.product_id,
            variant.name,
            variant.sku,
            variant.unit,
            variant.price,
            variant.currency,
            variant.price_from,
            variant.case_size,
            variant.step,
            variant.minimum,
            variant.variable_weight,
            variant.credit_share,
            variant.retired,
            Stock.policy,
        )
        .join(Stock, Stock.variant_id == variant.id)
        .where(_among(variant.product_id, product_ids))
        .order_by(variant.product_id, variant.position)
    )
    found: dict[UUID, list[Variant]] = {}
    for row in rows:
        found.setdefault(row.product_id, []).append(
            Variant(
                row.id,
                row.name,
                row.sku,
                cast("Unit", row.unit),
                Money(amount=row.price, currency=row.currency),
                row.price_from,
                row.case_size,
                row.step,
                row.minimum,
                row.variable_weight,
                row.credit_share,
                cast("StockPolicy", row.policy),
                row.retired,
            )
        )
    return found


async def save(work: Work, products: Sequence[Product]) -> None:
    """Adds products with their variants, or brings them up to date."""
    if not products:
        return
    new = insert(models.Product)
    kept = ("id", "member_id", "created_at")
    rows = [_product_row(product, work.now) for product in products]
    await work.execute(
        new.on_conflict_do_update(
            index_elements=[models.Product.id],
            set_={name: new.excluded[name] for name in rows[0] if name not in kept},
            where=models.Product.member_id == new.excluded.member_id,
        ),
        rows,
    )
    variants = [
        _variant_row(product, place, variant) for product in products for place, variant in enumerate(product.variants)
    ]
    add = insert(models.Variant)
    fixed = ("id", "product_id", "member_id")
    await work.execute(
        add.on_conflict_do_update(
            index_elements=[models.Variant.id],
            set_={name: add.excluded[name] for name in variants[0] if name not in fixed},
        ),
        variants,
    )


def _product_row(product: Product, now: datetime) -> dict[str, Any]:
    return {
        "id": product.id,
        "member_id": product.member_id,
        "kind": product.kind,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "practices": list(product.practices),
        "status": product.status,
        "version": product.version,
        "sort_name": fold(product.name),
        "search_text": product.search_text,
        "created_at": now,
        "changed_at": now,
    }


def _variant_row(product: Product, place: int, variant: Variant) -> dict[str, Any]:
    return {
        "id": variant.id,
        "product_id": product.id,
        "member_id": product.member_id,
        "position": place,
        "name": variant.name,
        "sku": variant.sku,
        "unit": variant.unit,
        "price": variant.price.amount,
        "currency": variant.price.currency,
        "price_from": variant.price_from,
        "case_size": variant.case_size,
        "step": variant.step,
        "minimum": variant.minimum,
        "variable_weight": variant.variable_weight,
        "credit_share": variant.credit_share,
        "retired": variant.retired,
    }


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
        .where(_among(price.variant_id, {entry.variant_id for entry in entries}))
        .values(pending=False)
    )


async def products_of(work: Work, variant_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The product of each variant."""
    variant = models.Variant
    rows = await work.execute(select(variant.id, variant.product_id).where(_among(variant.id, variant_ids)))
    return {row.id: row.product_id for row in rows}


async def prices(connection: AsyncConnection, variant_id: UUID) -> list[PriceEntry]:
    """All prices of a variant, the newest first."""
    rows = await connection.execute(
        select(models.Price.amount, models.Price.currency, models.Price.valid_from, models.Price.pending)
        .where(models.Price.variant_id == variant_id)
        .order_by(models.Price.valid_from.desc())
        .limit(500)
    )
    return [
        PriceEntry(variant_id, Money(amount=row.amount, currency=row.currency), row.valid_from, row.pending)
        for row in rows
    ]


async def owners(work: Work, product_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The member that each product belongs to, without locking."""
    product = models.Product
    rows = await work.execute(select(product.id, product.member_id).where(_among(product.id, product_ids)))
    return {row.id: row.member_id for row in rows}


async def owner_of_variant(connection: AsyncConnection, variant_id: UUID) -> UUID | None:
    """The member that a variant belongs to."""
    variant = models.Variant
    row = await connection.execute(select(variant.member_id).where(variant.id == variant_id))
    return row.scalar_one_or_none()
