"""Statements about what a cycle comes to, and about the transfers that follow."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.base import AnyRow

_SOLD = text("""
SELECT o.id, o.number, o.member_id, o.status, o.credit, o.paid, jsonb_agg(jsonb_build_object(
    'producer_id', l.producer_id, 'price', l.price, 'unit', l.unit, 'credit_share', l.credit_share,
    'hub_fees', l.hub_fees,
    'allocated', l.allocated::text, 'packed', l.packed::text) ORDER BY l.position) AS lines
FROM orders o JOIN order_line l ON l.order_id = o.id
WHERE o.cycle_id = :cycle_id AND o.status IN ('confirmed', 'ready', 'collected')
GROUP BY o.id ORDER BY o.id
""")
_ACCEPTED = text("""
SELECT p.id AS purchase_order_id, p.supplier_id, p.number, l.variant_id, l.name, l.goods, l.requested, (
  SELECT r.accepted FROM receipt r WHERE r.purchase_order_id = p.id AND r.variant_id = l.variant_id
  ORDER BY r.id DESC LIMIT 1) AS accepted
FROM purchase_order p JOIN purchase_order_line l ON l.purchase_order_id = p.id
WHERE p.cycle_id = :cycle_id ORDER BY p.number, l.variant_id
""")
_ADD_PARTS = text("""
INSERT INTO settlement_part SELECT p.* FROM jsonb_populate_recordset(NULL::settlement_part, CAST(:rows AS jsonb)) AS p
""")
_ADD_ENTRIES = text("""
INSERT INTO settlement_entry SELECT e.* FROM jsonb_populate_recordset(NULL::settlement_entry, CAST(:rows AS jsonb)) AS e
""")
_POSTED = text("""
UPDATE settlement_part SET posted_at = :now WHERE id = ANY(CAST(:ids AS uuid[])) AND posted_at IS NULL
""")
_CYCLES_OF = text("""
SELECT DISTINCT c.id FROM settlement_part p JOIN cycle c ON c.id = p.cycle_id
WHERE p.id = ANY(CAST(:ids AS uuid[])) ORDER BY c.id
""")
_UNPOSTED = text("""
SELECT EXISTS (SELECT FROM settlement_part WHERE cycle_id = :cycle_id AND posted_at IS NULL)
""")
_SUMS = text("""
SELECT e.cause, e.currency, CASE WHEN e.cause = 'order' THEN e.debit ELSE e.credit END AS account,
  CASE WHEN e.cause = 'fee' THEN e.reference ELSE '' END AS name, sum(e.minor) AS minor
FROM settlement_entry e JOIN settlement_part p ON p.id = e.part_id
WHERE p.cycle_id = :cycle_id AND e.cause <> 'difference' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
""")
_SALES = text("""
SELECT e.currency, sum(CASE WHEN e.credit = 'network:sales' THEN e.minor WHEN e.debit = 'network:sales' THEN -e.minor
  ELSE 0 END) AS remaining,
  sum(CASE WHEN e.cause <> 'difference' THEN 0 WHEN e.credit = 'network:difference' THEN e.minor ELSE -e.minor END)
    AS adjusted
FROM settlement_entry e JOIN settlement_part p ON p.id = e.part_id
WHERE p.cycle_id = :cycle_id GROUP BY e.currency ORDER BY e.currency
""")
_PARTS = text("""
SELECT count(*) AS parts, count(posted_at) AS posted FROM settlement_part WHERE cycle_id = :cycle_id
""")


async def sold(connection: AsyncConnection, cycle_id: UUID) -> Sequence[AnyRow]:
    """The orders of a cycle that were confirmed, with what was allocated and packed of each line."""
    return (await connection.execute(_SOLD, {"cycle_id": cycle_id})).all()


async def accepted(connection: AsyncConnection, cycle_id: UUID) -> Sequence[AnyRow]:
    """What was ordered from the suppliers, and what of it was accepted; null where nothing was received yet."""
    return (await connection.execute(_ACCEPTED, {"cycle_id": cycle_id})).all()


async def add_settlement(
    connection: AsyncConnection, parts: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]
) -> None:
    await connection.execute(_ADD_PARTS, {"rows": json.dumps(list(parts), default=str)})
    await connection.execute(_ADD_ENTRIES, {"rows": json.dumps(list(entries), default=str)})


async def cycles_of_parts(connection: AsyncConnection, part_ids: Sequence[UUID]) -> Sequence[UUID]:
    return (await connection.execute(_CYCLES_OF, {"ids": list(part_ids)})).scalars().all()


async def note_posted(connection: AsyncConnection, part_ids: Sequence[UUID], now: datetime) -> None:
    """The ledger has these parts."""
    await connection.execute(_POSTED, {"ids": list(part_ids), "now": now})


async def any_unposted(connection: AsyncConnection, cycle_id: UUID) -> bool:
    """Whether the ledger still lacks a part of the cycle's settlement."""
    return bool((await connection.execute(_UNPOSTED, {"cycle_id": cycle_id})).scalar_one())


async def sums(connection: AsyncConnection, cycle_id: UUID) -> Sequence[AnyRow]:
    """What each account pays or gets, by cause and currency."""
    return (await connection.execute(_SUMS, {"cycle_id": cycle_id})).all()


async def sales(connection: AsyncConnection, cycle_id: UUID) -> Sequence[AnyRow]:
    """What remains in network:sales by currency, and what was moved to network:difference to get there."""
    return (await connection.execute(_SALES, {"cycle_id": cycle_id})).all()


async def parts(connection: AsyncConnection, cycle_id: UUID) -> AnyRow:
    """In how many parts the settlement was sent, and how many the ledger has."""
    return (await connection.execute(_PARTS, {"cycle_id": cycle_id})).one()
