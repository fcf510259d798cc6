"""Statements about what was delivered, and about what each order gets of it."""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.base import AnyRow
from orders.receiving.models import Receipt

_LOCK = text("SELECT id, cycle_id, supplier_id, currency FROM purchase_order WHERE id = :id FOR UPDATE")
_LINES = text("""
SELECT l.variant_id, l.unit, (
  SELECT max(r.id) FROM receipt r WHERE r.purchase_order_id = l.purchase_order_id AND r.variant_id = l.variant_id
) AS last_receipt
FROM purchase_order_line l WHERE l.purchase_order_id = :id
""")
_LOCK_ORDERS = text("""
SELECT o.id, o.number, o.status FROM orders o
WHERE o.cycle_id = :cycle_id AND o.status IN ('confirmed', 'ready', 'collected')
  AND EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND l.variant_id = ANY(CAST(:variants AS uuid[])))
ORDER BY o.id FOR UPDATE
""")
_LOG = text("""
SELECT q.line_id, q.quantity, q.tolerance, l.variant_id, l.step
FROM queue_entry q JOIN order_line l ON l.id = q.line_id JOIN orders o ON o.id = l.order_id
WHERE o.cycle_id = :cycle_id AND o.status IN ('confirmed', 'ready')
  AND l.variant_id = ANY(CAST(:variants AS uuid[]))
ORDER BY q.id
""")
_ALLOCATE = text("""
UPDATE order_line l SET allocated = a.allocated, allocation = a.allocation
FROM jsonb_to_recordset(CAST(:shares AS jsonb)) AS a(line_id uuid, allocated numeric, allocation jsonb)
WHERE l.id = a.line_id
""")


# The newest receipt counts the versions of a delivery; where the cycle has one pickup point, the delivery is there.
_RECEIVED = text("""
SELECT max(r.id) AS version, max(r.received_at) AS received_at, (
  SELECT max(p.name) FROM cycle_pickup k JOIN pickup_point p ON p.id = k.pickup_point_id
  WHERE k.cycle_id = (SELECT cycle_id FROM purchase_order WHERE id = :id) HAVING count(*) = 1
) AS place
FROM receipt r WHERE r.purchase_order_id = :id
""")


async def received(connection: AsyncConnection, purchase_order_id: UUID) -> AnyRow:
    """When something of a purchase order came last, where it is, and which version of the delivery that makes."""
    return (await connection.execute(_RECEIVED, {"id": purchase_order_id})).one()


async def lock_purchase_order(connection: AsyncConnection, purchase_order_id: UUID) -> AnyRow | None:
    return (await connection.execute(_LOCK, {"id": purchase_order_id})).one_or_none()


async def lines(connection: AsyncConnection, purchase_order_id: UUID) -> Sequence[AnyRow]:
    """What was ordered, and the newest receipt of each variant."""
    return (await connection.execute(_LINES, {"id": purchase_order_id})).all()


async def lock_orders(connection: AsyncConnection, cycle_id: UUID, variants: Collection[UUID]) -> Sequence[AnyRow]:
    """The orders that want one of these variants."""
    return (await connection.execute(_LOCK_ORDERS, {"cycle_id": cycle_id, "variants": list(variants)})).all()


async def queue_log(connection: AsyncConnection, cycle_id: UUID, variants: Collection[UUID]) -> Sequence[AnyRow]:
    """Every change of every line of these variants, in order of arrival."""
    return (await connection.execute(_LOG, {"cycle_id": cycle_id, "variants": list(variants)})).all()


async def add_receipts(connection: AsyncConnection, receipts: Sequence[dict[str, Any]]) -> None:
    await connection.execute(insert(Receipt), receipts)


async def allocate(connection: AsyncConnection, shares: Sequence[dict[str, Any]]) -> None:
    """Notes what each line gets, and why."""
    await connection.execute(_ALLOCATE, {"shares": json.dumps(shares)})
