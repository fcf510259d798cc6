"""Series and sessions over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from catalog.producers.schemas import PlaceBody
from catalog.sessions.repository.sessions import SeriesOf
from catalog.sessions.repository.views import SessionSeen
from catalog.sessions.rules import occasions
from catalog.sessions.rules.occasions import Terms
from catalog.sessions.service.planning import Wish
from catalog.sessions.service.series import Turn
from contracts.values import Location, Money
from kit.ids import new_id

_MINUTE = timedelta(minutes=1)

Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Field(examples=["Heavy rain"])]
Remark = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500),
    Field(description="What to bring, where to ring", examples=["Trae zapatos cómodos"]),
]
Lasts = Annotated[int, Field(ge=5, le=44_640, strict=True, description="How long it lasts, minutes", examples=[120])]
Capacity = Annotated[int, Field(ge=1, le=1000, strict=True, description="Places", examples=[6])]
Before = Annotated[int, Field(ge=0, le=129_600, strict=True, examples=[60])]
OpensBefore = Annotated[
    Before | None, Field(description="Booking opens so many minutes before the beginning; at once if null")
]
ClosesBefore = Annotated[Before, Field(description="Booking closes so many minutes before the beginning")]
CancelBefore = Annotated[
    Before, Field(description="Until so many minutes before the beginning, a member can cancel its booking by itself")
]
Recurrence = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    Field(description="RFC 5545 recurrence rule; daily at most", examples=["FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270630"]),
]
Without = Annotated[
    list[date], Field(max_length=366, description="Days without a session", examples=[["2026-12-24", "2026-12-31"]])
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewSession(Body):
    """A session, or with ``rule`` a series of them, at the same hour by the network's clock whatever the season."""

    id: Annotated[
        UUID | None, Field(description="The client's own id; sent again it is the same session or series")
    ] = None
    starts_at: Annotated[AwareDatetime, Field(examples=["2026-11-24T15:00:00-06:00"])]
    ends_at: Annotated[AwareDatetime | None, Field(description="Either this or `minutes`")] = None
    minutes: Lasts | None = None
    capacity: Capacity
    variant_id: Annotated[
        UUID | None,
        Field(
            description="The variant whose price a place has: by the piece, or by the hour that it lasts; the product's"
            " only one if left out"
        ),
    ] = None
    place: PlaceBody | None = None
    opens_before: OpensBefore = None
    closes_before: ClosesBefore = 0
    cancel_before: CancelBefore = 1440
    note: Remark = ""
    rule: Recurrence | None = None
    without: Without = []

    def wish(self) -> Wish:
        """Raises Invalid where it is not said once how long it lasts."""
        terms = Terms(
            minutes=occasions.minutes_of(self.starts_at, self.ends_at, self.minutes),
            capacity=self.capacity,
            place=self.place.name if self.place else "",
            location=self.place.location if self.place else None,
            opens_before=None if self.opens_before is None else self.opens_before * _MINUTE,
            closes_before=self.closes_before * _MINUTE,
            cancel_before=self.cancel_before * _MINUTE,
            note=self.note,
        )
        return Wish(self.id or new_id(), self.starts_at, terms, self.variant_id, self.rule, tuple(self.without))


class _Changes(Body):
    minutes: Lasts | None = None
    capacity: Capacity | None = None
    place: Annotated[PlaceBody | None, Field(description="Null for none")] = None
    opens_before: OpensBefore = None
    closes_before: ClosesBefore | None = None
    cancel_before: CancelBefore | None = None
    note: Remark | None = None

    def terms(self) -> dict[str, Any]:
        """What is said, by fields of ``Terms``."""
        said: dict[str, Any] = {
            name: value for name in ("minutes", "capacity", "note") if (value := getattr(self, name)) is not None
        }
        for name in ("closes_before", "cancel_before"):
            if (minutes := getattr(self, name)) is not None:
                said[name] = minutes * _MINUTE
        if "opens_before" in self.model_fields_set:
            said["opens_before"] = None if self.opens_before is None else self.opens_before * _MINUTE
        if "place" in self.model_fields_set:
            said["place"] = self.place.name if self.place else ""
            said["location"] = self.place.location if self.place else None
        return said


class ChangedSession(_Changes):
    """What is to change of one session. Those with a place are told of another time or place."""

    starts_at: AwareDatetime | None = None

    def said(self) -> Mapping[str, Any]:
        return self.terms() | ({} if self.starts_at is None else {"starts_at": self.starts_at})


class ChangedSeries(_Changes):
    """What is to change of a series from a day on. Sessions on days that stay keep their bookings."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True)

    since: Annotated[date, Field(alias="from", description="The first day of which it holds", examples=["2027-01-11"])]
    rule: Recurrence | None = None
    at: Annotated[
        str | None,
        Field(
            pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Hour by the network's clock", examples=["16:30"]
        ),
    ] = None
    without: Without | None = None
    reason: Reason = ""

    def turn(self) -> Turn:
        return Turn(
            self.since,
            self.terms(),
            self.rule,
            None if self.at is None else time.fromisoformat(self.at),
            None if self.without is None else tuple(self.without),
            self.reason,
        )


class EndedSeries(Body):
    """The series has no session from that day on."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True)

    since: Annotated[date, Field(alias="from", examples=["2027-01-11"])]
    reason: Reason = ""


class Cancelling(Body):
    reason: Annotated[Reason, Field(description="Those with a place read it")] = ""


class NamedOut(BaseModel):
    id: UUID
    name: str


class SessionProductOut(NamedOut):
    category: str
    kind: str


class SessionOut(BaseModel):
    """A session as it is now. It is ordered in a cycle as the variant with its id, or booked."""

    id: UUID
    product: SessionProductOut
    producer: NamedOut
    series_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    place: PlaceBody | None
    distance_km: Annotated[float | None, Field(description="From `near`")]
    capacity: Annotated[int, Field(description="Places, those that are taken with the others")]
    free: Annotated[int, Field(description="Places that can be booked now; none while somebody waits for as many")]
    waiting: Annotated[int, Field(description="Bookings in the waiting list")]
    price: Annotated[Money, Field(description="Of one place")]
    opens_at: Annotated[datetime | None, Field(description="When booking opens; it is open already if null")]
    closes_at: datetime
    cancel_until: Annotated[datetime, Field(description="Until then a member can cancel its booking by itself")]
    note: str
    status: Literal["planned", "cancelled", "held"] = Field(description="`held`: it is over and its attendance closed")
    reason: Annotated[str, Field(description="Why it was cancelled")]
    version: int

    @classmethod
    def of(cls, seen: SessionSeen) -> "SessionOut":
        return cls(
            id=seen.id,
            product=SessionProductOut(
                id=seen.product_id, name=seen.product_name, category=seen.category, kind=seen.kind
            ),
            producer=NamedOut(id=seen.member_id, name=seen.member_name),
            series_id=seen.series_id,
            starts_at=seen.starts_at,
            ends_at=seen.ends_at,
            place=place_of(seen.place, seen.location),
            distance_km=seen.distance_km,
            capacity=seen.capacity,
            free=0 if seen.done or seen.state == "cancelled" else seen.free,
            waiting=seen.waiting,
            price=seen.price,
            opens_at=seen.opens_at,
            closes_at=seen.closes_at,
            cancel_until=seen.cancel_until,
            note=seen.note,
            status="cancelled" if seen.state == "cancelled" else "planned" if seen.attended_at is None else "held",
            reason=seen.reason,
            version=seen.version,
        )


def place_of(name: str, location: Location | None) -> PlaceBody | None:
    return PlaceBody(name=name, location=location) if name else None


class SeriesOut(BaseModel):
    """A series with its sessions that are to come, as far ahead as they can be booked."""

    id: UUID
    product_id: UUID
    follows: Annotated[UUID | None, Field(description="The series that it goes on with, otherwise")]
    rule: str
    starts_at: Annotated[datetime, Field(description="By the network's clock", examples=["2026-11-24T15:00:00"])]
    without: list[date]
    minutes: int
    capacity: int
    place: PlaceBody | None
    note: str
    ends_on: Annotated[date | None, Field(description="It has no session from that day on")]
    version: int
    sessions: list[SessionOut]

    @classmethod
    def of(cls, series: SeriesOf, sessions: list[SessionSeen]) -> "SeriesOut":
        return cls(
            id=series.id,
            product_id=series.product_id,
            follows=series.follows,
            rule=series.rule,
            starts_at=series.starts_at,
            without=list(series.without),
            minutes=series.terms.minutes,
            capacity=series.terms.capacity,
            place=place_of(series.terms.place, series.terms.location),
            note=series.terms.note,
            ends_on=series.ends_on,
            version=series.version,
            sessions=[SessionOut.of(one) for one in sessions],
        )


class PlannedOut(BaseModel):
    """What was planned: one session, or a series with those that can be seen already."""

    series_id: UUID | None
    sessions: list[SessionOut]
