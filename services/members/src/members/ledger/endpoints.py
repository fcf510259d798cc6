"""HTTP of accounts and transfers."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberKind
from contracts.values import Money
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.negotiation import negotiated
from kit.paging import Page, PageDep, PageParams, encode_cursor, link_next, whole
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from kit.sheets import CSV
from members.dependencies import SettingsDep
from members.ledger import limits, periods, proof, service
from members.ledger.rules import Owner, Transfer
from members.ledger.schemas import (
    BalanceOut,
    BalancesOut,
    ClaimOut,
    ClosingOut,
    CurrencyProofOut,
    DefaultLimitOut,
    DefaultLimitsOut,
    DifferenceOut,
    EntryOut,
    NetworkAccountOut,
    NewClosing,
    NewDefaultLimit,
    NewDeposit,
    NewLimit,
    NewReopening,
    NewReversal,
    ProofOut,
    TransferOut,
)
from members.ledger.service import Entry
from members.ledger.wording import Tell, as_csv, cause_in_words

router = service_router(prefix="/v1", tags=["ledger"])
ROUTERS = (router,)

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]
#: Entries of a statement that is read as a spreadsheet.
CSV_ROWS = 10_000


async def _tell(texts: TextsDep, language: LanguageDep) -> Tell:
    return lambda text: texts.say(language, text)


TellDep = Annotated[Tell, Depends(_tell)]
AdminDep = Annotated[Actor, Depends(require("admin"))]
CurrencyQuery = Annotated[str | None, Query(max_length=8, description="Only this currency", examples=["MXN"])]
AccountName = Annotated[str, Path(max_length=40, examples=["bank"])]


def _shown(transfer: Transfer) -> TransferOut:
    return TransferOut(
        id=transfer.id,
        debit=str(transfer.debit.owner),
        credit=str(transfer.credit.owner),
        amount=Money.of_minor(transfer.amount, transfer.debit.currency),
        status=transfer.status,
        cause=transfer.cause,
        cause_id=transfer.cause_id,
        text=transfer.text,
        booked_on=transfer.booked_on,
        reverses=transfer.reverses,
    )


@router.post("/members/{member_id}/deposits", status_code=201)
async def deposit(
    member_id: UUID, body: NewDeposit, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> TransferOut:
    """Books money that a member paid in."""
    transfer = await service.deposit(
        work,
        settings,
        member_id,
        deposit_id=body.id,
        amount=body.amount,
        method=body.method,
        note=body.note,
        paid_on=body.paid_on,
        by=actor.user_id,
    )
    return _shown(transfer)


@router.get("/members/{member_id}/balances")
async def get_balances(member_id: UUID, connection: ReadDep, settings: SettingsDep, actor: ActorDep) -> BalancesOut:
    """What a member has in each currency: one's own, or any to the treasurer."""
    await service.check_readable(connection, actor, member_id)
    found = await service.balances(connection, settings, member_id)
    return BalancesOut(items=[BalanceOut.model_validate(balance, from_attributes=True) for balance in found])


@router.get(
    "/members/{member_id}/statement",
    response_model=Page[EntryOut],
    responses={200: {"content": {"text/csv": {}}}},
)
async def get_statement(
    *,
    member_id: UUID,
    connection: ReadDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
    tell: TellDep,
    currency: CurrencyQuery = None,
    accept: Annotated[str, Header(description="application/json or text/csv")] = "*/*",
) -> Page[EntryOut] | Response:
    """Each entry of a member's accounts with its cause, newest first: one's own, or any to the treasurer.

    As CSV it is long: up to 10,000 entries, whatever the `limit`.
    """
    kind = negotiated(accept, ("application/json", CSV))
    await service.check_readable(connection, actor, member_id)
    owner = Owner.member(member_id)
    if kind == CSV:
        entries, cursor = await _entries(connection, owner, currency, paging, CSV_ROWS)
        headers = {"content-disposition": f'attachment; filename="statement-{member_id}.csv"'}
        answer = Response(as_csv(entries, tell), media_type=f"{CSV}; charset=utf-8", headers=headers)
        link_next(request, answer, cursor)
        return answer
    entries, cursor = await _entries(connection, owner, currency, paging, paging.limit)
    link_next(request, response, cursor)
    return Page(items=[_entry(entry, tell) for entry in entries], next=cursor)


async def _entries(
    connection: AsyncConnection, owner: Owner, currency: str | None, paging: PageParams, limit: int
) -> tuple[list[Entry], str | None]:
    """A page of a statement, and the cursor of the next."""
    before = paging.key(lambda key: whole(key[0]))
    found = await service.statement(connection, owner, currency=currency, before=before, limit=limit)
    shown = found[:limit]
    return shown, encode_cursor([shown[-1].seq]) if len(found) > limit else None


def _entry(entry: Entry, tell: Tell) -> EntryOut:
    return EntryOut(**vars(entry), cause_text=cause_in_words(entry.cause, tell))


@router.put("/members/{member_id}/limits/{currency}")
async def set_limits(
    *, member_id: UUID, currency: str, body: NewLimit, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> BalanceOut:
    """Sets what a member may owe and accumulate. A limit that is passed already only closes the account on that side."""
    balance = await limits.set_limits(
        work,
        settings,
        member_id,
        currency,
        credit_limit=body.credit_limit,
        balance_limit=body.balance_limit,
        keep_ceiling="balance_limit" not in body.model_fields_set,
        by=actor.user_id,
    )
    return BalanceOut.model_validate(balance, from_attributes=True)


@router.put("/default-limits/{kind}/{currency}")
async def set_default_limits(
    *, kind: MemberKind, currency: str, body: NewDefaultLimit, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> DefaultLimitOut:
    """Sets with which limits accounts of members of a kind open from now on; those that are open keep theirs."""
    found = await limits.set_default(
        work,
        settings,
        kind,
        currency,
        credit_limit=body.credit_limit,
        balance_limit=body.balance_limit,
        by=actor.user_id,
    )
    return DefaultLimitOut.model_validate(found, from_attributes=True)


@router.get("/default-limits")
async def list_default_limits(connection: ReadDep, _actor: TreasurerDep) -> DefaultLimitsOut:
    """The limits that were set for kinds of members; all others have the network's own."""
    found = await limits.defaults(connection)
    return DefaultLimitsOut(items=[DefaultLimitOut.model_validate(d, from_attributes=True) for d in found])


@router.post("/transfers/{transfer_id}/reverse", status_code=201)
async def reverse_transfer(
    transfer_id: UUID, body: NewReversal, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> TransferOut:
    """Undoes a transfer by another that names it: nothing is ever edited or deleted."""
    transfer = await service.reverse(
        work, settings, transfer_id, reason=body.reason, booked_on=body.booked_on, by=actor.user_id
    )
    return _shown(transfer)


@router.get("/ledger/accounts")
async def list_network_accounts(
    connection: ReadDep, paging: PageDep, request: Request, response: Response, _actor: TreasurerDep
) -> Page[NetworkAccountOut]:
    """The network's own accounts (cash, bank, dues, sales…) with their balances, by name and currency."""
    after = paging.key(lambda key: (str(key[0]), str(key[1])))
    found = await service.network_accounts(connection, after=after, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].name, shown[-1].currency]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[NetworkAccountOut.model_validate(a, from_attributes=True) for a in shown], next=cursor)


@router.get("/ledger/accounts/{name}/statement")
async def get_network_statement(
    *,
    name: AccountName,
    connection: ReadDep,
    _actor: TreasurerDep,
    paging: PageDep,
    request: Request,
    response: Response,
    tell: TellDep,
    currency: CurrencyQuery = None,
) -> Page[EntryOut]:
    """Each entry of one of the network's own accounts, newest first."""
    owner = await service.check_network_account(connection, name)
    entries, cursor = await _entries(connection, owner, currency, paging, paging.limit)
    link_next(request, response, cursor)
    return Page(items=[_entry(entry, tell) for entry in entries], next=cursor)


@router.post("/ledger/closings", status_code=201)
async def close_period(body: NewClosing, work: WorkDep, actor: TreasurerDep) -> ClosingOut:
    """Closes the books through a date: nothing can be booked for it, or for any before it, any more."""
    return _closing(await periods.close(work, through=body.through, by=actor.user_id))


@router.post("/ledger/closings/reopen", status_code=201)
async def reopen_period(body: NewReopening, work: WorkDep, actor: AdminDep) -> ClosingOut:
    """Opens closed books again from a date on; the reason stays on record."""
    return _closing(await periods.reopen(work, open_from=body.open_from, by=actor.user_id, reason=body.reason))


@router.get("/ledger/closings")
async def list_closings(
    connection: ReadDep, paging: PageDep, request: Request, response: Response, _actor: TreasurerDep
) -> Page[ClosingOut]:
    """Closings and re-openings, newest first: the first one says through which date the books are closed."""
    found = await periods.history(connection, before=paging.key(lambda key: whole(key[0])), limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[_closing(fact) for fact in shown], next=cursor)


def _closing(fact: periods.ClosingFact) -> ClosingOut:
    return ClosingOut.model_validate(fact, from_attributes=True)


@router.get("/ledger/check")
async def check_ledger(connection: ReadDep, texts: TextsDep, language: LanguageDep, _actor: TreasurerDep) -> ProofOut:
    """Proves that the books are right, or says what is wrong with them."""
    found = await proof.proof(connection)
    return ProofOut(
        ok=all(claim.holds for claim in found.claims),
        claims=[
            ClaimOut(claim=texts.say(language, claim.text), holds=claim.holds, exceptions=claim.exceptions)
            for claim in found.claims
        ],
        currencies=[CurrencyProofOut.model_validate(c, from_attributes=True) for c in found.currencies],
        differences=[DifferenceOut.model_validate(d, from_attributes=True) for d in found.differences],
        transfers=found.transfers,
    )
