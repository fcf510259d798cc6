"""Applications and decisions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from catalog.dependencies import SettingsDep
from catalog.guarantee.endpoints.clock import TodayDep
from catalog.guarantee.endpoints.plots import by_id
from catalog.guarantee.repository import applications as repository
from catalog.guarantee.repository.applications import State
from catalog.guarantee.schemas.applications import ApplicationFileOut, ApplicationOut, NewApplication, NewDecision
from catalog.guarantee.service import applications as service
from catalog.guarantee.service import decisions
from catalog.guarantee.service.plots import seen_by
from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router

router = service_router(prefix="/v1/guarantee-applications", tags=["guarantee"])


@router.post("", status_code=201)
async def apply_for_certificate(
    *,
    body: NewApplication,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    today: TodayDep,
    response: Response,
) -> ApplicationFileOut:
    """Signs the pledge of the version in force, and asks to be visited. Also to renew, and for each year of
    conversion."""
    application_id = await service.apply(work, settings, actor, body.pledge())
    response.headers["location"] = f"/v1/guarantee-applications/{application_id}"
    return ApplicationFileOut.of_file(await service.file(work.connection, settings, actor, application_id), today)


@router.get("")
async def list_applications(
    *,
    connection: ReadDep,
    page: PageDep,
    actor: ActorDep,
    settings: SettingsDep,
    request: Request,
    response: Response,
    state: Annotated[State | None, Query(description="What is next")] = None,
    standard: Annotated[str | None, Query(max_length=40)] = None,
    member_id: Annotated[UUID | None, Query(description="One member's; any member's for the committee")] = None,
) -> Page[ApplicationOut]:
    """One's own applications, or all for the committee; the newest first."""
    members = seen_by(actor, settings, member_id)
    found = await repository.page(
        connection, members, state=state, standard=standard, after=page.key(by_id), limit=page.limit + 1
    )
    shown = found[: page.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > page.limit else None
    link_next(request, response, cursor)
    response.headers["cache-control"] = PRIVATE
    return Page(items=[ApplicationOut.of(one) for one in shown], next=cursor)


@router.get("/{application_id}")
async def read_application(
    *,
    application_id: UUID,
    connection: ReadDep,
    actor: ActorDep,
    settings: SettingsDep,
    today: TodayDep,
    response: Response,
) -> ApplicationFileOut:
    """An application with its plots, visits, non-conformities and decisions: for its producer, its peers and the
    committee."""
    response.headers["cache-control"] = PRIVATE
    return ApplicationFileOut.of_file(await service.file(connection, settings, actor, application_id), today)


@router.post("/{application_id}/withdraw")
async def withdraw_application(
    application_id: UUID, actor: ActorDep, work: WorkDep, settings: SettingsDep, today: TodayDep
) -> ApplicationFileOut:
    """Takes back an application that nobody has decided on."""
    await service.withdraw(work, settings, actor, application_id)
    return ApplicationFileOut.of_file(await service.file(work.connection, settings, actor, application_id), today)


@router.post("/{application_id}/decisions", status_code=201)
async def decide_application(
    *,
    application_id: UUID,
    body: NewDecision,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    today: TodayDep,
) -> ApplicationFileOut:
    """Records the committee's decision, for good. Nobody who visited decides, nor who is decided on; and nobody is
    certified before three peers have visited and signed. A refusal ends a certificate that there was."""
    await decisions.decide(work, settings, actor, application_id, body.decision(), after=body.after)
    return ApplicationFileOut.of_file(await service.file(work.connection, settings, actor, application_id), today)
