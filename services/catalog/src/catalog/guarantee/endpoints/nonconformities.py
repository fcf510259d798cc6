"""Non-conformities over HTTP."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from catalog.dependencies import SettingsDep
from catalog.guarantee.endpoints.clock import TodayDep
from catalog.guarantee.repository import nonconformities as repository
from catalog.guarantee.rules.nonconformities import State
from catalog.guarantee.rules.standards import Severity
from catalog.guarantee.schemas.nonconformities import (
    NewEvidence,
    NewNonconformity,
    NonconformityClosing,
    NonconformityExtension,
    NonconformityOut,
)
from catalog.guarantee.service import nonconformities as service
from catalog.guarantee.service.plots import seen_by
from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router

router = service_router(prefix="/v1/nonconformities", tags=["guarantee"])


def _key(cursor: Sequence[Any]) -> tuple[date, UUID]:
    return date.fromisoformat(str(cursor[0])), UUID(str(cursor[1]))


@router.get("")
async def list_nonconformities(
    *,
    connection: ReadDep,
    page: PageDep,
    actor: ActorDep,
    settings: SettingsDep,
    today: TodayDep,
    request: Request,
    response: Response,
    state: Annotated[State | None, Query()] = None,
    severity: Annotated[Severity | None, Query()] = None,
    member_id: Annotated[UUID | None, Query(description="One member's; any member's for the committee")] = None,
) -> Page[NonconformityOut]:
    """One's own, or all for the committee; by deadline."""
    found = await repository.page(
        connection,
        today,
        seen_by(actor, settings, member_id),
        state=state,
        severity=severity,
        after=page.key(_key),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    cursor = encode_cursor([shown[-1].core.due_on, shown[-1].core.id]) if len(found) > page.limit else None
    link_next(request, response, cursor)
    response.headers["cache-control"] = PRIVATE
    return Page(items=[NonconformityOut.of(one, today) for one in shown], next=cursor)


@router.post("", status_code=201)
async def open_nonconformity(
    *,
    body: NewNonconformity,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    today: TodayDep,
    response: Response,
) -> NonconformityOut:
    """What the committee found beside a visit. What fails on a visit is opened by itself."""
    made = await service.open_one(work, settings, actor, body.finding_of())
    response.headers["location"] = f"/v1/nonconformities/{made}"
    return NonconformityOut.of(await service.told(work.connection, settings, actor, made), today)


@router.get("/{nonconformity_id}")
async def read_nonconformity(
    *,
    nonconformity_id: UUID,
    connection: ReadDep,
    actor: ActorDep,
    settings: SettingsDep,
    today: TodayDep,
    response: Response,
) -> NonconformityOut:
    """A non-conformity, for its producer and the committee."""
    response.headers["cache-control"] = PRIVATE
    return NonconformityOut.of(await service.told(connection, settings, actor, nonconformity_id), today)


@router.post("/{nonconformity_id}/evidence", status_code=201)
async def add_evidence(
    *,
    nonconformity_id: UUID,
    body: NewEvidence,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    today: TodayDep,
) -> NonconformityOut:
    """The producer says and shows what was mended."""
    await service.add_evidence(
        work, settings, actor, nonconformity_id, entry_id=body.id, text=body.text, photo_ids=body.photo_ids
    )
    return NonconformityOut.of(await service.told(work.connection, settings, actor, nonconformity_id), today)


@router.post("/{nonconformity_id}/extend")
async def extend_nonconformity(
    *,
    nonconformity_id: UUID,
    body: NonconformityExtension,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    today: TodayDep,
) -> NonconformityOut:
    """The committee gives more time; a suspension for having missed the deadline ends."""
    await service.extend(work, settings, actor, nonconformity_id, due_on=body.due_on, reason=body.reason)
    return NonconformityOut.of(await service.told(work.connection, settings, actor, nonconformity_id), today)


@router.post("/{nonconformity_id}/close")
async def close_nonconformity(
    *,
    nonconformity_id: UUID,
    body: NonconformityClosing,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    today: TodayDep,
) -> NonconformityOut:
    """The committee is convinced that it is mended; a suspension because of it ends."""
    await service.close(work, settings, actor, nonconformity_id, body.text)
    return NonconformityOut.of(await service.told(work.connection, settings, actor, nonconformity_id), today)
