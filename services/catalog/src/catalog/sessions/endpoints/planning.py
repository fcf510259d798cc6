"""HTTP of sessions and series."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, TypeAdapter
from pydantic_core import PydanticCustomError

from catalog.products import service as products_service
from catalog.sessions import calendars
from catalog.sessions.dependencies import SettingsDep
from catalog.sessions.repository import sessions as repository
from catalog.sessions.repository import views
from catalog.sessions.rules import occasions
from catalog.sessions.schemas.planning import (
    Cancelling,
    ChangedSeries,
    ChangedSession,
    EndedSeries,
    NewSession,
    PlannedOut,
    SeriesOut,
    SessionOut,
)
from catalog.sessions.service import cancelling, planning
from catalog.sessions.service import series as series_service
from contracts.values import Location
from kit.actor import Actor
from kit.auth import ActorDep, MaybeActorDep
from kit.conditional import PRIVATE, PUBLIC, VersionDep, conditional, version_tag
from kit.database import Work
from kit.errors import Invalid, NotFound
from kit.paging import Page, PageDep, encode_cursor, instant
from kit.routing import DatabaseDep, ReadDep, WorkDep, service_router

products = service_router(prefix="/v1/products", tags=["sessions"])
sessions = service_router(prefix="/v1/sessions", tags=["sessions"])
series = service_router(prefix="/v1/session-series", tags=["sessions"])

NO_WORD = Cancelling()
_PAGE = TypeAdapter(Page[SessionOut])


def _storable(at: datetime) -> datetime:
    if not 1970 <= at.year <= 2200:
        raise PydanticCustomError("out_of_range", "Between the years 1970 and 2200")
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_storable)]


def near_of(near: str | None) -> Location | None:
    """The point in ``20.59,-100.39``. Raises Invalid for a text that is none."""
    if near is None:
        return None
    try:
        lat, lon = (float(part) for part in near.split(","))
        return Location(lat=lat, lon=lon)
    except ValueError as error:
        raise Invalid("not_a_point", "Write it as latitude,longitude, such as 20.59,-100.39", field="/near") from error


def page_of(request: Request, found: list[views.SessionSeen], limit: int, cache_control: str) -> Response:
    """A page of sessions; one more than it says that there is a next."""
    shown = found[:limit]
    following = encode_cursor([shown[-1].starts_at, shown[-1].id]) if len(found) > limit else None
    body = _PAGE.dump_json(Page(items=[SessionOut.of(one) for one in shown], next=following))
    return conditional(request, body, cache_control=cache_control, cursor=following)


def _key(cursor: list[object]) -> views.Key:
    return instant(cursor[0]), UUID(str(cursor[1]))


async def _answer(work: Work, session_id: UUID, response: Response) -> SessionOut:
    found = await views.one(work.connection, session_id)
    if found is None:
        raise cancelling.unknown()
    response.headers["etag"] = version_tag(found.version)
    return SessionOut.of(found)


@products.post("/{product_id}/sessions", status_code=201)
async def plan_sessions(
    *, product_id: UUID, body: NewSession, actor: ActorDep, work: WorkDep, settings: SettingsDep, response: Response
) -> PlannedOut:
    """Plans a session of a service or workshop, or a series of them: its owner, and the coordinators.

    Each is sold as a variant with its id and as many as there are places, from the opening of its booking to the
    closing. A series is planned eight weeks ahead, day by day.
    """
    planned = await planning.plan(work, actor, settings, product_id, body.wish())
    made = await views.by_ids(work.connection, planned.session_ids)
    address = f"session-series/{planned.series_id}" if planned.series_id else f"sessions/{planned.session_ids[0]}"
    response.headers["location"] = f"/v1/{address}"
    return PlannedOut(series_id=planned.series_id, sessions=[SessionOut.of(one) for one in made])


async def _visible(connection: ReadDep, actor: Actor | None, product_id: UUID) -> str:
    """The product's name, for those who may see it. Raises NotFound."""
    found = await repository.product(connection, product_id)
    if found is None or not products_service.may_see(actor, found.member_id, found.status):
        raise NotFound("product_not_found", "There is no such product")
    return found.name


@products.get("/{product_id}/sessions", response_model=Page[SessionOut])
async def list_product_sessions(
    *,
    product_id: UUID,
    request: Request,
    connection: ReadDep,
    database: DatabaseDep,
    actor: MaybeActorDep,
    page: PageDep,
    since: Annotated[Instant | None, Query(alias="from", description="From now if left out")] = None,
) -> Response:
    """A product's sessions by time, cancelled ones too; of what is published, or one's own."""
    await _visible(connection, actor, product_id)
    found = await views.of_product(connection, product_id, since or database.clock(), page.key(_key), page.limit + 1)
    return page_of(request, found, page.limit, PUBLIC if actor is None else PRIVATE)


@products.get("/{product_id}/calendar", response_class=Response, responses={200: {"content": {"text/calendar": {}}}})
async def read_product_calendar(
    *,
    product_id: UUID,
    request: Request,
    connection: ReadDep,
    database: DatabaseDep,
    settings: SettingsDep,
    actor: MaybeActorDep,
) -> Response:
    """A product's sessions to come, for a calendar to follow (iCalendar)."""
    name = await _visible(connection, actor, product_id)
    found = await views.of_product(connection, product_id, database.clock(), None, 2 * occasions.MOST_COMING)
    body = calendars.calendar(settings.network, name, found)
    return conditional(
        request, body, media_type=calendars.MEDIA_TYPE, cache_control=PUBLIC if actor is None else PRIVATE
    )


@sessions.get("", response_model=Page[SessionOut])
async def list_sessions(
    *,
    request: Request,
    connection: ReadDep,
    database: DatabaseDep,
    page: PageDep,
    since: Annotated[
        Instant | None, Query(alias="from", description="Beginning then or later; from now if left out")
    ] = None,
    until: Annotated[Instant | None, Query(description="Beginning before then")] = None,
    category: Annotated[str | None, Query(max_length=60, description="With the categories under it")] = None,
    product_id: Annotated[UUID | None, Query()] = None,
    near: Annotated[
        str | None, Query(max_length=60, description="`latitude,longitude`", examples=["20.59,-100.39"])
    ] = None,
    within_km: Annotated[int, Query(ge=1, le=500, description="How far from `near`, kilometres")] = 25,
    free: Annotated[bool, Query(description="Only with places that can be booked now")] = False,
) -> Response:
    """What is to come and on offer, by time."""
    sought = views.Sought(since or database.clock(), until, category, product_id, near_of(near), within_km, free)
    found = await views.listing(connection, sought, page.key(_key), page.limit + 1)
    return page_of(request, found, page.limit, PUBLIC)


@sessions.get("/{session_id}")
async def read_session(session_id: UUID, connection: ReadDep, actor: MaybeActorDep, response: Response) -> SessionOut:
    """A session of what is published, or of one's own."""
    found = await views.one(connection, session_id)
    if found is None or not products_service.may_see(actor, found.member_id, found.product_status):
        raise cancelling.unknown()
    response.headers["etag"] = version_tag(found.version)
    response.headers["cache-control"] = PUBLIC if actor is None else PRIVATE
    return SessionOut.of(found)


@sessions.patch("/{session_id}")
async def change_session(
    *,
    session_id: UUID,
    body: ChangedSession,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    version: VersionDep,
    response: Response,
) -> SessionOut:
    """Moves a session or changes its places. Whoever has a place is told of another time or place, and may then cancel
    until it begins."""
    await planning.change(work, actor, settings, session_id, body.said(), version=version)
    return await _answer(work, session_id, response)


@sessions.post("/{session_id}/cancel")
async def cancel_session(
    session_id: UUID, actor: ActorDep, work: WorkDep, response: Response, body: Cancelling = NO_WORD
) -> SessionOut:
    """It does not take place. Whoever has a place is told; what was reserved is free."""
    await cancelling.cancel(work, actor, session_id, body.reason)
    return await _answer(work, session_id, response)


async def _series(connection: ReadDep, now: datetime, series_id: UUID) -> SeriesOut:
    found = await repository.series_seen(connection, series_id)
    if found is None:
        raise NotFound("series_not_found", "There is no such series")
    return SeriesOut.of(found, await views.of_series(connection, series_id, now))


@series.get("/{series_id}")
async def read_series(
    series_id: UUID, connection: ReadDep, database: DatabaseDep, actor: MaybeActorDep, response: Response
) -> SeriesOut:
    """A series of what is published, or of one's own."""
    found = await _series(connection, database.clock().astimezone(UTC), series_id)
    await _visible(connection, actor, found.product_id)
    response.headers["etag"] = version_tag(found.version)
    response.headers["cache-control"] = PUBLIC if actor is None else PRIVATE
    return found


@series.post("/{series_id}/change")
async def change_series(
    *,
    series_id: UUID,
    body: ChangedSeries,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    version: VersionDep,
    response: Response,
) -> SeriesOut:
    """Goes on otherwise from a day on; answers the series that follows. Sessions on days that stay keep their bookings,
    those on days that fall away are cancelled, and whoever has a place in either is told."""
    following = await series_service.change(work, actor, settings, series_id, body.turn(), version=version)
    response.headers["location"] = f"/v1/session-series/{following}"
    return await _series(work.connection, work.now, following)


@series.post("/{series_id}/end")
async def end_series(
    *, series_id: UUID, body: EndedSeries, actor: ActorDep, work: WorkDep, version: VersionDep
) -> SeriesOut:
    """Has no session from a day on: those that are planned are cancelled, whoever has a place is told."""
    await series_service.end(work, actor, series_id, body.since, body.reason, version=version)
    return await _series(work.connection, work.now, series_id)
