"""Imports over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request

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
    member_id: Annotated[UUID | None, Query(description="Whose the rows are that name no producer")] = None,
) -> ImportReport:
    """Takes a spreadsheet's rows (CSV or XLSX) as variants. The good rows are taken; the same file again changes nothing."""
    asked = service.Asked(list_format, member_id, publish, dry_run)
    report = await service.run(work, actor, asked, await request.body(), terms_of(settings))
    refused = [
        RefusedRow(
            index=one.row - 2,
            row=one.row,
            field=one.error.field,
            code=one.error.code,
            reason=texts.say(language, one.error.message, one.error.params),
        )
        for one in report.refused
    ]
    return ImportReport(
        format=list_format,
        dry_run=dry_run,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        refused=refused,
        ignored_columns=list(report.ignored_columns),
    )
