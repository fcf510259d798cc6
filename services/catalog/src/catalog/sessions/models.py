"""The tables of series, sessions, bookings and attendance, with what the database itself refuses."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Identity, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base
from catalog.products.models import Product, Variant

_INSTANT = DateTime(timezone=True)
#: A clock of the network, whatever its zone is about to do.
_CLOCK = DateTime(timezone=False)
_PLACE = "(lat IS NULL) = (lon IS NULL) AND lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180"


class Series(Base):
    """Sessions that repeat by a rule. One that is changed from a day on ends there, and another goes on."""

    __tablename__ = "session_series"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 5 AND 44640", name="minutes"),
        CheckConstraint("capacity BETWEEN 1 AND 1000", name="capacity"),
        CheckConstraint(_PLACE, name="location"),
        CheckConstraint("closes_before >= 0 AND cancel_before >= 0", name="before"),
        CheckConstraint("opens_before > closes_before", name="opens_first"),
        Index("ix_session_series_product_id", "product_id"),
        Index("ix_session_series_ahead_until", "ahead_until", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey(Product.id))
    member_id: Mapped[UUID]
    #: The series that this one goes on with from a day on.
    follows: Mapped[UUID | None]
    template_id: Mapped[UUID] = mapped_column(ForeignKey(Variant.id))
    rule: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(_CLOCK)
    without: Mapped[list[date]] = mapped_column(ARRAY(Date))
    minutes: Mapped[int]
    capacity: Mapped[int]
    place: Mapped[str] = mapped_column(Text)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    #: Minutes before the beginning, all three.
    opens_before: Mapped[int | None]
    closes_before: Mapped[int]
    cancel_before: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    #: Its sessions are planned up to here.
    ahead_until: Mapped[datetime] = mapped_column(_CLOCK)
    #: No session from this day on.
    ends_on: Mapped[date | None]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(_INSTANT)
    changed_at: Mapped[datetime] = mapped_column(_INSTANT)


class SessionRow(Base):
    """A dated occasion, sold as the variant with its id once its booking opens; what is booked is in the stock."""

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'cancelled')", name="state"),
        CheckConstraint("ends_at > starts_at", name="ends_after"),
        CheckConstraint("closes_at <= starts_at AND cancel_until <= starts_at", name="closes_before"),
        CheckConstraint("opens_at < closes_at", name="opens_first"),
        CheckConstraint("capacity BETWEEN 0 AND 1000", name="capacity"),
        CheckConstraint(_PLACE, name="location"),
        CheckConstraint("(series_id IS NULL) = (slot IS NULL)", name="slot"),
        Index("uq_sessions_series_id_slot", "series_id", "slot", unique=True),
        Index("ix_sessions_coming", "starts_at", "id", postgresql_where=text("state = 'planned'")),
        Index("ix_sessions_product_id", "product_id", "starts_at", "id"),
        Index("ix_sessions_opens_at", "opens_at", postgresql_where=text("NOT listed AND state = 'planned'")),
        Index("ix_sessions_closes_at", "closes_at", postgresql_where=text("NOT done")),
        Index("ix_sessions_unattended", "ends_at", postgresql_where=text("attended_at IS NULL AND state = 'planned'")),
        Index("ix_sessions_attended", "starts_at", postgresql_where=text("attended_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey(Product.id))
    member_id: Mapped[UUID]
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey(Series.id))
    slot: Mapped[datetime | None] = mapped_column(_CLOCK)
    template_id: Mapped[UUID] = mapped_column(ForeignKey(Variant.id))
    starts_at: Mapped[datetime] = mapped_column(_INSTANT)
    ends_at: Mapped[datetime] = mapped_column(_INSTANT)
    #: Places as they were planned; once it is listed the stock's movements count.
    capacity: Mapped[int]
    place: Mapped[str] = mapped_column(Text)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    opens_at: Mapped[datetime | None] = mapped_column(_INSTANT)
    closes_at: Mapped[datetime] = mapped_column(_INSTANT)
    cancel_until: Mapped[datetime] = mapped_column(_INSTANT)
    note: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    listed: Mapped[bool]
    done: Mapped[bool]
    moved_at: Mapped[datetime | None] = mapped_column(_INSTANT)
    attended_at: Mapped[datetime | None] = mapped_column(_INSTANT)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(_INSTANT)
    changed_at: Mapped[datetime] = mapped_column(_INSTANT)


class BookingRow(Base):
    """Places booked without an order, or waited for. Its reservation has its id."""

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("seats BETWEEN 1 AND 1000", name="seats"),
        CheckConstraint("state IN ('waiting', 'booked', 'cancelled', 'missed')", name="state"),
        CheckConstraint("cause IN ('', 'member', 'provider', 'session', 'left')", name="cause"),
        CheckConstraint("(state IN ('waiting', 'booked')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("state <> 'booked' OR booked_at IS NOT NULL", name="booked"),
        Index(
            "uq_bookings_session_id_member_id",
            "session_id",
            "member_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'booked')"),
        ),
        Index("ix_bookings_waiting", "session_id", "number", postgresql_where=text("state = 'waiting'")),
        Index("ix_bookings_session_id", "session_id"),
        Index("ix_bookings_member_id", "member_id", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id))
    member_id: Mapped[UUID]
    seats: Mapped[int]
    for_whom: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    #: Of all its places, when it was booked or asked for.
    price: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str] = mapped_column(Text)
    #: Given under the lock of the session's stock: who waits first has the lower one.
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    user_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(_INSTANT)
    booked_at: Mapped[datetime | None] = mapped_column(_INSTANT)
    ended_at: Mapped[datetime | None] = mapped_column(_INSTANT)


class OrderedPlace(Base):
    """Whose order has places at a session; how many, and whether still, is in its reservation."""

    __tablename__ = "ordered_places"
    __table_args__ = (
        Index("ix_ordered_places_session_id", "session_id"),
        Index("ix_ordered_places_member_id", "member_id"),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id), primary_key=True)
    member_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(Text)


class AttendanceRow(Base):
    """Who of those with a place came. Never changed once the session's attendance is closed: a trigger refuses it."""

    __tablename__ = "attendance"
    __table_args__ = (
        CheckConstraint("outcome IN ('came', 'missed', 'partly')", name="outcome"),
        CheckConstraint("(outcome = 'missed') = (people = 0)", name="people"),
        CheckConstraint("people BETWEEN 0 AND 1000 AND hours BETWEEN 0 AND 744", name="counts"),
        Index("ix_attendance_member_id", "member_id"),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id), primary_key=True)
    #: The booking, or the order.
    guest_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    outcome: Mapped[str] = mapped_column(Text)
    people: Mapped[int]
    #: Of each of them.
    hours: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    user_id: Mapped[UUID | None]
    noted_at: Mapped[datetime] = mapped_column(_INSTANT)
