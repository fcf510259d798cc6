"""Bookings and attendance over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from catalog.sessions.repository.views import BookingSeen
from catalog.sessions.rules.attendance import Figures, Guest, Mark, Note, Outcome
from catalog.sessions.schemas.planning import Body, NamedOut, SessionOut
from catalog.sessions.service.booking import Asked
from contracts.values import Money, Quantity
from kit.ids import new_id


class NewBooking(Body):
    """Places for a member. What they cost is paid to who holds the session, as both agree."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same booking")] = None
    member_id: Annotated[UUID | None, Field(description="Needed where the user acts for several members")] = None
    seats: Annotated[int, Field(ge=1, le=1000, strict=True)] = 1
    for_whom: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=200),
        Field(description="Who comes; whoever holds the session reads it", examples=["Ana, 4 años"]),
    ] = ""
    wait: Annotated[bool, Field(description="Wait in the list if too few places are free")] = False

    def asked(self) -> Asked:
        return Asked(self.id or new_id(), self.member_id, self.seats, self.for_whom, self.wait)


class BookingOut(BaseModel):
    """Places booked or waited for. A place that becomes free is the first waiting booking's that it is enough for; its
    member is told."""

    id: UUID
    member_id: UUID
    seats: int
    for_whom: str
    status: Literal["waiting", "booked", "cancelled", "missed"] = Field(
        description="`missed`: it waited until booking closed"
    )
    ended_by: Annotated[
        Literal["", "member", "provider", "session", "left"],
        Field(description="Who ended it; `session`: that was cancelled, `left`: the member left the network"),
    ]
    price: Annotated[Money, Field(description="Of all its places")]
    ahead: Annotated[int | None, Field(description="How many wait before it; null if it does not wait")]
    created_at: datetime
    booked_at: datetime | None
    ended_at: datetime | None
    session: SessionOut

    @classmethod
    def of(cls, seen: BookingSeen) -> "BookingOut":
        one = seen.booking
        return cls(
            id=one.id,
            member_id=one.member_id,
            seats=one.seats,
            for_whom=one.for_whom,
            status=one.state,
            ended_by=one.cause,
            price=one.price,
            ahead=seen.ahead,
            created_at=one.created_at,
            booked_at=one.booked_at,
            ended_at=one.ended_at,
            session=SessionOut.of(seen.session),
        )


class MarkOut(BaseModel):
    outcome: Outcome
    people: int
    hours: Annotated[Quantity, Field(description="Of each of them")]


class GuestOut(BaseModel):
    """Somebody with places, by a booking or an order, and whether they came."""

    id: Annotated[UUID, Field(description="The booking's id, or the order's")]
    by: Literal["booking", "order"]
    member: NamedOut
    seats: int
    for_whom: str
    order_number: str
    confirmed: Annotated[bool, Field(description="False while an order waits for its confirmation")]
    attendance: MarkOut | None

    @classmethod
    def of(cls, guest: Guest, mark: Mark | None) -> "GuestOut":
        return cls(
            id=guest.id,
            by=guest.origin,
            member=NamedOut(id=guest.member_id, name=guest.name),
            seats=guest.seats,
            for_whom=guest.for_whom,
            order_number=guest.number,
            confirmed=guest.confirmed,
            attendance=None if mark is None else MarkOut(outcome=mark.outcome, people=mark.people, hours=mark.hours),
        )


class GuestsOut(BaseModel):
    """Who comes, by name, and how many wait."""

    session: SessionOut
    guests: list[GuestOut]


class GuestNote(Body):
    id: Annotated[UUID, Field(description="The booking's id, or the order's")]
    outcome: Outcome
    people: Annotated[
        int | None, Field(ge=0, le=1000, strict=True, description="How many of its places were used; all if left out")
    ] = None
    hours: Annotated[
        Quantity | None, Field(description="How long each was there; all of it if left out; needed for `partly`")
    ] = None


class NewAttendance(Body):
    """Who came. With ``close`` for good: of whom nothing is said by then did not come."""

    guests: Annotated[list[GuestNote], Field(default_factory=list, max_length=1000)]
    close: bool = False

    def notes(self) -> list[Note]:
        return [
            Note(one.id, one.outcome, one.people, None if one.hours is None else one.hours.quantize(Decimal("0.01")))
            for one in self.guests
        ]


class FiguresOut(BaseModel):
    """What a member gave in a year with a product: sessions whose attendance is closed."""

    member: NamedOut
    product: NamedOut
    sessions: int
    hours: Annotated[str, Field(description="Hours given", examples=["24.00"])]
    people: Annotated[int, Field(description="People served; who came twice counts twice")]
    person_hours: Annotated[str, Field(description="Hours that people were served", examples=["96.00"])]
    missed: Annotated[int, Field(description="Bookings and orders that nobody came for")]

    @classmethod
    def of(cls, one: Figures) -> "FiguresOut":
        return cls(
            member=NamedOut(id=one.member_id, name=one.member_name),
            product=NamedOut(id=one.product_id, name=one.product_name),
            sessions=one.sessions,
            hours=f"{one.hours:.2f}",
            people=one.people,
            person_hours=f"{one.person_hours:.2f}",
            missed=one.missed,
        )
