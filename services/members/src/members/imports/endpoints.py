"""HTTP of imports."""

from typing import Annotated

from fastapi import Depends, Query, Request

from kit import sheets
from kit.actor import Actor
from kit.auth import require
from kit.problems import LanguageDep, TextsDep
from kit.routing import WorkDep, service_router
from members.dependencies import SettingsDep
from members.imports import service
from members.imports.rules.rows import column_of
from members.imports.schemas import ImportReport, RefusedRow

router = service_router(prefix="/v1/members/imports", tags=["members"])
ROUTERS = (router,)

CoordinatorDep = Annotated[Actor, Depends(require("coordinator"))]
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
async def import_members(
    *,
    request: Request,
    actor: CoordinatorDep,
    work: WorkDep,
    settings: SettingsDep,
    language: LanguageDep,
    texts: TextsDep,
    dry_run: Annotated[bool, Query(description="Only report what would happen")] = False,
) -> ImportReport:
    """Takes a list of members, CSV or XLSX, with Spanish or English headings: number, kind, name, email, phone, tax_id,
    country, language, joined_on, status, left_on, street, town, postal_code, representative, document, notes; kind, name
    and email are needed. New members are entered as admitted, under the number that they have or the next one; they sign
    in by a code or a new password that is sent to their address. The good rows are taken; the same file again changes
    nothing."""
    report = await service.run(work, settings, actor, await request.body(), dry_run=dry_run)
    refused = []
    for one in sorted(report.refused, key=lambda refusal: refusal.row):
        column = column_of(one.error)
        reason = texts.say(language, one.error.message, one.error.params)
        heading = report.headings.get(column, column) if column else None
        refused.append(RefusedRow(row=one.row, column=heading, code=one.error.code, reason=reason))
    return ImportReport(
        dry_run=dry_run,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        refused=refused,
        ignored_columns=list(report.ignored),
    )
