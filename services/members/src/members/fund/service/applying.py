"""From the application to the decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.members import DecisionTaken
from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, NotFound
from kit.ids import new_id
from members.fund import events
from members.fund.repository import loans as repository
from members.fund.rules import loans as rules
from members.fund.rules.loans import Verdict
from members.fund.rules.schedule import Plan
from members.fund.service import conditions, reading
from members.fund.service.reading import COMMITTEE, Loan
from members.membership import service as membership
from members.settings import Settings


@dataclass(frozen=True)
class Application:
    """What a member asks for; ``id`` names the same one when it is sent again."""

    id: UUID | None
    member_id: UUID
    amount: Money
    purpose: str
    plan: Plan
    guarantors: Sequence[UUID]


async def apply(work: Work, settings: Settings, wanted: Application, actor: Actor) -> Loan:
    """Takes an application, or enters one that came on paper. Raises NotFound, Invalid, Conflict, naming the field."""
    membership.check_visible(actor, wanted.member_id, *COMMITTEE)
    amount = rules.check_amount(wanted.amount, settings.currency)
    terms = await conditions.in_force(work.connection)
    await repository.lock_borrower(work.connection, wanted.member_id)
    loan_id = wanted.id or new_id()
    if known := (await reading.loans(work.connection, [loan_id])).get(loan_id):
        if (known.member_id, known.amount, known.plan) != (wanted.member_id, amount, wanted.plan):
            raise Conflict("id_taken", "There is another application with this id; take a new one", field="/id")
        return known
    member = await membership.record(work.connection, wanted.member_id, work.now)
    rules.check_good_standing(member.status, "/member_id")
    rules.check_belonging(member.joined_on, work.today, terms.months_belonging)
    rules.check_plan(wanted.plan, amount, today=work.today, max_months=terms.max_months)
    rules.check_guarantors(wanted.member_id, wanted.guarantors, terms.guarantors)
    await _check_guarantors_standing(work, wanted.guarantors)
    rules.check_within_terms(
        amount,
        terms,
        owed_already=await repository.owed(work.connection, wanted.member_id, but=loan_id),
        fund=(await reading.money(work.connection, settings.currency)).total,
    )
    year = work.today.year
    count = await membership.next_in_series(work, rules.series(settings.number_prefix, year))
    values = {
        "id": loan_id,
        "number": rules.number(settings.number_prefix, year, count),
        "member_id": wanted.member_id,
        "currency": settings.currency,
        "amount": amount,
        "purpose": wanted.purpose,
        "instalments": wanted.plan.instalments,
        "every": wanted.plan.every,
        "first_due": wanted.plan.first_due,
        "terms_version": terms.version,
        "applied_at": work.now,
        "applied_by": actor.user_id,
    }
    await repository.add_loan(work.connection, values, wanted.guarantors)
    loan = await reading.loan(work.connection, loan_id)
    _call_a_vote(work, settings, loan)
    return loan


async def _check_guarantors_standing(work: Work, guarantors: Sequence[UUID]) -> None:
    standings = await membership.standings(work.connection, guarantors, work.now)
    for place, guarantor in enumerate(guarantors):
        if guarantor not in standings:
            raise NotFound("member_unknown", "There is no such member", field=f"/guarantors/{place}")
        rules.check_good_standing(standings[guarantor], f"/guarantors/{place}")


def _call_a_vote(work: Work, settings: Settings, loan: Loan) -> None:
    """Says that there is something to vote on, once nothing is missing of the application."""
    if settings.loans == "vote" and loan.guaranteed:
        fact = events.applied(loan.id, loan.member_id, loan.money(loan.amount), loan.purpose)
        work.stage(fact, subject=loan.id, version=events.APPLIED)


async def answer_for(
    work: Work, settings: Settings, loan_id: UUID, member_id: UUID, *, accepts: bool, by: Actor
) -> Loan:
    """A guarantor says whether it stands in for the borrower, once. Raises NotFound, Conflict."""
    loan = await _locked(work, loan_id)
    asked = next((guarantor for guarantor in loan.guarantors if guarantor.member_id == member_id), None)
    if asked is None or not by.acts_for(member_id):
        raise NotFound("guarantor_unknown", "This member was not asked to stand in for this loan")
    if asked.accepts == accepts:
        return loan
    if asked.accepts is not None:
        raise Conflict("answered_already", "This was answered already")
    rules.check_status(loan.status, "applied")
    if accepts:
        standings = await membership.standings(work.connection, [member_id], work.now)
        rules.check_good_standing(standings[member_id], "/member_id")
    await repository.add_answer(work.connection, loan_id, member_id, accepts=accepts, at=work.now, by=by.user_id)
    loan = await reading.loan(work.connection, loan_id)
    _call_a_vote(work, settings, loan)
    return loan


async def vote(work: Work, settings: Settings, loan_id: UUID, *, verdict: Verdict, reason: str, actor: Actor) -> Loan:
    """A member of the committee agrees or refuses; as many as the terms say decide it. Never on what concerns oneself.

    Raises NotFound, Forbidden, Conflict.
    """
    if settings.loans == "vote":
        raise Conflict("decided_by_vote", "In this network the members vote on loans")
    loan = await _locked(work, loan_id)
    if loan.interests(actor):
        raise Forbidden("own_loan", "Nobody decides on a loan of their own, or one that they stand in for")
    said = next((vote for vote in loan.votes if vote.by == actor.user_id), None)
    if said is not None:
        if said.approves == (verdict == "approve"):
            return loan
        raise Conflict("voted_already", "You have said the opposite already")
    rules.check_status(loan.status, "applied")
    if verdict == "approve" and not loan.guaranteed:
        raise Conflict("guarantors_unconfirmed", "Not all of its guarantors have agreed")
    await repository.add_vote(
        work.connection, loan_id, approves=verdict == "approve", reason=reason, at=work.now, by=actor.user_id
    )
    votes = [*(vote.approves for vote in loan.votes), verdict == "approve"]
    fact = rules.decided(votes, loan.terms.approvals)
    if fact is not None:
        await repository.add_fact(
            work.connection, loan_id, fact, on=work.today, at=work.now, by=actor.user_id, reason=reason
        )
    return await reading.loan(work.connection, loan_id)


async def withdraw(work: Work, settings: Settings, loan_id: UUID, *, reason: str, actor: Actor) -> Loan:
    """The member does not want it any more; possible until the money has left. Raises NotFound, Conflict."""
    loan = await _locked(work, loan_id)
    if not actor.acts_for(loan.member_id) and not actor.has(*COMMITTEE):
        raise reading.unknown()
    if loan.status == "withdrawn":
        return loan
    rules.check_status(loan.status, "applied", "approved")
    await repository.add_fact(
        work.connection, loan_id, "withdrawn", on=work.today, at=work.now, by=actor.user_id, reason=reason
    )
    if settings.loans == "vote":
        work.stage(events.withdrawn(loan_id), subject=loan_id, version=events.ENDED)
    return await reading.loan(work.connection, loan_id)


async def follow(work: Work, settings: Settings, taken: Sequence[DecisionTaken]) -> None:
    """Acts on votes that were counted. One that comes twice, too late or after another changes nothing; one without
    quorum has decided nothing, so the application waits for another."""
    if settings.loans != "vote":
        return
    decisive: dict[UUID, DecisionTaken] = {}
    for decision in taken:
        if decision.matter_id is not None and decision.outcome != "no_quorum":
            decisive.setdefault(decision.matter_id, decision)
    for loan_id in sorted(decisive):
        await repository.lock_loan(work.connection, loan_id)
    for loan_id, loan in (await reading.loans(work.connection, decisive)).items():
        decision = decisive[loan_id]
        if loan.status == "applied":
            await repository.add_fact(
                work.connection,
                loan_id,
                "approved" if decision.outcome == "accepted" else "declined",
                on=work.today,
                at=work.now,
                by=None,
                reason=decision.title,
                proposal_id=decision.proposal_id,
            )


async def _locked(work: Work, loan_id: UUID) -> Loan:
    await repository.lock_loan(work.connection, loan_id)
    return await reading.loan(work.connection, loan_id)
