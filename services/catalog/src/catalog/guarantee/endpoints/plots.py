"""Plots over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from catalog.dependencies import SettingsDep
from catalog.guarantee.repository import plots as repository
from catalog.guarantee.schemas.plots import NewPlot, PlotOut, PublicPlotOut
from catalog.guarantee.service import plots as service
from kit.auth import ActorDep, MaybeActorDep
from kit.conditional import PRIVATE, PUBLIC, conditional
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router

router = service_router(prefix="/v1/plots", tags=["guarantee"])


def by_id(key: Sequence[Any]) -> UUID:
    return UUID(str(key[0]))


@router.get("", response_model=Page[PublicPlotOut])
async def list_plots(
    *,
    connection: ReadDep,
    page: PageDep,
    request: Request,
    member_id: Annotated[UUID | None, Query(description="One producer's")] = None,
) -> Response:
    """Plots that their owners show to everybody, about where they are."""
    found = await repository.published(connection, member_id, page.key(by_id), page.limit + 1)
    shown = found[: page.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > page.limit else None
    listed = Page[PublicPlotOut](items=[PublicPlotOut.of_plot(plot) for plot in shown], next=cursor)
    return conditional(request, listed.model_dump_json().encode(), cursor=cursor)


@router.get("/own")
async def list_own_plots(
    *,
    connection: ReadDep,
    page: PageDep,
    actor: ActorDep,
    settings: SettingsDep,
    request: Request,
    response: Response,
    member_id: Annotated[UUID | None, Query(description="One member's; any member's for the committee")] = None,
) -> Page[PlotOut]:
    """One's own plots, exactly; all of them for the committee."""
    members = service.seen_by(actor, settings, member_id)
    found = await repository.own(connection, members, page.key(by_id), page.limit + 1)
    shown = found[: page.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > page.limit else None
    link_next(request, response, cursor)
    response.headers["cache-control"] = PRIVATE
    return Page(items=[PlotOut.of(plot) for plot in shown], next=cursor)


@router.post("", status_code=201)
async def create_plot(
    body: NewPlot, actor: ActorDep, work: WorkDep, settings: SettingsDep, response: Response
) -> PlotOut:
    """A plot of one's own. Its outline does not change: draw another, and retire this one."""
    plot = await service.create(work, settings, actor, body.draft())
    response.headers["location"] = f"/v1/plots/{plot.id}"
    return PlotOut.of(plot)


@router.get("/{plot_id}")
async def read_plot(
    plot_id: UUID, connection: ReadDep, actor: MaybeActorDep, settings: SettingsDep, response: Response
) -> PlotOut | PublicPlotOut:
    """A plot: exactly for its owner, the peers that visit it and the committee; about where it is for everybody, if it
    is published."""
    plot, exact = await service.read(connection, settings, actor, plot_id)
    response.headers["cache-control"] = PRIVATE if exact else PUBLIC
    return PlotOut.of(plot) if exact else PublicPlotOut.of_plot(plot)


@router.post("/{plot_id}/publish")
async def publish_plot(plot_id: UUID, actor: ActorDep, work: WorkDep) -> PlotOut:
    """Shows the plot to everybody, about a kilometre around."""
    return PlotOut.of(await service.show(work, actor, plot_id, published=True))


@router.post("/{plot_id}/hide")
async def hide_plot(plot_id: UUID, actor: ActorDep, work: WorkDep) -> PlotOut:
    """Shows the plot to nobody else any more."""
    return PlotOut.of(await service.show(work, actor, plot_id, published=False))


@router.post("/{plot_id}/retire")
async def retire_plot(plot_id: UUID, actor: ActorDep, work: WorkDep) -> PlotOut:
    """Takes the plot out of use; applications that named it keep it."""
    return PlotOut.of(await service.retire(work, actor, plot_id))
