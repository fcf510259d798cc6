"""HTTP of subsidies."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from contracts.values import Money
from kit.actor import Actor
from kit.auth import require
from kit.conditional import VersionDep, version_tag
from kit.paging import PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.income.endpoints.purposes import TreasurerDep
from members.income.endpoints.shown import receipt_out
from members.income.schemas import (
    ConditionOut,
    FullSubsidyOut,
    IncomeReceiptOut,
    Judgement,
    NewConditions,
    NewSubsidy,
    NewSubsidyReceipt,
    SubsidyChange,
    SubsidyInstalmentOut,
    SubsidyOut,
    SubsidyPage,
)
from members.income.service import subsidies as service

router = service_router(prefix="/v1/subsidies", tags=["income"])

#: An advisor looks for funds, a coordinator plans with them.
ReaderDep = Annotated[Actor, Depends(require("treasurer", "coordinator", "advisor"))]


def _fields(full: service.Full) -> dict[str, Any]:
    one = full.subsidy
    return {
        "id": one.id,
        "kind": one.kind,
        "grantor": one.grantor,
        "named": one.named,
        "programme": one.programme,
        "reference": one.reference,
        "purpose": one.purpose,
        "granted": Money.of_minor(one.granted, one.currency),
        "received": Money.of_minor(one.received, one.currency),
        "spent": Money.of_minor(one.spent, one.currency),
        "left": Money.of_minor(one.left, one.currency),
        "granted_on": one.granted_on,
        "spend_by": one.spend_by,
        "justify_by": one.justify_by,
        "withdrawn_on": one.withdrawn_on,
        "instalments": [
            SubsidyInstalmentOut(due_on=due_on, amount=Money.of_minor(amount, one.currency))
            for due_on, amount in full.instalments
        ],
        "conditions": [ConditionOut.model_validate(state, from_attributes=True) for state in full.conditions],
        "note": one.note,
    }


def _answer(full: service.Full, response: Response) -> SubsidyOut:
    response.headers["etag"] = version_tag(full.subsidy.version)
    return SubsidyOut(**_fields(full))


@router.post("", status_code=201)
async def record_subsidy(
    body: NewSubsidy, work: WorkDep, settings: SettingsDep, response: Response, actor: TreasurerDep
) -> SubsidyOut:
    """Records what was granted for a purpose: when it is expected, until when it may be spent, what is asked for it."""
    wish = service.Grant(
        **{
            **dict(body),
            "instalments": [(one.due_on, one.amount) for one in body.instalments],
            "conditions": [(one.text, one.due_on) for one in body.conditions],
        }
    )
    made = await service.grant(work, settings, wish, by=actor.user_id)
    response.headers["location"] = f"/v1/subsidies/{made.subsidy.id}"
    return _answer(made, response)


@router.get("")
async def list_subsidies(
    connection: ReadDep, paging: PageDep, request: Request, response: Response, _actor: ReaderDep
) -> SubsidyPage:
    """Subsidies, newest first, each with what was received and spent of it and what is left."""
    before = paging.key(lambda key: UUID(str(key[0])))
    found = await service.page(connection, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].subsidy.id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return SubsidyPage(items=[SubsidyOut(**_fields(one)) for one in shown], next=cursor)


@router.get("/{subsidy_id}")
async def get_subsidy(subsidy_id: UUID, connection: ReadDep, response: Response, _actor: ReaderDep) -> FullSubsidyOut:
    """A subsidy with its receipts, and the ETag that a change of it must name."""
    full = await service.full(connection, subsidy_id)
    response.headers["etag"] = version_tag(full.subsidy.version)
    receipts = [receipt_out(one) for one in await service.of_subsidy(connection, subsidy_id)]
    return FullSubsidyOut(**_fields(full), receipts=receipts)


@router.put("/{subsidy_id}")
async def change_subsidy(
    *,
    subsidy_id: UUID,
    body: SubsidyChange,
    work: WorkDep,
    version: VersionDep,
    response: Response,
    _actor: TreasurerDep,
) -> SubsidyOut:
    """Changes texts and deadlines. Send the ETag that you read as `If-Match`."""
    current = await service.subsidy(work.connection, subsidy_id)
    values = dict(body) | {"named": body.named or current.kind == "public"}
    return _answer(await service.change(work, subsidy_id, values, version=version), response)


@router.post("/{subsidy_id}/conditions", status_code=201)
async def add_subsidy_conditions(
    subsidy_id: UUID, body: NewConditions, work: WorkDep, response: Response, _actor: TreasurerDep
) -> SubsidyOut:
    """Adds what the grantor asks for besides."""
    await service.subsidy(work.connection, subsidy_id)
    await service.add_conditions(work, subsidy_id, [(one.text, one.due_on) for one in body.conditions])
    return _answer(await service.full(work.connection, subsidy_id), response)


@router.post("/{subsidy_id}/conditions/{condition_id}/meet")
async def meet_subsidy_condition(
    *,
    subsidy_id: UUID,
    condition_id: UUID,
    body: Judgement,
    work: WorkDep,
    response: Response,
    actor: TreasurerDep,
) -> SubsidyOut:
    """Records that a condition is met, and what shows it."""
    full = await service.judge(
        work,
        subsidy_id,
        condition_id,
        met=True,
        on=body.met_on,
        evidence=body.evidence,
        by=actor.user_id,
    )
    return _answer(full, response)


@router.post("/{subsidy_id}/conditions/{condition_id}/reopen")
async def reopen_subsidy_condition(
    *,
    subsidy_id: UUID,
    condition_id: UUID,
    body: Judgement,
    work: WorkDep,
    response: Response,
    actor: TreasurerDep,
) -> SubsidyOut:
    """Records that a condition is not met after all. What was recorded before stays on record."""
    full = await service.judge(
        work,
        subsidy_id,
        condition_id,
        met=False,
        on=body.met_on,
        evidence=body.evidence,
        by=actor.user_id,
    )
    return _answer(full, response)


@router.post("/{subsidy_id}/receipts", status_code=201)
async def receive_subsidy(
    subsidy_id: UUID, body: NewSubsidyReceipt, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> IncomeReceiptOut:
    """Books what the grantor paid: never more, all together, than was granted."""
    made = await service.receive(
        work,
        settings,
        subsidy_id,
        receipt_id=body.id,
        amount=body.amount,
        method=body.method,
        on=body.received_on,
        note=body.note,
        by=actor.user_id,
    )
    return receipt_out(made)


@router.post("/{subsidy_id}/withdraw")
async def withdraw_subsidy(subsidy_id: UUID, work: WorkDep, response: Response, _actor: TreasurerDep) -> SubsidyOut:
    """The grant came to nothing, or was recorded by mistake: possible until money of it is received or spent."""
    return _answer(await service.withdraw(work, subsidy_id), response)
