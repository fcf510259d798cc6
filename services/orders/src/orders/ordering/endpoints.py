"""Orders over HTTP."""

import hashlib
import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from contracts.orders import OrderStatus
from kit import idempotency
from kit.auth import ActorDep
from kit.database import Database
from kit.errors import Conflict, Forbidden, NotFound
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import DatabaseDep, ReadDep, SignalsDep, WorkDep, plain_router, service_router
from kit.signals import Signals
from orders.base import AnyRow
from orders.cursors import instant_and_id
from orders.dependencies import OrdersSettingsDep
from orders.ordering import placing, schemas, service
from orders.ordering.repository import orders as repository
from orders.ordering.rules.placing import Wanted
from orders.ordering.views import Reader, order_body, reasons_body

#: Seconds that an answer may be waited for.
LONGEST_WAIT = 10.0
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])")

orders = service_router(prefix="/v1/orders", tags=["orders"])
hot = plain_router(prefix="/v1/orders", tags=["orders"])


async def _reader(texts: TextsDep, language: LanguageDep) -> Reader:
    return Reader(texts, language)


ReaderDep = Annotated[Reader, Depends(_reader)]


def preferred_wait(prefer: str | None) -> float:
    """Seconds that the caller would wait for the outcome (RFC 7240), at most ten."""
    found = _WAIT.search(prefer or "")
    return min(float(found.group(1)), LONGEST_WAIT) if found else 0.0


@hot.post(
    "",
    status_code=201,
    responses={
        201: {"model": schemas.Order},
        202: {"model": schemas.Order, "description": "The outcome is still under way: follow Location"},
    },
)
async def place_order(
    *,
    body: schemas.NewOrder,
    request: Request,
    database: DatabaseDep,
    signals: SignalsDep,
    settings: OrdersSettingsDep,
    actor: ActorDep,
    reader: ReaderDep,
    prefer: Annotated[str | None, Header(description="wait=2 waits two seconds for the outcome")] = None,
) -> Response:
    """Places an order: stock is reserved and money set aside for all of it, or for none."""
    raw = await request.body()
    wish = placing.OrderWish(
        id=body.id,
        member_id=body.member_id,
        cycle_id=body.cycle_id,
        pickup_point_id=body.pickup_point_id,
        lines=[Wanted(line.variant_id, line.quantity, line.tolerance) for line in body.lines],
        credit=body.credit,
    )
    key = idempotency.key_of(request, raw)
    identity = placing.Identity(hashlib.sha256(raw).digest() if key is None else key.request_hash, key)
    placed = await placing.place_order(database, settings, actor, wish, identity)
    order = await _outcome(database, signals, placed, preferred_wait(prefer))
    if order.status == "rejected":
        raise _rejection(order, reader)
    return JSONResponse(
        order_body(order, reader),
        status_code=202 if order.status == "placed" else 201,
        headers={"location": f"/v1/orders/{placed.order_id}"},
    )


async def _outcome(database: Database, signals: Signals, placed: placing.Placed, seconds: float) -> AnyRow:
    """The order as soon as it is decided, or as it is when the time is up."""
    # An order that was placed just now can't be decided yet: the first look would be in vain.
    in_vain = placed.undecided and seconds > 0

    async def look() -> AnyRow | None:
        nonlocal in_vain
        if in_vain:
            in_vain = False
            return None
        async with database.reading() as connection:
            return await repository.order_by_id(connection, placed.order_id)

    key = service.signal_of(placed.order_id)
    order = await signals.until(key, look, lambda found: found is not None and found.status != "placed", seconds)
    if order is None:
        raise NotFound("order_not_found", "There is no such order")
    return order


def _rejection(order: AnyRow, reader: Reader) -> Conflict:
    reasons = reasons_body(order, reader)
    return Conflict(
        reasons[0]["code"] if reasons else "order_rejected",
        "This order was rejected, and nothing is set aside: {reasons}",
        extra={
            "order_id": str(order.id),
            "reasons": reasons,
        },
        reasons="; ".join(reason["detail"] for reason in reasons),
    )


@orders.get("", response_model=Page[schemas.Order])
async def list_orders(
    *,
    connection: ReadDep,
    page: PageDep,
    actor: ActorDep,
    reader: ReaderDep,
    request: Request,
    cycle_id: UUID | None = None,
    member_id: UUID | None = None,
    status: OrderStatus | None = None,
    lacking: Annotated[
        bool, Query(description="Only those under way whose money or stock was refused when it was too late to reject")
    ] = False,
) -> Response:
    """Orders, newest first: those of one's own members; a coordinator or treasurer sees all."""
    members: list[UUID] | None = None if actor.has("coordinator", "treasurer") else list(actor.member_ids)
    if member_id is not None:
        if not service.may_see(actor, member_id):
            raise Forbidden("member_not_yours", "You can see the orders of your own members only")
        members = [member_id]
    rows = await repository.orders_page(
        connection,
        members=members,
        cycle_id=cycle_id,
        status=status,
        lacking=lacking,
        after=page.key(instant_and_id),
        limit=page.limit + 1,
    )
    shown = rows[: page.limit]
    cursor = encode_cursor([shown[-1].placed_at.isoformat(), shown[-1].id]) if len(rows) > page.limit else None
    response = JSONResponse({"items": [order_body(row, reader) for row in shown], "next": cursor})
    link_next(request, response, cursor)
    return response


@orders.get("/{order_id}", response_model=schemas.Order)
async def get_order(order_id: UUID, connection: ReadDep, actor: ActorDep, reader: ReaderDep) -> Response:
    """One order."""
    return JSONResponse(order_body(await service.order_or_not_found(connection, order_id, actor), reader))


@orders.post("/{order_id}/cancel", response_model=schemas.Order)
async def cancel_order(
    order_id: UUID, work: WorkDep, actor: ActorDep, settings: OrdersSettingsDep, reader: ReaderDep
) -> Response:
    """Cancels an order, until its cycle closes."""
    return JSONResponse(order_body(await service.cancel(work, order_id, actor, settings.zone), reader))


ROUTERS: tuple[APIRouter, ...] = (hot, orders)
