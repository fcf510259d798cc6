"""Back to the field and forward to the plate."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request, Response

from catalog.lots.chart import draw
from catalog.lots.endpoints.shared import LotKey, key_of
from catalog.lots.rules.tracing import Direction
from catalog.lots.schemas.origins import LineOriginOut, Origin, line_origin_out, origin_lots
from catalog.lots.schemas.shown import TraceOut, trace_out
from catalog.lots.service import tracing
from kit.auth import ActorDep
from kit.conditional import PRIVATE, conditional
from kit.negotiation import negotiated
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, service_router

SVG = "image/svg+xml"

router = service_router(prefix="/v1/lots", tags=["traces"])
lines = service_router(prefix="/v1/order-lines", tags=["traces"])


@router.get("/{key}/trace", response_model=TraceOut, responses={200: {"content": {SVG: {}}}})
async def trace_lot(
    *,
    key: LotKey,
    actor: ActorDep,
    connection: ReadDep,
    language: LanguageDep,
    texts: TextsDep,
    direction: Annotated[Direction, Query(description="Where it came from, or where it went")] = "back",
    containers: Annotated[bool, Query(description="Go on through jars and cans that came back empty")] = False,
    accept: Annotated[str, Header(description="application/json or image/svg+xml")] = "*/*",
) -> Response:
    """The whole chain, for who has the lot, who made it, and the coordinators. Who ordered what is for coordinators."""
    kind = negotiated(accept, ("application/json", SVG))
    lot = await tracing.one(connection, actor, key_of(key))
    found = await tracing.trace(connection, [lot.id], direction, containers=containers)
    shown = await tracing.shown(connection, found.lots)
    headers = {"cache-control": PRIVATE, "vary": "accept, accept-language"}
    if kind == SVG:
        drawn = draw(found, shown, lambda text: texts.say(language, text))
        return Response(drawn.encode(), media_type=SVG, headers=headers)
    body = trace_out(found, shown, actor).model_dump_json().encode()
    return Response(body, media_type="application/json", headers=headers)


@router.get("/{key}/origin", response_model=Origin)
async def read_origin(key: LotKey, connection: ReadDep, request: Request) -> Response:
    """Where a lot came from, for anybody who has its code: what, who makes it, how, when and where. No family's name."""
    found = await tracing.origin(connection, key_of(key))
    shown = await tracing.shown(connection, found.lots)
    body = Origin(complete=found.complete, lots=origin_lots(found, shown))
    return conditional(request, body.model_dump_json().encode())


@lines.get("/{line_id}/trace")
async def trace_order_line(line_id: UUID, actor: ActorDep, connection: ReadDep, response: Response) -> LineOriginOut:
    """Where a line of an order came from, back to every field; for the member whose order it is, and coordinators.

    What nobody noted a lot of is said to be unknown."""
    found = await tracing.of_line(connection, actor, line_id)
    response.headers["cache-control"] = PRIVATE
    return line_origin_out(found, await tracing.shown(connection, found.trace.lots))
