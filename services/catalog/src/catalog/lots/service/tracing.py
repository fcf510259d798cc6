"""Where a lot came from and where it went; what of that anybody may know."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.lots.repository import lots as repository
from catalog.lots.repository import traces
from catalog.lots.rules.lots import Lot
from catalog.lots.rules.tracing import MOST_LOTS, Direction, Reached, Trace
from catalog.lots.service.recording import seen_by
from contracts.members import OFFERING_KINDS
from kit.actor import Actor
from kit.errors import NotFound

#: Lots that a recall may concern: nobody should be left out of one.
MOST_RECALLED = 1_000_000


async def forward(connection: AsyncConnection, lot_ids: Collection[UUID]) -> list[Reached]:
    """Every line of an order that got some of these lots or of what was made of them; for recalls."""
    found = await traces.forward(connection, lot_ids, containers=False, most=MOST_RECALLED)
    return await traces.lines(connection, found)


async def reached_lots(connection: AsyncConnection, lot_ids: Collection[UUID]) -> list[Lot]:
    """These lots and every lot that has some of them: what of it is still there is to be held back."""
    found = await traces.forward(connection, lot_ids, containers=False, most=MOST_RECALLED)
    return await traces.lots(connection, found)


async def backward(connection: AsyncConnection, lot_ids: Collection[UUID]) -> list[Lot]:
    """These lots and every lot that some of them came from, in the order in which they were made."""
    found = await traces.back(connection, lot_ids, containers=False, most=MOST_RECALLED)
    return await traces.lots(connection, found)


async def trace(
    connection: AsyncConnection, starts: Collection[UUID], direction: Direction, *, containers: bool = False
) -> Trace:
    """The whole chain behind these lots, or before them: five statements, however long it is.

    With ``containers`` it goes on through jars and cans that came back empty.
    """
    follow = traces.forward if direction == "forward" else traces.back
    found = await follow(connection, starts, containers=containers, most=MOST_LOTS + 1)
    kept = found[:MOST_LOTS]
    lots = await traces.lots(connection, kept)
    steps = await traces.steps(connection, kept, all_flows=direction == "forward")
    lines = await traces.lines(connection, kept) if direction == "forward" else []
    return Trace(direction, tuple(starts), tuple(lots), tuple(steps), tuple(lines), len(found) <= MOST_LOTS)


async def one(connection: AsyncConnection, actor: Actor, key: UUID | str) -> Lot:
    """A lot by id or number, for who has it, who made it and the coordinators. Raises NotFound."""
    return seen_by(actor, await repository.find(connection, key))


@dataclass(frozen=True)
class LineOrigin:
    """What a family got, and from which lots; ``unknown`` is what nobody noted a lot of."""

    line: Any
    lots: Mapping[UUID, Decimal]
    trace: Trace

    @property
    def unknown(self) -> Decimal:
        known = sum(self.lots.values(), Decimal(0))
        return max(Decimal(0), (self.line.packed or known) - known)


async def of_line(connection: AsyncConnection, actor: Actor, line_id: UUID) -> LineOrigin:
    """Where a line of an order came from; for the member whose order it is, and the coordinators. Raises NotFound."""
    line = await traces.line(connection, line_id)
    if line is None or not (actor.acts_for(line.member_id) or actor.has("coordinator")):
        raise NotFound("order_line_not_found", "There is no such line of an order, or nothing was packed for it yet")
    lots = await traces.lots_of_line(connection, line_id)
    return LineOrigin(line, lots, await trace(connection, list(lots), "back"))


@dataclass(frozen=True)
class Shown:
    """What anybody may know of the lots of a trace: who offers under which name, and how it is made."""

    producers: Mapping[UUID, str]
    practices: Mapping[UUID, list[str]]
    #: Names of plots that their owners show.
    plots: Mapping[UUID, str]


async def shown(connection: AsyncConnection, lots: Collection[Lot]) -> Shown:
    """Names of those who offer, and never of families; practices of what is on offer."""
    member_ids = {lot.thing.producer_id for lot in lots} - {None}
    product_ids = {lot.thing.product_id for lot in lots} - {None}
    names = await repository.names(connection, [id_ for id_ in member_ids if id_])
    plot_ids = {lot.thing.plot_id for lot in lots} - {None}
    practices = await repository.practices(connection, [id_ for id_ in product_ids if id_])
    plots = await repository.plots(connection, [id_ for id_ in plot_ids if id_])
    return Shown(
        {id_: name for id_, (name, kind) in names.items() if kind in OFFERING_KINDS},
        {id_: known for id_, (status, known) in practices.items() if status == "published"},
        {id_: name for id_, (_, name) in plots.items() if name},
    )


async def origin(connection: AsyncConnection, key: UUID | str) -> Trace:
    """Where a lot came from, for anybody who has its code. Raises NotFound, also for what is with its maker still and
    not on offer: who made it has not shown it to anybody."""
    lot = await repository.find(connection, key)
    if lot is None or not await repository.has_left(connection, lot.id):
        raise NotFound("lot_not_found", "There is no such lot")
    return await trace(connection, [lot.id], "back")
