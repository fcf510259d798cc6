"""The public lists. Their JSON comes from the database as it is sent."""

import json
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from directory.search import rules, service
from directory.search.schemas import Entries, FeatureCollection
from kit.conditional import conditional
from kit.errors import Invalid
from kit.paging import PageDep, encode_cursor
from kit.routing import ReadDep, service_router

router = service_router(prefix="/v1", tags=["search"])

#: Anyone may keep it, but asks whether it still holds: what is withdrawn is gone at once.
_CACHING = "public, no-cache"


class GeoJson(Response):
    """RFC 7946, section 12."""

    media_type = "application/geo+json"


def _as(parse: Callable[[str], object]) -> AfterValidator:
    """Refuses what the rule refuses, in the name of the parameter."""

    def check(text: str) -> str:
        if text:
            try:
                parse(text)
            except Invalid as error:
                # The kit translates it by its text.
                raise PydanticCustomError("invalid_place", "{reason}", {"reason": error.message}) from None
        return text

    return AfterValidator(check)


def _query(
    page: PageDep,
    q: Annotated[str, Query(max_length=200, description="Words; accents and a slip of the finger are forgiven")] = "",
    bbox: Annotated[
        str, Query(max_length=200, description="west,south,east,north in degrees"), _as(rules.parse_box)
    ] = "",
    near: Annotated[str, Query(max_length=100, description="lat,lon in degrees"), _as(rules.parse_point)] = "",
    activity: Annotated[str, Query(max_length=60, description="Code of what it does")] = "",
) -> service.Query:
    return service.Query(q, bbox, near, activity, page.limit, page.after)


QueryDep = Annotated[service.Query, Depends(_query)]


@router.get("/entities", response_model=Entries)
async def list_entities(query: QueryDep, connection: ReadDep, request: Request) -> Response:
    """Published entries: nearest first with `near`, else the best match for `q` first, else by name."""
    found, after = await service.find(connection, query, "item")
    cursor = encode_cursor(after) if after else None
    return _answer(request, f'{{"items":{found.items},"next":{json.dumps(cursor)}}}', cursor, "application/json")


@router.get("/entities.geojson", response_model=FeatureCollection, response_class=GeoJson)
async def map_entities(query: QueryDep, connection: ReadDep, request: Request) -> Response:
    """The same as GeoJSON, for maps."""
    found, after = await service.find(connection, query, "feature")
    cursor = encode_cursor(after) if after else None
    body = f'{{"type":"FeatureCollection","features":{found.items},"next":{json.dumps(cursor)}}}'
    return _answer(request, body, cursor, "application/geo+json")


def _answer(request: Request, text: str, cursor: str | None, media_type: str) -> Response:
    return conditional(request, text.encode(), media_type=media_type, cache_control=_CACHING, cursor=cursor)
