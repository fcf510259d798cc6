"""Every statement about recalls."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.lots.models import LotEvent
from catalog.lots.service import Reached
from catalog.recalls import models
from catalog.recalls.rules import Recall
from kit.database import Work

_RECALL = (
    models.Recall.id,
    models.Recall.number,
    models.Recall.severity,
    models.Recall.reason,
    models.Recall.advice,
    models.Recall.issued_by,
    models.Recall.issued_at,
    models.Recall.closed_at,
    models.Recall.outcome,
    models.Recall.parts,
    models.Recall.traced_to,
    models.Recall.version,
)


def _recall(row: Any) -> Recall:
    return Recall(*row)


async def add(work: Work, new: Recall) -> None:
    await work.execute(
        insert(models.Recall).values(
            id=new.id,
            number=new.number,
            severity=new.severity,
            reason=new.reason,
            advice=new.advice,
            issued_by=new.issued_by,
            issued_at=new.issued_at,
            outcome=new.outcome,
            parts=new.parts,
            traced_to=new.traced_to,
            version=new.version,
        )
    )


async def save(work: Work, recall: Recall) -> None:
    """How far it was told and traced."""
    await work.execute(
        update(models.Recall)
        .where(models.Recall.id == recall.id)
        .values(parts=recall.parts, traced_to=recall.traced_to, version=recall.version)
    )


async def close(work: Work, recall: Recall, by: UUID) -> None:
    await work.execute(
        update(models.Recall)
        .where(models.Recall.id == recall.id)
        .values(closed_at=recall.closed_at, closed_by=by, outcome=recall.outcome, version=recall.version)
    )


async def one(connection: AsyncConnection, recall_id: UUID) -> Recall | None:
    row = (await connection.execute(select(*_RECALL).where(models.Recall.id == recall_id))).one_or_none()
    return None if row is None else _recall(row)


async def lock(work: Work, recall_id: UUID) -> Recall | None:
    """The recall, nobody else's to change until this transaction ends."""
    row = (await work.execute(select(*_RECALL).where(models.Recall.id == recall_id).with_for_update())).one_or_none()
    return None if row is None else _recall(row)


async def lock_open(work: Work) -> list[Recall]:
    """Open recalls since whose last trace something happened to lots, but those that somebody else is at."""
    newest = select(func.coalesce(func.max(LotEvent.seq), 0)).scalar_subquery()
    rows = await work.execute(
        select(*_RECALL)
        .where(models.Recall.closed_at.is_(None), models.Recall.traced_to < newest)
        .order_by(models.Recall.id)
        .with_for_update(skip_locked=True)
    )
    return [_recall(row) for row in rows]


async def last_event(connection: AsyncConnection, before: datetime) -> int:
    """The last thing that was noted of lots before this instant."""
    query = select(LotEvent.seq).where(LotEvent.recorded_at < before).order_by(LotEvent.seq.desc()).limit(1)
    return (await connection.execute(query)).scalar_one_or_none() or 0


async def page(connection: AsyncConnection, before: tuple[datetime, UUID] | None, limit: int) -> list[Recall]:
    """Recalls, the newest first."""
    query = select(*_RECALL).order_by(models.Recall.issued_at.desc(), models.Recall.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tuple_(models.Recall.issued_at, models.Recall.id) < before)
    return [_recall(row) for row in await connection.execute(query)]


async def add_lots(work: Work, recall_id: UUID, lot_ids: Collection[UUID], named: Collection[UUID]) -> list[UUID]:
    """Adds lots to a recall; returns those that were not in it yet."""
    rows = [{"recall_id": recall_id, "lot_id": lot_id, "named": lot_id in named} for lot_id in sorted(lot_ids)]
    if not rows:
        return []
    added = await work.execute(
        upsert(models.RecallLot).on_conflict_do_nothing().returning(models.RecallLot.lot_id), rows
    )
    return list(added.scalars())


async def named(connection: AsyncConnection, recall_id: UUID) -> list[UUID]:
    """The lots that whoever issued it named."""
    rows = await connection.execute(
        select(models.RecallLot.lot_id).where(models.RecallLot.recall_id == recall_id, models.RecallLot.named)
    )
    return list(rows.scalars())


async def told(connection: AsyncConnection, recall_id: UUID) -> list[tuple[UUID, UUID]]:
    """Lines and lots that were told of."""
    line = models.RecallLine
    rows = await connection.execute(select(line.line_id, line.lot_id).where(line.recall_id == recall_id))
    return [(row.line_id, row.lot_id) for row in rows]


async def add_lines(work: Work, recall_id: UUID, part: int, lines: Sequence[Reached]) -> None:
    await work.execute(
        insert(models.RecallLine),
        [
            {
                "recall_id": recall_id,
                "line_id": line.line_id,
                "lot_id": line.lot_id,
                "order_id": line.order_id,
                "member_id": line.member_id,
                "quantity": line.quantity,
                "unit": line.unit,
                "part": part,
            }
            for line in lines
        ],
    )


_LOTS = text("""
SELECT t.id, t.number, t.name, t.unit, t.balance, t.place, t.producer_id, p.name AS producer, t.best_before, r.named,
    (SELECT count(DISTINCT l.member_id) FROM recall_lines l WHERE l.recall_id = r.recall_id AND l.lot_id = t.id)
        AS members,
    (SELECT coalesce(sum(l.quantity), 0) FROM recall_lines l WHERE l.recall_id = r.recall_id AND l.lot_id = t.id)
        AS packed
FROM recall_lots r JOIN lots t ON t.id = r.lot_id LEFT JOIN producers p ON p.member_id = t.producer_id
WHERE r.recall_id = :recall AND (CAST(:after AS text) IS NULL OR t.number > CAST(:after AS text))
ORDER BY t.number LIMIT :limit
""")


async def lots(connection: AsyncConnection, recall_id: UUID, after: str | None, limit: int) -> Sequence[Any]:
    """The lots of a recall by number: what is left of each, and where, and how many members got some."""
    return (await connection.execute(_LOTS, {"recall": recall_id, "after": after, "limit": limit})).all()


_COUNTS = text("""
SELECT count(DISTINCT member_id) AS members, count(DISTINCT order_id) AS orders, count(*) AS lines
FROM recall_lines WHERE recall_id = :recall
""")


async def counts(connection: AsyncConnection, recall_id: UUID) -> Any:
    """How many members, orders and lines a recall reaches."""
    return (await connection.execute(_COUNTS, {"recall": recall_id})).one()


# What people have in their hands: the lots that were packed, and those that were named.
_GOODS = text("""
SELECT t.number, t.name, t.producer_id, p.name AS producer
FROM recall_lots r JOIN lots t ON t.id = r.lot_id JOIN producers p ON p.member_id = t.producer_id
WHERE r.recall_id = :recall
  AND (r.named OR EXISTS (SELECT FROM recall_lines l WHERE l.recall_id = r.recall_id AND l.lot_id = t.id))
ORDER BY r.named DESC, t.number LIMIT :limit
""")


async def goods(connection: AsyncConnection, recall_id: UUID, limit: int) -> Sequence[Any]:
    return (await connection.execute(_GOODS, {"recall": recall_id, "limit": limit})).all()
