"""Sessions, bookings, attendance."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update

from catalog.sessions.models import AttendanceRow, BookingRow, OrderedPlace, Series, SessionRow
from catalog.sessions.service import booking, cancelling
from kit.database import Work
from kit.personal import MEMBER, Holding

HOLDINGS = (
    Holding("session_series", select(Series).where(Series.member_id == MEMBER).order_by(Series.id)),
    Holding("sessions", select(SessionRow).where(SessionRow.member_id == MEMBER).order_by(SessionRow.starts_at)),
    Holding("bookings", select(BookingRow).where(BookingRow.member_id == MEMBER).order_by(BookingRow.number)),
    Holding("ordered_places", select(OrderedPlace).where(OrderedPlace.member_id == MEMBER)),
    Holding("attendance", select(AttendanceRow).where(AttendanceRow.member_id == MEMBER)),
)
NOBODYS: dict[str, str] = {}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Who is to be forgotten holds nothing any more and has no places. Who was to come with them goes, and where they held
    what and what they said of it; that somebody came stays, for hours were counted by it."""
    await cancelling.leave(work, member_ids)
    await booking.leave(work, list(member_ids))
    await work.execute(update(BookingRow).where(BookingRow.member_id.in_(member_ids)).values(for_whom=""))
    for table in (Series, SessionRow):
        await work.execute(
            update(table).where(table.member_id.in_(member_ids)).values(note="", place="", lat=None, lon=None)
        )
