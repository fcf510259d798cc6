"""Who may borrow what, and how far a loan has come. Amounts are integers of the currency's smallest unit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from contracts.members import MemberStatus
from contracts.values import Money, plain
from kit.errors import Conflict, Invalid
from members.fund.rules.schedule import Method, Plan, due_dates, months_later

FactKind = Literal["approved", "declined", "withdrawn", "disbursed", "written_off"]
LoanStatus = Literal["applied", "approved", "declined", "withdrawn", "disbursed", "repaying", "repaid", "written_off"]
Verdict = Literal["approve", "decline"]
#: Money is owed, and can be paid back, in these states; in ``written_off`` it is not expected any more.
OWING: frozenset[LoanStatus] = frozenset({"disbursed", "repaying", "written_off"})

#: No plan has more instalments: ten years of months.
MOST_INSTALMENTS = 120
#: Smallest units that an instalment repays at least, on average: one peso or euro.
LEAST_PART = 100
#: Months from the application within which the first instalment is due.
LONGEST_WAIT = 12


@dataclass(frozen=True)
class Terms:
    """On what conditions the fund lends. Each loan keeps those under which it was asked for."""

    version: int
    currency: str
    #: What a member may owe the fund in all.
    max_amount: int
    #: Within how many months a loan is paid back.
    max_months: int
    #: Per cent of the fund that one loan may take.
    fund_share: Decimal
    #: Interest, or a fee by another name, in per cent a year.
    yearly_rate: Decimal
    method: Method
    #: Months that a member must have belonged.
    months_belonging: int
    #: Days after an instalment's day before the member is in arrears.
    grace_days: int
    #: Members of the committee who must agree.
    approvals: int
    guarantors: int
    #: Per cent of the members' deposits that is not lent.
    reserve: Decimal
    #: Days from a notice until a deposit is paid back.
    notice_days: int


def status(facts: Collection[FactKind], *, paid: bool, outstanding: int) -> LoanStatus:
    """How far a loan has come. ``paid`` if any payment counts; ``outstanding`` is of interest once it is disbursed."""
    if "written_off" in facts:
        return "written_off"
    if "disbursed" in facts:
        if outstanding == 0:
            return "repaid"
        return "repaying" if paid else "disbursed"
    for fact in ("withdrawn", "declined", "approved"):
        if fact in facts:
            return fact
    return "applied"


def check_status(found: LoanStatus, *possible: LoanStatus) -> None:
    """Raises Conflict if the loan is in none of these states."""
    if found not in possible:
        raise Conflict(
            "wrong_loan_status",
            "That is not possible for a loan that is {status}",
            status=found,
            extra={"loan_status": found, "possible_in": sorted(possible)},
        )


def number(prefix: str, year: int, count: int) -> str:
    """A loan's number, such as ``QRO-P-2026-0003`` (P for *préstamo*)."""
    return f"{prefix}-P-{year}-{count:04d}"


def series(prefix: str, year: int) -> str:
    """What the numbers of a year's loans are counted in."""
    return f"{prefix}-P-{year}"


def check_amount(amount: Money, currency: str, field: str = "/amount") -> int:
    """The amount in smallest units. Raises Invalid for another currency, or nothing."""
    if amount.currency != currency:
        raise Invalid("currency_mismatch", "Must be in {currency}", field=f"{field}/currency", currency=currency)
    if amount.minor <= 0:
        raise Invalid("amount_not_positive", "Must be more than {least}", field=f"{field}/amount", least=0)
    return amount.minor


def check_good_standing(found: MemberStatus, field: str) -> None:
    """Raises Conflict unless the member is active: no arrears, no suspension, not gone."""
    if found != "active":
        raise Conflict("member_not_in_good_standing", "Only for members in good standing", field=field)


def check_belonging(joined_on: date | None, today: date, months: int) -> None:
    """Raises Conflict for a member who has not belonged long enough."""
    if joined_on is None or months_later(joined_on, months) > today:
        raise Conflict(
            "member_too_new", "Possible after {months} months of membership", field="/member_id", months=months
        )


def check_plan(plan: Plan, amount: int, *, today: date, max_months: int, field: str = "/plan") -> None:
    """Raises Invalid, naming what of the plan can't be."""
    if not 1 <= plan.instalments <= MOST_INSTALMENTS:
        raise Invalid(
            "instalments_out_of_range",
            "Between {least} and {most}",
            field=f"{field}/instalments",
            least=1,
            most=MOST_INSTALMENTS,
        )
    if amount < plan.instalments * LEAST_PART:
        raise Invalid("plan_too_thin", "Too many instalments for so little", field=f"{field}/instalments")
    if plan.first_due <= today:
        raise Invalid("first_due_past", "Must be after {day}", field=f"{field}/first_due", day=today)
    if plan.first_due > (latest := months_later(today, LONGEST_WAIT)):
        raise Invalid("first_due_far", "Must be by {day}", field=f"{field}/first_due", day=latest)
    last, end = due_dates(plan)[-1], months_later(today, max_months)
    if last > end:
        raise Invalid(
            "plan_too_long",
            "The last instalment would be due on {last}; it must be by {end}",
            field=f"{field}/instalments",
            last=last,
            end=end,
        )


def check_within_terms(amount: int, terms: Terms, *, owed_already: int, fund: int) -> None:
    """Raises Invalid for more than a member may owe in all, or than one loan may take of the fund."""
    most = terms.max_amount - owed_already
    if amount > most:
        raise Invalid(
            "amount_over_terms",
            "At most {most}, counting what is owed or asked for already",
            field="/amount/amount",
            most=_shown(max(most, 0), terms.currency),
        )
    most = int(fund * terms.fund_share / 100)
    if amount > most:
        raise Invalid(
            "amount_over_share",
            "At most {most}: {share} % of the fund",
            field="/amount/amount",
            most=_shown(max(most, 0), terms.currency),
            share=plain(terms.fund_share),
        )


def check_guarantors(member_id: UUID, guarantors: Sequence[UUID], needed: int) -> None:
    """Raises Invalid for too few of them, one twice, or the borrower."""
    if len(guarantors) < needed:
        raise Invalid("guarantors_missing", "At least {needed} guarantors", field="/guarantors", needed=needed)
    for place, guarantor in enumerate(guarantors):
        if guarantor == member_id or guarantor in guarantors[:place]:
            raise Invalid("guarantor_not_another", "Must be another member", field=f"/guarantors/{place}")


def decided(votes: Collection[bool], needed: int) -> FactKind | None:
    """What a committee has decided: as many must agree, or refuse, as the terms say."""
    if sum(votes) >= needed:
        return "approved"
    if len(votes) - sum(votes) >= needed:
        return "declined"
    return None


def check_payment(amount: int, payoff: int, currency: str) -> None:
    """Raises Invalid for more than ends the loan."""
    if amount > payoff:
        raise Invalid(
            "more_than_owed",
            "At most {most}: that ends the loan",
            field="/amount/amount",
            most=_shown(payoff, currency),
        )


def check_day(day: date, today: date, field: str, earliest: date | None = None) -> None:
    """Raises Invalid for a day to come, or one before the earliest possible."""
    if day > today:
        raise Invalid("day_to_come", "Must be {day} or before", field=field, day=today)
    if earliest is not None and day < earliest:
        raise Invalid("day_too_early", "Must be {day} or after", field=field, day=earliest)


def _shown(minor: int, currency: str) -> str:
    return f"{Money.of_minor(minor, currency).amount} {currency}"
