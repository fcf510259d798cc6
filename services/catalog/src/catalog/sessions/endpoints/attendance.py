"""HTTP of who comes, who came, and what was given in a year."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import TypeAdapter

from catalog.sessions.dependencies import SettingsDep
from catalog.sessions.repository import attendance as repository
from catalog.sessions.repository import bookings, views
from catalog.sessions.schemas.bookings import FiguresOut, GuestOut, GuestsOut, NewAttendance
from catalog.sessions.schemas.planning import SessionOut
from catalog.sessions.service import attendance, booking, cancelling
from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.errors import Forbidden
from kit.negotiation import negotiated
from kit.problems import LanguageDep, TextsDep
from kit.routing import DatabaseDep, ReadDep, WorkDep, service_router
from kit.sheets.writing import CSV, XLSX, Cell, write_csv, write_xlsx

sessions = service_router(prefix="/v1/sessions", tags=["sessions"])
figures = service_router(prefix="/v1/session-figures", tags=["sessions"])
ROUTERS = (sessions, figures)

_FIGURES = TypeAdapter(list[FiguresOut])
_FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {}, XLSX: {}}}}
COLUMNS = ("Member", "Product", "Sessions", "Hours given", "People served", "Hours served", "Did not come")


async def _guests(connection: ReadDep, session: views.SessionSeen) -> GuestsOut:
    marks = await repository.marked(connection, session.id)
    guests = await bookings.guests(connection, session.id)
    return GuestsOut(
        session=SessionOut.of(session), guests=[GuestOut.of(guest, marks.get(guest.id)) for guest in guests]
    )


@sessions.get("/{session_id}/bookings")
async def list_guests(session_id: UUID, connection: ReadDep, actor: ActorDep, response: Response) -> GuestsOut:
    """Who comes, by bookings and by orders, and who came: for whoever holds the session, and the coordinators."""
    session = await views.one(connection, session_id)
    if session is None or not booking.may_manage(actor, session.member_id):
        raise cancelling.unknown()
    response.headers["cache-control"] = PRIVATE
    return await _guests(connection, session)


@sessions.post("/{session_id}/attendance")
async def note_attendance(session_id: UUID, body: NewAttendance, actor: ActorDep, work: WorkDep) -> GuestsOut:
    """Notes who came, once it has begun; can be noted anew until it is closed. After 30 days it is closed by itself."""
    await attendance.note(work, actor, session_id, body.notes(), close=body.close)
    session = await views.one(work.connection, session_id)
    if session is None:
        raise cancelling.unknown()
    return await _guests(work.connection, session)


@figures.get("", response_model=list[FiguresOut], responses=_FORMS)
async def read_session_figures(
    *,
    request: Request,
    connection: ReadDep,
    database: DatabaseDep,
    settings: SettingsDep,
    actor: ActorDep,
    language: LanguageDep,
    texts: TextsDep,
    year: Annotated[int | None, Query(ge=2000, le=2199, description="This year if left out")] = None,
    member_id: Annotated[UUID | None, Query(description="Who gave; all for a coordinator if left out")] = None,
) -> Response:
    """Hours given and people served in a year, by member and product: of sessions whose attendance is closed."""
    if not actor.has("coordinator"):
        if member_id is None and len(actor.member_ids) == 1:
            member_id = next(iter(actor.member_ids))
        if member_id is None or not actor.acts_for(member_id):
            raise Forbidden("role_missing", "Only for {roles}", roles="coordinator")
    number = year or database.clock().astimezone(database.zone).year
    first, last = (datetime(one, 1, 1, tzinfo=database.zone).astimezone(UTC) for one in (number, number + 1))
    found = [FiguresOut.of(one) for one in await repository.figures(connection, first, last, member_id)]
    kind = negotiated(request.headers.get("accept", "*/*"), ("application/json", CSV, XLSX))
    headers = {"cache-control": PRIVATE, "vary": "accept, accept-language"}
    if kind == "application/json":
        return Response(_FIGURES.dump_json(found), media_type=kind, headers=headers)
    columns = [texts.say(language, column) for column in COLUMNS]
    rows: list[list[Cell]] = [
        [one.member.name, one.product.name, one.sessions, one.hours, one.people, one.person_hours, one.missed]
        for one in found
    ]
    body = write_csv(columns, rows) if kind == CSV else await asyncio.to_thread(write_xlsx, str(number), columns, rows)
    return Response(body, media_type=kind, headers=headers)
