"""Every statement about recalls."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.recalls import LotRecalled, PublicRecall
from kit.database import Work
from orders.base import AnyRow
from orders.recalls.models import Recall, RecallAnswer, RecallLine


async def add(work: Work, recalls: Sequence[LotRecalled | PublicRecall]) -> None:
    """Writes recalls down that are not there yet: whichever part of one comes first."""
    rows = {
        one.recall_id: {
            "id": one.recall_id,
            "number": one.number,
            "severity": one.severity,
            "reason": one.reason,
            "advice": one.advice,
            "issued_at": one.issued_at,
        }
        for one in recalls
    }
    await work.execute(insert(Recall).on_conflict_do_nothing(), [rows[id_] for id_ in sorted(rows)])


_ADD_LINES = text("""
INSERT INTO recall_line (recall_id, line_id, lot, order_id, member_id, variant_id, product, quantity, unit)
SELECT * FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS l(recall_id uuid, line_id uuid, lot text, order_id uuid,
    member_id uuid, variant_id uuid, product text, quantity numeric, unit text)
ON CONFLICT DO NOTHING
RETURNING recall_id, member_id, product, lot, quantity, unit
""")


async def add_lines(work: Work, lines: str) -> Sequence[AnyRow]:
    """Writes lines down, given as a JSON list; returns those that were not known yet."""
    return (await work.execute(_ADD_LINES, {"lines": lines})).all()


async def close(work: Work, recall_ids: Collection[UUID]) -> None:
    await work.execute(
        update(Recall).where(Recall.id.in_(recall_ids), Recall.closed_at.is_(None)).values(closed_at=work.now)
    )


_PAGE = text("""
SELECT r.*,
  (SELECT count(DISTINCT l.member_id) FROM recall_line l WHERE l.recall_id = r.id) AS reached,
  (SELECT count(*) FROM recall_answer a WHERE a.recall_id = r.id) AS answered
FROM recall r
WHERE (CAST(:members AS uuid[]) IS NULL
       OR EXISTS (SELECT FROM recall_line l WHERE l.recall_id = r.id AND l.member_id = ANY(CAST(:members AS uuid[]))))
  AND (CAST(:issued_at AS timestamptz) IS NULL
       OR (r.issued_at, r.id) < (CAST(:issued_at AS timestamptz), CAST(:after AS uuid)))
ORDER BY r.issued_at DESC, r.id DESC LIMIT :limit
""")


async def page(
    connection: AsyncConnection, members: Collection[UUID] | None, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[AnyRow]:
    """Recalls, the newest first; only those that reach these members, unless it is None."""
    params = {
        "members": None if members is None else list(members),
        "issued_at": after[0] if after else None,
        "after": after[1] if after else None,
        "limit": limit,
    }
    return (await connection.execute(_PAGE, params)).all()


async def one(connection: AsyncConnection, recall_id: UUID) -> AnyRow | None:
    return (await connection.execute(select(Recall).where(Recall.id == recall_id))).one_or_none()


_REACHED = text("""
SELECT l.member_id, coalesce(m.name, '') AS name, coalesce(m.number, '') AS number, a.answer, a.note, a.answered_at,
  jsonb_agg(jsonb_build_object('order_id', l.order_id, 'order', o.number, 'line_id', l.line_id, 'product', l.product,
    'lot', l.lot, 'quantity', trim_scale(l.quantity)::text, 'unit', l.unit, 'collected_at', o.collected_at)
    ORDER BY l.product, l.lot, l.line_id) AS lines
FROM recall_line l
LEFT JOIN member m ON m.id = l.member_id
LEFT JOIN orders o ON o.id = l.order_id
LEFT JOIN recall_answer a ON a.recall_id = l.recall_id AND a.member_id = l.member_id
WHERE l.recall_id = :recall AND (CAST(:members AS uuid[]) IS NULL OR l.member_id = ANY(CAST(:members AS uuid[])))
GROUP BY l.member_id, m.name, m.number, a.answer, a.note, a.answered_at
ORDER BY a.answered_at IS NOT NULL, coalesce(m.name, ''), l.member_id
""")


async def reached(connection: AsyncConnection, recall_id: UUID, members: Collection[UUID] | None) -> Sequence[Any]:
    """Whom a recall reaches, with what they got; who has not answered comes first."""
    params = {"recall": recall_id, "members": None if members is None else list(members)}
    return (await connection.execute(_REACHED, params)).all()


async def answer(work: Work, recall_id: UUID, member_id: UUID, said: str, note: str) -> None:
    new = insert(RecallAnswer).values(
        recall_id=recall_id, member_id=member_id, answer=said, note=note, answered_at=work.now
    )
    await work.execute(
        new.on_conflict_do_update(
            index_elements=[RecallAnswer.recall_id, RecallAnswer.member_id],
            set_={name: new.excluded[name] for name in ("answer", "note", "answered_at")},
        )
    )


async def members_of(work: Work, recall_id: UUID, among: Collection[UUID]) -> set[UUID]:
    """Those of these members that the recall reaches."""
    rows = await work.execute(
        select(RecallLine.member_id)
        .where(RecallLine.recall_id == recall_id, RecallLine.member_id.in_(among))
        .distinct()
    )
    return set(rows.scalars())
