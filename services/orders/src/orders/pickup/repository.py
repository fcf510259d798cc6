"""Statements about packing and handing over."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.base import AnyRow

_TARIFF = text("""
SELECT c.currency, coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'kind', f.kind, 'value', f.value::text,
  'payee', f.payee, 'threshold', f.threshold::text, 'discounted', f.discounted::text) ORDER BY f.position)
  FILTER (WHERE f.cycle_id IS NOT NULL), '[]') AS fees
FROM cycle c LEFT JOIN cycle_fee f ON f.cycle_id = c.id WHERE c.id = :cycle_id GROUP BY c.id
""")
_PACK = text("""
UPDATE order_line l SET packed = p.packed, billed = p.billed, parts = p.parts
FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS p(line_id uuid, packed numeric, billed bigint, parts jsonb)
WHERE l.id = p.line_id
""")
_COLLECT = text("""
UPDATE orders SET status = 'collected', version = version + 1, collected_at = :collected_at,
  collected_by = :collected_by, billed = :billed, breakdown = CAST(:breakdown AS jsonb), payment = :payment,
  paid = :paid, paid_at = :paid_at
WHERE id = :id
""")
_TO_PACK = text("""
SELECT o.number, o.id AS order_id, o.status, coalesce(m.name, '') AS member, coalesce(m.number, '') AS member_number,
  p.name AS pickup_point, l.name, l.producer_name, l.unit, l.quantity, l.tolerance, l.allocated, l.packed, l.id AS line_id,
  l.variant_id
FROM orders o JOIN order_line l ON l.order_id = o.id JOIN pickup_point p ON p.id = o.pickup_point_id
LEFT JOIN member m ON m.id = o.member_id
WHERE o.cycle_id = :cycle_id AND o.status IN ('confirmed', 'ready', 'collected', 'settled')
  AND (CAST(:point AS uuid) IS NULL OR o.pickup_point_id = CAST(:point AS uuid))
ORDER BY p.name, member, o.number, l.position
""")


async def cycle_tariff(connection: AsyncConnection, cycle_id: UUID) -> AnyRow:
    """The currency of a cycle and its fees."""
    return (await connection.execute(_TARIFF, {"cycle_id": cycle_id})).one()


async def note_packed(connection: AsyncConnection, lines: Sequence[Mapping[str, Any]]) -> None:
    """What was packed of each line, and what it costs."""
    await connection.execute(_PACK, {"lines": json.dumps(list(lines), default=str)})


async def note_collected(
    connection: AsyncConnection,
    order_id: UUID,
    *,
    collected_at: datetime,
    collected_by: UUID,
    billed: int,
    breakdown: Sequence[Mapping[str, Any]],
    payment: str,
    paid: int | None,
    paid_at: datetime | None,
) -> None:
    """The order was handed over; `paid` is cash in minor units."""
    await connection.execute(
        _COLLECT,
        {
            "id": order_id,
            "collected_at": collected_at,
            "collected_by": collected_by,
            "billed": billed,
            "breakdown": json.dumps(list(breakdown)),
            "payment": payment,
            "paid": paid,
            "paid_at": paid_at,
        },
    )


async def lines_to_pack(connection: AsyncConnection, cycle_id: UUID, point: UUID | None) -> Sequence[AnyRow]:
    """Every line of a cycle's orders, by pickup point and member."""
    return (await connection.execute(_TO_PACK, {"cycle_id": cycle_id, "point": point})).all()
