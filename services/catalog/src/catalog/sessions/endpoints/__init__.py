"""Sessions over HTTP."""

from catalog.sessions.endpoints import attendance, bookings, planning

ROUTERS = (
    planning.products,
    planning.sessions,
    planning.series,
    bookings.sessions,
    bookings.bookings,
    *attendance.ROUTERS,
)
