"""SQL of plots."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.models import ApplicationPlotRow, PlotRow
from catalog.guarantee.rules.plots import Plot, Without
from kit.database import Work


def _read(row: Row[*tuple[Any, ...]]) -> Plot:
    return Plot(
        id=row.id,
        member_id=row.member_id,
        name=row.name,
        geometry=row.geometry,
        hectares=row.hectares,
        centre=(row.lon, row.lat),
        crops=tuple(row.crops),
        without=tuple(Without(one["what"], date.fromisoformat(one["since"])) for one in row.without),
        published=row.published,
        retired=row.retired_at is not None,
    )


async def add(work: Work, plot: Plot, by: UUID) -> bool:
    """False if there is a plot with this id."""
    new = insert(PlotRow).values(
        id=plot.id,
        member_id=plot.member_id,
        name=plot.name,
        geometry=plot.geometry,
        hectares=plot.hectares,
        lat=plot.centre[1],
        lon=plot.centre[0],
        crops=list(plot.crops),
        without=[{"what": one.what, "since": one.since.isoformat()} for one in plot.without],
        clean_since=plot.clean_since,
        published=plot.published,
        made_at=work.now,
        made_by=by,
    )
    return (await work.execute(new.on_conflict_do_nothing().returning(PlotRow.id))).first() is not None


async def by_ids(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Plot]:
    rows = await connection.execute(select(PlotRow).where(PlotRow.id.in_(ids)))
    return {row.id: _read(row) for row in rows}


async def own(
    connection: AsyncConnection, member_ids: Collection[UUID] | None, after: UUID | None, limit: int
) -> list[Plot]:
    """Plots of these members, or of all, by their ids."""
    query = select(PlotRow).order_by(PlotRow.id).limit(limit)
    if member_ids is not None:
        query = query.where(PlotRow.member_id.in_(member_ids))
    if after is not None:
        query = query.where(PlotRow.id > after)
    return [_read(row) for row in await connection.execute(query)]


async def published(connection: AsyncConnection, member_id: UUID | None, after: UUID | None, limit: int) -> list[Plot]:
    """Plots that their owners show."""
    query = select(PlotRow).where(PlotRow.published, PlotRow.retired_at.is_(None)).order_by(PlotRow.id).limit(limit)
    if member_id is not None:
        query = query.where(PlotRow.member_id == member_id)
    if after is not None:
        query = query.where(PlotRow.id > after)
    return [_read(row) for row in await connection.execute(query)]


async def show(work: Work, plot_id: UUID, *, published: bool) -> None:
    await work.execute(update(PlotRow).where(PlotRow.id == plot_id).values(published=published))


async def retire(work: Work, plot_id: UUID) -> None:
    await work.execute(
        update(PlotRow).where(PlotRow.id == plot_id, PlotRow.retired_at.is_(None)).values(retired_at=work.now)
    )


async def of_applications(connection: AsyncConnection, application_ids: Collection[UUID]) -> dict[UUID, list[Plot]]:
    """The plots that each application names."""
    rows = await connection.execute(
        select(PlotRow, ApplicationPlotRow.application_id)
        .join(ApplicationPlotRow, ApplicationPlotRow.plot_id == PlotRow.id)
        .where(ApplicationPlotRow.application_id.in_(application_ids))
        .order_by(PlotRow.id)
    )
    found: dict[UUID, list[Plot]] = {}
    for row in rows:
        found.setdefault(row.application_id, []).append(_read(row))
    return found


async def name(work: Work, application_id: UUID, plot_ids: Collection[UUID]) -> None:
    """Notes which plots an application is about."""
    if plot_ids:
        rows = [{"application_id": application_id, "plot_id": plot_id} for plot_id in plot_ids]
        await work.execute(insert(ApplicationPlotRow), rows)
