"""HTTP of bookings."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from catalog.sessions import calendars
from catalog.sessions.dependencies import SettingsDep
from catalog.sessions.repository import views
from catalog.sessions.schemas.bookings import BookingOut, NewBooking
from catalog.sessions.schemas.planning import Reason
from catalog.sessions.service import booking as service
from kit.actor import Actor
from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.errors import NotFound
from kit.paging import Page, PageDep, encode_cursor, link_next, whole
from kit.routing import DatabaseDep, ReadDep, WorkDep, service_router

sessions = service_router(prefix="/v1/sessions", tags=["sessions"])
bookings = service_router(prefix="/v1/bookings", tags=["sessions"])


@sessions.post("/{session_id}/bookings", status_code=201)
async def book_session(
    session_id: UUID, body: NewBooking, actor: ActorDep, work: WorkDep, response: Response
) -> BookingOut:
    """Books places for a member, or with ``wait`` puts it in the waiting list if too few are free."""
    asked = body.asked()
    await service.book(work, actor, session_id, asked)
    found = await views.booking(work.connection, asked.id)
    if found is None:
        raise service.no_booking()
    response.headers["location"] = f"/v1/bookings/{asked.id}"
    return BookingOut.of(found)


@bookings.get("")
async def list_bookings(
    *,
    connection: ReadDep,
    database: DatabaseDep,
    actor: ActorDep,
    page: PageDep,
    request: Request,
    response: Response,
    coming: Annotated[bool, Query(description="Only what stands or waits, and has not begun")] = False,
    member_id: Annotated[UUID | None, Query(description="One member's only; any member's for a coordinator")] = None,
) -> Page[BookingOut]:
    """Bookings of the members that one acts for, the newest first."""
    if member_id is not None and not (actor.acts_for(member_id) or actor.has("coordinator")):
        raise NotFound("member_not_found", "There is no such member among yours")
    mine = actor.member_ids if member_id is None else frozenset({member_id})
    after = page.key(lambda key: whole(key[0]))
    found = await views.bookings(connection, mine, database.clock() if coming else None, after, page.limit + 1)
    shown = found[: page.limit]
    following = encode_cursor([shown[-1].booking.number]) if len(found) > page.limit else None
    link_next(request, response, following)
    response.headers["cache-control"] = PRIVATE
    return Page(items=[BookingOut.of(one) for one in shown], next=following)


async def _mine(connection: ReadDep, actor: Actor, booking_id: UUID) -> views.BookingSeen:
    found = await views.booking(connection, booking_id)
    if found is None or not (
        actor.acts_for(found.booking.member_id) or service.may_manage(actor, found.session.member_id)
    ):
        raise service.no_booking()
    return found


@bookings.get("/{booking_id}")
async def read_booking(booking_id: UUID, connection: ReadDep, actor: ActorDep, response: Response) -> BookingOut:
    """A booking, for its member, whoever holds the session, and the coordinators."""
    response.headers["cache-control"] = PRIVATE
    return BookingOut.of(await _mine(connection, actor, booking_id))


@bookings.get("/{booking_id}/calendar", response_class=Response, responses={200: {"content": {"text/calendar": {}}}})
async def read_booking_calendar(
    booking_id: UUID, connection: ReadDep, actor: ActorDep, settings: SettingsDep
) -> Response:
    """The session that was booked, for one's calendar (iCalendar)."""
    found = await _mine(connection, actor, booking_id)
    body = calendars.calendar(settings.network, found.session.product_name, [found.session])
    headers = {"cache-control": PRIVATE, "content-disposition": 'attachment; filename="booking.ics"'}
    return Response(body, media_type=calendars.MEDIA_TYPE, headers=headers)


@bookings.delete("/{booking_id}", status_code=204)
async def cancel_booking(
    booking_id: UUID,
    actor: ActorDep,
    work: WorkDep,
    reason: Annotated[Reason, Query(description="The member reads it where another cancels")] = "",
) -> None:
    """Gives places back, or leaves the waiting list: in time by the member, until it begins by whoever holds the
    session. What is free goes to those who wait."""
    await service.cancel(work, actor, booking_id, reason)
