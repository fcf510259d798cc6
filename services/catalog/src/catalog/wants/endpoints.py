"""Wants and what was found for them, over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import TypeAdapter

from catalog.settings import Settings
from catalog.wants import wording
from catalog.wants.repository import matches as matches_repository
from catalog.wants.repository import wants as repository
from catalog.wants.repository.matches import MatchSeen, Side
from catalog.wants.rules.wants import Status, Want
from catalog.wants.schemas import ChangedWant, MatchOut, MetWant, NewWant, WantOut
from catalog.wants.service import wants as service
from contracts.values import Location
from kit.actor import Actor
from kit.auth import ActorDep, MaybeActorDep
from kit.conditional import PRIVATE, PUBLIC, VersionDep, conditional, version_tag
from kit.database import Work
from kit.errors import Invalid, NotFound
from kit.ids import new_id
from kit.paging import Page, PageDep, encode_cursor, instant, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, SettingsDep, WorkDep, service_router

wants = service_router(prefix="/v1/wants", tags=["wants"])
matches = service_router(prefix="/v1/want-matches", tags=["wants"])
ROUTERS = (wants, matches)

NOTHING_SAID = MetWant()
_PAGE = TypeAdapter(Page[WantOut])


def _key(cursor: Sequence[Any]) -> repository.Key:
    return instant(cursor[0]), UUID(str(cursor[1]))


def _near(near: str | None) -> Location | None:
    if near is None:
        return None
    try:
        lat, lon = (float(part) for part in near.split(","))
        return Location(lat=lat, lon=lon)
    except ValueError as error:
        raise Invalid("not_a_point", "Write it as latitude,longitude, such as 20.59,-100.39", field="/near") from error


def _out(found: tuple[Want, str], actor: Actor | None) -> WantOut:
    want, name = found
    return WantOut.of(
        want, name, own=service.may_change(actor, want.member_id), member=actor is not None and bool(actor.roles)
    )


def _page(request: Request, found: list[tuple[Want, str]], limit: int, actor: Actor | None) -> Response:
    shown = found[:limit]
    following = encode_cursor([shown[-1][0].created_at, shown[-1][0].id]) if len(found) > limit else None
    body = _PAGE.dump_json(Page(items=[_out(one, actor) for one in shown], next=following))
    return conditional(request, body, cache_control=PUBLIC if actor is None else PRIVATE, cursor=following)


async def _answer(work: Work, want_id: UUID, actor: Actor, response: Response) -> WantOut:
    found = await repository.one(work.connection, want_id)
    if found is None:
        raise service.unknown()
    response.headers.update({"etag": version_tag(found[0].version), "location": f"/v1/wants/{want_id}"})
    return _out(found, actor)


@wants.get("", response_model=Page[WantOut])
async def list_wants(
    *,
    connection: ReadDep,
    actor: MaybeActorDep,
    page: PageDep,
    request: Request,
    q: Annotated[str, Query(max_length=100, description="Words that it has")] = "",
    category: Annotated[str | None, Query(max_length=60, description="With the categories under it")] = None,
    near: Annotated[str | None, Query(max_length=60, description="`latitude,longitude`")] = None,
    within_km: Annotated[int, Query(ge=1, le=1000, description="How far from `near`, kilometres")] = 50,
) -> Response:
    """What is looked for, the newest first: to members all of it, to others what is public."""
    found = await repository.listing(
        connection,
        words=[q],
        category=category,
        near=_near(near),
        within_km=within_km,
        members=actor is not None and bool(actor.roles),
        after=page.key(_key),
        limit=page.limit + 1,
    )
    return _page(request, found, page.limit, actor)


@wants.get("/own", response_model=Page[WantOut])
async def list_own_wants(
    *,
    connection: ReadDep,
    actor: ActorDep,
    page: PageDep,
    request: Request,
    status: Annotated[Status | None, Query()] = None,
) -> Response:
    """The wants of the members that one acts for, in any state, the newest first."""
    found = await repository.own(connection, actor.member_ids, status, page.key(_key), page.limit + 1)
    return _page(request, found, page.limit, actor)


@wants.post("", status_code=201)
async def create_want(
    body: NewWant, actor: ActorDep, work: WorkDep, settings: SettingsDep, response: Response
) -> WantOut:
    """Looks for something. What is on offer of it is found at once, what is offered later when it is published; both
    sides are told."""
    want_id = body.id or new_id()
    await service.create(
        work, actor, cast("Settings", settings), body.wish(), want_id=want_id, member_id=body.member_id
    )
    return await _answer(work, want_id, actor, response)


@wants.get("/{want_id}")
async def read_want(want_id: UUID, connection: ReadDep, actor: MaybeActorDep, response: Response) -> WantOut:
    """A want that is open to the reader, or one's own."""
    found = await repository.one(connection, want_id)
    if found is None or not service.may_see(actor, found[0]):
        raise service.unknown()
    response.headers["etag"] = version_tag(found[0].version)
    response.headers["cache-control"] = PUBLIC if actor is None else PRIVATE
    return _out(found, actor)


@wants.patch("/{want_id}")
async def change_want(
    *,
    want_id: UUID,
    body: ChangedWant,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    version: VersionDep,
    response: Response,
) -> WantOut:
    """Says it anew, and looks again; what was found and fits no more goes."""
    await service.change(work, actor, cast("Settings", settings), want_id, body.reworded(), version=version)
    return await _answer(work, want_id, actor, response)


@wants.post("/{want_id}/meet")
async def meet_want(
    want_id: UUID, actor: ActorDep, work: WorkDep, response: Response, body: MetWant = NOTHING_SAID
) -> WantOut:
    """It was met, and is not looked for any more."""
    await service.end(work, actor, want_id, "met", body.product_id)
    return await _answer(work, want_id, actor, response)


@wants.post("/{want_id}/withdraw")
async def withdraw_want(want_id: UUID, actor: ActorDep, work: WorkDep, response: Response) -> WantOut:
    """It is not wanted any more."""
    await service.end(work, actor, want_id, "withdrawn")
    return await _answer(work, want_id, actor, response)


def _match(one: MatchSeen, language: str, texts: Any) -> MatchOut:
    return MatchOut.of(one, wording.why(one, lambda message, params: texts.say(language, message, params), language))


@matches.get("")
async def list_matches(
    *,
    connection: ReadDep,
    actor: ActorDep,
    page: PageDep,
    request: Request,
    response: Response,
    language: LanguageDep,
    texts: TextsDep,
    side: Annotated[
        Side | None, Query(description="`seeker`: what one looks for; `provider`: what others do and one offers")
    ] = None,
    want_id: Annotated[UUID | None, Query()] = None,
) -> Page[MatchOut]:
    """What was found for the members that one acts for, on either side, the newest first; not what they dismissed, what
    fits no more, and wants that have ended."""
    after = page.key(lambda key: UUID(str(key[0])))
    found = await matches_repository.of_members(
        connection, actor.member_ids, side=side, want_id=want_id, after=after, limit=page.limit + 1
    )
    shown = found[: page.limit]
    following = encode_cursor([shown[-1].id]) if len(found) > page.limit else None
    link_next(request, response, following)
    response.headers.update({"cache-control": PRIVATE, "vary": "accept-language"})
    return Page(items=[_match(one, language, texts) for one in shown], next=following)


@matches.get("/{match_id}")
async def read_match(
    match_id: UUID, connection: ReadDep, actor: ActorDep, language: LanguageDep, texts: TextsDep
) -> MatchOut:
    """A match, for those on either side of it."""
    found = await matches_repository.one(connection, match_id)
    if found is None or not service.sides_of(actor, found):
        raise NotFound("match_not_found", "There is no such match")
    return _match(found, language, texts)


@matches.post("/{match_id}/dismiss")
async def dismiss_match(
    match_id: UUID, actor: ActorDep, work: WorkDep, language: LanguageDep, texts: TextsDep
) -> MatchOut:
    """Sees no more of it, on one's own side."""
    return _match(await service.dismiss(work, actor, match_id), language, texts)
