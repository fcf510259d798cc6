"""Orders over HTTP."""

import hashlib
import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from contracts.orders import OrderStatus
from kit import idempotency
from kit.auth import ActorDep
from kit.database import Database
from kit.errors import Conflict, Forbidden, Invalid
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import DatabaseDep, ReadDep, SignalsDep, WorkDep, plain_router, service_router
from kit.signals import Signals
from orders.base import AnyRow
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


def _reader(texts: TextsDep, language: LanguageDep) -> Reader:
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
    order_id = await placing.place_order(database, settings, actor, wish, identity)
    order = await _outcome(database, signals, order_id, preferred_wait(prefer))
    if order.status == "rejected":
        raise _rejection(order, reader)
    return JSONResponse(
        order_body(order, reader).model_dump(mode="json"),
        status_code=202 if order.status == "placed" else 201,
        headers={"location": f"/v1/orders/{order_id}"},
    )


async def _outcome(database: Database, signals: Signals, order_id: UUID, seconds: float) -> AnyRow:
    """The order as soon as it is decided, or as it is when the time is up."""

    async def look() -> AnyRow:
        async with database.reading() as connection:
            order = await repository.order_by_id(connection, order_id)
        if order is None:
            raise Conflict("order_not_found", "There is no such order")
        return order

    return await signals.until(service.signal_of(order_id), look, lambda order: order.status != "placed", seconds)


def _rejection(order: AnyRow, reader: Reader) -> Conflict:
    reasons = reasons_body(order, reader)
    return Conflict(
        reasons[0].code if reasons else "order_rejected",
        "This order was rejected, and nothing is set aside: {reasons}",
        extra={
            "order_id": str(order.id),
            "reasons": [reason.model_dump(mode="json", exclude_none=True) for reason in reasons],
        },
        reasons="; ".join(reason.detail for reason in reasons),
    )


@orders.get("")
async def list_orders(
    *,
    connection: ReadDep,
    page: PageDep,
    actor: ActorDep,
    reader: ReaderDep,
    request: Request,
    response: Response,
    cycle_id: UUID | None = None,
    member_id: UUID | None = None,
    status: OrderStatus | None = None,
) -> Page[schemas.Order]:
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
        after=_after(page.after) if page.after else None,
        limit=page.limit + 1,
    )
    items = [order_body(row, reader) for row in rows[: page.limit]]
    cursor = encode_cursor([items[-1].placed_at.isoformat(), items[-1].id]) if len(rows) > page.limit else None
    link_next(request, response, cursor)
    return Page(items=items, next=cursor)


def _after(cursor: list[Any]) -> tuple[datetime, UUID]:
    try:
        placed_at, order_id = datetime.fromisoformat(str(cursor[0])), UUID(str(cursor[1]))
    except (ValueError, IndexError) as error:
        raise Invalid("cursor_invalid", "This cursor can't be read; start again without one") from error
    if placed_at.tzinfo is None:
        raise Invalid("cursor_invalid", "This cursor can't be read; start again without one")
    return placed_at, order_id


@orders.get("/{order_id}")
async def get_order(order_id: UUID, connection: ReadDep, actor: ActorDep, reader: ReaderDep) -> schemas.Order:
    """One order."""
    return order_body(await service.order_or_not_found(connection, order_id, actor), reader)


@orders.post("/{order_id}/cancel")
async def cancel_order(order_id: UUID, work: WorkDep, actor: ActorDep, reader: ReaderDep) -> schemas.Order:
    """Cancels an order, until its cycle closes."""
    return order_body(await service.cancel(work, order_id, actor), reader)


ROUTERS: tuple[APIRouter, ...] = (hot, orders)
