"""HTTP of contributions."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from contracts.values import Money
from kit.auth import ActorDep
from kit.paging import PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.income.endpoints.purposes import TreasurerDep
from members.income.endpoints.shown import receipt_out
from members.income.schemas import (
    ContributionOut,
    ContributionPage,
    FullContributionOut,
    IncomeReceiptOut,
    NewPledge,
    NewReceipt,
    WhyIncomeReversed,
)
from members.income.service import contributions as service
from members.income.service import spendings

router = service_router(prefix="/v1", tags=["income"])


def _fields(found: service.Shown) -> dict[str, Any]:
    one = found.contribution
    hidden = found.name is None
    return {
        "id": one.id,
        "member_id": None if hidden else one.member_id,
        "giver": found.name,
        "anonymous": one.anonymous,
        "amount": Money.of_minor(one.amount, one.currency),
        "received": Money.of_minor(one.received, one.currency),
        "spent": Money.of_minor(one.spent, one.currency),
        "pledged_on": one.pledged_on,
        "expected_on": one.expected_on,
        "purpose": one.purpose,
        "status": one.status,
        "note": "" if hidden else one.note,
    }


@router.post("/contributions", status_code=201)
async def pledge_contribution(
    body: NewPledge, work: WorkDep, settings: SettingsDep, response: Response, actor: ActorDep
) -> ContributionOut:
    """Records what a member or somebody else means to give: expected until it is received. A member may pledge for
    itself; the treasurer for anybody."""
    made = await service.pledge(work, settings, actor, service.Pledge(**dict(body)))
    response.headers["location"] = f"/v1/contributions/{made.id}"
    (shown,) = await service.shown(work.connection, actor, [made])
    return ContributionOut(**_fields(shown))


@router.get("/contributions")
async def list_contributions(
    connection: ReadDep, actor: ActorDep, paging: PageDep, request: Request, response: Response
) -> ContributionPage:
    """Contributions, newest first: one's own; to treasurer and coordinators all. Who asked not to be named is named to
    the treasurer alone."""
    before = paging.key(lambda key: UUID(str(key[0])))
    found = await service.page(connection, actor, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].contribution.id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return ContributionPage(items=[ContributionOut(**_fields(one)) for one in shown], next=cursor)


@router.get("/contributions/{contribution_id}")
async def get_contribution(contribution_id: UUID, connection: ReadDep, actor: ActorDep) -> FullContributionOut:
    """A contribution with its receipts: one's own; any to treasurer and coordinators."""
    found = await service.contribution(connection, contribution_id)
    service.check_visible(actor, found, *service.READERS)
    (shown,) = await service.shown(connection, actor, [found])
    receipts = [receipt_out(one) for one in await service.of_contribution(connection, contribution_id)]
    if shown.name is None:
        receipts = [one.model_copy(update={"note": ""}) for one in receipts]
    return FullContributionOut(**_fields(shown), receipts=receipts)


@router.post("/contributions/{contribution_id}/receipts", status_code=201)
async def receive_contribution(
    contribution_id: UUID, body: NewReceipt, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> IncomeReceiptOut:
    """Books money that came in for a contribution: all of it, a part, or more than was pledged. By `balance` a member
    may pay out of its own account; the rest is the treasurer's."""
    made = await service.receive(
        work,
        settings,
        actor,
        contribution_id,
        receipt_id=body.id,
        amount=body.amount,
        method=body.method,
        on=body.received_on,
        note=body.note,
    )
    return receipt_out(made)


@router.post("/contributions/{contribution_id}/withdraw")
async def withdraw_contribution(contribution_id: UUID, work: WorkDep, actor: ActorDep) -> ContributionOut:
    """What has not come of a pledge is not expected any more; what came stays. One's own, or the treasurer's to do."""
    (shown,) = await service.shown(work.connection, actor, [await service.withdraw(work, actor, contribution_id)])
    return ContributionOut(**_fields(shown))


@router.post("/receipts/{receipt_id}/reverse", status_code=201)
async def reverse_receipt(
    receipt_id: UUID, body: WhyIncomeReversed, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> IncomeReceiptOut:
    """Undoes a receipt of a contribution or a subsidy by another that names it, and its transfer with it."""
    made = await spendings.reverse_receipt(work, settings, receipt_id, reason=body.reason, by=actor.user_id)
    return receipt_out(made)
