"""Where a repayment goes, and what is owed after it.

It goes to the oldest instalment first: its interest, then its principal. What is due is paid, then the instalment that
comes next; what is left shortens the plan: it comes off the last instalments' principal, and the interest of those in
between is computed anew on what is owed from then on. No interest is asked on arrears.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from members.fund.rules.schedule import Instalment, interest


@dataclass(frozen=True)
class Part:
    """What of a payment went to an instalment. ``ahead_of`` is set for principal paid before its turn: the last
    instalment whose interest still counts it as owed."""

    no: int
    interest: int
    principal: int
    ahead_of: int | None = None


@dataclass(frozen=True)
class Due:
    """An instalment as it stands after some payments."""

    no: int
    due_on: date
    #: What is asked for with it: without what was paid ahead of its turn.
    principal: int
    interest: int
    paid_principal: int
    paid_interest: int

    @property
    def open_principal(self) -> int:
        return self.principal - self.paid_principal

    @property
    def open_interest(self) -> int:
        return self.interest - self.paid_interest

    @property
    def open(self) -> int:
        return self.open_principal + self.open_interest


def standing(
    instalments: Sequence[Instalment],
    parts: Iterable[Part],
    *,
    yearly_rate: Decimal,
    interest_from: date,
    carried: int = 0,
) -> list[Due]:
    """The instalments as these parts of payments leave them."""
    paid = list(parts)
    starts = [interest_from, *(instalment.due_on for instalment in instalments)]
    found = []
    for place, (instalment, (start, end)) in enumerate(zip(instalments, pairwise(starts), strict=True)):
        own = [part for part in paid if part.no == instalment.no]
        ahead = sum(part.principal for part in own if part.ahead_of is not None)
        balance = sum(later.principal for later in instalments[place:]) - sum(
            part.principal for part in paid if part.ahead_of is not None and part.ahead_of < instalment.no <= part.no
        )
        found.append(
            Due(
                no=instalment.no,
                due_on=instalment.due_on,
                principal=instalment.principal - ahead,
                interest=interest(balance, yearly_rate, (end - start).days) + (0 if place else carried),
                paid_principal=sum(part.principal for part in own if part.ahead_of is None),
                paid_interest=sum(part.interest for part in own),
            )
        )
    return found


def outstanding(dues: Iterable[Due]) -> int:
    """The principal that is still owed."""
    return sum(due.open_principal for due in dues)


def _asked_now(dues: Sequence[Due], on: date) -> list[Due]:
    """What is due by that day and not paid, and the next one after it."""
    unpaid = [due for due in dues if due.open > 0]
    count = sum(due.due_on <= on for due in unpaid)
    return unpaid[: count + 1]


def payoff(dues: Sequence[Due], on: date) -> int:
    """What ends the loan on that day: what is due with its interest, the next instalment, and the rest's principal."""
    asked = _asked_now(dues, on)
    return outstanding(dues) + sum(due.open_interest for due in asked)


def allocate(dues: Sequence[Due], amount: int, on: date) -> list[Part]:
    """The parts that a payment of that day falls into; they add up to it.

    Raises ValueError for nothing, or more than ends the loan.
    """
    if not 0 < amount <= payoff(dues, on):
        raise ValueError("not between nothing and all that is owed")
    parts, left = [], amount
    asked = _asked_now(dues, on)
    for due in asked:
        to_interest = min(left, due.open_interest)
        to_principal = min(left - to_interest, due.open_principal)
        if to_interest or to_principal:
            parts.append(Part(due.no, to_interest, to_principal))
        left -= to_interest + to_principal
    for due in reversed(dues):
        ahead = min(left, due.open_principal if due.no > asked[-1].no else 0)
        if ahead:
            parts.append(Part(due.no, 0, ahead, ahead_of=asked[-1].no))
        left -= ahead
    return parts


def overdue(dues: Iterable[Due], today: date, grace_days: int = 0) -> list[Due]:
    """Instalments that should have been paid: those whose day, and the days of grace after it, are over."""
    return [due for due in dues if due.open > 0 and due.due_on + timedelta(days=grace_days) < today]
