"""Every statement about what orders ask for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.seasons.models import SeasonOrder
from contracts.values import plain
from kit.database import Work


@dataclass(frozen=True)
class Counted:
    """What an order is counted with."""

    cycle_id: UUID
    place_id: UUID
    lines: Mapping[UUID, Decimal]


_LOCK = text("SELECT * FROM season_orders WHERE order_id = ANY(CAST(:ids AS uuid[])) ORDER BY order_id FOR UPDATE")


async def counted(work: Work, order_ids: Collection[UUID]) -> dict[UUID, Counted]:
    """What these orders are counted with so far, locked."""
    rows = await work.execute(_LOCK, {"ids": list(order_ids)})
    return {
        row.order_id: Counted(
            row.cycle_id, row.place_id, {UUID(id_): Decimal(quantity) for id_, quantity in row.lines.items()}
        )
        for row in rows
    }


async def note(work: Work, orders: Mapping[UUID, Counted]) -> None:
    """Orders are counted with this from now on; with nothing they are forgotten."""
    gone = [order_id for order_id, one in orders.items() if not one.lines]
    if gone:
        await work.execute(delete(SeasonOrder).where(SeasonOrder.order_id.in_(gone)))
    rows = [
        {
            "order_id": order_id,
            "cycle_id": one.cycle_id,
            "place_id": one.place_id,
            "lines": {str(variant_id): plain(quantity) for variant_id, quantity in one.lines.items()},
        }
        for order_id, one in orders.items()
        if one.lines
    ]
    if rows:
        new = insert(SeasonOrder)
        await work.execute(
            new.on_conflict_do_update(
                index_elements=[SeasonOrder.order_id],
                set_={name: new.excluded[name] for name in ("cycle_id", "place_id", "lines")},
            ),
            rows,
        )


_OPEN = text("""
INSERT INTO season_demand (cycle_id, place_id, variant_id, quantity)
SELECT cycle_id, place_id, variant_id, 0
FROM unnest(CAST(:cycles AS uuid[]), CAST(:places AS uuid[]), CAST(:variants AS uuid[]))
     AS moved(cycle_id, place_id, variant_id)
ON CONFLICT DO NOTHING
""")
# Locked in the order of their keys, so that two batches never wait for each other.
_MOVE = text("""
WITH locked AS (
    SELECT d.cycle_id, d.place_id, d.variant_id, moved.by
    FROM season_demand d
    JOIN unnest(CAST(:cycles AS uuid[]), CAST(:places AS uuid[]), CAST(:variants AS uuid[]), CAST(:by AS numeric[]))
        AS moved(cycle_id, place_id, variant_id, by) USING (cycle_id, place_id, variant_id)
    ORDER BY 1, 2, 3 FOR UPDATE OF d
)
UPDATE season_demand d SET quantity = d.quantity + locked.by
FROM locked
WHERE d.cycle_id = locked.cycle_id AND d.place_id = locked.place_id AND d.variant_id = locked.variant_id
""")


async def move(work: Work, by: Mapping[tuple[UUID, UUID, UUID], Decimal]) -> None:
    """Adds to what cycles ask for, by cycle, place and variant; takes away where it is below zero."""
    keys = sorted(by)
    if keys:
        params = {
            "cycles": [key[0] for key in keys],
            "places": [key[1] for key in keys],
            "variants": [key[2] for key in keys],
        }
        await work.execute(_OPEN, params)
        await work.execute(_MOVE, {**params, "by": [by[key] for key in keys]})


_THINGS = text("""
WITH products_asked AS (
    SELECT DISTINCT v.product_id
    FROM season_pickups k
    JOIN season_demand d ON d.cycle_id = k.cycle_id AND d.place_id = k.place_id
    JOIN variants v ON v.id = d.variant_id
    WHERE k.starts_at >= :since AND k.starts_at < :until AND d.quantity > 0
      AND (CAST(:place AS uuid) IS NULL OR k.place_id = CAST(:place AS uuid))
    UNION
    SELECT s.product_id FROM season_plans s JOIN planned_weeks w ON w.plan_id = s.id
    WHERE w.week >= CAST(:first AS date) AND w.week <= CAST(:last AS date)
      AND (CAST(:place AS uuid) IS NULL OR s.place_id = CAST(:place AS uuid))
), things AS (
    SELECT coalesce(c.id, p.id) AS id, c.id IS NOT NULL AS is_crop, coalesce(c.name, p.name) AS name,
        coalesce(c.folded_name, p.sort_name) AS sort_name, array_agg(p.id) AS products,
        coalesce(c.unit, (SELECT min(s.unit) FROM season_plans s WHERE s.product_id = p.id),
                 (SELECT v.unit FROM variants v WHERE v.product_id = p.id ORDER BY v.retired, v.position LIMIT 1))
            AS unit
    FROM products_asked a JOIN products p ON p.id = a.product_id
    LEFT JOIN product_crops m ON m.product_id = p.id LEFT JOIN crops c ON c.id = m.crop_id
    WHERE p.kind = 'good'
      AND (CAST(:crop AS uuid) IS NULL OR c.id = CAST(:crop AS uuid))
      AND (CAST(:product AS uuid) IS NULL OR p.id = CAST(:product AS uuid))
    GROUP BY c.id, CASE WHEN c.id IS NULL THEN p.id END, p.id, p.name, p.sort_name
)
SELECT id, bool_or(is_crop) AS is_crop, min(name) AS name, min(sort_name COLLATE "C") AS sort_name,
    min(unit) AS unit, array_agg(DISTINCT one) AS products
FROM things, unnest(products) AS one
GROUP BY id
HAVING CAST(:after_name AS text) IS NULL
    OR (min(sort_name COLLATE "C"), id) > (CAST(:after_name AS text) COLLATE "C", CAST(:after_id AS uuid))
ORDER BY min(sort_name COLLATE "C"), id
LIMIT :limit
""")


async def things(connection: AsyncConnection, params: Mapping[str, Any]) -> Sequence[Any]:
    """Crops, and products that belong to none, that were asked for or are planned, by name."""
    return (await connection.execute(_THINGS, params)).all()


_ORDERED = text("""
SELECT v.product_id, v.unit, v.net_quantity, v.net_unit, k.place_id, date_trunc('week', k.starts_at AT TIME ZONE :zone)::date AS week,
    sum(d.quantity) AS quantity
FROM season_pickups k
JOIN season_demand d ON d.cycle_id = k.cycle_id AND d.place_id = k.place_id
JOIN variants v ON v.id = d.variant_id
WHERE k.starts_at >= :since AND k.starts_at < :until AND v.product_id = ANY(CAST(:products AS uuid[]))
  AND (CAST(:place AS uuid) IS NULL OR k.place_id = CAST(:place AS uuid))
GROUP BY 1, 2, 3, 4, 5, 6
""")


async def ordered(connection: AsyncConnection, params: Mapping[str, Any]) -> Sequence[Any]:
    """What was ordered of these products, by unit and content of the pack, place and week."""
    return (await connection.execute(_ORDERED, params)).all()


_PLANNED = text("""
SELECT s.product_id, s.place_id, w.week, sum(w.quantity) AS quantity, array_agg(DISTINCT s.member_id) AS producers
FROM season_plans s JOIN planned_weeks w ON w.plan_id = s.id
WHERE s.product_id = ANY(CAST(:products AS uuid[])) AND w.week >= CAST(:first AS date) AND w.week <= CAST(:last AS date)
  AND (CAST(:place AS uuid) IS NULL OR s.place_id = CAST(:place AS uuid))
GROUP BY 1, 2, 3
""")


async def planned(connection: AsyncConnection, params: Mapping[str, Any]) -> Sequence[Any]:
    """What is planned of these products, by place and week."""
    return (await connection.execute(_PLANNED, params)).all()


_PICKUPS = text("""
SELECT k.place_id, array_agg(DISTINCT date_trunc('week', k.starts_at AT TIME ZONE :zone)::date) AS weeks,
    (array_agg(k.name ORDER BY k.starts_at DESC))[1] AS name
FROM season_pickups k
WHERE k.starts_at >= :since AND k.starts_at < :until
  AND (CAST(:place AS uuid) IS NULL OR k.place_id = CAST(:place AS uuid))
GROUP BY k.place_id
""")


@dataclass(frozen=True)
class Place:
    """Where is collected, and in which weeks."""

    id: UUID
    name: str
    weeks: frozenset[date]


async def places(connection: AsyncConnection, params: Mapping[str, Any]) -> list[Place]:
    rows = await connection.execute(_PICKUPS, params)
    return [Place(row.place_id, row.name, frozenset(row.weeks)) for row in rows]
