"""Statements that add up what happened in a period. They read every flow of what is asked for, once."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.lots.rules.balance import Key, Moved
from catalog.lots.rules.kinds import LotKind, LotUnit


@dataclass(frozen=True)
class Asked:
    """A period, both days in it, and which lots: at a place, of a product, of a member; all where nothing is said."""

    since: date
    until: date
    place: str | None = None
    product_id: UUID | None = None
    name: str | None = None
    member_id: UUID | None = None


_WHICH = """
(CAST(:place AS text) IS NULL OR l.place = :place)
AND (CAST(:product_id AS uuid) IS NULL OR l.product_id = :product_id)
AND (CAST(:name AS text) IS NULL OR l.name = :name)
AND (CAST(:member_id AS uuid) IS NULL OR l.member_id = :member_id)
"""
_MOVED = text(
    """
SELECT l.product_id, l.name, l.unit, l.kg_per_unit, e.kind, e.cause,
       coalesce(sum(f.quantity) FILTER (WHERE e.happened_on < :since), 0) AS before,
       coalesce(sum(f.quantity) FILTER (WHERE e.happened_on BETWEEN :since AND :until AND f.quantity > 0), 0) AS came_in,
       coalesce(-sum(f.quantity) FILTER (WHERE e.happened_on BETWEEN :since AND :until AND f.quantity < 0), 0) AS went_out,
       coalesce(sum(f.quantity) FILTER (WHERE e.happened_on > :until), 0) AS after
FROM lot_flows AS f JOIN lot_events AS e ON e.seq = f.event_seq JOIN lots AS l ON l.id = f.lot_id
WHERE (which) GROUP BY l.product_id, l.name, l.unit, l.kg_per_unit, e.kind, e.cause
""".replace("(which)", _WHICH)
)
_NOW = text(
    """
SELECT l.product_id, l.name, l.unit, l.kg_per_unit, sum(l.balance) AS balance FROM lots AS l WHERE (which)
GROUP BY l.product_id, l.name, l.unit, l.kg_per_unit
""".replace("(which)", _WHICH)
)
# An event is whole if everything that it moved can be weighed and was asked for: then its losses explain it.
_WITHIN = text(
    """
WITH moved AS (
    SELECT f.event_seq, bool_and(l.kg_per_unit IS NOT NULL AND (which)) AS whole,
           coalesce(sum(f.quantity * l.kg_per_unit) FILTER (WHERE (which)), 0) AS kg
    FROM lot_events AS e JOIN lot_flows AS f ON f.event_seq = e.seq JOIN lots AS l ON l.id = f.lot_id
    WHERE e.kind IN ('split', 'merged', 'delivered', 'transformed', 'composted')
      AND e.happened_on BETWEEN :since AND :until
    GROUP BY f.event_seq
)
SELECT x.name, sum(x.kg) AS kg FROM moved JOIN lot_losses AS x ON x.event_seq = moved.event_seq WHERE moved.whole
GROUP BY x.name
UNION ALL SELECT NULL, -coalesce(sum(kg), 0) FROM moved WHERE NOT whole
""".replace("(which)", _WHICH)
)


def _params(asked: Asked) -> dict[str, Any]:
    return {
        "since": asked.since,
        "until": asked.until,
        "place": asked.place,
        "product_id": asked.product_id,
        "name": asked.name,
        "member_id": asked.member_id,
    }


def _key(row: Any) -> Key:
    return row.product_id, row.name, cast("LotUnit", row.unit), row.kg_per_unit


async def moved(connection: AsyncConnection, asked: Asked) -> list[Moved]:
    """What the flows add up to, by thing and kind."""
    return [
        Moved(_key(row), cast("LotKind", row.kind), row.cause, row.before, row.came_in, row.went_out, row.after)
        for row in await connection.execute(_MOVED, _params(asked))
    ]


async def now(connection: AsyncConnection, asked: Asked) -> dict[Key, Decimal]:
    """What the lots hold, by thing."""
    return {_key(row): row.balance for row in await connection.execute(_NOW, _params(asked))}


async def within(connection: AsyncConnection, asked: Asked) -> tuple[dict[str, Decimal], Decimal]:
    """Kilos that transformations lost, by what they were lost to; and what events took, less what they made, of which
    some can't be weighed or was not asked for."""
    losses: dict[str, Decimal] = {}
    partly = Decimal(0)
    for row in await connection.execute(_WITHIN, _params(asked)):
        if row.name is None:
            partly = row.kg
        else:
            losses[row.name] = row.kg
    return losses, partly
