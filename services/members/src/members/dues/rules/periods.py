"""The periods that a plan asks a member for. A period is half-open: from ``start`` until the day ``end``."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from members.dues.rules.plans import MONTHS, Terms


@dataclass(frozen=True)
class Period:
    """``whole_start`` is before ``start`` where only a part of the period is asked for."""

    start: date
    end: date
    whole_start: date

    @property
    def is_part(self) -> bool:
        return self.start > self.whole_start


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last: from the 31st of January, one month on, the 28th or 29th."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def periods(terms: Terms, joined: date, left: date | None, until: date, *, since: date | None = None) -> list[Period]:
    """The periods that began by ``until`` for who belongs from ``joined`` until the day ``left``, oldest first.

    They follow each other without gap or overlap from the latest of ``joined``, the plan's first day and ``since`` (the
    day from which the plan is this member's); that day's period is a part of one, unless it happens to begin then.
    Boundaries of a rolling plan are counted from ``joined`` each time, so a short month does not move those after it. A
    plan that asks ``once`` asks for the day of joining, of those who join while it is there.
    """
    begins = max(filter(None, (joined, terms.starts_on, since)))
    if terms.rhythm == "once":
        only = Period(joined, joined + timedelta(days=1), joined)
        return [only] if begins == joined and _asked(terms, joined, left, until) else []
    months = MONTHS[terms.rhythm]
    anchor = joined if terms.anchor == "rolling" else date(begins.year - 1, terms.start_month, 1)
    number = ((begins.year - anchor.year) * 12 + begins.month - anchor.month) // months
    while add_months(anchor, number * months) > begins:
        number -= 1
    found = []
    whole_start = add_months(anchor, number * months)
    start = begins
    while _asked(terms, start, left, until):
        number += 1
        end = add_months(anchor, number * months)
        found.append(Period(start, end, whole_start))
        start = whole_start = end
    return found


def _asked(terms: Terms, start: date, left: date | None, until: date) -> bool:
    return start <= until and (left is None or start < left) and (terms.ends_on is None or start <= terms.ends_on)


def months_of(period: Period) -> int:
    """How many months the period has begun, counted from the beginning of the whole one."""
    total = (period.end.year - period.whole_start.year) * 12 + period.end.month - period.whole_start.month
    over = 0
    while over < total and add_months(period.whole_start, over + 1) <= period.start:
        over += 1
    return total - over
