"""What people read of sessions and bookings: each list is one statement, however long it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Select, and_, case, cast, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.products.models import Product, Variant
from catalog.products.vocabulary import below
from catalog.sessions.models import BookingRow, SessionRow
from catalog.sessions.repository.bookings import booking_of
from catalog.sessions.rules import occasions
from catalog.sessions.rules.places import Booking
from catalog.stock.models import Movement, Stock
from contracts.values import Location, Money

_TEMPLATE = Variant.__table__.alias("template")
#: Kilometres.
_EARTH = 6371.0
_A_DEGREE = 110.5

type Key = tuple[datetime, UUID]


@dataclass(frozen=True)
class SessionSeen:
    """A session with what is shown beside it."""

    id: UUID
    product_id: UUID
    product_name: str
    category: str
    kind: str
    product_status: str
    member_id: UUID
    member_name: str
    series_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    place: str
    location: Location | None
    distance_km: float | None
    opens_at: datetime | None
    closes_at: datetime
    cancel_until: datetime
    note: str
    state: str
    reason: str
    listed: bool
    done: bool
    attended_at: datetime | None
    version: int
    changed_at: datetime
    price: Money
    capacity: int
    free: int
    waiting: int


@dataclass(frozen=True)
class BookingSeen:
    """A booking with the session it is for."""

    booking: Booking
    session: SessionSeen
    #: How many wait before it; None where it does not wait.
    ahead: int | None


@dataclass(frozen=True)
class Sought:
    """What a reader asks for."""

    since: datetime
    until: datetime | None = None
    category: str | None = None
    product_id: UUID | None = None
    near: Location | None = None
    within_km: int = 25
    free: bool = False


def _distance(near: Location) -> ColumnElement[float]:
    """Kilometres along a great circle, by the haversine."""
    lat, lon = func.radians(SessionRow.lat), func.radians(SessionRow.lon)
    here, there = func.radians(literal(near.lat, Float)), func.radians(literal(near.lon, Float))
    half = func.power(func.sin((lat - here) / 2), 2) + func.cos(lat) * func.cos(here) * func.power(
        func.sin((lon - there) / 2), 2
    )
    return 2 * _EARTH * func.asin(func.sqrt(func.least(1.0, half)))


_SOLD = (
    select(-func.sum(Movement.quantity))
    .where(Movement.variant_id == SessionRow.id, Movement.reason == "sale")
    .scalar_subquery()
)
_WAITING = (
    select(func.count()).where(BookingRow.session_id == SessionRow.id, BookingRow.state == "waiting").scalar_subquery()
)
_LEFT = Stock.on_hand - Stock.reserved
#: What somebody who waits would take is not free.
_FREE = case(
    (Stock.variant_id.is_(None), cast(SessionRow.capacity, Stock.on_hand.type)),
    (Stock.awaited <= _LEFT, 0),
    else_=_LEFT,
)
_PRODUCER_NAME = func.coalesce(Producer.name, "")


def _seen(distance: ColumnElement[Any] | None = None) -> Select[*tuple[Any, ...]]:
    return (
        select(
            SessionRow,
            Product.name.label("product_name"),
            Product.category,
            Product.kind,
            Product.status.label("product_status"),
            _PRODUCER_NAME.label("member_name"),
            Variant.price.label("own_price"),
            _TEMPLATE.c.price.label("template_price"),
            _TEMPLATE.c.unit.label("template_unit"),
            _TEMPLATE.c.currency.label("currency"),
            func.coalesce(Stock.on_hand + func.coalesce(_SOLD, 0), SessionRow.capacity).label("places"),
            _FREE.label("free"),
            _WAITING.label("waiting"),
            (literal(None, Float) if distance is None else distance).label("distance_km"),
        )
        .join(Product, Product.id == SessionRow.product_id)
        .join(_TEMPLATE, _TEMPLATE.c.id == SessionRow.template_id)
        .join(Producer, Producer.member_id == SessionRow.member_id, isouter=True)
        .join(Variant, Variant.id == SessionRow.id, isouter=True)
        .join(Stock, Stock.variant_id == SessionRow.id, isouter=True)
    )


def _session(row: Any) -> SessionSeen:
    minutes = int((row.ends_at - row.starts_at).total_seconds() // 60)
    template = Money(amount=row.template_price, currency=row.currency)
    price = (
        occasions.price(row.template_unit, template, minutes)
        if row.own_price is None
        else Money(amount=row.own_price, currency=row.currency)
    )
    return SessionSeen(
        id=row.id,
        product_id=row.product_id,
        product_name=row.product_name,
        category=row.category,
        kind=row.kind,
        product_status=row.product_status,
        member_id=row.member_id,
        member_name=row.member_name,
        series_id=row.series_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        location=None if row.lat is None else Location(lat=row.lat, lon=row.lon),
        distance_km=None if row.distance_km is None else round(row.distance_km, 1),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        cancel_until=row.cancel_until,
        note=row.note,
        state=row.state,
        reason=row.reason,
        listed=row.listed,
        done=row.done,
        attended_at=row.attended_at,
        version=row.version,
        changed_at=row.changed_at,
        price=price,
        capacity=int(row.places),
        free=int(max(row.free, Decimal(0))),
        waiting=row.waiting,
    )


def _after(query: Select[*tuple[Any, ...]], after: Key | None, limit: int) -> Select[*tuple[Any, ...]]:
    if after is not None:
        query = query.where(tuple_(SessionRow.starts_at, SessionRow.id) > tuple_(*after))
    return query.order_by(SessionRow.starts_at, SessionRow.id).limit(limit)


async def listing(connection: AsyncConnection, sought: Sought, after: Key | None, limit: int) -> list[SessionSeen]:
    """What is to come and on offer, by time."""
    distance = None if sought.near is None else _distance(sought.near)
    query = _seen(distance).where(
        SessionRow.state == "planned", SessionRow.starts_at >= sought.since, Product.status == "published"
    )
    if sought.until is not None:
        query = query.where(SessionRow.starts_at < sought.until)
    if sought.category is not None:
        query = query.where(Product.category.in_(below(sought.category)))
    if sought.product_id is not None:
        query = query.where(SessionRow.product_id == sought.product_id)
    if sought.near is not None and distance is not None:
        reach = sought.within_km / _A_DEGREE
        query = query.where(SessionRow.lat.between(sought.near.lat - reach, sought.near.lat + reach))
        query = query.where(distance <= sought.within_km)
    if sought.free:
        query = query.where(SessionRow.listed, ~SessionRow.done, _FREE >= 1)
    return [_session(row) for row in await connection.execute(_after(query, after, limit))]


async def of_product(
    connection: AsyncConnection, product_id: UUID, since: datetime, after: Key | None, limit: int
) -> list[SessionSeen]:
    """All sessions of a product from an instant on, cancelled ones too."""
    query = _seen().where(SessionRow.product_id == product_id, SessionRow.starts_at >= since)
    return [_session(row) for row in await connection.execute(_after(query, after, limit))]


async def of_series(connection: AsyncConnection, series_id: UUID, since: datetime) -> list[SessionSeen]:
    """The sessions of a series from an instant on, cancelled ones too."""
    query = _seen().where(SessionRow.series_id == series_id, SessionRow.starts_at >= since)
    return [_session(row) for row in await connection.execute(_after(query, None, 500))]


async def by_ids(connection: AsyncConnection, ids: Collection[UUID]) -> list[SessionSeen]:
    """These sessions, by time."""
    query = _seen().where(SessionRow.id.in_(ids)).order_by(SessionRow.starts_at, SessionRow.id)
    return [_session(row) for row in await connection.execute(query)]


async def one(connection: AsyncConnection, session_id: UUID) -> SessionSeen | None:
    """A session in whatever state."""
    row = (await connection.execute(_seen().where(SessionRow.id == session_id))).one_or_none()
    return None if row is None else _session(row)


_OTHER = BookingRow.__table__.alias("other")
_AHEAD = case(
    (
        BookingRow.state == "waiting",
        select(func.count())
        .select_from(_OTHER)
        .where(
            and_(
                _OTHER.c.session_id == BookingRow.session_id,
                _OTHER.c.state == "waiting",
                _OTHER.c.number < BookingRow.number,
            )
        )
        .scalar_subquery(),
    )
)
_BOOKED = ("id", "session_id", "member_id", "seats", "for_whom", "state", "cause", "price", "currency")
_BOOKED_AT = ("created_at", "booked_at", "ended_at", "number")


def _bookings() -> Select[*tuple[Any, ...]]:
    return select(*(getattr(BookingRow, name) for name in (*_BOOKED, *_BOOKED_AT)), _AHEAD.label("ahead"))


async def bookings(
    connection: AsyncConnection, member_ids: Collection[UUID], coming: datetime | None, after: int | None, limit: int
) -> list[BookingSeen]:
    """Bookings of these members, the newest first: two statements. ``coming`` leaves out what has begun by then, and
    what stands no more."""
    query = _bookings().where(BookingRow.member_id.in_(member_ids))
    if coming is not None:
        query = query.join(SessionRow, SessionRow.id == BookingRow.session_id).where(
            SessionRow.starts_at > coming, BookingRow.state.in_(("waiting", "booked"))
        )
    if after is not None:
        query = query.where(BookingRow.number < after)
    rows = list(await connection.execute(query.order_by(BookingRow.number.desc()).limit(limit)))
    sessions = {one.id: one for one in await by_ids(connection, {row.session_id for row in rows})}
    return [BookingSeen(booking_of(row), sessions[row.session_id], row.ahead) for row in rows]


async def booking(connection: AsyncConnection, booking_id: UUID) -> BookingSeen | None:
    """A booking in whatever state."""
    row = (await connection.execute(_bookings().where(BookingRow.id == booking_id))).one_or_none()
    if row is None:
        return None
    [session] = await by_ids(connection, [row.session_id])
    return BookingSeen(booking_of(row), session, row.ahead)


async def places(connection: AsyncConnection, session_id: UUID) -> tuple[Decimal, Decimal, Money] | None:
    """Places that were sold, places that there are, and the price of one; None for a session that is not listed."""
    row = (
        await connection.execute(
            select(
                func.coalesce(_SOLD, 0).label("sold"),
                Stock.on_hand,
                Variant.price,
                Variant.currency,
            )
            .select_from(SessionRow)
            .join(Stock, Stock.variant_id == SessionRow.id)
            .join(Variant, Variant.id == SessionRow.id)
            .where(SessionRow.id == session_id)
        )
    ).one_or_none()
    return None if row is None else (row.sold, row.on_hand + row.sold, Money(amount=row.price, currency=row.currency))


async def sold(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """Places handed over already, by session."""
    query = (
        select(Movement.variant_id, (-func.sum(Movement.quantity)).label("sold"))
        .where(Movement.variant_id.in_(ids), Movement.reason == "sale")
        .group_by(Movement.variant_id)
    )
    return {row.variant_id: row.sold for row in await connection.execute(query)}
