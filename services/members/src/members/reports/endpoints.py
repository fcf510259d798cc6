"""HTTP of reports."""

import base64
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from kit.actor import Actor
from kit.auth import ActorDep, MaybeActorDep, require
from kit.conditional import PRIVATE, PUBLIC, conditional
from kit.database import utc_now
from kit.errors import Unauthenticated
from kit.paging import Page, PageDep, encode_cursor, instant, link_next
from kit.problems import TextsDep
from kit.routing import DatabaseDep, ReadDep, WorkDep, plain_router, service_router
from members.dependencies import SettingsDep
from members.reports import service
from members.reports.rules.document import TransparencyReport
from members.reports.schemas import NewReport, ReportOut
from members.settings import Settings

#: The report reads from a snapshot of its own.
reading = plain_router(prefix="/v1/reports", tags=["reports"])
router = service_router(prefix="/v1/reports", tags=["reports"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


def _may_read(actor: Actor | None, settings: Settings) -> None:
    """Raises Unauthenticated for somebody who is not signed in, unless the network shows its reports to all."""
    if actor is None and not settings.public_reports:
        raise Unauthenticated("token_missing", "Sign in first: send a token in the Authorization header")


@reading.get("/transparency", response_model=TransparencyReport)
async def get_transparency_report(
    *,
    database: DatabaseDep,
    settings: SettingsDep,
    texts: TextsDep,
    _actor: ActorDep,
    since: Annotated[date, Query(alias="from", description="The first day", examples=["2026-01-01"])],
    until: Annotated[date, Query(description="The last day", examples=["2026-12-31"])],
) -> Response:
    """Income by source, uses by purpose, each subsidy, and what is left: of any days, as the books are now. Every member
    may read it. It adds up to the ledger to the cent, and shows how."""
    found = await service.transparency(database, settings, texts, since=since, until=until, now=utc_now())
    return Response(found.model_dump_json(), media_type="application/json", headers={"cache-control": PRIVATE})


@router.post("/transparency", status_code=201)
async def publish_transparency_report(
    *,
    body: NewReport,
    work: WorkDep,
    database: DatabaseDep,
    settings: SettingsDep,
    texts: TextsDep,
    response: Response,
    actor: TreasurerDep,
) -> ReportOut:
    """Publishes the report of days that are over: it is kept as it is now, whatever is booked later."""
    kept = await service.publish(
        work, database, settings, texts, report_id=body.id, since=body.since, until=body.until, by=actor.user_id
    )
    response.headers["location"] = f"/v1/reports/{kept.id}"
    return ReportOut.model_validate(kept, from_attributes=True)


@router.get("")
async def list_reports(
    *,
    connection: ReadDep,
    settings: SettingsDep,
    actor: MaybeActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
) -> Page[ReportOut]:
    """Published reports, the last first: to members, and to anyone if the network says so."""
    _may_read(actor, settings)
    before = paging.key(lambda key: (instant(key[0]), UUID(str(key[1]))))
    found = await service.page(connection, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].published_at.isoformat(), shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[ReportOut.model_validate(one, from_attributes=True) for one in shown], next=cursor)


@router.get("/{report_id}", response_model=TransparencyReport)
async def get_report(
    report_id: UUID, connection: ReadDep, settings: SettingsDep, actor: MaybeActorDep, request: Request
) -> Response:
    """A published report, byte by byte as it was published: `Content-Digest` (RFC 9530) is what the list says."""
    _may_read(actor, settings)
    found = await service.published(connection, report_id)
    answer = conditional(request, found.content, cache_control=PUBLIC if settings.public_reports else PRIVATE)
    digest = base64.b64encode(bytes.fromhex(found.digest)).decode()
    answer.headers["content-digest"] = f"sha-256=:{digest}:"
    return answer
