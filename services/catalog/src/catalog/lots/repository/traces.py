"""Recursive questions: from lot to lot along the links, forward and back.

Each step looks up two indexes for each lot found, so a trace costs what it finds, however many flows there are. UNION
drops lots that were found before; that links only run forward is a CHECK, so it ends. ``most`` stops one that is too long.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.lots.repository.lots import by_ids
from catalog.lots.rules.kinds import LossCause, LossName, LotKind, LotUnit
from catalog.lots.rules.lots import Lot
from catalog.lots.rules.tracing import Flow, Reached, Step

# Of what came back empty, the content's past ends there unless containers are asked for.
FORWARD = """
WITH RECURSIVE found (lot_id) AS (
    SELECT unnest(CAST(:lots AS uuid[]))
    UNION
    SELECT next.lot_id
    FROM found CROSS JOIN LATERAL (
        SELECT made.lot_id
        FROM lot_flows AS taken JOIN lot_flows AS made ON made.event_seq = taken.event_seq
        WHERE taken.lot_id = found.lot_id AND taken.quantity < 0 AND taken.kind NOT IN ('packed', 'lost', 'corrected')
          AND made.quantity > 0
        UNION ALL
        SELECT back.lot_id
        FROM lot_flows AS packed JOIN lot_flows AS back ON back.returns = packed.id
        WHERE packed.lot_id = found.lot_id AND packed.kind = 'packed' AND (:containers OR NOT back.emptied)
    ) AS next
)
SELECT lot_id FROM found LIMIT :most
"""
BACK = """
WITH RECURSIVE found (lot_id) AS (
    SELECT unnest(CAST(:lots AS uuid[]))
    UNION
    SELECT before.lot_id
    FROM found CROSS JOIN LATERAL (
        SELECT taken.lot_id
        FROM lots JOIN lot_flows AS taken ON taken.event_seq = lots.made_in
        WHERE lots.id = found.lot_id AND taken.quantity < 0
        UNION ALL
        SELECT packed.lot_id
        FROM lot_flows AS back JOIN lot_flows AS packed ON packed.id = back.returns
        WHERE back.lot_id = found.lot_id AND back.returns IS NOT NULL AND (:containers OR NOT back.emptied)
    ) AS before
)
SELECT lot_id FROM found LIMIT :most
"""
_FORWARD, _BACK = text(FORWARD), text(BACK)

_EVENTS = """
SELECT e.seq, e.id, e.kind, e.happened_on, e.place, e.note, e.cause,
       (SELECT jsonb_object_agg(x.name, x.kg::text) FROM lot_losses AS x WHERE x.event_seq = e.seq) AS losses
FROM lot_events AS e WHERE e.seq = ANY(CAST(:events AS bigint[])) ORDER BY e.seq
"""
_STEPS = text(_EVENTS)
_FLOWS_OF_LOTS = text("""
SELECT f.event_seq, f.lot_id, f.quantity, f.line_id, f.emptied,
       (SELECT p.lot_id FROM lot_flows AS p WHERE p.id = f.returns) AS packed_lot_id
FROM lot_flows AS f WHERE f.lot_id = ANY(CAST(:lots AS uuid[])) ORDER BY f.id
""")
# Back, only what made the lots: not what else became of each lot on the way.
_FLOWS_THAT_MADE = text("""
SELECT f.event_seq, f.lot_id, f.quantity, f.line_id, f.emptied,
       (SELECT p.lot_id FROM lot_flows AS p WHERE p.id = f.returns) AS packed_lot_id
FROM lot_flows AS f
WHERE f.event_seq IN (SELECT made_in FROM lots WHERE id = ANY(CAST(:lots AS uuid[]))) ORDER BY f.id
""")
_LINES = text("""
SELECT l.order_id, l.line_id, l.member_id, l.variant_id, -f.quantity AS quantity, t.unit, f.lot_id
FROM lot_flows AS f JOIN lot_lines AS l ON l.line_id = f.line_id JOIN lots AS t ON t.id = f.lot_id
WHERE f.lot_id = ANY(CAST(:lots AS uuid[])) AND f.line_id IS NOT NULL
ORDER BY f.id
""")
_LOTS_OF_LINE = text("""
SELECT f.lot_id, -sum(f.quantity) AS quantity
FROM lot_flows AS f JOIN lots AS t ON t.id = f.lot_id JOIN lot_lines AS l ON l.line_id = f.line_id
WHERE f.line_id = :line_id AND t.variant_id = l.variant_id GROUP BY f.lot_id ORDER BY f.lot_id
""")
_LINE = text("""
SELECT line_id, order_id, member_id, variant_id, name, packed FROM lot_lines WHERE line_id = :line_id
""")


async def _found(
    connection: AsyncConnection, query: TextClause, lot_ids: Collection[UUID], containers: bool, most: int
) -> list[UUID]:
    params = {"lots": list(lot_ids), "containers": containers, "most": most}
    return list((await connection.execute(query, params)).scalars())


async def forward(connection: AsyncConnection, lot_ids: Collection[UUID], *, containers: bool, most: int) -> list[UUID]:
    """These lots and every lot that has some of them."""
    return await _found(connection, _FORWARD, lot_ids, containers, most)


async def back(connection: AsyncConnection, lot_ids: Collection[UUID], *, containers: bool, most: int) -> list[UUID]:
    """These lots and every lot that some of them came from."""
    return await _found(connection, _BACK, lot_ids, containers, most)


async def lots(connection: AsyncConnection, lot_ids: Collection[UUID]) -> list[Lot]:
    """The lots in the order in which they were made."""
    found = await by_ids(connection, lot_ids)
    return sorted(found.values(), key=lambda lot: (lot.made_in, lot.number))


async def steps(connection: AsyncConnection, lot_ids: Sequence[UUID], *, all_flows: bool) -> list[Step]:
    """The events that made these lots or, with ``all_flows``, all that happened to them; in the order of happening."""
    query = _FLOWS_OF_LOTS if all_flows else _FLOWS_THAT_MADE
    flows: dict[int, list[Flow]] = {}
    for row in await connection.execute(query, {"lots": list(lot_ids)}):
        flow = Flow(row.lot_id, row.quantity, row.line_id, row.packed_lot_id, row.emptied)
        flows.setdefault(row.event_seq, []).append(flow)
    return [
        Step(
            row.id,
            row.seq,
            cast("LotKind", row.kind),
            row.happened_on,
            row.place,
            row.note,
            cast("LossCause | None", row.cause),
            tuple(flows[row.seq]),
            _losses(row.losses),
        )
        for row in await connection.execute(_STEPS, {"events": list(flows)})
    ]


def _losses(found: dict[str, str] | None) -> dict[LossName, Decimal]:
    return {cast("LossName", name): Decimal(kg) for name, kg in (found or {}).items()}


async def lines(connection: AsyncConnection, lot_ids: Collection[UUID]) -> list[Reached]:
    """The lines of orders that these lots were packed for."""
    return [
        Reached(
            row.order_id,
            row.line_id,
            row.member_id,
            row.variant_id,
            row.quantity,
            cast("LotUnit", row.unit),
            row.lot_id,
        )
        for row in await connection.execute(_LINES, {"lots": list(lot_ids)})
    ]


async def lots_of_line(connection: AsyncConnection, line_id: UUID) -> dict[UUID, Decimal]:
    """How much of which lot was packed for a line; not the jars that went along."""
    rows = await connection.execute(_LOTS_OF_LINE, {"line_id": line_id})
    return {row.lot_id: row.quantity for row in rows}


async def line(connection: AsyncConnection, line_id: UUID) -> Any | None:
    """A line of an order, as the orders piece said it."""
    return (await connection.execute(_LINE, {"line_id": line_id})).one_or_none()
