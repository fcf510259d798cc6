"""Every statement that the lists are read by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Subquery, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.exports.listed import Left, Listed
from catalog.producers.models import Producer, ProducerPage
from catalog.products import models
from catalog.products import repository as products
from catalog.products.repository.among import among
from catalog.products.rules import Status
from catalog.stock.models import Stock

#: A product's name, folded, and its id: what the lists go by.
Key = tuple[str, UUID]


@dataclass(frozen=True)
class Which:
    """Which products go out: of these members or of all, in these states; only goods that are on sale today, only one."""

    statuses: tuple[Status, ...]
    member_ids: frozenset[UUID] | None = None
    goods: bool = False
    product_id: UUID | None = None


@dataclass(frozen=True)
class Found:
    """Products in order, with the key of the last one if there are more."""

    listed: list[Listed]
    more_after: Key | None


def _chosen(which: Which, after: Key | None) -> Select[UUID, str, list[str], str, str]:
    product = models.Product
    query = (
        select(
            product.id,
            product.sort_name,
            product.shown_practices,
            func.coalesce(Producer.name, "").label("producer"),
            func.coalesce(ProducerPage.story, "").label("story"),
        )
        .join(Producer, Producer.member_id == product.member_id, isouter=True)
        .join(ProducerPage, ProducerPage.member_id == product.member_id, isouter=True)
        .where(product.status.in_(which.statuses))
        .order_by(product.sort_name, product.id)
    )
    if which.member_ids is not None:
        query = query.where(among(product.member_id, which.member_ids))
    if which.goods:
        variant = models.Variant
        on_sale = (
            select(variant.id)
            .where(variant.product_id == product.id, ~variant.retired, variant.in_season, variant.unit != "HUR")
            .exists()
        )
        query = query.where(product.kind == "good", on_sale)
    if which.product_id is not None:
        query = query.where(product.id == which.product_id)
    if after is not None:
        name, id_ = after
        query = query.where(
            (product.sort_name > name) | ((product.sort_name == name) & (product.id > id_)), product.sort_name >= name
        )
    return query


async def page(connection: AsyncConnection, which: Which, after: Key | None, limit: int, most: int) -> Found:
    """So many whole products by name, or fewer: they have at most ``most`` variants between them."""
    counted = _counted(_chosen(which, after).limit(limit + 1).subquery())
    query = select(counted).where(counted.c.place <= limit, counted.c.total <= most).order_by(counted.c.place)
    rows = list(await connection.execute(query))
    return await _found(connection, rows, more=bool(rows) and not rows[-1].last)


def _counted(chosen: Subquery) -> Subquery:
    """The products chosen, each with how many variants there are as far as it, and whether it is the last."""
    variant = models.Variant
    listed = (
        select(func.count())
        .where(variant.product_id == chosen.c.id, ~variant.retired, variant.session_starts_at.is_(None))
        .scalar_subquery()
    )
    order = (chosen.c.sort_name, chosen.c.id)
    return select(
        chosen,
        func.sum(listed).over(order_by=order).label("total"),
        func.row_number().over(order_by=order).label("place"),
        func.lead(chosen.c.id).over(order_by=order).is_(None).label("last"),
    ).subquery()


async def _found(connection: AsyncConnection, rows: Sequence[Any], *, more: bool) -> Found:
    ids = [row.id for row in rows]
    known = await products.read(connection, ids)
    left = await _left(connection, ids)
    listed = [
        Listed(
            known[row.id],
            row.producer,
            tuple(row.shown_practices),
            {variant.id: left[variant.id] for variant in known[row.id].variants if variant.id in left},
            row.story,
        )
        for row in rows
        if row.id in known
    ]
    last = rows[-1] if rows and more else None
    return Found(listed, None if last is None else (last.sort_name, last.id))


async def _left(connection: AsyncConnection, product_ids: Collection[UUID]) -> dict[UUID, Left]:
    """What there is of the variants of these products."""
    rows = await connection.execute(
        select(Stock.variant_id, Stock.on_hand, (Stock.on_hand - Stock.reserved).label("available"))
        .join(models.Variant, models.Variant.id == Stock.variant_id)
        .where(among(models.Variant.product_id, product_ids), ~models.Variant.retired, Stock.policy == "tracked")
    )
    return {row.variant_id: Left(row.on_hand, row.available) for row in rows}
