"""Who has a place, and who is next. First come, first served: a place that gets free is for the first in the waiting
list whom it is enough for, before anyone who comes later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from contracts.values import Money
from kit.errors import Conflict

State = Literal["waiting", "booked", "cancelled", "missed"]
Cause = Literal["", "member", "provider", "session", "left"]

#: Bookings that may wait for one session.
MOST_WAITING = 200


@dataclass(frozen=True)
class Booking:
    """Places for a member, booked or waited for."""

    id: UUID
    session_id: UUID
    member_id: UUID
    seats: int
    for_whom: str
    state: State
    cause: Cause
    price: Money
    created_at: datetime
    booked_at: datetime | None
    ended_at: datetime | None
    #: Its place in the waiting list of all.
    number: int = 0


@dataclass(frozen=True)
class Turn:
    """Somebody who waits."""

    booking_id: UUID
    seats: int


@dataclass(frozen=True)
class Served:
    """Whose turn it is, and the least that one of the others would take."""

    now: tuple[Turn, ...]
    least: Decimal | None


def serve(free: Decimal, waiting: Sequence[Turn]) -> Served:
    """Goes through the waiting list in its order; each gets its places if as many are free."""
    granted, least = [], None
    for turn in waiting:
        if turn.seats <= free:
            free -= turn.seats
            granted.append(turn)
        elif least is None or turn.seats < least:
            least = turn.seats
    return Served(tuple(granted), None if least is None else Decimal(least))


def check_cancel(booking: Booking, until: datetime, now: datetime) -> None:
    """Raises Conflict where it is too late for a member to cancel by itself."""
    if booking.state == "booked" and now > until:
        raise Conflict(
            "too_late_to_cancel", "This could be cancelled until {until}; ask who holds it", until=until.isoformat()
        )


def check_open(booking: Booking) -> None:
    """Raises Conflict for a booking that has ended."""
    if booking.state not in ("waiting", "booked"):
        raise Conflict("booking_ended", "This booking has ended")


def check_same(booking: Booking, session_id: UUID, member_id: UUID, seats: int) -> None:
    """Raises Conflict where an id was used for something else."""
    if (booking.session_id, booking.member_id, booking.seats) != (session_id, member_id, seats):
        raise Conflict("id_taken", "This id was used for something else; take a new one", field="/id")
