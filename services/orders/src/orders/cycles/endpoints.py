"""Pickup points, cycles and what they offer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from contracts.orders import CycleStatus
from kit.conditional import conditional
from kit.database import utc_now
from kit.errors import NotFound
from kit.paging import Page, PageDep, encode_cursor
from kit.routing import ReadDep, WorkDep, service_router
from orders.base import AnyRow
from orders.cursors import id_alone, instant_and_id, text_and_id
from orders.cycles import schemas, service
from orders.cycles.events import location, public_pickup
from orders.cycles.repository import cycles as repository
from orders.cycles.repository import offers
from orders.cycles.rules.dates import CycleDates, cycle_status
from orders.cycles.rules.fees import Fee
from orders.dependencies import CoordinatorDep, OrdersSettingsDep

points = service_router(prefix="/v1/pickup-points", tags=["cycles"])
cycles = service_router(prefix="/v1/cycles", tags=["cycles"])


@points.post("", status_code=201)
async def create_pickup_point(
    body: schemas.NewPickupPoint, work: WorkDep, response: Response, _actor: CoordinatorDep
) -> schemas.PickupPoint:
    """Adds a place where orders are handed over."""
    place = body.location
    point_id = await service.create_pickup_point(
        work,
        point_id=body.id,
        name=body.name,
        address=body.address,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
    )
    response.headers["location"] = f"/v1/pickup-points/{point_id}"
    return schemas.PickupPoint(id=point_id, name=body.name, address=body.address, location=body.location)


@points.get("", response_model=Page[schemas.PickupPoint])
async def list_pickup_points(connection: ReadDep, page: PageDep, request: Request) -> Response:
    """All pickup points."""
    after = page.key(id_alone)
    rows = await repository.pickup_points(connection, after, page.limit + 1)
    items = [_point(row) for row in rows[: page.limit]]
    cursor = encode_cursor([items[-1].id]) if len(rows) > page.limit else None
    return conditional(request, Page(items=items, next=cursor).model_dump_json().encode(), cursor=cursor)


@points.get("/{point_id}", response_model=schemas.PickupPoint)
async def get_pickup_point(point_id: UUID, connection: ReadDep, request: Request) -> Response:
    """One pickup point."""
    row = await repository.pickup_point(connection, point_id)
    if row is None:
        raise NotFound("pickup_point_not_found", "There is no such pickup point")
    return conditional(request, _point(row).model_dump_json().encode())


@cycles.post("", status_code=201)
async def create_cycle(
    body: schemas.NewCycle, work: WorkDep, response: Response, settings: OrdersSettingsDep, _actor: CoordinatorDep
) -> schemas.Cycle:
    """Plans an order cycle: it opens and closes by itself at its times."""
    wish = service.CycleWish(
        id=body.id,
        name=body.name,
        opens_at=body.opens_at,
        closes_at=body.closes_at,
        supplier_ids=body.supplier_ids,
        pickups=[service.Pickup(p.pickup_point_id, p.starts_at, p.ends_at) for p in body.pickups],
        fees=[Fee(f.name, f.kind, f.value, f.payee, f.threshold, f.discounted) for f in body.fees],
        sharing=body.sharing,
    )
    cycle_id = await service.create_cycle(work, wish, settings)
    response.headers["location"] = f"/v1/cycles/{cycle_id}"
    return cycle_body(await service.cycle_or_not_found(work.connection, cycle_id), work.now)


@cycles.get("", response_model=Page[schemas.Cycle])
async def list_cycles(connection: ReadDep, page: PageDep, request: Request) -> Response:
    """Cycles, those that open last first."""
    after = page.key(instant_and_id)
    rows = await repository.cycles(connection, after, page.limit + 1)
    now = utc_now()
    items = [cycle_body(row, now) for row in rows[: page.limit]]
    cursor = encode_cursor([items[-1].opens_at.isoformat(), items[-1].id]) if len(rows) > page.limit else None
    return conditional(request, Page(items=items, next=cursor).model_dump_json().encode(), cursor=cursor)


@cycles.get("/{cycle_id}", response_model=schemas.Cycle)
async def get_cycle(cycle_id: UUID, connection: ReadDep, request: Request) -> Response:
    """One cycle."""
    cycle = await service.cycle_or_not_found(connection, cycle_id)
    return conditional(request, cycle_body(cycle, utc_now()).model_dump_json().encode())


@cycles.get("/{cycle_id}/offers", response_model=schemas.OfferPage)
async def list_offers(
    *,
    cycle_id: UUID,
    connection: ReadDep,
    page: PageDep,
    request: Request,
    pickup_point_id: Annotated[
        UUID | None, Query(description="With the prices of this point, and what is sold there only")
    ] = None,
) -> Response:
    """What can be ordered in this cycle, with the price that a member pays and what is left.

    A pickup point may have prices of its own: name the one that you order for. Without one, these are the cycle's prices,
    and of what is sold at certain points only, the price of one of them (`hub_offer` says which).
    """
    after = page.key(text_and_id)
    reading = offers.Reading(cycle_id, pickup_point_id, utc_now())
    row = await offers.offers_page(connection, reading, after, page.limit)
    if not row.cycle_exists:
        raise NotFound("cycle_not_found", "There is no such cycle")
    cursor = encode_cursor([row.last_key, row.last_id]) if row.more else None
    following = f'"{cursor}"' if cursor else "null"
    return conditional(request, f'{{"items":{row.items},"next":{following}}}'.encode(), cursor=cursor)


def cycle_body(cycle: AnyRow, now: datetime) -> schemas.Cycle:
    """A cycle's row as JSON shows it."""
    return schemas.Cycle(
        id=cycle.id,
        name=cycle.name,
        status=status_of(cycle, now),
        opens_at=cycle.opens_at,
        closes_at=cycle.closes_at,
        supplier_ids=cycle.supplier_ids,
        pickups=[public_pickup(pickup) for pickup in cycle.pickups],
        fees=[schemas.FeeBody.model_validate(fee) for fee in cycle.fees],
        sharing=cycle.sharing,
        currency=cycle.currency,
        closed_at=cycle.closed_at,
        settled_at=cycle.settled_at,
    )


def status_of(cycle: AnyRow, now: datetime) -> CycleStatus:
    """The status that follows from a cycle's dates."""
    dates = CycleDates(cycle.opens_at, cycle.closes_at, cycle.stopped_at, cycle.settling_at, cycle.settled_at)
    return cycle_status(dates, now)


def _point(row: AnyRow) -> schemas.PickupPoint:
    return schemas.PickupPoint(id=row.id, name=row.name, address=row.address, location=location(row.lat, row.lon))


ROUTERS: tuple[APIRouter, ...] = (points, cycles)
