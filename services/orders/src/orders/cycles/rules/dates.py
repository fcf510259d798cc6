"""A cycle's status follows from its dates and from what has happened to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.orders import CycleStatus
from kit.errors import Invalid

#: Longer than any rhythm of a food network; what exceeds it is a slip in a year.
LONGEST_CYCLE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class CycleDates:
    """When a cycle opens and closes, and since when orders are stopped, settled in part and settled."""

    opens_at: datetime
    closes_at: datetime
    stopped_at: datetime | None = None
    settling_at: datetime | None = None
    settled_at: datetime | None = None


def cycle_status(dates: CycleDates, now: datetime) -> CycleStatus:
    """Upcoming, open or closed by the clock; closed early, settling and settled by what was done."""
    if dates.settled_at is not None:
        return "settled"
    if dates.settling_at is not None:
        return "settling"
    if dates.stopped_at is not None or now >= dates.closes_at:
        return "closed"
    return "open" if now >= dates.opens_at else "upcoming"


def check_dates(opens_at: datetime, closes_at: datetime) -> None:
    """Raises Invalid where a cycle would close before it opens, or stay open for more than a year."""
    if closes_at <= opens_at:
        raise Invalid("closes_before_it_opens", "A cycle closes after it opens", field="/closes_at")
    if closes_at - opens_at > LONGEST_CYCLE:
        raise Invalid(
            "cycle_too_long",
            "A cycle is open for {days} days at most",
            field="/closes_at",
            days=LONGEST_CYCLE.days,
        )


def check_pickup(index: int, starts_at: datetime, ends_at: datetime) -> None:
    """Raises Invalid for a pickup that ends before it starts."""
    if ends_at <= starts_at:
        raise Invalid("ends_before_it_starts", "A pickup ends after it starts", field=f"/pickups/{index}/ends_at")
