"""What a loan comes to: when each instalment is due, how much of it is principal and how much interest.

Interest is simple within a period, on the principal that is still owed, by actual days over 365 (actual/365 fixed, ISDA
2006 section 4.16(d)): the one that holds for months and fortnights, a first period of any length and a change of plan
alike. It is rounded once a period, half-even, to the smallest unit. Amounts are integers of that unit.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Literal

Every = Literal["month", "two_weeks"]
#: ``equal_principal``: the same principal each time, and interest that falls. ``annuity``: the same sum each time.
Method = Literal["equal_principal", "annuity"]

_YEAR = 365
#: Digits in which an annuity's sum is found before it is rounded to a cent.
_DIGITS = 40


@dataclass(frozen=True)
class Plan:
    """How somebody means to pay back."""

    instalments: int
    every: Every
    first_due: date


@dataclass(frozen=True)
class Instalment:
    """What falls due on a day. ``interest`` may hold what was carried over from an earlier plan."""

    no: int
    due_on: date
    principal: int
    interest: int

    @property
    def amount(self) -> int:
        return self.principal + self.interest


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_dates(plan: Plan) -> list[date]:
    """One for each instalment. Months are counted from the first, so that a 31st stays one where there is one."""
    if plan.every == "month":
        return [months_later(plan.first_due, count) for count in range(plan.instalments)]
    return [plan.first_due + timedelta(weeks=2 * count) for count in range(plan.instalments)]


def interest(balance: int, yearly_rate: Decimal, days: int) -> int:
    """What that many days cost, at a rate in per cent a year."""
    return round(Fraction(balance) * Fraction(yearly_rate) * days / (100 * _YEAR))


def schedule(
    principal: int, plan: Plan, *, yearly_rate: Decimal, method: Method, interest_from: date, carried: int = 0
) -> list[Instalment]:
    """The instalments, whose principal adds up to exactly what is lent. Each repays at least one smallest unit.

    ``carried`` is interest that was due under an earlier plan: it is asked for with the first instalment and bears
    none itself. Raises ValueError for more instalments than units, or one due before interest begins.
    """
    dates = due_dates(plan)
    if not 1 <= plan.instalments <= principal or plan.first_due < interest_from:
        raise ValueError("no such schedule")
    days = [(later - earlier).days for earlier, later in pairwise([interest_from, *dates])]
    by_method = _annuity if method == "annuity" else _equal_principal
    parts = by_method(principal, days, yearly_rate)
    found, balance = [], principal
    for place, (due_on, length, part) in enumerate(zip(dates, days, parts, strict=True)):
        due = interest(balance, yearly_rate, length) + (0 if place else carried)
        found.append(Instalment(place + 1, due_on, part, due))
        balance -= part
    return found


def _equal_principal(principal: int, days: Sequence[int], _rate: Decimal) -> list[int]:
    """Equal parts by largest remainder: the first ones take the units that are over."""
    part, over = divmod(principal, len(days))
    return [part + (place < over) for place in range(len(days))]


def _annuity(principal: int, days: Sequence[int], rate: Decimal) -> list[int]:
    """What is left of the same sum after each period's interest.

    The sum stays as it was found at first, as long as it is within a unit of what would be found for what is still owed:
    so what rounding left over never heaps up: the last few instalments are off by some units at most.
    """
    parts: list[int] = []
    balance, level = principal, _level(principal, days, rate)
    for place, length in enumerate(days):
        later = len(days) - place - 1
        exact = _level(balance, days[place:], rate)
        level = level if abs(exact - level) <= 1 else exact
        part = min(max(level - interest(balance, rate, length), 1), balance - later) if later else balance
        parts.append(part)
        balance -= part
    return parts


def _level(balance: int, days: Sequence[int], rate: Decimal) -> int:
    """The sum that, paid after each of these periods, pays the balance with its interest."""
    with localcontext() as context:
        context.prec = _DIGITS
        worth, discount = Decimal(0), Decimal(1)
        for length in days:
            discount /= 1 + rate * length / (100 * _YEAR)
            worth += discount
        return round(balance / worth)
