"""HTTP of accounts and transfers."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from contracts.values import Money
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.paging import Page, PageDep, encode_cursor, link_next, whole
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.ledger import service
from members.ledger.rules import Transfer
from members.ledger.schemas import (
    BalanceOut,
    BalancesOut,
    ClaimOut,
    CurrencyProofOut,
    DifferenceOut,
    EntryOut,
    NewDeposit,
    NewLimit,
    NewReversal,
    ProofOut,
    TransferOut,
)

router = service_router(prefix="/v1", tags=["ledger"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


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
        by=actor.user_id,
    )
    return _shown(transfer)


@router.get("/members/{member_id}/balances")
async def get_balances(member_id: UUID, connection: ReadDep, settings: SettingsDep, actor: ActorDep) -> BalancesOut:
    """What a member has in each currency: one's own, or any to the treasurer."""
    await service.check_readable(connection, actor, member_id)
    found = await service.balances(connection, settings, member_id)
    return BalancesOut(items=[BalanceOut.model_validate(balance, from_attributes=True) for balance in found])


@router.get("/members/{member_id}/statement")
async def get_statement(
    *,
    member_id: UUID,
    connection: ReadDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
    currency: Annotated[str | None, Query(max_length=8, description="Only this currency", examples=["MXN"])] = None,
) -> Page[EntryOut]:
    """Each entry of a member's accounts with its cause, newest first: one's own, or any to the treasurer."""
    await service.check_readable(connection, actor, member_id)
    found = await service.statement(
        connection, member_id, currency=currency, before=paging.key(lambda key: whole(key[0])), limit=paging.limit
    )
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].seq]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[EntryOut.model_validate(entry, from_attributes=True) for entry in shown], next=cursor)


@router.put("/members/{member_id}/limits/{currency}")
async def set_credit_limit(
    *, member_id: UUID, currency: str, body: NewLimit, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> BalanceOut:
    """Sets what a member may owe. A limit below what is owed already only closes the account to new spending."""
    balance = await service.set_limit(work, settings, member_id, currency, limit=body.credit_limit, by=actor.user_id)
    return BalanceOut.model_validate(balance, from_attributes=True)


@router.post("/transfers/{transfer_id}/reverse", status_code=201)
async def reverse_transfer(
    transfer_id: UUID, body: NewReversal, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> TransferOut:
    """Undoes a transfer by another that names it: nothing is ever edited or deleted."""
    return _shown(await service.reverse(work, settings, transfer_id, reason=body.reason, by=actor.user_id))


@router.get("/ledger/check")
async def check_ledger(connection: ReadDep, texts: TextsDep, language: LanguageDep, _actor: TreasurerDep) -> ProofOut:
    """Proves that the books are right, or says what is wrong with them."""
    found = await service.proof(connection)
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
