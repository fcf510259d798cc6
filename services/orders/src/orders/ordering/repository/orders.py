"""Statements that read orders, and that note what becomes of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.base import AnyRow

#: An order with its lines, in one row.
ORDER = """
SELECT o.*, (
  SELECT jsonb_agg(jsonb_build_object('line_id', l.id, 'variant_id', l.variant_id, 'producer_id', l.producer_id,
    'producer_name', l.producer_name, 'name', l.name, 'unit', l.unit, 'quantity', trim_scale(l.quantity)::text,
    'tolerance', trim_scale(l.tolerance)::text, 'most', trim_scale(l.most)::text, 'price', l.price, 'total', l.total,
    'credit_share', l.credit_share, 'variable_weight', l.variable_weight, 'hub_offer_id', l.hub_offer_id,
    'hub_fees', l.hub_fees, 'diagnosis', l.diagnosis, 'parts', l.parts, 'allocated', trim_scale(l.allocated)::text,
    'allocation', l.allocation, 'packed', trim_scale(l.packed)::text, 'billed', l.billed) ORDER BY l.position)
  FROM order_line l WHERE l.order_id = o.id) AS lines
FROM orders o
"""
_BY_ID = text(ORDER + " WHERE o.id = :id")
_LOCKED = text(ORDER + " WHERE o.id = :id FOR UPDATE OF o")
_BY_IDS_LOCKED = text(ORDER + " WHERE o.id = ANY(CAST(:ids AS uuid[])) ORDER BY o.id FOR UPDATE OF o")
_OVERDUE = text(
    ORDER + " WHERE o.status = 'placed' AND o.deadline < :now ORDER BY o.id LIMIT :limit FOR UPDATE OF o SKIP LOCKED"
)
_PAGE = text(
    ORDER
    + """
WHERE (CAST(:members AS uuid[]) IS NULL OR o.member_id = ANY(CAST(:members AS uuid[])))
  AND (CAST(:cycle AS uuid) IS NULL OR o.cycle_id = CAST(:cycle AS uuid))
  AND (CAST(:status AS text) IS NULL OR o.status = CAST(:status AS text))
  AND (NOT CAST(:lacking AS boolean) OR (o.reasons <> '[]' AND o.status IN ('confirmed', 'ready', 'collected')))
  AND (CAST(:placed_at AS timestamptz) IS NULL
       OR (o.placed_at, o.id) < (CAST(:placed_at AS timestamptz), CAST(:after AS uuid)))
ORDER BY o.placed_at DESC, o.id DESC LIMIT :limit
"""
)
_ANSWER = """
UPDATE orders o SET {column} = a.answer,
  status = CASE a.outcome WHEN 'confirm' THEN 'confirmed' WHEN 'reject' THEN 'rejected' ELSE o.status END,
  version = o.version + CASE WHEN a.outcome = 'wait' THEN 0 ELSE 1 END,
  decided_at = CASE WHEN a.outcome = 'wait' THEN NULL ELSE CAST(:now AS timestamptz) END,
  reasons = a.reasons
FROM jsonb_to_recordset(CAST(:answers AS jsonb)) AS a(order_id uuid, answer text, outcome text, reasons jsonb)
WHERE o.id = a.order_id
"""
_ANSWERS = {
    "stock": text(_ANSWER.format(column="stock_answer")),
    "funds": text(_ANSWER.format(column="funds_answer")),
}
_LACKING = text("""
UPDATE orders o SET reasons = a.reasons, version = o.version + 1
FROM jsonb_to_recordset(CAST(:answers AS jsonb)) AS a(order_id uuid, reasons jsonb)
WHERE o.id = a.order_id
""")
_SHARED_OUT = text("""
SELECT DISTINCT order_id FROM order_line WHERE order_id = ANY(CAST(:ids AS uuid[])) AND allocated IS NOT NULL
""")
_END = text("""
UPDATE orders SET status = :status, version = version + 1,
  decided_at = coalesce(decided_at, :now), reasons = CAST(:reasons AS jsonb)
WHERE id = ANY(CAST(:ids AS uuid[]))
""")
_UNDECIDED = text("SELECT EXISTS (SELECT FROM orders WHERE cycle_id = :cycle_id AND status = 'placed')")
_READY = text("""
UPDATE orders o SET status = 'ready', version = version + 1
WHERE o.cycle_id = :cycle_id AND o.status = 'confirmed'
  AND NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND l.allocated IS NULL)
""")
_SHARE_CYCLE = text("SELECT * FROM cycle WHERE id = :id FOR SHARE")
_SETTLED = text("""
UPDATE orders SET status = 'settled', version = version + 1
WHERE cycle_id = :cycle_id AND status IN ('confirmed', 'ready', 'collected')
""")


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer of catalog or members makes of an order."""

    order_id: UUID
    answer: str
    outcome: str
    reasons: Sequence[Mapping[str, Any]]


async def order_by_id(connection: AsyncConnection, order_id: UUID) -> AnyRow | None:
    return (await connection.execute(_BY_ID, {"id": order_id})).one_or_none()


async def lock_order(connection: AsyncConnection, order_id: UUID) -> AnyRow | None:
    return (await connection.execute(_LOCKED, {"id": order_id})).one_or_none()


async def lock_orders(connection: AsyncConnection, ids: Sequence[UUID]) -> Sequence[AnyRow]:
    """By id, so that those who lock many do not wait for each other crosswise."""
    return (await connection.execute(_BY_IDS_LOCKED, {"ids": list(ids)})).all()


async def lock_overdue(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[AnyRow]:
    """Orders without all their answers whose time is up; those being answered just now are left."""
    return (await connection.execute(_OVERDUE, {"now": now, "limit": limit})).all()


async def orders_page(
    connection: AsyncConnection,
    *,
    members: Sequence[UUID] | None,
    cycle_id: UUID | None,
    status: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    lacking: bool = False,
) -> Sequence[AnyRow]:
    """Newest first; `members` None is everybody's, `lacking` those under way that are without money or goods."""
    placed_at, order_id = after or (None, None)
    return (
        await connection.execute(
            _PAGE,
            {
                "members": None if members is None else list(members),
                "cycle": cycle_id,
                "status": status,
                "lacking": lacking,
                "placed_at": placed_at,
                "after": order_id,
                "limit": limit,
            },
        )
    ).all()


async def note_answers(connection: AsyncConnection, of: str, answers: Sequence[Answered], now: datetime) -> None:
    """Notes what `stock` or `funds` said of each order, and what follows from it."""
    rows = [
        {
            "order_id": str(item.order_id),
            "answer": item.answer,
            "outcome": item.outcome,
            "reasons": list(item.reasons),
        }
        for item in answers
    ]
    await connection.execute(_ANSWERS[of], {"answers": json.dumps(rows), "now": now})


async def note_lacking(connection: AsyncConnection, answers: Sequence[Answered]) -> None:
    """Notes what these orders, under way, turned out to be without."""
    rows = [{"order_id": str(item.order_id), "reasons": list(item.reasons)} for item in answers]
    await connection.execute(_LACKING, {"answers": json.dumps(rows)})


async def shared_out(connection: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders of which a line has its share of what came; they are locked, as sharing locks them."""
    return set((await connection.execute(_SHARED_OUT, {"ids": list(ids)})).scalars())


async def end_orders(
    connection: AsyncConnection, ids: Sequence[UUID], status: str, reasons: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Rejects or cancels these orders."""
    await connection.execute(
        _END, {"ids": list(ids), "status": status, "reasons": json.dumps(list(reasons)), "now": now}
    )


async def share_cycle(connection: AsyncConnection, cycle_id: UUID) -> AnyRow:
    """The cycle's dates, locked against closing until this transaction ends."""
    return (await connection.execute(_SHARE_CYCLE, {"id": cycle_id})).one()


async def any_undecided(connection: AsyncConnection, cycle_id: UUID) -> bool:
    """Whether an order of the cycle still waits for its answers."""
    return bool((await connection.execute(_UNDECIDED, {"cycle_id": cycle_id})).scalar_one())


async def mark_ready(connection: AsyncConnection, cycle_id: UUID) -> None:
    """Orders whose lines have all been shared out are ready to be packed."""
    await connection.execute(_READY, {"cycle_id": cycle_id})


async def mark_settled(connection: AsyncConnection, cycle_id: UUID) -> None:
    await connection.execute(_SETTLED, {"cycle_id": cycle_id})
