"""Who is asked for what: the plans that are a member's over time, and the periods that were not billed yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from contracts.members import MemberKind
from members.dues.rules.amounts import Charge, charge
from members.dues.rules.periods import Period, periods
from members.dues.rules.plans import Choice, Exemption, Plan
from members.membership.rules import BELONGING, FactKind
from members.membership.rules.history import STATUS_AFTER


@dataclass(frozen=True)
class Span:
    """Belonging, from the day ``joined`` until the day ``left``."""

    joined: date
    left: date | None


@dataclass(frozen=True)
class Billed:
    """A period of a member that was billed, or exempt, already."""

    plan_id: UUID
    start: date
    end: date
    once: bool


@dataclass(frozen=True)
class Payer:
    """A member, as far as its dues depend on it."""

    id: UUID
    kind: MemberKind
    spans: tuple[Span, ...]
    choices: tuple[Choice, ...]
    exemptions: tuple[Exemption, ...]
    billed: tuple[Billed, ...]


@dataclass(frozen=True)
class Bill:
    """What a member is to be asked for a period."""

    member_id: UUID
    plan: Plan
    period: Period
    charge: Charge


def spans(facts: Iterable[tuple[FactKind, date]]) -> tuple[Span, ...]:
    """When somebody belonged, from what happened to the membership, oldest first."""
    found: list[Span] = []
    joined: date | None = None
    for kind, day in facts:
        belongs = STATUS_AFTER[kind] in BELONGING
        if belongs and joined is None:
            joined = day
        elif not belongs and joined is not None:
            found.append(Span(joined, day))
            joined = None
    if joined is not None:
        found.append(Span(joined, None))
    return tuple(found)


@dataclass(frozen=True)
class _Held:
    plan: Plan
    since: date | None
    before: date | None


def _plans_of(payer: Payer, plans: Mapping[UUID, Plan]) -> list[_Held]:
    """The plans that are this member's, and when: those chosen for it, and in the time between those of its kind."""
    chosen = sorted(payer.choices, key=lambda choice: choice.since)
    held = [_Held(plans[choice.plan_id], choice.since, choice.before) for choice in chosen]
    gaps: list[tuple[date | None, date | None]] = []
    since: date | None = None
    for choice in chosen:
        if since is None or choice.since > since:
            gaps.append((since, choice.since))
        since = choice.before
        if since is None:
            break
    else:
        gaps.append((since, None))
    for plan in plans.values():
        if payer.kind in plan.kinds:
            held += [_Held(plan, None, None)] if plan.once else [_Held(plan, start, end) for start, end in gaps]
    return held


def bills(payer: Payer, plans: Mapping[UUID, Plan], until: date) -> list[Bill]:
    """What is still to be asked of a member for the periods that began by ``until``, oldest first.

    No day is billed twice, whatever plans a member passed through: of a period that begins within one that was billed
    only the rest is asked for. What is asked ``once`` is asked once for each time that somebody joins.
    """
    candidates: list[tuple[Plan, Period, date | None]] = []
    for held in _plans_of(payer, plans):
        for span in payer.spans:
            left = min(filter(None, (span.left, held.before)), default=None)
            asked = periods(held.plan.terms, span.joined, left, until, since=held.since)
            candidates += [(held.plan, period, left) for period in asked]
    candidates.sort(key=lambda candidate: (candidate[1].start, candidate[1].end, candidate[0].id))
    once = {(billed.plan_id, billed.start) for billed in payer.billed if billed.once}
    taken = [(billed.start, billed.end) for billed in payer.billed if not billed.once]
    found = []
    for plan, period, left in candidates:
        rest = period
        if plan.once:
            if (plan.id, period.start) in once:
                continue
        else:
            rest = _rest(period, taken)
            if not rest.start < rest.end or rest.start > until or (left is not None and rest.start >= left):
                continue
            taken.append((rest.start, rest.end))
        found.append(Bill(payer.id, plan, rest, charge(plan, rest, payer.exemptions)))
    return found


def _rest(period: Period, taken: Sequence[tuple[date, date]]) -> Period:
    """The end of the period that follows all that was taken of it; empty if nothing is left."""
    start = max((end for begin, end in taken if begin < period.end and end > period.start), default=period.start)
    return Period(start, period.end, period.whole_start)


def due_on(plan: Plan, period: Period, issued_on: date) -> date:
    """The day by which an invoice is to be paid."""
    return max(issued_on, period.start) + timedelta(days=plan.days_until_due)
