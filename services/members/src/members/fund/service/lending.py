"""Money leaves the fund, and comes back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, NotFound
from kit.ids import new_id
from members.fund import events
from members.fund.repository import loans as repository
from members.fund.repository import plans
from members.fund.rules import loans as rules
from members.fund.rules import money, repaying
from members.fund.rules.loans import OWING
from members.fund.rules.money import Booking, PaidBy, PayOut
from members.fund.rules.repaying import Part
from members.fund.rules.schedule import Instalment, Plan, schedule
from members.fund.service import reading, saving
from members.fund.service.reading import Loan, Payment
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.ledger.rules import AccountKey, Transfer
from members.membership import service as membership
from members.settings import Settings


@dataclass(frozen=True)
class Handover:
    """How the money leaves: when, by which way, and when the first instalment is due if it is not as planned."""

    disbursed_on: date | None
    pay_out: PayOut
    first_due: date | None


@dataclass(frozen=True)
class Repayment:
    """Money that a member pays back; ``id`` names the same one when it is sent again."""

    id: UUID | None
    amount: Money
    paid_on: date | None
    paid_by: PaidBy


async def locked(work: Work, loan_id: UUID) -> Loan:
    """A loan that nobody else changes until this transaction ends. Raises NotFound."""
    await repository.lock_loan(work.connection, loan_id)
    return await reading.loan(work.connection, loan_id)


async def disburse(work: Work, settings: Settings, loan_id: UUID, how: Handover, actor: Actor) -> Loan:
    """Lends the money: fund → member, and out of the bank or the box if it is to be. Its schedule begins.

    Raises NotFound, Forbidden, Invalid; Conflict unless the loan was approved, or when the fund has not got it.
    """
    loan = await locked(work, loan_id)
    if loan.interests(actor):
        raise Forbidden("own_loan", "Nobody decides on a loan of their own, or one that they stand in for")
    rules.check_status(loan.status, "approved")
    on = how.disbursed_on or work.today
    decided = next(fact.on_date for fact in loan.facts if fact.kind == "approved")
    rules.check_day(on, work.today, "/disbursed_on", decided)
    member = await membership.record(work.connection, loan.member_id, work.now)
    rules.check_good_standing(member.status, "/member_id")
    plan = replace(loan.plan, first_due=how.first_due or loan.plan.first_due)
    rules.check_plan(plan, loan.amount, today=on, max_months=loan.terms.max_months, field="")
    account, fund = money.member_account(loan.member_id, loan.currency), money.fund_account(loan.currency)
    booking = Booking(loan.id, "loan", loan.id, loan.number, on)
    transfer = booking.transfer("disbursement", fund, account, loan.amount)
    transfers = [transfer, *booking.paid_out(account, loan.amount, how.pay_out)]
    await saving.prepare(work, settings, transfers)
    # Nobody else moves the fund's account from here on.
    free = (await reading.money(work.connection, loan.currency)).free(loan.terms.reserve)
    money.check_free(loan.amount, free)
    await ledger.book(work, transfers, by=actor.user_id, field="/disbursed_on")
    await saving.note_movement(work, booking, transfer, "disbursement", loan.member_id, by=actor.user_id)
    await repository.add_fact(work.connection, loan_id, "disbursed", on=on, at=work.now, by=actor.user_id)
    await agree(work, settings, loan, plan, principal=loan.amount, on=on, interest_from=on, by=actor.user_id)
    work.stage(events.disbursed(loan.id, loan.money(loan.amount), on), subject=loan.id, version=events.ENDED)
    return await reading.loan(work.connection, loan_id)


async def agree(
    work: Work,
    settings: Settings,
    loan: Loan,
    plan: Plan,
    *,
    principal: int,
    on: date,
    interest_from: date,
    by: UUID,
    yearly_rate: Decimal | None = None,
    carried: int = 0,
    reason: str = "",
) -> None:
    """Writes the schedule that counts from now on; what falls due by it is owed, with the days of grace."""
    rate = loan.terms.yearly_rate if yearly_rate is None else yearly_rate
    instalments = schedule(
        principal, plan, yearly_rate=rate, method=loan.terms.method, interest_from=interest_from, carried=carried
    )
    before = loan.schedules[-1] if loan.schedules else None
    values = {
        "id": new_id(),
        "loan_id": loan.id,
        "version": before.version + 1 if before else 1,
        "replaces": before.id if before else None,
        "agreed_on": on,
        "interest_from": interest_from,
        "principal": principal,
        "carried": carried,
        "yearly_rate": rate,
        "method": loan.terms.method,
        "grace_days": loan.terms.grace_days,
        "reason": reason,
        "at": work.now,
        "by": by,
    }
    rows = [_instalment(values["id"], instalment) for instalment in instalments]
    await plans.add_schedule(work.connection, values, rows)
    for row in rows:
        await _owe(work, settings, loan, row["id"], row["due_on"])


def _instalment(schedule_id: object, instalment: Instalment) -> dict[str, Any]:
    return {
        "id": new_id(),
        "schedule_id": schedule_id,
        "no": instalment.no,
        "due_on": instalment.due_on,
        "principal": instalment.principal,
        "interest": instalment.interest,
    }


async def _owe(work: Work, settings: Settings, loan: Loan, instalment_id: UUID, due_on: date) -> None:
    """The member is in arrears from the day after the days of grace on, unless it is paid."""
    arrears_from = due_on + timedelta(days=loan.terms.grace_days + 1)
    await membership.owe(work, settings, loan.member_id, instalment_id, arrears_from)


async def repay(work: Work, settings: Settings, loan_id: UUID, wanted: Repayment, actor: Actor) -> tuple[Loan, UUID]:
    """Takes a repayment, by the member out of its account or by the treasurer; answers its id.

    Raises NotFound, Forbidden, Invalid for more than ends the loan, Conflict for a loan of which nothing is owed.
    """
    loan = await locked(work, loan_id)
    if not actor.has(*reading.COMMITTEE) and not loan.interests(actor):
        raise reading.unknown()
    saving.check_payer(actor, loan.member_id, wanted.paid_by)
    amount = rules.check_amount(wanted.amount, loan.currency)
    payment_id, on = wanted.id or new_id(), wanted.paid_on or work.today
    known = await plans.payment(work.connection, payment_id)
    if known is not None:
        if (known.loan_id, known.amount, known.paid_on) != (loan_id, amount, on):
            raise Conflict("id_taken", "There is another repayment with this id; take a new one", field="/id")
        return loan, payment_id
    rules.check_status(loan.status, *OWING)
    earliest = max([loan.schedule.agreed_on, *(payment.paid_on for payment in loan.standing_payments)])
    rules.check_day(on, work.today, "/paid_on", earliest)
    rules.check_payment(amount, repaying.payoff(loan.dues, on), loan.currency)
    parts = repaying.allocate(loan.dues, amount, on)
    payment = _payment(payment_id, loan, parts, on, wanted.paid_by)
    transfers = _transfers(loan, payment)
    account = money.member_account(loan.member_id, loan.currency)
    accounts = await saving.prepare(work, settings, transfers)
    if wanted.paid_by == "balance":
        money.check_covered(amount, accounts[account].available, "/amount/amount")
    await ledger.book(work, transfers, by=actor.user_id, field="/paid_on")
    await _note_principal(work, loan, payment, by=actor.user_id)
    values = {
        "id": payment_id,
        "loan_id": loan_id,
        "schedule_id": loan.schedule.id,
        "amount": amount,
        "paid_on": on,
        "paid_by": wanted.paid_by,
        "at": work.now,
        "by": actor.user_id,
    }
    await plans.add_payment(work.connection, values, [_part(loan, payment_id, part) for part in parts])
    after = await reading.loan(work.connection, loan_id)
    await membership.cleared(work, [after.instalment_ids[due.no] for due in after.dues if due.open == 0])
    return after, payment_id


def _payment(payment_id: UUID, loan: Loan, parts: Sequence[Part], on: date, paid_by: PaidBy) -> Payment:
    """What these parts make up, before it is written."""
    interest, principal = sum(part.interest for part in parts), sum(part.principal for part in parts)
    return Payment(
        id=payment_id,
        schedule_id=loan.schedule.id,
        amount=interest + principal,
        paid_on=on,
        paid_by=paid_by,
        interest=interest,
        principal=principal,
        reversed_at=None,
    )


def _part(loan: Loan, payment_id: UUID, part: Part) -> dict[str, Any]:
    return {
        "payment_id": payment_id,
        "instalment_id": loan.instalment_ids[part.no],
        "interest": part.interest,
        "principal": part.principal,
        "ahead_of": part.ahead_of,
    }


async def reverse(
    work: Work, settings: Settings, loan_id: UUID, payment_id: UUID, *, reason: str, actor: Actor
) -> Loan:
    """Undoes the newest repayment, today: what it paid is owed again. Money that came in with it goes back, too.

    Raises NotFound, and Conflict if others came after it, if a new plan did, or if it was reversed already.
    """
    loan = await locked(work, loan_id)
    payment = next((payment for payment in loan.payments if payment.id == payment_id), None)
    if payment is None:
        raise NotFound("repayment_unknown", "There is no such repayment of this loan")
    if payment.reversed_at is not None:
        raise Conflict("reversed_already", "This has been reversed already")
    if payment.schedule_id != loan.schedule.id:
        raise Conflict("rescheduled_since", "A new plan was agreed on since; it counts on this repayment")
    newest = loan.standing_payments[-1]
    if newest.id != payment_id:
        raise Conflict(
            "later_repayment",
            "Reverse the repayment of {day} first: it counts on this one",
            day=newest.paid_on,
            extra={"repayment_id": str(newest.id)},
        )
    undone = [
        ledger_rules.reversal(transfer, transfer_id=uuid5(transfer.id, "reversal"), reason=reason, booked_on=work.today)
        for transfer in _transfers(loan, payment)
    ]
    await saving.prepare(work, settings, undone)
    await ledger.book(work, undone, by=actor.user_id)
    await _note_principal(work, loan, payment, by=actor.user_id, undone=undone)
    await plans.add_reversal(work.connection, payment_id, reason=reason, at=work.now, by=actor.user_id)
    after = await reading.loan(work.connection, loan_id)
    if after.status != "written_off":
        for due in after.dues:
            if due.open > 0:
                await _owe(work, settings, after, after.instalment_ids[due.no], due.due_on)
    return after


def _booking(loan: Loan, payment: Payment) -> Booking:
    return Booking(payment.id, "loan", loan.id, loan.number, payment.paid_on)


def _transfers(loan: Loan, payment: Payment) -> list[Transfer]:
    """A repayment in the ledger: money in, if it comes from outside, then principal and interest where they belong."""
    account, booking = money.member_account(loan.member_id, loan.currency), _booking(loan, payment)
    sides: list[tuple[str, AccountKey, int]] = [
        ("principal", money.fund_account(loan.currency), payment.principal),
        ("interest", money.income_account(loan.currency), payment.interest),
    ]
    return [
        *booking.paid_in(account, payment.amount, payment.paid_by),
        *(booking.transfer(step, account, side, amount) for step, side, amount in sides if amount),
    ]


async def _note_principal(
    work: Work, loan: Loan, payment: Payment, *, by: UUID, undone: Sequence[Transfer] = ()
) -> None:
    """Notes the principal of a repayment, or of its reversal, as the fund's."""
    if payment.principal == 0:
        return
    booking = _booking(loan, payment)
    principal = next(t for t in _transfers(loan, payment) if t.credit == money.fund_account(loan.currency))
    reversal = next((transfer for transfer in undone if transfer.reverses == principal.id), None)
    if reversal is None:
        await saving.note_movement(work, booking, principal, "repayment", loan.member_id, by=by)
    else:
        today = replace(booking, on=work.today)
        await saving.note_movement(work, today, reversal, "repayment", loan.member_id, by=by, reverses=principal.id)
