"""Statements about what is offered: the copies of variants, stock and members, and the offers made of them."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.base import AnyRow
from orders.cycles.models import CycleOffer, Member, Variant
from orders.cycles.repository import hubs

_FIELDS = tuple(column.name for column in Variant.__table__.columns if column.name != "id")
_SAVE_VARIANTS = text(
    f"""
INSERT INTO variant (id, {", ".join(_FIELDS)})
SELECT v.id, {", ".join(f"v.{field}" for field in _FIELDS)}
FROM jsonb_populate_recordset(NULL::variant, CAST(:variants AS jsonb)) AS v ORDER BY v.id
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{field} = EXCLUDED.{field}" for field in _FIELDS)}
"""  # noqa: S608 - made of column names of ours
)
_SAVE_OFFERS = text("""
INSERT INTO cycle_offer (cycle_id, variant_id, sort_key, document, diagnosis)
SELECT o.cycle_id, o.variant_id, o.sort_key, o.document, nullif(o.diagnosis, 'null')
FROM jsonb_populate_recordset(NULL::cycle_offer, CAST(:offers AS jsonb)) AS o ORDER BY o.cycle_id, o.variant_id
ON CONFLICT (cycle_id, variant_id) DO UPDATE SET sort_key = EXCLUDED.sort_key, document = EXCLUDED.document,
  diagnosis = EXCLUDED.diagnosis
""")
_SAVE_STOCK = text("""
INSERT INTO stock_level (variant_id, available)
SELECT * FROM unnest(CAST(:variants AS uuid[]), CAST(:available AS numeric[])) AS s(variant_id, available)
ORDER BY variant_id
ON CONFLICT (variant_id) DO UPDATE SET available = EXCLUDED.available
""")
_SAVE_MEMBERS = text("""
INSERT INTO member (id, number, name, status)
SELECT m.id, m.number, m.name, m.status
FROM jsonb_populate_recordset(NULL::member, CAST(:members AS jsonb)) AS m ORDER BY m.id
ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number, name = EXCLUDED.name, status = EXCLUDED.status
""")
# The page is made into JSON by the database: the list is read far more often than anything is written.
# Of several hub offers the most special one is shown, as rules.hubs has it; without a point, those of no point, and of
# what is sold at points only, one of these.
_OFFERS = text(f"""
SELECT EXISTS (SELECT FROM cycle WHERE id = :cycle_id) AS cycle_exists, page.* FROM (
  SELECT coalesce(json_agg(document || jsonb_build_object('available', available) ORDER BY place)
           FILTER (WHERE place <= :limit), '[]')::text AS items,
         max(sort_key) FILTER (WHERE place = :limit) AS last_key,
         max(variant_id::text) FILTER (WHERE place = :limit) AS last_id,
         count(*) > :limit AS more
  FROM (
    SELECT CASE WHEN hub.document IS NULL THEN o.document ELSE o.document || hub.document END AS document,
           o.sort_key, o.variant_id, row_number() OVER (ORDER BY o.sort_key, o.variant_id) AS place,
           CASE WHEN o.document ->> 'stock_policy' = 'tracked' THEN trim_scale(s.available)::text END AS available
    FROM cycle_offer o LEFT JOIN stock_level s ON s.variant_id = o.variant_id
    CROSS JOIN LATERAL (SELECT {hubs.sold_at_hubs_only("o.variant_id")} AS only) AS at_hubs
    LEFT JOIN LATERAL (
      SELECT p.document FROM hub_price p JOIN hub_offer h ON h.id = p.hub_offer_id
      WHERE p.cycle_id = o.cycle_id AND p.variant_id = o.variant_id AND {hubs.IN_FORCE}
        AND (h.pickup_point_id IS NULL OR h.pickup_point_id = CAST(:point AS uuid)
             OR (CAST(:point AS uuid) IS NULL AND at_hubs.only))
      ORDER BY CAST(:point AS uuid) IS NULL AND h.pickup_point_id IS NOT NULL,
        h.rank DESC, h.valid_from DESC, h.id DESC LIMIT 1
    ) AS hub ON true
    WHERE o.cycle_id = :cycle_id AND (hub.document IS NOT NULL OR NOT at_hubs.only)
      AND (CAST(:key AS text) IS NULL OR (o.sort_key, o.variant_id) > (CAST(:key AS text), CAST(:after AS uuid)))
    ORDER BY o.sort_key, o.variant_id LIMIT :limit + 1
  ) AS shown
) AS page
""")  # noqa: S608 - made of texts of ours


async def one_at_a_time(connection: AsyncConnection) -> None:
    """Until this transaction ends, nobody else plans a cycle or publishes: else each could miss the other's news."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('trama-offers'))"))


async def save_variants(connection: AsyncConnection, variants: Sequence[dict[str, Any]]) -> None:
    await connection.execute(_SAVE_VARIANTS, {"variants": json.dumps(variants)})


async def variants_of_suppliers(connection: AsyncConnection, supplier_ids: Collection[UUID]) -> Sequence[AnyRow]:
    statement = select(*Variant.__table__.columns).where(Variant.producer_id.in_(supplier_ids))
    return (await connection.execute(statement)).all()


async def variants_by_ids(
    connection: AsyncConnection, *, ids: Collection[UUID] = (), product_ids: Collection[UUID] = ()
) -> Sequence[AnyRow]:
    """These variants, and those of these products."""
    statement = select(*Variant.__table__.columns).where(or_(Variant.id.in_(ids), Variant.product_id.in_(product_ids)))
    return (await connection.execute(statement)).all()


async def variants_of_products(connection: AsyncConnection, product_ids: Collection[UUID]) -> Sequence[UUID]:
    statement = select(Variant.id).where(Variant.product_id.in_(product_ids))
    return (await connection.execute(statement)).scalars().all()


async def withdraw_variants(connection: AsyncConnection, variant_ids: Collection[UUID]) -> None:
    """They are on offer nowhere any more; order lines keep their own copy."""
    await connection.execute(delete(CycleOffer).where(CycleOffer.variant_id.in_(variant_ids)))
    await connection.execute(delete(Variant).where(Variant.id.in_(variant_ids)))


async def save_offers(connection: AsyncConnection, offers: Sequence[dict[str, Any]]) -> None:
    await connection.execute(_SAVE_OFFERS, {"offers": json.dumps(offers)})


async def save_stock(connection: AsyncConnection, levels: Sequence[tuple[UUID, Any]]) -> None:
    await connection.execute(
        _SAVE_STOCK, {"variants": [level[0] for level in levels], "available": [level[1] for level in levels]}
    )


async def save_members(connection: AsyncConnection, members: Sequence[dict[str, Any]]) -> None:
    await connection.execute(_SAVE_MEMBERS, {"members": json.dumps(members)})


async def known_members(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    return set((await connection.execute(select(Member.id).where(Member.id.in_(ids)))).scalars())


@dataclass(frozen=True, slots=True)
class Reading:
    """Which offers are read: of a cycle, perhaps at a pickup point, at an instant."""

    cycle_id: UUID
    pickup_point_id: UUID | None
    now: datetime


async def offers_page(
    connection: AsyncConnection, reading: Reading, after: tuple[str, UUID] | None, limit: int
) -> AnyRow:
    """One row: whether there is such a cycle, the page as JSON text, and the key of its last offer if more follow."""
    key, variant_id = after or (None, None)
    return (
        await connection.execute(
            _OFFERS,
            {
                "cycle_id": reading.cycle_id,
                "point": reading.pickup_point_id,
                "now": reading.now,
                "key": key,
                "after": variant_id,
                "limit": limit,
            },
        )
    ).one()
