"""Stock and reservations over HTTP."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request, Response

from catalog.settings import Settings
from catalog.stock import repository, rules, service
from catalog.stock.schemas import (
    MovementAnswer,
    MovementOut,
    NewMovement,
    NewReservation,
    ReservationOut,
    StockOut,
    movement_out,
)
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.errors import NotFound
from kit.ids import new_id
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, SettingsDep, WorkDep, service_router

variants = service_router(prefix="/v1/variants", tags=["stock"])
reservations = service_router(prefix="/v1/reservations", tags=["stock"])
ROUTERS = (variants, reservations)

Coordinator = Annotated[Actor, Depends(require("coordinator"))]


@variants.get("/{variant_id}/stock")
async def read_stock(variant_id: UUID, actor: ActorDep, connection: ReadDep) -> StockOut:
    """What there is of a variant; for its owner and the coordinators."""
    return StockOut.of(await service.look(connection, actor, variant_id))


@variants.post("/{variant_id}/movements", status_code=201)
async def record_movement(variant_id: UUID, body: NewMovement, actor: ActorDep, work: WorkDep) -> MovementAnswer:
    """Records what came in or went out: harvest, sale, loss, correction, return."""
    movement = rules.movement(variant_id, body.reason, Decimal(body.quantity), body.note)
    movement_id, stock = await service.move(work, actor, movement)
    return MovementAnswer(movement_id=movement_id, stock=StockOut.of(stock))


@variants.get("/{variant_id}/movements")
async def list_movements(
    *,
    variant_id: UUID,
    actor: ActorDep,
    connection: ReadDep,
    page: PageDep,
    language: LanguageDep,
    texts: TextsDep,
    request: Request,
    response: Response,
) -> Page[MovementOut]:
    """Everything that came in and went out, the newest first."""
    await service.look(connection, actor, variant_id)
    rows = await repository.movements(connection, variant_id, page.key(lambda key: UUID(str(key[0]))), page.limit + 1)
    following = encode_cursor([rows[page.limit - 1].id]) if len(rows) > page.limit else None
    link_next(request, response, following)
    items = [movement_out(row, texts.say(language, row.note)) for row in rows[: page.limit]]
    return Page(items=items, next=following)


@reservations.post("", status_code=201)
async def create_reservation(
    body: NewReservation, _actor: Coordinator, work: WorkDep, settings: SettingsDep
) -> ReservationOut:
    """Reserves all the lines or nothing; released by itself when it expires."""
    lifetime: timedelta = cast("Settings", settings).reservation_lifetime
    request = service.Request(
        body.id or new_id(),
        "client",
        rules.total((line.variant_id, line.quantity) for line in body.lines),
        "held",
        body.expires_at or work.now + lifetime,
    )
    return ReservationOut.of(await service.reserve_for_client(work, request))


@reservations.get("/{reservation_id}")
async def read_reservation(reservation_id: UUID, _actor: Coordinator, connection: ReadDep) -> ReservationOut:
    """A reservation and what it holds, or held."""
    found = await repository.reservation(connection, reservation_id)
    if found is None:
        raise NotFound("reservation_not_found", "There is no such reservation")
    return ReservationOut.of(found)


@reservations.delete("/{reservation_id}", status_code=204)
async def release_reservation(reservation_id: UUID, _actor: Coordinator, work: WorkDep) -> None:
    """Frees what a client's reservation holds; an order's ends with its order."""
    await service.release_for_client(work, reservation_id)
