"""Lists over HTTP: spreadsheets for owners and coordinators, the Data Food Consortium's catalogue for everyone."""

import asyncio
import json
import re
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Header, Query, Request, Response

from catalog.exports import service
from catalog.exports.dfc.graph import Addresses, Telling
from catalog.exports.dfc.words import ADDRESSES, V2_PROFILE, Profile, context
from catalog.exports.formats import Name, Words
from catalog.exports.repository import Key
from kit import sheets
from kit.auth import ActorDep
from kit.conditional import PRIVATE, PUBLIC, conditional
from kit.database import utc_now
from kit.language import texts_of
from kit.negotiation import negotiated
from kit.paging import PageDep, decode_cursor, encode_cursor, link_next, unreadable
from kit.problems import LanguageDep
from kit.routing import ReadDep, SettingsDep, service_router
from kit.settings import Settings

exports = service_router(prefix="/v1/exports", tags=["exports"])
dfc = service_router(prefix="/v1/dfc", tags=["exports"])
ROUTERS = (exports, dfc)

_JSON_LD = "application/ld+json"
_SHEET: dict[int | str, dict[str, Any]] = {
    200: {"content": {sheets.CSV: {"schema": {"type": "string"}}, sheets.XLSX: {"schema": {"type": "string"}}}}
}
_GRAPH: dict[int | str, dict[str, Any]] = {
    200: {"content": {_JSON_LD: {"schema": {"type": "object"}}, "application/json": {"schema": {"type": "object"}}}}
}


def _key(values: list[Any]) -> Key:
    return str(values[0]), UUID(str(values[1]))


@exports.get("/products", response_class=Response, responses=_SHEET)
async def export_products(
    *,
    request: Request,
    connection: ReadDep,
    actor: ActorDep,
    language: LanguageDep,
    list_format: Annotated[
        Name, Query(alias="format", description="Our own list, or Open Food Network's or Foodsoft's to be read there")
    ] = "trama",
    member_id: Annotated[UUID | None, Query(description="One member's only; any member's for a coordinator")] = None,
    shipping_category: Annotated[
        str, Query(min_length=1, max_length=100, description="Open Food Network wants one that its instance knows")
    ] = "Default",
    after: Annotated[str | None, Query(max_length=1000, description="From the Link header of the file before")] = None,
    accept: Annotated[str, Header(description="text/csv, or the type of XLSX files")] = sheets.CSV,
) -> Response:
    """The acting members' products as a spreadsheet, everyone's for a coordinator; nothing in it is a formula.

    Our own list has drafts, too, and sent back to `/v1/imports` it changes nothing; the others have what is on offer,
    with categories and units in the language of `Accept-Language`. A file has at most 5,000 rows: its Link header
    names the next one.
    """
    kind = negotiated(accept, (sheets.CSV, sheets.XLSX))
    sheet, following = await service.spreadsheet(
        connection,
        actor,
        list_format,
        Words(language, shipping_category),
        member_id=member_id,
        after=_after(after),
    )
    if kind == sheets.XLSX:
        body = await asyncio.to_thread(sheets.write_xlsx, "products", sheet.header, sheet.rows)
    else:
        body = await asyncio.to_thread(
            sheets.write_csv,
            sheet.header,
            sheet.rows,
            separator=sheet.separator,
            byte_order_mark=sheet.byte_order_mark,
        )
    ending = "xlsx" if kind == sheets.XLSX else "csv"
    headers = {
        "cache-control": PRIVATE,
        "vary": "accept, accept-language",
        "content-disposition": f'attachment; filename="{list_format}-products.{ending}"',
    }
    response = Response(body, media_type=kind, headers=headers)
    link_next(request, response, encode_cursor(following) if following else None)
    return response


def _after(cursor: str | None) -> Key | None:
    try:
        return _key(decode_cursor(cursor)) if cursor else None
    except (ValueError, IndexError) as error:
        raise unreadable() from error


_InlineQuery = Annotated[
    bool, Query(alias="inline", description="With the context itself, for a reader that can't fetch it")
]


@dfc.get("/catalog", response_class=Response, responses=_GRAPH)
async def read_dfc_catalog(
    *, request: Request, connection: ReadDep, settings: SettingsDep, page: PageDep, inline: _InlineQuery = False
) -> Response:
    """The goods on offer as a Data Food Consortium catalogue in JSON-LD, by name; the Link header names the next page.

    Ontology 1.16.0, or 2.0.0 where `Accept` asks for `application/ld+json; profile="dfc-v2"`. Merge the pages: each
    tells of its products' producers only what is on it.
    """
    telling = _telling(request, settings)
    graph, following = await service.catalogue(
        connection, telling, _today(settings), after=page.key(_key), limit=page.limit
    )
    return _answer(request, settings, telling, graph, following, inline=inline)


@dfc.get("/enterprises/{member_id}", response_class=Response, responses=_GRAPH)
async def read_dfc_enterprise(
    *,
    member_id: UUID,
    request: Request,
    connection: ReadDep,
    settings: SettingsDep,
    page: PageDep,
    inline: _InlineQuery = False,
) -> Response:
    """One producer with what it has on offer, like the whole catalogue."""
    telling = _telling(request, settings)
    graph, following = await service.catalogue(
        connection, telling, _today(settings), after=page.key(_key), limit=page.limit, member_id=member_id
    )
    return _answer(request, settings, telling, graph, following, inline=inline)


@dfc.get("/products/{product_id}", response_class=Response, responses=_GRAPH)
async def read_dfc_product(
    *, product_id: UUID, request: Request, connection: ReadDep, settings: SettingsDep, inline: _InlineQuery = False
) -> Response:
    """One product on offer: what the addresses in the catalogue lead to."""
    telling = _telling(request, settings)
    graph = await service.product(connection, telling, _today(settings), product_id)
    return _answer(request, settings, telling, graph, None, inline=inline)


def _today(settings: Settings) -> Any:
    return utc_now().astimezone(ZoneInfo(settings.zone)).date()


def _telling(request: Request, settings: Settings) -> Telling:
    traces = texts_of("catalog").say(settings.language, "May contain: {allergens}")
    return Telling(_profile(request), Addresses(_base(request, settings)), settings.language, traces)


_PROFILE = re.compile(r"application/ld\+json\s*;[^,]*\bprofile=\"?([^\";,]+)", re.IGNORECASE)


def _profile(request: Request) -> Profile:
    """The version asked for (RFC 6906); a profile that nobody knows is no reason to answer nothing."""
    asked = _PROFILE.search(request.headers.get("accept", ""))
    return "2.0.0" if asked and V2_PROFILE in asked[1].split() else "1.16.0"


def _base(request: Request, settings: Settings) -> str:
    """This service's address for the world: behind the network's public one, else where it was asked."""
    if settings.public_url:
        return f"{settings.public_url}/api/catalog"
    headers = request.headers
    scheme = headers.get("x-forwarded-proto", request.url.scheme)
    return f"{scheme}://{headers.get('x-forwarded-host', request.url.netloc)}{headers.get('x-forwarded-prefix', '')}"


def _answer(
    request: Request,
    settings: Settings,
    telling: Telling,
    graph: list[dict[str, Any]],
    following: Key | None,
    *,
    inline: bool,
) -> Response:
    kind = negotiated(request.headers.get("accept", "*/*"), (_JSON_LD, "application/json"))
    if telling.profile == "2.0.0":
        kind = f'{_JSON_LD}; profile="{V2_PROFILE}"'
    read_by = context(telling.profile) if inline else ADDRESSES[telling.profile]
    body = json.dumps({"@context": read_by, "@graph": graph}, ensure_ascii=False, separators=(",", ":")).encode()
    # Addresses made of the request's own host are for the one who asked.
    kept = PUBLIC if settings.public_url else PRIVATE
    cursor = encode_cursor(following) if following else None
    response = conditional(request, body, media_type=kind, cache_control=kept, cursor=cursor)
    response.headers["vary"] = "accept"
    return response
