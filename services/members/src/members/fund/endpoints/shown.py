"""Loans, as they are answered."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from kit.database import utc_now
from members.fund.rules import repaying
from members.fund.schemas import (
    ApprovalOut,
    GuarantorOut,
    InstalmentOut,
    LoanDetail,
    LoanFactOut,
    LoanOut,
    PlanIn,
    RepaymentOut,
    ScheduleOut,
)
from members.fund.service.reading import Loan
from members.settings import Settings


def today(settings: Settings) -> date:
    """The network's day."""
    return utc_now().astimezone(ZoneInfo(settings.zone)).date()


def _summary(loan: Loan, on: date) -> dict[str, Any]:
    overdue = loan.overdue(on)
    owing = loan.disbursed and loan.status != "repaid"
    return {
        "id": loan.id,
        "number": loan.number,
        "member_id": loan.member_id,
        "member_name": loan.member_name,
        "amount": loan.money(loan.amount),
        "purpose": loan.purpose,
        "plan": PlanIn(instalments=loan.plan.instalments, every=loan.plan.every, first_due=loan.plan.first_due),
        "yearly_rate": loan.schedule.yearly_rate if loan.disbursed else loan.terms.yearly_rate,
        "method": loan.terms.method,
        "status": loan.status,
        "in_arrears": bool(overdue),
        "outstanding": loan.money(loan.outstanding),
        "overdue": loan.money(sum(due.open for due in overdue)),
        "payoff": loan.money(repaying.payoff(loan.dues, on) if owing else 0),
        "next_due": next((due.due_on for due in loan.dues if due.open > 0), None) if owing else None,
        "applied_at": loan.applied_at,
    }


def summary(loan: Loan, on: date) -> LoanOut:
    """A loan in a list."""
    return LoanOut(**_summary(loan, on))


def detail(loan: Loan, on: date) -> LoanDetail:
    """A loan with all that happened to it."""
    late = {due.no for due in loan.overdue(on)}
    return LoanDetail(
        **_summary(loan, on),
        approvals_needed=loan.terms.approvals,
        guarantors=[GuarantorOut(member_id=g.member_id, name=g.name, accepts=g.accepts) for g in loan.guarantors],
        approvals=[
            ApprovalOut(by=v.by, verdict="approve" if v.approves else "decline", reason=v.reason, at=v.at)
            for v in loan.votes
        ],
        facts=[LoanFactOut.model_validate(fact, from_attributes=True) for fact in loan.facts],
        schedules=[
            ScheduleOut(
                version=agreed.version,
                agreed_on=agreed.agreed_on,
                principal=loan.money(agreed.principal),
                carried_interest=loan.money(agreed.carried),
                yearly_rate=agreed.yearly_rate,
                reason=agreed.reason,
            )
            for agreed in loan.schedules
        ],
        instalments=[
            InstalmentOut(
                no=due.no,
                due_on=due.due_on,
                principal=loan.money(due.principal),
                interest=loan.money(due.interest),
                paid_principal=loan.money(due.paid_principal),
                paid_interest=loan.money(due.paid_interest),
                open=loan.money(due.open),
                overdue=due.no in late,
            )
            for due in loan.planned(on)
        ],
        repayments=[
            RepaymentOut(
                id=payment.id,
                amount=loan.money(payment.amount),
                interest=loan.money(payment.interest),
                principal=loan.money(payment.principal),
                paid_on=payment.paid_on,
                paid_by=payment.paid_by,
                reversed=payment.reversed_at is not None,
            )
            for payment in loan.payments
        ],
    )
