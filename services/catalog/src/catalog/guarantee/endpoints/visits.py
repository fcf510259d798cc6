"""Visits over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from catalog.dependencies import SettingsDep
from catalog.guarantee.endpoints.plots import by_id
from catalog.guarantee.repository import visits as repository
from catalog.guarantee.repository.visits import Side
from catalog.guarantee.rules.visits import State
from catalog.guarantee.schemas.sent import GuaranteeReason
from catalog.guarantee.schemas.visits import NewVisit, NewVisitReport, VisitOut, VisitSigning, VisitToMakeOut
from catalog.guarantee.service import visits as service
from catalog.guarantee.service.access import committee
from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router

router = service_router(prefix="/v1/visits", tags=["guarantee"])
NO_REMARK = VisitSigning()


@router.post("", status_code=201)
async def plan_visit(
    body: NewVisit, actor: ActorDep, work: WorkDep, settings: SettingsDep, response: Response
) -> VisitToMakeOut:
    """Plans a visit by at least three peers, who are written to. For the committee."""
    visit_id = await service.plan(work, settings, actor, body.plan())
    response.headers["location"] = f"/v1/visits/{visit_id}"
    return VisitToMakeOut.of_outing(await service.outing(work.connection, settings, actor, visit_id))


@router.get("")
async def list_visits(
    *,
    connection: ReadDep,
    page: PageDep,
    actor: ActorDep,
    settings: SettingsDep,
    request: Request,
    response: Response,
    side: Annotated[Side | None, Query(description="`peer`: that you make; `visited`: that you receive")] = None,
    owed: Annotated[bool, Query(description="Only those that wait for your signature")] = False,
    state: Annotated[State | None, Query()] = None,
) -> Page[VisitOut]:
    """Visits by and to the members that you act for, the newest first; all of them for the committee, unless it says a
    `side` or what is `owed`."""
    everybody = committee(actor, settings) and side is None and not owed
    found = await repository.page(
        connection,
        None if everybody else actor.member_ids,
        side=side,
        owed=owed,
        state=state,
        after=page.key(by_id),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > page.limit else None
    link_next(request, response, cursor)
    response.headers["cache-control"] = PRIVATE
    return Page(items=[VisitOut.of(one) for one in shown], next=cursor)


@router.get("/{visit_id}")
async def read_visit(
    visit_id: UUID, connection: ReadDep, actor: ActorDep, settings: SettingsDep, response: Response
) -> VisitToMakeOut:
    """A visit with its checklist and the plots: all that a phone needs out there without a connection."""
    response.headers["cache-control"] = PRIVATE
    return VisitToMakeOut.of_outing(await service.outing(connection, settings, actor, visit_id))


@router.post("/{visit_id}/cancel")
async def cancel_visit(
    visit_id: UUID, body: GuaranteeReason, actor: ActorDep, work: WorkDep, settings: SettingsDep
) -> VisitToMakeOut:
    """Calls off a visit that has not been reported. For the committee."""
    await service.cancel(work, settings, actor, visit_id, body.reason)
    return VisitToMakeOut.of_outing(await service.outing(work.connection, settings, actor, visit_id))


@router.post("/{visit_id}/report")
async def report_visit(
    visit_id: UUID, body: NewVisitReport, actor: ActorDep, work: WorkDep, settings: SettingsDep
) -> VisitToMakeOut:
    """A peer's report on the visit, which it signs with it. The same `id` with the same content again is the same
    report; another one comes too late."""
    await service.report(work, settings, actor, visit_id, body.report(), member_id=body.member_id)
    return VisitToMakeOut.of_outing(await service.outing(work.connection, settings, actor, visit_id))


@router.post("/{visit_id}/sign")
async def sign_visit(
    visit_id: UUID, actor: ActorDep, work: WorkDep, settings: SettingsDep, body: VisitSigning = NO_REMARK
) -> VisitToMakeOut:
    """Signs the report. With the third signature the visit is complete, and each `no` is a non-conformity."""
    await service.sign(work, settings, actor, visit_id, member_id=body.member_id, remark=body.remark)
    return VisitToMakeOut.of_outing(await service.outing(work.connection, settings, actor, visit_id))
