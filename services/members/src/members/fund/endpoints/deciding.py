"""HTTP of what is decided on a loan: by guarantors, the committee, and whoever asked for it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.routing import WorkDep, service_router
from members.dependencies import SettingsDep
from members.fund.endpoints.shown import detail
from members.fund.schemas import Answer, LoanDetail, NewApproval, Reason
from members.fund.service import applying
from members.fund.service.reading import COMMITTEE

router = service_router(prefix="/v1/loans", tags=["fund"])

CommitteeDep = Annotated[Actor, Depends(require(*COMMITTEE))]
NO_REASON = Reason()


@router.post("/{loan_id}/guarantors")
async def answer_as_guarantor(
    loan_id: UUID, body: Answer, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> LoanDetail:
    """Says whether one's member, which was named as a guarantor, stands in for the borrower."""
    loan = await applying.answer_for(work, settings, loan_id, body.member_id, accepts=body.accepts, by=actor)
    return detail(loan, work.today)


@router.post("/{loan_id}/approvals", status_code=201)
async def approve_loan(
    loan_id: UUID, body: NewApproval, work: WorkDep, settings: SettingsDep, actor: CommitteeDep
) -> LoanDetail:
    """Says yes or no as a member of the committee, once and never on a loan of one's own. When as many as the terms ask
    for say the same, it is decided. In networks that vote on loans, the vote decides instead."""
    loan = await applying.vote(work, settings, loan_id, verdict=body.verdict, reason=body.reason, actor=actor)
    return detail(loan, work.today)


@router.post("/{loan_id}/withdraw")
async def withdraw_loan(
    loan_id: UUID, work: WorkDep, settings: SettingsDep, actor: ActorDep, body: Reason = NO_REASON
) -> LoanDetail:
    """Takes an application back; possible until the money has left."""
    return detail(await applying.withdraw(work, settings, loan_id, reason=body.reason, actor=actor), work.today)
