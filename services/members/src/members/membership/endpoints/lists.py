"""HTTP of lists of members: searched, paged, taken away as a spreadsheet."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response

from contracts.members import MemberKind, MemberStatus
from kit import sheets
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.conditional import PRIVATE
from kit.database import utc_now
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, service_router
from members.membership import service
from members.membership.export import HEADER, line
from members.membership.rules import Sought, particulars
from members.membership.schemas.members import MemberOut

router = service_router(prefix="/v1/members", tags=["members"])

CoordinatorDep = Annotated[Actor, Depends(require("coordinator"))]


async def _sought(
    *,
    q: Annotated[
        str, Query(max_length=200, description="Words of name, number or e-mail address; accents don't matter")
    ] = "",
    status: Annotated[MemberStatus | None, Query(description="Only members of this standing")] = None,
    kind: Annotated[MemberKind | None, Query(description="Only members of this kind")] = None,
    joined_from: Annotated[date | None, Query(description="Only members since this day or a later one")] = None,
    joined_until: Annotated[date | None, Query(description="Only members since this day or an earlier one")] = None,
) -> Sought:
    return Sought(tuple(particulars.words(q)), status, kind, joined_from, joined_until)


SoughtDep = Annotated[Sought, Depends(_sought)]


@router.get("")
async def list_members(
    *,
    connection: ReadDep,
    actor: ActorDep,
    sought: SoughtDep,
    paging: PageDep,
    request: Request,
    response: Response,
) -> Page[MemberOut]:
    """All members, in the order of their application, to coordinators and the treasurer; to others their own."""
    after = paging.key(lambda key: UUID(str(key[0])))
    found = await service.page(connection, actor, utc_now(), sought, after=after, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[MemberOut.model_validate(member, from_attributes=True) for member in shown], next=cursor)


_SHEET: dict[int | str, dict[str, Any]] = {
    200: {"content": {sheets.CSV: {"schema": {"type": "string"}}, sheets.XLSX: {"schema": {"type": "string"}}}}
}


@router.get("/export", response_class=Response, responses=_SHEET)
async def export_members(
    connection: ReadDep,
    actor: CoordinatorDep,
    sought: SoughtDep,
    accept: Annotated[str, Header(description="text/csv, or the type of XLSX files")] = sheets.CSV,
) -> Response:
    """The members sought as a spreadsheet, CSV or XLSX as `Accept` says, to coordinators. Its columns are those that an
    import reads; nothing in it is a formula."""
    found = await service.page(connection, actor, utc_now(), sought, after=None, limit=service.LARGEST_EXPORT)
    service.check_exportable(found)
    rows = [line(member) for member in found]
    headers = {"cache-control": PRIVATE}
    if sheets.XLSX in accept or "xlsx" in accept:
        body = await asyncio.to_thread(sheets.write_xlsx, "members", HEADER, rows)
        headers["content-disposition"] = 'attachment; filename="members.xlsx"'
        return Response(body, media_type=sheets.XLSX, headers=headers)
    headers["content-disposition"] = 'attachment; filename="members.csv"'
    return Response(sheets.write_csv(HEADER, rows), media_type=sheets.CSV, headers=headers)
