"""Noting who came, and closing that for good."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from catalog.sessions import events
from catalog.sessions.repository import attendance as repository
from catalog.sessions.repository import bookings, sessions
from catalog.sessions.rules import attendance
from catalog.sessions.rules.attendance import Guest, Mark, Note
from catalog.sessions.rules.occasions import Session
from catalog.sessions.service.booking import may_manage
from catalog.sessions.service.cancelling import unknown
from kit.actor import Actor
from kit.database import Work

#: After so long the attendance of a session is closed with what was noted.
NOTED_WITHIN = timedelta(days=30)
RUN = 200


async def note(work: Work, actor: Actor, session_id: UUID, notes: Sequence[Note], *, close: bool) -> None:
    """Notes who came; with ``close`` for good: of whom nothing is noted then did not come.

    Raises NotFound, Invalid, and Conflict before it has begun, and once it is closed.
    """
    session = (await sessions.by_ids(work, [session_id], lock=True)).get(session_id)
    if session is None or not may_manage(actor, session.member_id):
        raise unknown()
    attendance.check_markable(session.starts_at, session.attended_at, session.state == "cancelled", work.now)
    guests = {one.id: one for one in await bookings.guests(work.connection, session_id)}
    marks = [attendance.mark(one, guests, session.hours, place) for place, one in enumerate(notes)]
    await repository.note(work, session_id, [(guests[one.guest_id], one) for one in marks], actor.user_id)
    if close:
        await _close(work, session, guests, actor.user_id)


async def _close(work: Work, session: Session, guests: dict[UUID, Guest], user_id: UUID | None) -> None:
    marked = await repository.marked(work.connection, session.id)
    silent = attendance.unmarked(guests, marked)
    nothing = [(guests[id_], Mark(id_, "missed", 0, Decimal(0))) for id_ in silent]
    await repository.note(work, session.id, nothing, user_id)
    closed = replace(session, attended_at=work.now, version=session.version + 1)
    await sessions.save(work, [closed])
    of = await repository.members(work, session.id)
    marks = {**marked, **{mark.guest_id: mark for _, mark in nothing}}
    fact = events.attended(closed, [(of[id_], one) for id_, one in sorted(marks.items())])
    work.stage(fact, subject=session.id, version=1)


async def close_old(work: Work) -> None:
    """Closes the attendance of sessions that nobody closed in time; where nothing at all was noted, all are taken to
    have come: whoever did not hold it, or did not come, had a month to say so."""
    for session in await sessions.unattended(work, work.now - NOTED_WITHIN, RUN):
        guests = {one.id: one for one in await bookings.guests(work.connection, session.id)}
        if not await repository.marked(work.connection, session.id):
            came = [(one, Mark(one.id, "came", one.seats, session.hours)) for one in guests.values()]
            await repository.note(work, session.id, came, None)
        await _close(work, session, guests, None)
