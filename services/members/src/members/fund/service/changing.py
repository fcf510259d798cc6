"""When a loan can't be paid back as was agreed: a new plan, or giving it up."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid
from members.fund.repository import loans as repository
from members.fund.rules import loans as rules
from members.fund.rules import repaying
from members.fund.rules.schedule import Plan
from members.fund.service import lending, reading
from members.fund.service.reading import Loan
from members.membership import service as membership
from members.settings import Settings


@dataclass(frozen=True)
class NewPlan:
    """What was agreed on with the member; ``yearly_rate`` as before when left out, and never higher."""

    plan: Plan
    agreed_on: date | None
    yearly_rate: Decimal | None
    reason: str


async def reschedule(work: Work, settings: Settings, loan_id: UUID, wanted: NewPlan, actor: Actor) -> Loan:
    """Agrees on a new plan for what is owed. Interest that fell due and was not paid is asked for with the first
    instalment and bears none; from the last day that was due, interest goes on on the principal.

    Raises NotFound, Forbidden, Invalid; Conflict for a loan of which nothing is owed.
    """
    loan = await lending.locked(work, loan_id)
    if loan.interests(actor):
        raise Forbidden("own_loan", "Nobody decides on a loan of their own, or one that they stand in for")
    rules.check_status(loan.status, "disbursed", "repaying")
    on = wanted.agreed_on or work.today
    earliest = max([loan.schedule.agreed_on, *(payment.paid_on for payment in loan.standing_payments)])
    rules.check_day(on, work.today, "/agreed_on", earliest)
    principal = loan.outstanding
    rules.check_plan(wanted.plan, principal, today=on, max_months=loan.terms.max_months)
    rate = loan.schedule.yearly_rate if wanted.yearly_rate is None else wanted.yearly_rate
    if rate > loan.schedule.yearly_rate:
        raise Invalid(
            "rate_raised", "At most {most}, as was agreed before", field="/yearly_rate", most=loan.schedule.yearly_rate
        )
    # What was paid of a coming instalment before its day has borne its interest up to that day.
    begun = [due for due in loan.dues if due.due_on <= on or due.paid_interest > 0]
    interest_from = begun[-1].due_on if begun else loan.schedule.interest_from
    if wanted.plan.first_due < interest_from:
        raise Invalid("first_due_past", "Must be after {day}", field="/plan/first_due", day=interest_from)
    carried = sum(due.open_interest for due in begun)
    await membership.cleared(work, list(loan.instalment_ids.values()))
    await lending.agree(
        work,
        settings,
        loan,
        wanted.plan,
        principal=principal,
        on=on,
        interest_from=interest_from,
        by=actor.user_id,
        yearly_rate=rate,
        carried=carried,
        reason=wanted.reason,
    )
    return await reading.loan(work.connection, loan_id)


async def write_off(work: Work, loan_id: UUID, *, decided_on: date | None, reason: str, actor: Actor) -> Loan:
    """Notes that a loan is not expected back any more, as was decided. What comes back all the same is taken.

    Nothing is booked: the ledger holds the money that moved, and what was lent left the fund when it was lent.
    Raises NotFound, Forbidden, Conflict for a loan that is not late.
    """
    loan = await lending.locked(work, loan_id)
    if loan.interests(actor):
        raise Forbidden("own_loan", "Nobody decides on a loan of their own, or one that they stand in for")
    rules.check_status(loan.status, "disbursed", "repaying")
    on = decided_on or work.today
    rules.check_day(on, work.today, "/decided_on", loan.schedule.agreed_on)
    if not repaying.overdue(loan.dues, on):
        raise Conflict("loan_not_late", "Nothing of this loan is late")
    await repository.add_fact(
        work.connection, loan_id, "written_off", on=on, at=work.now, by=actor.user_id, reason=reason
    )
    await membership.cleared(work, list(loan.instalment_ids.values()))
    return await reading.loan(work.connection, loan_id)
