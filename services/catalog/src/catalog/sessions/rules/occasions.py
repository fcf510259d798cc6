"""What a session is: when, where, for how many, at which price, and until when it can be booked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal
from uuid import UUID

from contracts.catalog import Unit
from contracts.values import SCALES, Location, Money, plain
from kit.errors import Conflict, Invalid

State = Literal["planned", "cancelled"]

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=31)
#: Nobody plans further ahead than that.
FURTHEST = timedelta(days=2 * 366)
#: Coming sessions that a product may have.
MOST_COMING = 200
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Terms:
    """What holds for one occasion or for all of a series; times are counted back from the beginning."""

    minutes: int
    capacity: int
    place: str
    location: Location | None
    #: Booking opens so long before; at once where nothing is said.
    opens_before: timedelta | None
    closes_before: timedelta
    #: Until so long before, who booked can cancel by themselves.
    cancel_before: timedelta
    note: str

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Session:
    """A dated occasion. Its id is that of the variant as which it is sold."""

    id: UUID
    product_id: UUID
    member_id: UUID
    series_id: UUID | None
    #: The clock time that the series' rule gave it.
    slot: datetime | None
    #: The variant whose price a place has.
    template_id: UUID
    starts_at: datetime
    ends_at: datetime
    capacity: int
    place: str
    location: Location | None
    opens_at: datetime | None
    closes_at: datetime
    cancel_until: datetime
    note: str
    state: State = "planned"
    reason: str = ""
    #: Whether there is a variant of it: from the opening of its booking.
    listed: bool = False
    #: Its booking is over for good.
    done: bool = False
    moved_at: datetime | None = None
    attended_at: datetime | None = None
    version: int = 1

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1))

    @property
    def hours(self) -> Decimal:
        """How long it lasts, in hours with two decimals."""
        return (Decimal(self.minutes) / 60).quantize(Decimal("0.01"), ROUND_HALF_EVEN)

    def opens(self, now: datetime) -> bool:
        """Whether it is to be listed now."""
        begun = self.opens_at is None or self.opens_at <= now
        return self.state == "planned" and not self.listed and not self.done and begun and now < self.closes_at

    def closes(self, now: datetime) -> bool:
        """Whether it is to be taken off the list now."""
        return not self.done and (self.state == "cancelled" or self.closes_at <= now)


def planned(
    terms: Terms,
    starts_at: datetime,
    *,
    id_: UUID,
    product_id: UUID,
    member_id: UUID,
    template_id: UUID,
    series: tuple[UUID, datetime] | None = None,
) -> Session:
    """An occasion under these terms; of a series, with its clock time there."""
    session = Session(
        id=id_,
        product_id=product_id,
        member_id=member_id,
        series_id=series[0] if series else None,
        slot=series[1] if series else None,
        template_id=template_id,
        starts_at=starts_at,
        ends_at=starts_at,
        capacity=terms.capacity,
        place=terms.place,
        location=terms.location,
        opens_at=None,
        closes_at=starts_at,
        cancel_until=starts_at,
        note=terms.note,
    )
    return under(session, terms, starts_at)


def under(session: Session, terms: Terms, starts_at: datetime) -> Session:
    """The session under other terms, or at another time."""
    return replace(
        session,
        starts_at=starts_at,
        ends_at=starts_at + terms.lasts,
        capacity=terms.capacity,
        place=terms.place,
        location=terms.location,
        opens_at=None if terms.opens_before is None else starts_at - terms.opens_before,
        closes_at=starts_at - terms.closes_before,
        cancel_until=starts_at - terms.cancel_before,
        note=terms.note,
    )


def terms_of(session: Session) -> Terms:
    """The terms that a session has, as one would give them."""
    return Terms(
        session.minutes,
        session.capacity,
        session.place,
        session.location,
        None if session.opens_at is None else session.starts_at - session.opens_at,
        session.starts_at - session.closes_at,
        session.starts_at - session.cancel_until,
        session.note,
    )


def check_terms(terms: Terms) -> None:
    """Raises Invalid for terms that contradict each other."""
    if not SHORTEST <= terms.lasts <= LONGEST:
        raise Invalid("length_out_of_range", "A session lasts from 5 minutes to 31 days", field="/minutes")
    if terms.opens_before is not None and terms.opens_before <= terms.closes_before:
        raise Invalid("closes_before_it_opens", "Booking must open before it closes", field="/opens_before")


def check_start(starts_at: datetime, now: datetime) -> None:
    """Raises Invalid for a start that is past or too far ahead."""
    if starts_at <= now:
        raise Invalid("already_past", "Must be in the future", field="/starts_at")
    if starts_at - now > FURTHEST:
        raise Invalid("too_far_ahead", "At most two years ahead", field="/starts_at")


def check_changeable(session: Session, now: datetime) -> None:
    """Raises Conflict for a session that was cancelled or has begun."""
    if session.state == "cancelled":
        raise Conflict("session_cancelled", "This session was cancelled")
    if session.starts_at <= now:
        raise Conflict("begun", "This session has begun")


def is_moved(before: Session, after: Session) -> bool:
    """Whether those who come have to know: it is at another time or elsewhere."""
    return (before.starts_at, before.ends_at, before.place, before.location) != (
        after.starts_at,
        after.ends_at,
        after.place,
        after.location,
    )


def check_number(coming: int) -> None:
    """Raises Conflict where a product would have more coming sessions than anyone can choose from."""
    if coming > MOST_COMING:
        raise Conflict("too_many_sessions", "A product has at most {most} coming sessions", most=MOST_COMING)


def minutes_of(starts_at: datetime, ends_at: datetime | None, minutes: int | None) -> int:
    """How long it lasts, from either way of saying it. Raises Invalid where neither or both are said."""
    if (ends_at is None) == (minutes is None):
        raise Invalid("length_not_said", "Say either when it ends or how many minutes it lasts", field="/minutes")
    if ends_at is None:
        return minutes or 0
    if ends_at <= starts_at:
        raise Invalid("ends_before_it_starts", "Must be after the start", field="/ends_at")
    return int((ends_at - starts_at) / timedelta(minutes=1))


def price(unit: Unit, amount: Money, minutes: int) -> Money:
    """What a place costs: the variant's price, or as many hours of it as the session lasts; rounded once, half-even.

    Raises Invalid for a variant that is weighed.
    """
    if unit == "HUR":
        digits = Decimal(1).scaleb(-SCALES[amount.currency])
        hours = Decimal(minutes) / 60
        return Money(amount=(amount.amount * hours).quantize(digits, ROUND_HALF_EVEN), currency=amount.currency)
    if unit != "H87":
        raise Invalid("not_by_the_place", "A place is sold by the piece or by the hour", field="/variant_id")
    return amount


def check_capacity(session: Session, booked: Decimal) -> None:
    """Raises Conflict if more is booked than there would be places."""
    if session.capacity < booked:
        raise Conflict(
            "more_are_booked",
            "{booked} places are booked on {at}",
            field="/capacity",
            booked=plain(booked),
            at=session.starts_at.isoformat(),
        )


@dataclass(frozen=True)
class Plan:
    """What becomes of a series' sessions when it changes: those that take other times or terms, those that are
    cancelled, and the clock times that are new."""

    kept: Mapping[UUID, datetime]
    cancelled: tuple[UUID, ...]
    new: tuple[datetime, ...]


def rearranged(sessions: Mapping[UUID, datetime], clock_times: list[datetime]) -> Plan:
    """Which session takes which of the new clock times: the first of a day the first of that day, and so on.

    Who booked a Tuesday said yes to a Tuesday: another day is another session.
    """
    kept: dict[UUID, datetime] = {}
    free: dict[object, list[datetime]] = {}
    for at in sorted(clock_times):
        free.setdefault(at.date(), []).append(at)
    cancelled = []
    for session_id, at in sorted(sessions.items(), key=lambda item: (item[1], item[0])):
        day = free.get(at.date())
        if day:
            kept[session_id] = day.pop(0)
        else:
            cancelled.append(session_id)
    return Plan(kept, tuple(cancelled), tuple(at for day in free.values() for at in day))
