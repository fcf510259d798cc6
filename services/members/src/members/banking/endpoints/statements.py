"""HTTP of bank statements."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from contracts.values import Money
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router
from members.banking.endpoints.accounts import TreasurerDep
from members.banking.schemas import StatementOut, UploadOut
from members.banking.service import accounts
from members.banking.service import statements as service
from members.dependencies import SettingsDep

router = service_router(prefix="/v1/bank-statements", tags=["banking"])

_FILE = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/xml")},
    }
}


def _shown(taken: service.Taken, currencies: dict[UUID, str]) -> StatementOut:
    currency = currencies[taken.account_id]

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money.of_minor(minor, currency)

    return StatementOut(
        id=taken.id,
        account_id=taken.account_id,
        number=taken.number,
        format=taken.format,
        opening=money(taken.opening),
        closing=money(taken.closing),
        difference=money(taken.difference),
        since=taken.since,
        until=taken.until,
        lines=taken.lines,
        known=taken.known,
        taken_at=taken.taken_at,
        states=taken.states,
    )


@router.post("", status_code=201, openapi_extra=_FILE)
async def upload_bank_statement(
    *,
    request: Request,
    work: WorkDep,
    settings: SettingsDep,
    actor: TreasurerDep,
    file_format: Annotated[service.Format, Query(alias="format", description="What the file is")],
    account_id: Annotated[UUID | None, Query(description="Whose it is; a CAMT.053 file says so itself")] = None,
    book: Annotated[bool, Query(description="Book what is certain at once; else only propose it")] = True,
) -> UploadOut:
    """Takes in a bank's file, sent as the body (10 MB at most). Each line is there once, whatever files bring it: the
    same file again, or one that overlaps, books nothing twice. What is certain is booked, the rest is proposed or shown
    as unmatched."""
    upload = service.Upload(file_format, await request.body(), account_id, book)
    taken = await service.take(work, settings, upload, by=actor.user_id)
    currencies = {account.id: account.currency for account in await accounts.accounts(work.connection)}
    return UploadOut(statements=[_shown(one, currencies) for one in taken])


@router.get("")
async def list_bank_statements(
    connection: ReadDep, paging: PageDep, request: Request, response: Response, _actor: TreasurerDep
) -> Page[StatementOut]:
    """Statements that were taken in, the newest first, each with how its lines stand."""
    before = paging.key(lambda key: UUID(str(key[0])))
    found = await service.page(connection, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    currencies = {account.id: account.currency for account in await accounts.accounts(connection)}
    return Page(items=[_shown(one, currencies) for one in shown], next=cursor)


@router.get("/{statement_id}")
async def get_bank_statement(statement_id: UUID, connection: ReadDep, _actor: TreasurerDep) -> StatementOut:
    """A statement with how its lines stand; the lines themselves are at `/v1/bank-lines?statement_id=`."""
    found = await service.statement(connection, statement_id)
    account = await accounts.account(connection, found.account_id)
    return _shown(found, {account.id: account.currency})


@router.post("/{statement_id}/match")
async def match_bank_statement_again(
    *,
    statement_id: UUID,
    work: WorkDep,
    settings: SettingsDep,
    actor: TreasurerDep,
    book: Annotated[bool, Query(description="Book what is certain now")] = True,
) -> StatementOut:
    """Thinks again of the lines that wait for the treasurer: invoices may have been issued, or accounts become known,
    since the statement was taken in."""
    found = await service.match_again(work, settings, statement_id, book=book, by=actor.user_id)
    account = await accounts.account(work.connection, found.account_id)
    return _shown(found, {account.id: account.currency})
