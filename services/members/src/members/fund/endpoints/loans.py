"""HTTP of loans: asking for one, the money's way out and back."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.conditional import PRIVATE
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.fund.endpoints.shown import detail, summary, today
from members.fund.paper import contract
from members.fund.rules.schedule import Plan
from members.fund.schemas import (
    LoanDetail,
    LoanOut,
    NewDisbursement,
    NewLoan,
    NewRepayment,
    NewSchedule,
    NewWriteOff,
    RepaymentTaken,
    Why,
)
from members.fund.service import applying, changing, lending, reading
from members.fund.service.applying import Application
from members.fund.service.changing import NewPlan
from members.fund.service.lending import Handover, Repayment
from members.fund.wording import Voice

router = service_router(prefix="/v1/loans", tags=["fund"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


@router.post("", status_code=201)
async def apply_for_loan(
    body: NewLoan, work: WorkDep, settings: SettingsDep, response: Response, actor: ActorDep
) -> LoanDetail:
    """Asks the fund for a loan, for one's own member; the committee may enter what came on paper.

    The answer holds the instalments as they would be if the money left today.
    """
    wanted = Application(
        id=body.id,
        member_id=body.member_id,
        amount=body.amount,
        purpose=body.purpose,
        plan=Plan(**body.plan.model_dump()),
        guarantors=body.guarantors,
    )
    loan = await applying.apply(work, settings, wanted, actor)
    response.headers["location"] = f"/v1/loans/{loan.id}"
    return detail(loan, work.today)


@router.get("")
async def list_loans(
    *,
    connection: ReadDep,
    actor: ActorDep,
    settings: SettingsDep,
    paging: PageDep,
    request: Request,
    response: Response,
    member_id: Annotated[UUID | None, Query(description="Only this member's")] = None,
) -> Page[LoanOut]:
    """Loans, newest first: one's own and those that one stands in for; to coordinators and the treasurer all."""
    before = paging.key(lambda key: UUID(str(key[0])))
    found = await reading.page(connection, actor, member_id=member_id, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[summary(loan, today(settings)) for loan in shown], next=cursor)


@router.get("/{loan_id}")
async def get_loan(loan_id: UUID, connection: ReadDep, settings: SettingsDep, actor: ActorDep) -> LoanDetail:
    """A loan with its instalments, repayments and all that happened to it: to the borrower, its guarantors and the
    committee."""
    return detail(await reading.visible(connection, actor, loan_id), today(settings))


@router.get("/{loan_id}/contract", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
async def print_loan_contract(
    loan_id: UUID, connection: ReadDep, settings: SettingsDep, language: LanguageDep, actor: ActorDep
) -> Response:
    """The agreement with its plan, as a PDF to sign, in the reader's language."""
    loan = await reading.visible(connection, actor, loan_id)
    voice, issuer = Voice.of(language, settings.country), settings.legal_name or settings.name or settings.network
    printed = await asyncio.to_thread(contract, loan, voice, issuer, today(settings))
    headers = {"content-disposition": f'inline; filename="{loan.number}.pdf"', "cache-control": PRIVATE}
    return Response(printed, media_type="application/pdf", headers=headers)


@router.post("/{loan_id}/disburse")
async def disburse_loan(
    loan_id: UUID, body: NewDisbursement, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> LoanDetail:
    """Lends the money, if the fund has it: to the member's account, and from there out of the bank or the cash box.

    The schedule is counted from that day on.
    """
    how = Handover(disbursed_on=body.disbursed_on, pay_out=body.pay_out, first_due=body.first_due)
    return detail(await lending.disburse(work, settings, loan_id, how, actor), work.today)


@router.post("/{loan_id}/repayments", status_code=201)
async def repay_loan(
    loan_id: UUID, body: NewRepayment, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> RepaymentTaken:
    """Pays back: a member out of its account, the treasurer whatever comes in.

    It goes to the oldest instalment first, interest before principal; what is due and the next instalment are paid, and
    what is left shortens the plan from its end.
    """
    wanted = Repayment(id=body.id, amount=body.amount, paid_on=body.paid_on, paid_by=body.paid_by)
    loan, repayment_id = await lending.repay(work, settings, loan_id, wanted, actor)
    return RepaymentTaken(id=repayment_id, loan=detail(loan, work.today))


@router.post("/{loan_id}/repayments/{repayment_id}/reverse", status_code=201)
async def reverse_loan_repayment(
    *, loan_id: UUID, repayment_id: UUID, body: Why, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> LoanDetail:
    """Undoes the newest repayment, such as a transfer that bounced: what it paid is owed again."""
    loan = await lending.reverse(work, settings, loan_id, repayment_id, reason=body.reason, actor=actor)
    return detail(loan, work.today)


@router.post("/{loan_id}/schedules", status_code=201)
async def reschedule_loan(
    loan_id: UUID, body: NewSchedule, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> LoanDetail:
    """Agrees on a new plan for what is owed; it takes the place of the one before, which stays on record."""
    wanted = NewPlan(
        plan=Plan(**body.plan.model_dump()),
        agreed_on=body.agreed_on,
        yearly_rate=body.yearly_rate,
        reason=body.reason,
    )
    return detail(await changing.reschedule(work, settings, loan_id, wanted, actor), work.today)


@router.post("/{loan_id}/write-off")
async def write_off_loan(loan_id: UUID, body: NewWriteOff, work: WorkDep, actor: TreasurerDep) -> LoanDetail:
    """Notes a decision not to expect a late loan back any more; what comes back all the same can still be booked."""
    loan = await changing.write_off(work, loan_id, decided_on=body.decided_on, reason=body.reason, actor=actor)
    return detail(loan, work.today)
