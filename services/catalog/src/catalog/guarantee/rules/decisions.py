"""What a committee may decide, and who of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from catalog.guarantee.rules.certificates import Fact, Outcome
from catalog.guarantee.rules.plots import Plot
from catalog.guarantee.rules.standards import Content, Severity
from catalog.guarantee.rules.visits import Visit, months_after
from kit.errors import Conflict, Invalid

#: Open non-conformities with which an outcome can't be.
IN_THE_WAY: Mapping[Outcome, frozenset[Severity]] = {
    "certified": frozenset({"major", "critical"}),
    "conditional": frozenset({"critical"}),
    "in_conversion": frozenset({"critical"}),
    "refused": frozenset(),
}


@dataclass(frozen=True)
class Aside:
    """A member of the committee who took no part, and why."""

    member_id: UUID
    reason: str


@dataclass(frozen=True)
class Decision:
    id: UUID
    outcome: Outcome
    stage: int | None
    decided_on: date
    valid_until: date | None
    reasons: str
    products: tuple[str, ...]
    decided_by: tuple[UUID, ...]
    stood_aside: tuple[Aside, ...]

    def fact(self, version_id: UUID) -> Fact:
        return Fact(
            "decided",
            self.decided_on,
            cause_id=self.id,
            version_id=version_id,
            outcome=self.outcome,
            stage=self.stage,
            valid_until=self.valid_until,
            reason=self.reasons,
        )


@dataclass(frozen=True)
class Case:
    """What a committee has before it."""

    member_id: UUID
    content: Content
    plots: tuple[Plot, ...]
    visits: tuple[Visit, ...]
    open: Mapping[UUID, Severity]
    signed_on: date
    #: The last date of what is known of the certificate, if there is one.
    last_on: date | None

    @property
    def visit(self) -> Visit | None:
        """The newest complete visit."""
        complete = [visit for visit in self.visits if visit.state == "complete" and visit.report is not None]
        return max(complete, key=lambda visit: visit.report.happened_on if visit.report else date.min, default=None)

    @property
    def interested(self) -> frozenset[UUID]:
        """Who can't decide: the producer and who visited it or is to."""
        peers = {peer.member_id for visit in self.visits if not visit.cancelled for peer in visit.peers}
        return frozenset(peers | {self.member_id})

    def clean_for(self, on: date) -> int | None:
        """Whole years for which all the land has been without what the standard prohibits, by what was pledged; None
        without land. Where nothing was said, counted from the pledge."""
        if not self.plots:
            return None
        since = max(plot.clean_since or self.signed_on for plot in self.plots)
        return max(0, on.year - since.year - ((on.month, on.day) < (since.month, since.day)))

    def certifiable_from(self) -> date:
        """When the years of conversion are over."""
        since = max((plot.clean_since or self.signed_on for plot in self.plots), default=self.signed_on)
        return months_after(since, 12 * self.content.conversion_years)


def check(decision: Decision, case: Case, known: Collection[UUID], today: date) -> None:
    """Raises Invalid for what can't be decided so, Conflict for what can't be decided yet."""
    _check_people(decision, case, known)
    _check_dates(decision, case, today)
    if decision.outcome == "refused":
        return
    visit = case.visit
    if visit is None or visit.report is None:
        raise Conflict("not_visited", "Nobody is certified before three peers have visited and signed")
    if visit.report.happened_on > decision.decided_on:
        raise Invalid("before_visit", "The visit was made on {day}", field="/decided_on", day=visit.report.happened_on)
    if months_after(visit.report.happened_on, case.content.visit_months) < decision.decided_on:
        raise Conflict(
            "visit_too_old",
            "The last visit was on {day}; this standard wants one within {months} months",
            day=visit.report.happened_on,
            months=case.content.visit_months,
        )
    graves = set(case.open.values()) & IN_THE_WAY[decision.outcome]
    if graves:
        raise Conflict(
            "nonconformities_open",
            "Non-conformities in the way of this are open: {severities}",
            field="/outcome",
            severities=", ".join(sorted(graves)),
            extra={"nonconformity_ids": [str(one) for one, severity in case.open.items() if severity in graves]},
        )
    _check_conversion(decision, case)


def _check_people(decision: Decision, case: Case, known: Collection[UUID]) -> None:
    named = [(f"/decided_by/{place}", member_id) for place, member_id in enumerate(decision.decided_by)]
    aside = [(f"/stood_aside/{place}/member_id", one.member_id) for place, one in enumerate(decision.stood_aside)]
    seen: set[UUID] = set()
    for at, member_id in (*named, *aside):
        if member_id in seen:
            raise Invalid("repeated", "Named twice", field=at)
        seen.add(member_id)
        if member_id not in known:
            raise Invalid("unknown_member", "There is no such member", field=at)
    for at, member_id in named:
        if member_id == case.member_id:
            raise Invalid("own_case", "Nobody decides on its own case: let it stand aside", field=at)
        if member_id in case.interested:
            raise Invalid("visited_it", "Who visits does not decide on it: let it stand aside", field=at)
    if len(named) < case.content.committee_size:
        raise Invalid(
            "committee_size",
            "At least {size} members of the committee decide",
            field="/decided_by",
            size=case.content.committee_size,
        )


def _check_dates(decision: Decision, case: Case, today: date) -> None:
    if decision.decided_on > today:
        raise Invalid("decided_on", "A decision is recorded when it was taken", field="/decided_on")
    earliest = max(case.signed_on, case.last_on or case.signed_on)
    if decision.decided_on < earliest:
        raise Invalid(
            "decided_too_early", "Not before {day}, when what it follows was", field="/decided_on", day=earliest
        )
    if (decision.outcome == "refused") != (decision.valid_until is None):
        raise Invalid("valid_until", "A refusal has no end; leave this out", field="/valid_until")
    most = months_after(decision.decided_on, case.content.validity_months)
    if decision.valid_until is not None and not decision.decided_on <= decision.valid_until <= most:
        raise Invalid(
            "valid_until",
            "From {first} to {last}, as the standard says",
            field="/valid_until",
            first=decision.decided_on,
            last=most,
        )


def _check_conversion(decision: Decision, case: Case) -> None:
    years = case.clean_for(decision.decided_on)
    in_conversion = decision.outcome == "in_conversion"
    if in_conversion and decision.stage is None:
        raise Invalid("stage", "Say the year of conversion: 0, 1 or 2", field="/stage")
    if not in_conversion and decision.stage is not None:
        raise Invalid("stage", "Only with in_conversion; leave it out", field="/stage")
    if in_conversion and case.content.conversion_years == 0:
        raise Invalid("no_conversion_here", "This standard knows no conversion", field="/outcome")
    if decision.stage is not None and decision.stage >= case.content.conversion_years:
        raise Invalid(
            "stage",
            "Less than the standard's {years} years of conversion",
            field="/stage",
            years=case.content.conversion_years,
        )
    if decision.stage is not None and years is not None and decision.stage > years:
        raise Invalid("stage", "Not before that many years: {years} by now", field="/stage", years=years)
    if not in_conversion and years is not None and years < case.content.conversion_years:
        raise Invalid(
            "still_in_conversion",
            "Its land is in conversion until {day}: in_conversion, T{stage}",
            field="/outcome",
            day=case.certifiable_from(),
            stage=years,
        )


def check_turn(after: UUID | None, last: UUID | None) -> None:
    """Raises Conflict unless the caller knows of the decision that this one follows."""
    if after != last:
        raise Conflict(
            "decided_meanwhile",
            "A decision on this was recorded; read it first and name it in `after`",
            field="/after",
            extra={"last_decision_id": str(last) if last else None},
        )


def names(products: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """The products in the scope: what the committee says, else what was applied for."""
    return tuple(products) or tuple(default)
