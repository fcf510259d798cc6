"""Booking without an order, cancelling a booking, and what becomes of places that orders have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.producers import repository as producers
from catalog.sessions import wording
from catalog.sessions.repository import bookings, views
from catalog.sessions.repository import sessions as repository
from catalog.sessions.repository.views import SessionSeen
from catalog.sessions.rules import places
from catalog.sessions.rules.places import Booking
from catalog.sessions.service import queue
from catalog.sessions.service.cancelling import unknown
from catalog.stock import repository as stock_repository
from catalog.stock import service as stock
from catalog.stock.service import Request
from contracts.notices import CatalogNotice
from contracts.values import Money, plain
from kit import notices
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(frozen=True)
class Asked:
    """Places that somebody wants."""

    id: UUID
    member_id: UUID | None
    seats: int
    for_whom: str
    #: Wait in the list if they are not free.
    wait: bool


def no_booking() -> NotFound:
    return NotFound("booking_not_found", "There is no such booking")


def may_manage(actor: Actor, member_id: UUID) -> bool:
    """Whoever holds the session, and the coordinators."""
    return actor.acts_for(member_id) or actor.has("coordinator")


async def book(work: Work, actor: Actor, session_id: UUID, asked: Asked) -> None:
    """Books places, or waits for them. The client's own id, sent again, is the same booking.

    Raises NotFound, Forbidden, Invalid, and Conflict where booking is not open, the member has a booking already, or
    too few places are free and it does not want to wait.
    """
    session = await views.one(work.connection, session_id)
    if session is None or not (session.product_status == "published" or may_manage(actor, session.member_id)):
        raise unknown()
    member_id = await _member(work, actor, asked.member_id)
    await stock_repository.lock_name(work, asked.id)
    there = await bookings.get(work, asked.id)
    if there is not None:
        places.check_same(there, session_id, member_id, asked.seats)
        return
    _check_bookable(session, work)
    await stock.counts(work, [session_id])
    await _check_none(work, session_id, member_id)
    price = Money(amount=session.price.amount * asked.seats, currency=session.price.currency)
    request = Request(asked.id, "booking", {session_id: Decimal(asked.seats)}, "kept", None)
    [decision] = await stock.reserve(work, [request])
    if not decision.granted:
        await _wait(work, session, asked, decision.missing[0])
    booking = Booking(
        id=asked.id,
        session_id=session_id,
        member_id=member_id,
        seats=asked.seats,
        for_whom=asked.for_whom,
        state="booked" if decision.granted else "waiting",
        cause="",
        price=price,
        created_at=work.now,
        booked_at=work.now if decision.granted else None,
        ended_at=None,
    )
    await bookings.add(work, booking, actor.user_id)
    if not decision.granted:
        await queue.serve(work, [session_id])


async def _member(work: Work, actor: Actor, member_id: UUID | None) -> UUID:
    """For whom it is: one of the actor's members, or any for a coordinator."""
    if member_id is None:
        if len(actor.member_ids) != 1:
            raise Invalid("member_not_said", "Say for which member", field="/member_id")
        member_id = next(iter(actor.member_ids))
    elif not actor.acts_for(member_id) and not actor.has("coordinator"):
        raise Forbidden("not_yours", "You do not act for this member")
    known = (await producers.by_ids(work, [member_id])).get(member_id)
    if known is None and not actor.acts_for(member_id):
        raise Invalid("unknown_member", "There is no such member", field="/member_id")
    if known is not None and not known.may_publish:
        raise Conflict("member_not_active", "Only members in good standing can book")
    return member_id


def _check_bookable(session: SessionSeen, work: Work) -> None:
    if session.state == "cancelled":
        raise Conflict("session_cancelled", "This session was cancelled")
    if session.opens_at is not None and session.opens_at > work.now:
        opens = wording.clock(session.opens_at, work.zone)
        raise Conflict("booking_not_open", "Booking opens on {at}", at=opens)
    if session.done or session.closes_at <= work.now:
        raise Conflict("booking_closed", "Its booking is over")


async def _check_none(work: Work, session_id: UUID, member_id: UUID) -> None:
    for one in await bookings.standing(work, [session_id]):
        if one.member_id == member_id:
            raise Conflict(
                "already_booked", "This member has a booking here already", extra={"booking_id": str(one.id)}
            )


async def _wait(work: Work, session: SessionSeen, asked: Asked, missing: Any) -> None:
    """Raises Conflict where there is nothing to wait for, or nobody wants to."""
    if missing.code == "not_offered":
        raise Conflict("not_offered", "This is not offered now")
    if asked.seats > session.capacity:
        raise Invalid("more_than_places", "It has {places} places", field="/seats", places=session.capacity)
    waiting = await bookings.waiting(work, session.id)
    if not asked.wait or waiting >= places.MOST_WAITING:
        raise Conflict(
            "not_enough_stock",
            "Only {left} left",
            field="/seats",
            extra={"waiting": waiting},
            left=plain(missing.available),
        )


async def cancel(work: Work, actor: Actor, booking_id: UUID, reason: str) -> None:
    """Gives places back: in time by the member itself, at any time before it begins by who holds the session.

    One that was cancelled stays so. Raises NotFound, and Conflict where it is too late.
    """
    peek = await bookings.get(work, booking_id)
    session = None if peek is None else (await repository.by_ids(work, [peek.session_id])).get(peek.session_id)
    if peek is None or session is None:
        raise no_booking()
    own, manages = actor.acts_for(peek.member_id), may_manage(actor, session.member_id)
    if not own and not manages:
        raise no_booking()
    await stock.counts(work, [session.id])
    booking = await bookings.get(work, booking_id, lock=True)
    if booking is None or booking.state == "cancelled":
        return
    places.check_open(booking)
    if session.starts_at <= work.now:
        raise Conflict("begun", "This session has begun")
    if not manages:
        places.check_cancel(
            booking, _until(session.cancel_until, session.moved_at, booking, session.starts_at), work.now
        )
    await bookings.end(work, [booking.id], "cancelled", "member" if own else "provider")
    if booking.state == "booked":
        await stock.release(work, [booking.id])
    if not own:
        name = await repository.product_name(work, session.product_id)
        subject, text = wording.struck(name, wording.clock(session.starts_at, work.zone), reason)
        notices.tell(work, CatalogNotice, booking.member_id, subject, text)
    await queue.serve(work, [session.id])


def _until(cancel_until: datetime, moved_at: datetime | None, booking: Booking, starts_at: datetime) -> datetime:
    """Who booked before it was moved said yes to something else, and may cancel until it begins."""
    said = booking.booked_at or booking.created_at
    return starts_at if moved_at is not None and said < moved_at else cancel_until


async def note_orders(work: Work, orders: Sequence[tuple[UUID, UUID, str, Sequence[UUID]]]) -> None:
    """Notes whose orders (id, member, number, variants) have places at sessions."""
    variants = {variant for *_, of in orders for variant in of}
    sessions = await repository.by_ids(work, variants) if variants else {}
    rows: list[Mapping[str, Any]] = [
        {"order_id": order_id, "session_id": variant, "member_id": member_id, "number": number}
        for order_id, member_id, number, of in orders
        for variant in dict.fromkeys(of)
        if variant in sessions
    ]
    await bookings.note_orders(work, rows)


async def leave(work: Work, member_ids: Sequence[UUID]) -> None:
    """Members are gone: the places that they booked are free, and they wait for none."""
    theirs = await bookings.of_members(work, member_ids)
    sessions = await repository.by_ids(work, {one.session_id for one in theirs})
    coming = [one for one in theirs if sessions[one.session_id].starts_at > work.now]
    if coming:
        await stock.counts(work, sorted({one.session_id for one in coming}))
        await bookings.end(work, [one.id for one in coming], "cancelled", "left")
        await stock.release(work, [one.id for one in coming if one.state == "booked"])
        await queue.serve(work, {one.session_id for one in coming})
