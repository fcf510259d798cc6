"""Imports over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import HTTPException, Query, Request

from catalog.imports import service
from catalog.imports.formats import Name
from catalog.imports.schemas import ImportReport, RefusedRow
from catalog.products.endpoints import terms_of
from kit import sheets
from kit.auth import ActorDep
from kit.problems import LanguageDep, TextsDep
from kit.routing import SettingsDep, WorkDep, service_router

router = service_router(prefix="/v1/imports", tags=["imports"])
ROUTERS = (router,)
#: Bytes that a file may have: 5,000 rows with what is said of each product in several languages.
LARGER_BODIES = {"/v1/imports": 5_000_000}
#: What a file may be called that is sent. Whether it is CSV or XLSX is seen from itself: browsers name either wrongly.
_KINDS = ("", sheets.CSV, sheets.XLSX, "application/vnd.ms-excel", "application/octet-stream", "text/plain")

_SHEET = {
    "requestBody": {
        "required": True,
        "content": {
            sheets.CSV: {"schema": {"type": "string"}},
            sheets.XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post("", openapi_extra=_SHEET)
async def import_products(
    *,
    request: Request,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    language: LanguageDep,
    texts: TextsDep,
    list_format: Annotated[
        Name, Query(alias="format", description="Whose list it is: our own, Open Food Network's, Foodsoft's")
    ] = "trama",
    dry_run: Annotated[bool, Query(description="Only report what would happen")] = False,
    publish: Annotated[bool, Query(description="Offer what is taken at once; else new products are drafts")] = False,
    on_error: Annotated[
        service.OnError, Query(description="`skip` takes the good rows where others are wrong, `stop` takes none")
    ] = "skip",
    member_id: Annotated[UUID | None, Query(description="Whose the rows are that name no producer")] = None,
) -> ImportReport:
    """Takes a spreadsheet's rows (CSV or XLSX) as variants; the same file again changes nothing.

    Every row that is wrong is named with its cell and what would be right; the others are taken, or none if
    `on_error=stop`. The counts say what became of the good rows, or would have become of them.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() not in _KINDS:
        raise HTTPException(415)
    asked = service.Asked(list_format, member_id, publish, dry_run, on_error)
    report = await service.run(work, actor, asked, await request.body(), terms_of(settings))
    refused = [
        RefusedRow(
            index=one.row - 2,
            row=one.row,
            field=one.error.field,
            column=one.column,
            cell=None if one.place is None else sheets.reference(one.row, one.place),
            pointer=f"/{one.row - 2}/{one.error.field or ''}".removesuffix("/"),
            code=one.error.code,
            reason=texts.say(language, one.error.message, one.error.params),
        )
        for one in report.refused
    ]
    return ImportReport(
        format=list_format,
        dry_run=dry_run,
        applied=report.applied,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        refused=refused,
        ignored_columns=list(report.ignored_columns),
    )
