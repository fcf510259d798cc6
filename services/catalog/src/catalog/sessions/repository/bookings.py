"""Statements about bookings, ordered places and the waiting list."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Boolean, Text, func, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.sessions.models import BookingRow, OrderedPlace
from catalog.sessions.rules.attendance import Guest
from catalog.sessions.rules.places import Booking, Cause, State, Turn
from catalog.stock.models import Reservation, ReservedLine
from contracts.values import Money
from kit.database import Work

#: Reservations that stand, or stood until what they held was handed over.
_STANDING = ("held", "kept", "collected")


def booking_of(row: Any) -> Booking:
    return Booking(
        id=row.id,
        session_id=row.session_id,
        member_id=row.member_id,
        seats=row.seats,
        for_whom=row.for_whom,
        state=cast("State", row.state),
        cause=cast("Cause", row.cause),
        price=Money(amount=row.price, currency=row.currency),
        created_at=row.created_at,
        booked_at=row.booked_at,
        ended_at=row.ended_at,
        number=row.number,
    )


async def get(work: Work, booking_id: UUID, *, lock: bool = False) -> Booking | None:
    """A booking. Locked only where the session's stock is locked already."""
    query = select(BookingRow).where(BookingRow.id == booking_id)
    row = (await work.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else booking_of(row)


async def add(work: Work, booking: Booking, user_id: UUID) -> None:
    """Writes a new booking down; its number is the next."""
    await work.execute(
        insert(BookingRow).values(
            id=booking.id,
            session_id=booking.session_id,
            member_id=booking.member_id,
            seats=booking.seats,
            for_whom=booking.for_whom,
            state=booking.state,
            cause=booking.cause,
            price=booking.price.amount,
            currency=booking.price.currency,
            user_id=user_id,
            created_at=booking.created_at,
            booked_at=booking.booked_at,
        )
    )


async def standing(work: Work, session_ids: Collection[UUID], *, lock: bool = False) -> list[Booking]:
    """Bookings of these sessions that stand or wait, in their order."""
    query = (
        select(BookingRow)
        .where(BookingRow.session_id.in_(session_ids), BookingRow.state.in_(("waiting", "booked")))
        .order_by(BookingRow.number)
    )
    return [booking_of(row) for row in await work.execute(query.with_for_update() if lock else query)]


async def of_members(work: Work, member_ids: Collection[UUID]) -> list[Booking]:
    """What these members have booked or wait for."""
    query = select(BookingRow).where(BookingRow.member_id.in_(member_ids), BookingRow.state.in_(("waiting", "booked")))
    return [booking_of(row) for row in await work.execute(query.order_by(BookingRow.number))]


async def queues(work: Work, session_ids: Collection[UUID]) -> dict[UUID, list[Turn]]:
    """Who waits for these sessions, in their order; locked. Their stock is, too."""
    rows = await work.execute(
        select(BookingRow.id, BookingRow.session_id, BookingRow.seats)
        .where(BookingRow.session_id.in_(session_ids), BookingRow.state == "waiting")
        .order_by(BookingRow.number)
        .with_for_update()
    )
    found: dict[UUID, list[Turn]] = {}
    for row in rows:
        found.setdefault(row.session_id, []).append(Turn(row.id, row.seats))
    return found


async def awaited(work: Work, variant_ids: Collection[UUID]) -> list[UUID]:
    """Of these variants, the sessions that somebody waits for."""
    rows = await work.execute(
        select(BookingRow.session_id)
        .where(BookingRow.session_id.in_(variant_ids), BookingRow.state == "waiting")
        .distinct()
    )
    return list(rows.scalars())


async def waiting(work: Work, session_id: UUID) -> int:
    """How many bookings wait for a session."""
    query = select(func.count()).where(BookingRow.session_id == session_id, BookingRow.state == "waiting")
    return int((await work.execute(query.select_from(BookingRow))).scalar_one())


async def give(work: Work, booking_ids: Collection[UUID]) -> list[Booking]:
    """Those who waited have their places now."""
    rows = await work.execute(
        update(BookingRow)
        .where(BookingRow.id.in_(booking_ids))
        .values(state="booked", booked_at=work.now)
        .returning(BookingRow)
    )
    return [booking_of(row) for row in rows]


async def end(work: Work, booking_ids: Collection[UUID], state: State, cause: Cause) -> None:
    """These bookings stand no more."""
    if booking_ids:
        await work.execute(
            update(BookingRow).where(BookingRow.id.in_(booking_ids)).values(state=state, cause=cause, ended_at=work.now)
        )


async def miss(work: Work, session_ids: Collection[UUID]) -> None:
    """Who still waits for these sessions has waited in vain."""
    if session_ids:
        await work.execute(
            update(BookingRow)
            .where(BookingRow.session_id.in_(session_ids), BookingRow.state == "waiting")
            .values(state="missed", ended_at=work.now)
        )


async def note_orders(work: Work, places: Sequence[Mapping[str, Any]]) -> None:
    """Whose orders have places at sessions."""
    if places:
        await work.execute(upsert(OrderedPlace).on_conflict_do_nothing(), places)


async def orderers(work: Work, session_ids: Collection[UUID], order_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Sessions of these with the members that have places by these orders."""
    rows = await work.execute(
        select(OrderedPlace.session_id, OrderedPlace.member_id).where(
            OrderedPlace.session_id.in_(session_ids), OrderedPlace.order_id.in_(order_ids)
        )
    )
    return {(row.session_id, row.member_id) for row in rows}


async def guests(connection: AsyncConnection, session_id: UUID) -> list[Guest]:
    """Everyone who has places at a session, by booking or by order, by name: one statement."""
    booked = select(
        BookingRow.id,
        literal_column("'booking'", Text).label("origin"),
        BookingRow.member_id,
        BookingRow.seats,
        BookingRow.for_whom,
        literal_column("''", Text).label("number"),
        literal_column("true", Boolean).label("confirmed"),
    ).where(BookingRow.session_id == session_id, BookingRow.state == "booked")
    ordered = (
        select(
            OrderedPlace.order_id,
            literal_column("'order'", Text),
            OrderedPlace.member_id,
            ReservedLine.quantity,
            literal_column("''", Text),
            OrderedPlace.number,
            (Reservation.state != "held"),
        )
        .join(Reservation, Reservation.id == OrderedPlace.order_id)
        .join(
            ReservedLine,
            (ReservedLine.reservation_id == OrderedPlace.order_id)
            & (ReservedLine.variant_id == OrderedPlace.session_id),
        )
        .where(OrderedPlace.session_id == session_id, Reservation.state.in_(_STANDING))
    )
    places = booked.union_all(ordered).subquery()
    query = (
        select(places, func.coalesce(Producer.name, "").label("name"))
        .join(Producer, Producer.member_id == places.c.member_id, isouter=True)
        .order_by(func.coalesce(Producer.folded_name, ""), places.c.id)
    )
    return [
        Guest(row.id, row.origin, row.member_id, row.name, int(row.seats), row.for_whom, row.number, row.confirmed)
        for row in await connection.execute(query)
    ]


async def members_with_places(work: Work, session_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Sessions of these with the members who have places by orders that stand."""
    rows = await work.execute(
        select(OrderedPlace.session_id, OrderedPlace.member_id)
        .join(Reservation, Reservation.id == OrderedPlace.order_id)
        .join(
            ReservedLine,
            (ReservedLine.reservation_id == OrderedPlace.order_id)
            & (ReservedLine.variant_id == OrderedPlace.session_id),
        )
        .where(OrderedPlace.session_id.in_(session_ids), Reservation.state.in_(("held", "kept")))
    )
    return {(row.session_id, row.member_id) for row in rows}
