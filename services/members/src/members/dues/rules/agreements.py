"""What was agreed with a member for a time: an exemption, another amount, another plan."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from kit.errors import Conflict, Invalid

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Agreement:
    """It holds from ``since`` until the day ``before``. ``plan_id`` is a plan chosen for the member; without one it is an
    exemption: from everything, or (``amount``, minor units) to another amount for a whole period."""

    id: UUID
    member_id: UUID
    since: date
    before: date | None
    reason: str
    made_at: datetime
    ended_at: datetime | None
    plan_id: UUID | None = None
    amount: int | None = None
    currency: str | None = None

    @property
    def until(self) -> date | None:
        """The last day on which it holds; None if no end is known."""
        return self.before and self.before - DAY


def day_after(since: date, until: date | None) -> date | None:
    """The first day on which it holds no more. Raises Invalid for an end before the beginning."""
    if until is not None and until < since:
        raise Invalid("end_before_start", "Must be {day} or later", field="/until", day=since.isoformat())
    return until and until + DAY


def check_amount(amount: int) -> None:
    """Raises Invalid for an amount that is not more than nothing: who pays nothing is exempt, without an amount."""
    if amount <= 0:
        raise Invalid("amount_not_positive", "Must be more than {least}", field="/amount/amount", least=0)


def end(agreement: Agreement, until: date) -> date:
    """The first day on which it holds no more, when it is ended earlier: the day before ``since`` if it never was to
    hold. Raises Conflict for a second time, Invalid for a day that is none of its own."""
    if agreement.ended_at is not None:
        raise Conflict("ended_already", "This was ended already")
    first = agreement.since - DAY
    if until < first:
        raise Invalid("end_before_start", "Must be {day} or later", field="/until", day=first.isoformat())
    if agreement.before is not None and until + DAY > agreement.before:
        last = (agreement.before - DAY).isoformat()
        raise Invalid("end_not_earlier", "Can't be later than {last}", field="/until", last=last)
    return until + DAY
