"""Every statement that loads products to decide on them, or writes them. Reads for people are in ``views``."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.repository import place_of, written
from catalog.producers.rules import fold
from catalog.products import models
from catalog.products.repository.among import among
from catalog.products.rules import (
    Allergens,
    Conservation,
    Deposit,
    Maker,
    NetContent,
    Picture,
    PieceWeight,
    Product,
    Session,
    Status,
    Variant,
    Window,
    Wording,
    calendar,
    shown,
)
from catalog.products.rules.searching import index_of
from catalog.stock.models import Stock
from contracts.catalog import ContentUnit, ProductKind, StockPolicy, Storage, Unit
from contracts.values import Money
from kit.database import Work

_LOCK_MEMBERS = text("""
SELECT pg_advisory_xact_lock(hashtextextended('products ' || member_id, 0))
FROM unnest(CAST(:members AS uuid[])) AS one(member_id)
""")


async def lock_members(work: Work, member_ids: Collection[UUID]) -> None:
    """Lets only one transaction at a time add to these members' lists: names and numbers in a list are told apart."""
    await work.execute(_LOCK_MEMBERS, {"members": sorted(member_ids)})


async def load(work: Work, product_ids: Collection[UUID]) -> dict[UUID, Product]:
    """The products with these ids, locked in the order of their ids until the transaction ends."""
    return await _load(work.connection, among(models.Product.id, product_ids))


async def read(connection: AsyncConnection, product_ids: Collection[UUID]) -> dict[UUID, Product]:
    """The products with these ids as they are now, for those who only tell of them: nothing is locked."""
    return await _load(connection, among(models.Product.id, product_ids), lock=False)


async def load_of_members(
    work: Work, member_ids: Collection[UUID], statuses: Collection[Status] | None = None
) -> dict[UUID, Product]:
    """All products of these members, or those in some states; locked likewise."""
    mine = among(models.Product.member_id, member_ids)
    return await _load(work.connection, mine if statuses is None else mine & models.Product.status.in_(statuses))


async def _load(connection: AsyncConnection, which: ColumnElement[bool], *, lock: bool = True) -> dict[UUID, Product]:
    query = (
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
            models.Product.translations,
            models.Product.contains,
            models.Product.may_contain,
            models.Product.storage,
            models.Product.shelf_life_days,
            models.Product.conservation,
            models.Product.place,
            models.Product.photos,
        )
        .where(which)
        .order_by(models.Product.id)
    )
    rows = list(await connection.execute(query.with_for_update() if lock else query))
    variants = await _variants(connection, [row.id for row in rows])
    return {row.id: _product(row, tuple(variants.get(row.id, ()))) for row in rows}


def _product(row: Row[Any], variants: tuple[Variant, ...]) -> Product:
    return Product(
        row.id,
        row.member_id,
        cast("ProductKind", row.kind),
        row.name,
        row.description,
        row.category,
        tuple(row.practices),
        cast("Status", row.status),
        row.version,
        variants,
        {tag: Wording(**wording) for tag, wording in row.translations.items()},
        None if row.contains is None else Allergens(tuple(row.contains), tuple(row.may_contain)),
        _conservation(row),
        place_of(row.place),
        tuple(Picture(UUID(one["id"]), one["caption"]) for one in row.photos),
    )


def _conservation(row: Row[Any]) -> Conservation | None:
    # A note is there, be it empty, where anything was said.
    if row.conservation is None:
        return None
    return Conservation(cast("Storage | None", row.storage), row.shelf_life_days, row.conservation)


async def _variants(connection: AsyncConnection, product_ids: Collection[UUID]) -> dict[UUID, list[Variant]]:
    variant = models.Variant
    rows: CursorResult[Any] = await connection.execute(
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
            variant.net_quantity,
            variant.net_unit,
            variant.tax_rate,
            variant.tax_included,
            variant.deposit_name,
            variant.deposit,
            variant.piece_min,
            variant.piece_max,
            variant.season,
            variant.in_season,
            variant.season_changes_on,
            variant.session_starts_at,
            variant.session_ends_at,
            variant.session_place,
            Stock.policy,
        )
        .join(Stock, Stock.variant_id == variant.id)
        .where(among(variant.product_id, product_ids))
        # Past sessions are many, and nothing changes them any more.
        .where(~variant.retired | variant.session_starts_at.is_(None))
        .order_by(variant.product_id, variant.position)
    )
    found: dict[UUID, list[Variant]] = {}
    for row in rows:
        found.setdefault(row.product_id, []).append(_variant(row))
    return found


def _variant(row: Row[Any]) -> Variant:
    return Variant(
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
        None if row.net_quantity is None else NetContent(row.net_quantity, cast("ContentUnit", row.net_unit)),
        row.tax_rate,
        row.tax_included,
        None if row.deposit is None else Deposit(row.deposit_name, Money(amount=row.deposit, currency=row.currency)),
        None if row.piece_min is None else PieceWeight(row.piece_min, row.piece_max),
        tuple(Window(**window) for window in row.season),
        row.in_season,
        row.season_changes_on,
        None
        if row.session_starts_at is None
        else Session(row.session_starts_at, row.session_ends_at, place_of(row.session_place)),
    )


async def save(work: Work, products: Sequence[Product], makers: Mapping[UUID, Maker]) -> None:
    """Adds products with their variants, or brings them up to date; ``makers`` are their owners by member."""
    if not products:
        return
    new = insert(models.Product)
    kept = ("id", "member_id", "created_at")
    rows = [_product_row(product, makers[product.member_id], work.now) for product in products]
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
    if not variants:
        return
    await work.execute(
        add.on_conflict_do_update(
            index_elements=[models.Variant.id],
            set_={name: add.excluded[name] for name in variants[0] if name not in fixed},
        ),
        variants,
    )


def _product_row(product: Product, maker: Maker, now: datetime) -> dict[str, Any]:
    allergens, conservation = product.allergens, product.conservation
    index = index_of(product, maker)
    season, next_season = calendar(product)
    return {
        "id": product.id,
        "member_id": product.member_id,
        "kind": product.kind,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "practices": list(product.practices),
        "shown_practices": shown(product.practices, maker.withheld),
        "translations": {tag: asdict(wording) for tag, wording in product.translations.items()},
        "contains": None if allergens is None else list(allergens.contains),
        "may_contain": None if allergens is None else list(allergens.may_contain),
        "storage": None if conservation is None else conservation.storage,
        "shelf_life_days": None if conservation is None else conservation.shelf_life_days,
        "conservation": None if conservation is None else conservation.note,
        "place": written(product.place),
        "photos": [{"id": str(one.id), "caption": one.caption} for one in product.photos],
        "status": product.status,
        "version": product.version,
        "sort_name": fold(product.name),
        "document": index.document,
        "head": index.head,
        "season": season,
        "next_season": next_season,
        "lowest_price": min((variant.price.amount for variant in product.listed), default=None),
        "units": sorted({variant.unit for variant in product.listed}),
        "created_at": now,
        "changed_at": now,
    }


def _variant_row(product: Product, place: int, variant: Variant) -> dict[str, Any]:
    content, deposit, weight, session = variant.net_content, variant.deposit, variant.piece_weight, variant.session
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
        "net_quantity": content and content.quantity,
        "net_unit": content and content.unit,
        "tax_rate": variant.tax_rate,
        "tax_included": variant.tax_included,
        "deposit_name": deposit and deposit.name,
        "deposit": deposit and deposit.price.amount,
        "piece_min": weight and weight.min,
        "piece_max": weight and weight.max,
        "season": [asdict(window) for window in variant.season],
        "in_season": variant.in_season,
        "season_changes_on": variant.season_changes_on,
        "session_starts_at": session and session.starts_at,
        "session_ends_at": session and session.ends_at,
        "session_place": written(session.place) if session else None,
    }


async def products_of(work: Work, variant_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The product of each variant."""
    variant = models.Variant
    rows = await work.execute(select(variant.id, variant.product_id).where(among(variant.id, variant_ids)))
    return {row.id: row.product_id for row in rows}


async def owners(work: Work, product_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The member that each product belongs to, without locking."""
    product = models.Product
    rows = await work.execute(select(product.id, product.member_id).where(among(product.id, product_ids)))
    return {row.id: row.member_id for row in rows}


async def owner_of_variant(connection: AsyncConnection, variant_id: UUID) -> UUID | None:
    """The member that a variant belongs to."""
    variant = models.Variant
    row = await connection.execute(select(variant.member_id).where(variant.id == variant_id))
    return row.scalar_one_or_none()
