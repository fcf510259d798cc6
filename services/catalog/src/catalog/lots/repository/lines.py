"""Statements about what the orders piece said: lines that are packed for, and deliveries."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.lots.models import Lot as LotRow
from catalog.lots.models import LotDelivery, LotLine
from catalog.lots.repository.lots import among
from catalog.lots.rules.packing import Need
from kit.database import Work

_LEARN = text("""
INSERT INTO lot_lines (line_id, order_id, cycle_id, member_id, variant_id, name, packed)
SELECT * FROM unnest(CAST(:line_id AS uuid[]), CAST(:order_id AS uuid[]), CAST(:cycle_id AS uuid[]),
                     CAST(:member_id AS uuid[]), CAST(:variant_id AS uuid[]), CAST(:name AS text[]),
                     CAST(:packed AS numeric[])) AS new (line_id, order_id, cycle_id, member_id, variant_id, name, packed)
ORDER BY line_id
ON CONFLICT (line_id) DO UPDATE SET packed = EXCLUDED.packed WHERE lot_lines.packed IS DISTINCT FROM EXCLUDED.packed
""")
_DROP = text("""
DELETE FROM lot_lines AS l
WHERE l.order_id = ANY(CAST(:orders AS uuid[])) AND NOT l.line_id = ANY(CAST(:lines AS uuid[]))
  AND NOT EXISTS (SELECT FROM lot_flows AS f WHERE f.line_id = l.line_id)
""")
_PACKED = text("""
SELECT l.line_id, -sum(f.quantity) AS quantity
FROM lot_lines AS l JOIN lot_flows AS f ON f.line_id = l.line_id
JOIN lots AS t ON t.id = f.lot_id AND t.variant_id = l.variant_id
WHERE l.line_id = ANY(CAST(:lines AS uuid[])) GROUP BY l.line_id
""")


async def learn(work: Work, lines: Sequence[Mapping[str, Any]]) -> None:
    """Lines of orders as they are now, in one statement."""
    if lines:
        await work.execute(_LEARN, {name: [line[name] for line in lines] for name in lines[0]})


async def drop(work: Work, orders: Collection[UUID], lines: Collection[UUID]) -> None:
    """Forgets the lines of these orders that are no more, unless something was packed for them."""
    await work.execute(_DROP, {"orders": list(orders), "lines": list(lines)})


async def packed(work: Work, line_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """How much of each line is known to have come out of lots; jars that went along are not counted."""
    rows = await work.execute(_PACKED, {"lines": list(line_ids)})
    return {row.line_id: row.quantity for row in rows}


# The jar that goes along is of something else: it does not say where the honey is from.
_WITHOUT_LOT = text("""
SELECT l.line_id, l.cycle_id, l.variant_id, l.packed - coalesce(sum(f.packed), 0) AS quantity
FROM unnest(CAST(:cycles AS uuid[]), CAST(:variants AS uuid[])) AS asked (cycle_id, variant_id)
JOIN lot_lines AS l ON l.cycle_id = asked.cycle_id AND l.variant_id = asked.variant_id
LEFT JOIN LATERAL (
    SELECT -f.quantity AS packed FROM lot_flows AS f JOIN lots AS t ON t.id = f.lot_id AND t.variant_id = l.variant_id
    WHERE f.line_id = l.line_id
) AS f ON true
WHERE l.packed > 0 GROUP BY l.line_id HAVING l.packed > coalesce(sum(f.packed), 0) ORDER BY l.line_id
""")


async def without_lot(work: Work, keys: Collection[tuple[UUID, UUID]]) -> list[Need]:
    """Of these cycles and variants, what was collected and is not known to have come out of a lot."""
    asked = list(keys)
    params = {"cycles": [one[0] for one in asked], "variants": [one[1] for one in asked]}
    rows = await work.execute(_WITHOUT_LOT, params)
    return [Need(row.line_id, row.cycle_id, row.variant_id, row.quantity) for row in rows]


async def known(work: Work, line_ids: Collection[UUID]) -> dict[UUID, Any]:
    """These lines, those that were heard of; locked."""
    statement = (
        select(LotLine.line_id, LotLine.variant_id, LotLine.member_id, LotLine.packed)
        .where(among(LotLine.line_id, line_ids))
        .order_by(LotLine.line_id)
        .with_for_update()
    )
    return {row.line_id: row for row in await work.execute(statement)}


async def delivered_for(work: Work, keys: Collection[tuple[UUID, UUID]]) -> list[UUID]:
    """The lots that were delivered for these cycles and variants, and are with the network still."""
    statement = select(LotRow.id).where(
        tuple_(LotRow.cycle_id, LotRow.variant_id).in_(list(keys)), LotRow.balance > 0, LotRow.member_id.is_(None)
    )
    return list((await work.execute(statement)).scalars())


async def deliveries(work: Work, purchase_order_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Any]:
    """What was said last of each variant of these purchase orders."""
    columns = LotDelivery.__table__.columns
    statement = select(*columns).where(among(LotDelivery.purchase_order_id, purchase_order_ids))
    return {(row.purchase_order_id, row.variant_id): row for row in await work.execute(statement)}


async def note_delivery(work: Work, values: Mapping[str, Any]) -> None:
    new = upsert(LotDelivery).values(**values)
    await work.execute(
        new.on_conflict_do_update(
            index_elements=["purchase_order_id", "variant_id"],
            set_={name: new.excluded[name] for name in ("accepted", "stated", "lot_id", "source_id")},
        )
    )


_STATED = text("""
SELECT asked.producer_id, asked.stated, l.id
FROM unnest(CAST(:producers AS uuid[]), CAST(:stated AS text[])) AS asked (producer_id, stated)
JOIN lots AS l ON l.producer_id = asked.producer_id AND l.member_id = asked.producer_id
             AND (l.number = asked.stated OR l.code = asked.stated OR l.id::text = lower(asked.stated))
""")


async def stated(work: Work, named: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], list[UUID]]:
    """The lots, still with their producer, that it called so: by number, by its own code, or by id."""
    asked = list(named)
    params = {"producers": [one[0] for one in asked], "stated": [one[1] for one in asked]}
    found: dict[tuple[UUID, str], list[UUID]] = {}
    for row in await work.execute(_STATED, params):
        found.setdefault((row.producer_id, row.stated), []).append(row.id)
    return found
