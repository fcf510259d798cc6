"""What producers do with their plots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.repository import plots, visits
from catalog.guarantee.rules import plots as rules
from catalog.guarantee.rules.plots import Plot, Without
from catalog.guarantee.service.access import acting_member, check_producer, committee, concerned, id_taken
from catalog.settings import Settings
from kit.actor import Actor
from kit.database import Work
from kit.errors import Invalid, NotFound
from kit.ids import new_id


@dataclass(frozen=True)
class PlotDraft:
    id: UUID | None
    member_id: UUID | None
    name: str
    geometry: Mapping[str, Any]
    hectares: Decimal | None
    crops: Sequence[str]
    without: Sequence[Without]
    published: bool


async def create(work: Work, settings: Settings, actor: Actor, draft: PlotDraft) -> Plot:
    """A plot of the acting member. The same id twice is the same plot. Raises Invalid for what is no field."""
    member_id = await acting_member(work, actor, draft.member_id)
    await check_producer(work, member_id)
    shape = rules.shape(draft.geometry, near=settings.near, said=draft.hectares)
    for place, one in enumerate(draft.without):
        if not date(1900, 1, 1) <= one.since <= work.today:
            raise Invalid("since", "A date that has come", field=f"/without/{place}/since")
    plot = Plot(
        draft.id or new_id(),
        member_id,
        draft.name,
        shape.geometry,
        shape.hectares,
        shape.centre,
        tuple(draft.crops),
        tuple(draft.without),
        draft.published,
        retired=False,
    )
    if await plots.add(work, plot, actor.user_id):
        return plot
    there = (await plots.by_ids(work.connection, [plot.id])).get(plot.id)
    if there is None or replace(there, published=plot.published, retired=False) != plot:
        raise id_taken()
    return there


def unknown() -> NotFound:
    return NotFound("plot_not_found", "There is no such plot")


async def read(
    connection: AsyncConnection, settings: Settings, actor: Actor | None, plot_id: UUID
) -> tuple[Plot, bool]:
    """A plot, and whether the actor may know where it is: its owner, the committee, and the peers that visit it.
    Raises NotFound for what is nobody else's to see."""
    plot = (await plots.by_ids(connection, [plot_id])).get(plot_id)
    if plot is None:
        raise unknown()
    exact = actor is not None and (
        concerned(actor, settings, plot.member_id) or await visits.visits_plot(connection, plot_id, actor.member_ids)
    )
    if not exact and (not plot.published or plot.retired):
        raise unknown()
    return plot, exact


async def _own(work: Work, actor: Actor, plot_id: UUID) -> Plot:
    plot = (await plots.by_ids(work.connection, [plot_id])).get(plot_id)
    if plot is None or not actor.acts_for(plot.member_id):
        raise unknown()
    return plot


async def show(work: Work, actor: Actor, plot_id: UUID, *, published: bool) -> Plot:
    """Lets the public know of a plot, roughly where it is; or not any more."""
    plot = await _own(work, actor, plot_id)
    await plots.show(work, plot_id, published=published)
    return replace(plot, published=published)


async def retire(work: Work, actor: Actor, plot_id: UUID) -> Plot:
    """Takes a plot out of use; applications that named it keep it."""
    plot = await _own(work, actor, plot_id)
    await plots.retire(work, plot_id)
    return replace(plot, retired=True)


def seen_by(actor: Actor, settings: Settings, member_id: UUID | None) -> frozenset[UUID] | None:
    """The members whose things a list shows: one's own, or all (None) to the committee. Raises NotFound for another's."""
    if member_id is not None:
        if not concerned(actor, settings, member_id):
            raise NotFound("member_not_found", "There is no such member among yours")
        return frozenset({member_id})
    return None if committee(actor, settings) else actor.member_ids
