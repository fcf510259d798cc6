"""Statements about demand and purchase orders."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.base import AnyRow

_DEMAND = text("""
SELECT l.variant_id, l.producer_id, max(l.producer_name) AS producer_name, max(l.name) AS name, max(l.unit) AS unit,
  sum(l.quantity) AS quantity, sum(l.tolerance) AS tolerance, min(l.case_size) AS case_size,
  sum(l.quantity * l.price) AS goods
FROM order_line l JOIN orders o ON o.id = l.order_id
WHERE o.cycle_id = :cycle_id AND o.status = 'confirmed'
GROUP BY l.variant_id, l.producer_id ORDER BY l.producer_id, name, l.variant_id
""")
_SERIALS = text("SELECT nextval('purchase_order_serial') AS serial FROM generate_series(1, :count)")
_ADD_ORDERS = text("""
INSERT INTO purchase_order SELECT p.* FROM jsonb_populate_recordset(NULL::purchase_order, CAST(:rows AS jsonb)) AS p
""")
_ADD_LINES = text("""
INSERT INTO purchase_order_line
SELECT l.* FROM jsonb_populate_recordset(NULL::purchase_order_line, CAST(:rows AS jsonb)) AS l
""")
_ALLOCATE_NOTHING = text("""
UPDATE order_line l SET allocated = 0, allocation = CAST(:allocations AS jsonb) -> l.variant_id::text
FROM orders o
WHERE o.id = l.order_id AND o.cycle_id = :cycle_id AND o.status = 'confirmed'
  AND l.variant_id = ANY(CAST(:variants AS uuid[]))
""")
PURCHASE_ORDER = """
SELECT p.*, (
  SELECT jsonb_agg(jsonb_build_object('variant_id', l.variant_id, 'name', l.name, 'unit', l.unit,
    'requested', l.requested::text, 'tolerance', l.tolerance::text, 'case_size', l.case_size::text, 'cases', l.cases,
    'ordered', l.ordered::text, 'goods', l.goods::text, 'accepted', r.accepted::text, 'rejected', r.rejected::text,
    'reason', r.reason, 'lot', r.lot) ORDER BY l.name, l.variant_id)
  FROM purchase_order_line l LEFT JOIN LATERAL (
    SELECT * FROM receipt r WHERE r.purchase_order_id = l.purchase_order_id AND r.variant_id = l.variant_id
    ORDER BY r.id DESC LIMIT 1) AS r ON true
  WHERE l.purchase_order_id = p.id) AS lines
FROM purchase_order p
"""
_OF_CYCLE = """
WHERE p.cycle_id = :cycle_id
  AND (CAST(:suppliers AS uuid[]) IS NULL OR p.supplier_id = ANY(CAST(:suppliers AS uuid[])))
ORDER BY p.number
"""
_ORDERS_OF_CYCLE = text(PURCHASE_ORDER + _OF_CYCLE)
_BY_ID = text(PURCHASE_ORDER + " WHERE p.id = :id")


async def demand(connection: AsyncConnection, cycle_id: UUID) -> Sequence[AnyRow]:
    """What all confirmed orders of a cycle want of each variant; `goods` is its exact value in minor units."""
    return (await connection.execute(_DEMAND, {"cycle_id": cycle_id})).all()


async def serials(connection: AsyncConnection, count: int) -> Sequence[int]:
    """Numbers for so many purchase orders."""
    return (await connection.execute(_SERIALS, {"count": count})).scalars().all()


async def add_purchase_orders(
    connection: AsyncConnection, orders: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]]
) -> None:
    await connection.execute(_ADD_ORDERS, {"rows": json.dumps(orders, default=str)})
    await connection.execute(_ADD_LINES, {"rows": json.dumps(lines, default=str)})


async def allocate_nothing(
    connection: AsyncConnection, cycle_id: UUID, allocations: dict[UUID, dict[str, Any]]
) -> None:
    """No line of these variants gets anything, each for the reason given for its variant."""
    await connection.execute(
        _ALLOCATE_NOTHING,
        {
            "cycle_id": cycle_id,
            "variants": list(allocations),
            "allocations": json.dumps({str(variant): why for variant, why in allocations.items()}),
        },
    )


async def purchase_orders(
    connection: AsyncConnection, cycle_id: UUID, suppliers: Sequence[UUID] | None
) -> Sequence[AnyRow]:
    """A cycle's purchase orders with their newest receipts; of these suppliers, or of all."""
    parameters = {"cycle_id": cycle_id, "suppliers": None if suppliers is None else list(suppliers)}
    return (await connection.execute(_ORDERS_OF_CYCLE, parameters)).all()


async def purchase_order(connection: AsyncConnection, purchase_order_id: UUID) -> AnyRow | None:
    return (await connection.execute(_BY_ID, {"id": purchase_order_id})).one_or_none()
