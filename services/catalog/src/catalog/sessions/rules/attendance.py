"""Who came, and for how long."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from contracts.values import plain
from kit.errors import Conflict, Invalid

Outcome = Literal["came", "missed", "partly"]


@dataclass(frozen=True)
class Guest:
    """Somebody who has places: by a booking or an order, whose id is ``id``."""

    id: UUID
    origin: Literal["booking", "order"]
    member_id: UUID
    name: str
    seats: int
    for_whom: str
    #: An order's human number.
    number: str
    #: False while an order waits for its confirmation.
    confirmed: bool


@dataclass(frozen=True)
class Mark:
    """What somebody noted of a guest: how many came, and the hours each of them was there."""

    guest_id: UUID
    outcome: Outcome
    people: int
    hours: Decimal


@dataclass(frozen=True)
class Note:
    """What somebody says of a guest; None where nothing is said."""

    guest_id: UUID
    outcome: Outcome
    people: int | None = None
    hours: Decimal | None = None


def mark(note: Note, guests: Mapping[UUID, Guest], lasts: Decimal, place: int) -> Mark:
    """What was noted, with what is usual where nothing is said: all came, for as long as it lasted.

    Raises Invalid for a guest that has no place, for more people than places, and for hours that can't be.
    """
    at = f"/guests/{place}"
    guest = guests.get(note.guest_id)
    if guest is None:
        raise Invalid("unknown_guest", "Nobody with this id has a place here", field=f"{at}/id")
    if note.outcome == "missed":
        if note.people or note.hours:
            raise Invalid("nobody_came", "Who did not come has no people and no hours", field=f"{at}/outcome")
        return Mark(note.guest_id, note.outcome, 0, Decimal(0))
    if note.outcome == "partly" and note.hours is None:
        raise Invalid("missing", "This is needed", field=f"{at}/hours")
    came = guest.seats if note.people is None else note.people
    if not 1 <= came <= guest.seats:
        raise Invalid("people_out_of_range", "From 1 to {seats} people", field=f"{at}/people", seats=guest.seats)
    there = lasts if note.hours is None else note.hours
    if there > lasts:
        raise Invalid("hours_out_of_range", "It lasted {hours} hours", field=f"{at}/hours", hours=plain(lasts))
    return Mark(note.guest_id, note.outcome, came, there)


def check_markable(starts_at: datetime, attended_at: datetime | None, cancelled: bool, now: datetime) -> None:
    """Raises Conflict before a session has begun, once its attendance is closed, and where there was none."""
    if cancelled:
        raise Conflict("session_cancelled", "This session was cancelled")
    if attended_at is not None:
        raise Conflict("attendance_closed", "The attendance of this session is closed")
    if now < starts_at:
        raise Conflict("not_begun", "This session has not begun")


def unmarked(guests: Collection[UUID], marks: Collection[UUID]) -> set[UUID]:
    """Those of whom nothing was noted: they are not counted as having come."""
    return set(guests) - set(marks)


@dataclass(frozen=True)
class Figures:
    """What a member gave in a year, by product: sessions held, hours given, people served and their hours."""

    member_id: UUID
    member_name: str
    product_id: UUID
    product_name: str
    sessions: int
    hours: Decimal
    people: int
    person_hours: Decimal
    missed: int
