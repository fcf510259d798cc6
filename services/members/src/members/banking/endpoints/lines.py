"""HTTP of single lines of the bank."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from contracts.values import Money
from kit.language import Texts
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.banking.endpoints.accounts import TreasurerDep
from members.banking.rules.lines import State
from members.banking.schemas import FullLineOut, LineFactOut, LineMatch, LineOut, ProposalOut, PutAside, Why
from members.banking.service import accounts
from members.banking.service import lines as service
from members.banking.wording import reason_in_words
from members.dependencies import SettingsDep

router = service_router(prefix="/v1/bank-lines", tags=["banking"])

_SAME = (
    "id",
    "account_id",
    "statement_id",
    "booked_on",
    "value_on",
    "text",
    "reference",
    "end_to_end_id",
    "bank_reference",
    "counterparty",
    "counterparty_account",
    "return_reason",
    "state",
    "booked_as",
    "booking_id",
    "member_id",
)


def _fields(line: service.Line, currency: str, texts: Texts, language: str) -> dict[str, Any]:
    proposals = [
        ProposalOut(**one, why="; ".join(reason_in_words(texts, language, reason) for reason in one["reasons"]))
        for one in line.proposals
    ]
    fields = {name: getattr(line, name) for name in _SAME}
    return {**fields, "amount": Money.of_minor(line.amount, currency), "proposals": proposals}


@router.get("")
async def list_bank_lines(
    *,
    connection: ReadDep,
    paging: PageDep,
    texts: TextsDep,
    language: LanguageDep,
    request: Request,
    response: Response,
    _actor: TreasurerDep,
    statement_id: Annotated[UUID | None, Query(description="Only those that this statement brought")] = None,
    account_id: Annotated[UUID | None, Query(description="Only of this account")] = None,
    state: Annotated[State | None, Query(description="Only of this state: unmatched, proposed…")] = None,
) -> Page[LineOut]:
    """Lines of the bank in the order of time: what still waits for the treasurer, or all."""
    after = paging.key(lambda key: (date.fromisoformat(key[0]), UUID(str(key[1]))))
    found = await service.page(
        connection, statement_id=statement_id, account_id=account_id, state=state, after=after, limit=paging.limit
    )
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].booked_on, shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    currencies = {account.id: account.currency for account in await accounts.accounts(connection)}
    items = [LineOut(**_fields(line, currencies[line.account_id], texts, language)) for line in shown]
    return Page(items=items, next=cursor)


@router.get("/{line_id}")
async def get_bank_line(
    line_id: UUID, connection: ReadDep, texts: TextsDep, language: LanguageDep, _actor: TreasurerDep
) -> FullLineOut:
    """A line with what was done with it."""
    line = await service.line(connection, line_id)
    account = await accounts.account(connection, line.account_id)
    history = [LineFactOut.model_validate(fact) for fact in await service.history(connection, line_id)]
    return FullLineOut(**_fields(line, account.currency, texts, language), history=history)


async def _answer(line: service.Line, work: WorkDep, texts: Texts, language: str) -> LineOut:
    account = await accounts.account(work.connection, line.account_id)
    return LineOut(**_fields(line, account.currency, texts, language))


@router.post("/{line_id}/match")
async def match_bank_line(
    *,
    line_id: UUID,
    body: LineMatch,
    work: WorkDep,
    settings: SettingsDep,
    texts: TextsDep,
    language: LanguageDep,
    actor: TreasurerDep,
) -> LineOut:
    """Says what a line is, and books it for the day on which the bank did: a member's payment, direct debits of ours, a
    transfer that was booked by hand before, or what goes to one of the network's own accounts."""
    said = service.Said(
        to=body.to,
        member_id=body.member_id,
        invoice_ids=tuple(dict.fromkeys(body.invoice_ids)),
        transfer_id=body.transfer_id,
        direct_debit_id=body.direct_debit_id,
        text=body.text,
    )
    return await _answer(await service.match(work, settings, line_id, said, by=actor.user_id), work, texts, language)


@router.post("/{line_id}/confirm")
async def confirm_bank_line(
    *,
    line_id: UUID,
    work: WorkDep,
    settings: SettingsDep,
    texts: TextsDep,
    language: LanguageDep,
    actor: TreasurerDep,
) -> LineOut:
    """Books the first of a line's proposals."""
    return await _answer(await service.confirm(work, settings, line_id, by=actor.user_id), work, texts, language)


@router.post("/{line_id}/ignore")
async def ignore_bank_line(
    *, line_id: UUID, body: PutAside, work: WorkDep, texts: TextsDep, language: LanguageDep, actor: TreasurerDep
) -> LineOut:
    """Says that nothing is booked for a line, and why."""
    state: Literal["ignored", "not_ours"] = "not_ours" if body.not_ours else "ignored"
    found = await service.put_aside(work, line_id, state=state, reason=body.reason, by=actor.user_id)
    return await _answer(found, work, texts, language)


@router.post("/{line_id}/unmatch")
async def unmatch_bank_line(
    *,
    line_id: UUID,
    body: Why,
    work: WorkDep,
    settings: SettingsDep,
    texts: TextsDep,
    language: LanguageDep,
    actor: TreasurerDep,
) -> LineOut:
    """Takes back what was said of a line. What was booked by it is reversed; a transfer that was booked by hand, and
    direct debits, stay as they are."""
    found = await service.unmatch(work, settings, line_id, reason=body.reason, by=actor.user_id)
    return await _answer(found, work, texts, language)
