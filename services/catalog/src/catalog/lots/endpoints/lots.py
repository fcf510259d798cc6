"""Lots: noting, finding, describing."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from catalog.lots.endpoints.shared import LotId, LotKey, key_of
from catalog.lots.repository import lots as repository
from catalog.lots.repository.lots import Sought
from catalog.lots.schemas.bodies import ChangedLot, NewLot
from catalog.lots.schemas.shown import LotOut
from catalog.lots.service import changing, entering, tracing
from kit.auth import ActorDep
from kit.conditional import VersionDep, version_tag
from kit.errors import NotFound
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, SettingsDep, WorkDep, service_router

router = service_router(prefix="/v1/lots", tags=["lots"])


@router.post("", status_code=201)
async def create_lot(body: NewLot, actor: ActorDep, work: WorkDep, settings: SettingsDep, response: Response) -> LotOut:
    """Notes what was harvested, produced or received: by its producer, or by a coordinator for anyone or the network.

    With `stock` the variant's stock grows by as much in the same moment."""
    lot_id = await entering.enter(work, actor, settings, body.entering())
    lot = (await repository.by_ids(work.connection, [lot_id]))[lot_id]
    response.headers.update({"etag": version_tag(lot.version), "location": f"/v1/lots/{lot_id}"})
    return LotOut.of(lot)


@router.get("")
async def list_lots(
    *,
    request: Request,
    response: Response,
    actor: ActorDep,
    connection: ReadDep,
    page: PageDep,
    member_id: Annotated[UUID | None, Query(description="Lots that this member has or made")] = None,
    product_id: Annotated[UUID | None, Query()] = None,
    variant_id: Annotated[UUID | None, Query()] = None,
    cycle_id: Annotated[UUID | None, Query(description="Delivered for this order cycle")] = None,
    place: Annotated[str | None, Query(max_length=120)] = None,
    name: Annotated[str | None, Query(max_length=120)] = None,
    left: Annotated[bool, Query(description="Only lots of which something is left")] = False,
) -> Page[LotOut]:
    """The lots that the acting members have or made, or everybody's for a coordinator; the newest first."""
    members = None if actor.has("coordinator") else actor.member_ids
    if member_id is not None:
        if members is not None and member_id not in members:
            raise NotFound("member_not_found", "There is no such member among yours")
        members = frozenset({member_id})
    sought = Sought(members, product_id, variant_id, cycle_id, place, name, left)
    found = await repository.listing(connection, sought, page.key(lambda key: UUID(str(key[0]))), page.limit + 1)
    following = encode_cursor([found[page.limit - 1].id]) if len(found) > page.limit else None
    link_next(request, response, following)
    return Page(items=[LotOut.of(lot) for lot in found[: page.limit]], next=following)


@router.get("/{key}")
async def read_lot(key: LotKey, actor: ActorDep, connection: ReadDep, response: Response) -> LotOut:
    """A lot by its id or number; for who has it, who made it, and the coordinators."""
    lot = await tracing.one(connection, actor, key_of(key))
    response.headers.update({"etag": version_tag(lot.version), "cache-control": "private, no-store"})
    return LotOut.of(lot)


@router.patch("/{key}")
async def describe_lot(
    *, lot_id: LotId, body: ChangedLot, actor: ActorDep, work: WorkDep, version: VersionDep, response: Response
) -> LotOut:
    """Changes the note, the best-before date or the producer's own code. Quantities change by what happens."""
    await changing.describe(work, actor, lot_id, body.said(), version=version)
    lot = (await repository.by_ids(work.connection, [lot_id]))[lot_id]
    response.headers["etag"] = version_tag(lot.version)
    return LotOut.of(lot)
