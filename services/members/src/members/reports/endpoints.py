"""HTTP of reports."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Query, Request, Response

from kit.actor import Actor
from kit.auth import ActorDep, MaybeActorDep, require
from kit.conditional import PRIVATE, PUBLIC, conditional
from kit.database import utc_now
from kit.errors import Unauthenticated
from kit.language import Texts
from kit.negotiation import negotiated
from kit.paging import Page, PageDep, encode_cursor, instant, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import DatabaseDep, ReadDep, WorkDep, plain_router, service_router
from members.dependencies import SettingsDep
from members.dues.documents import Writing
from members.reports import papers, service, sheets
from members.reports.rules.document import TransparencyReport
from members.reports.schemas import NewReport, ReportOut
from members.settings import Settings

#: The report reads from a snapshot of its own.
reading = plain_router(prefix="/v1/reports", tags=["reports"])
router = service_router(prefix="/v1/reports", tags=["reports"])
ROUTERS = (reading, router)

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


def _may_read(actor: Actor | None, settings: Settings) -> None:
    """Raises Unauthenticated for somebody who is not signed in, unless the network shows its reports to all."""
    if actor is None and not settings.public_reports:
        raise Unauthenticated("token_missing", "Sign in first: send a token in the Authorization header")


FORMS: dict[int | str, dict[str, object]] = {200: {"content": {"text/csv": {}, "application/pdf": {}}}}


@dataclass(frozen=True)
class Reader:
    """Who reads a report: in which form and language."""

    texts: Texts
    language: str
    kind: str


async def _reader(
    texts: TextsDep,
    language: LanguageDep,
    accept: Annotated[str, Header(description="application/json, text/csv or application/pdf")] = "*/*",
) -> Reader:
    return Reader(texts, language, negotiated(accept))


ReaderDep = Annotated[Reader, Depends(_reader)]


async def _written(
    report: TransparencyReport, reader: Reader, settings: Settings, *, name: str, digest: str = ""
) -> Response:
    """The report as a spreadsheet or on paper, in the reader's language."""
    if reader.kind == "text/csv":
        written = sheets.as_csv(report, reader.language, lambda text: reader.texts.say(reader.language, text))
        headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
        return Response(written, media_type="text/csv; charset=utf-8", headers=headers)
    writing = Writing.of(reader.texts, reader.language, settings.country)
    now = utc_now().astimezone(ZoneInfo(settings.zone))
    # Setting a page takes a while: others are answered meanwhile.
    printed = await asyncio.to_thread(papers.as_pdf, report, writing, now, digest=digest)
    headers = {"content-disposition": f'inline; filename="{name}.pdf"'}
    return Response(printed, media_type="application/pdf", headers=headers)


@reading.get("/transparency", response_model=TransparencyReport, responses=FORMS)
async def get_transparency_report(
    *,
    database: DatabaseDep,
    settings: SettingsDep,
    reader: ReaderDep,
    _actor: ActorDep,
    since: Annotated[date, Query(alias="from", description="The first day", examples=["2026-01-01"])],
    until: Annotated[date, Query(description="The last day", examples=["2026-12-31"])],
) -> Response:
    """Income by source, uses by purpose, each subsidy, and what is left: of any days, as the books are now. Every member
    may read it. It adds up to the ledger to the cent, and shows how. As JSON with the series of its charts, as a
    spreadsheet, or to print."""
    found = await service.transparency(database, settings, reader.texts, since=since, until=until, now=utc_now())
    if reader.kind == "application/json":
        return Response(found.model_dump_json(), media_type="application/json", headers={"cache-control": PRIVATE})
    return await _written(found, reader, settings, name=f"transparency-{since}-{until}")


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


@router.get("/{report_id}", response_model=TransparencyReport, responses=FORMS)
async def get_report(
    *,
    report_id: UUID,
    connection: ReadDep,
    settings: SettingsDep,
    actor: MaybeActorDep,
    reader: ReaderDep,
    request: Request,
) -> Response:
    """A published report. Its JSON is byte by byte as it was published: `Content-Digest` (RFC 9530) is what the list
    says. As a spreadsheet or to print, it says the same."""
    _may_read(actor, settings)
    found = await service.published(connection, report_id)
    if reader.kind != "application/json":
        report = TransparencyReport.model_validate_json(found.content)
        name = f"transparency-{found.since}-{found.until}"
        return await _written(report, reader, settings, name=name, digest=found.digest)
    answer = conditional(request, found.content, cache_control=PUBLIC if settings.public_reports else PRIVATE)
    digest = base64.b64encode(bytes.fromhex(found.digest)).decode()
    answer.headers["content-digest"] = f"sha-256=:{digest}:"
    return answer
