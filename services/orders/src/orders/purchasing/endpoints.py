"""Closing a cycle, and its purchase orders."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Response

from contracts.values import Money
from kit.auth import ActorDep
from kit.database import Database
from kit.errors import Forbidden, NotFound
from kit.routing import DatabaseDep, ReadDep, SignalsDep, plain_router, service_router
from orders.base import AnyRow
from orders.cycles.endpoints import cycle_body
from orders.cycles.schemas import Cycle
from orders.cycles.service import cycle_or_not_found
from orders.dependencies import CoordinatorDep, OrdersSettingsDep
from orders.ordering.endpoints import preferred_wait
from orders.purchasing import schemas, service
from orders.settings import Settings

closing = plain_router(prefix="/v1/cycles", tags=["purchasing"])
cycles = service_router(prefix="/v1/cycles", tags=["purchasing"])
purchase_orders = service_router(prefix="/v1/purchase-orders", tags=["purchasing"])


@closing.post("/{cycle_id}/close", responses={202: {"model": Cycle, "description": "Orders still await their answer"}})
async def close_cycle(
    *,
    cycle_id: UUID,
    database: DatabaseDep,
    signals: SignalsDep,
    settings: OrdersSettingsDep,
    response: Response,
    _actor: CoordinatorDep,
    prefer: Annotated[str | None, Header(description="wait=5 waits for orders whose answer is under way")] = None,
) -> Cycle:
    """Closes a cycle before its time, or again. 202 if an order under way is still waited for: then ask again, or let
    it finish by itself."""
    async with database.transaction() as work:
        await service.stop(work, cycle_id)
    seconds = preferred_wait(prefer) if prefer else settings.close_wait
    done = await signals.until(
        service.signal_of(cycle_id), lambda: _finished(database, cycle_id, settings), bool, seconds
    )
    response.status_code = 200 if done else 202
    async with database.reading() as connection:
        return cycle_body(await cycle_or_not_found(connection, cycle_id), database.clock())


async def _finished(database: Database, cycle_id: UUID, settings: Settings) -> bool:
    async with database.transaction() as work:
        return await service.finish(work, cycle_id, settings)


@cycles.get("/{cycle_id}/purchase-orders")
async def list_purchase_orders(cycle_id: UUID, connection: ReadDep, actor: ActorDep) -> schemas.PurchaseOrders:
    """One per supplier, in whole cases; a supplier sees its own."""
    everybody = actor.has("coordinator", "treasurer")
    if not everybody and not actor.has("producer"):
        raise Forbidden("role_missing", "Only for {roles}", roles="coordinator, producer, treasurer")
    rows = await service.purchase_orders_of(connection, cycle_id, None if everybody else list(actor.member_ids))
    return schemas.PurchaseOrders(items=[purchase_order_body(row) for row in rows])


@purchase_orders.get("/{purchase_order_id}")
async def get_purchase_order(purchase_order_id: UUID, connection: ReadDep, actor: ActorDep) -> schemas.PurchaseOrder:
    """One purchase order."""
    order = await service.purchase_order_or_not_found(connection, purchase_order_id)
    if not actor.has("coordinator", "treasurer") and not actor.acts_for(order.supplier_id):
        raise NotFound("purchase_order_not_found", "There is no such purchase order")
    return purchase_order_body(order)


def purchase_order_body(order: AnyRow) -> schemas.PurchaseOrder:
    """A purchase order's row as JSON shows it."""
    received = all(line["accepted"] is not None for line in order.lines)
    return schemas.PurchaseOrder(
        id=order.id,
        number=order.number,
        cycle_id=order.cycle_id,
        supplier_id=order.supplier_id,
        supplier_name=order.supplier_name,
        status="received" if received else "sent",
        created_at=order.created_at,
        lines=[_line(line, order.currency) for line in order.lines],
    )


def _line(line: Mapping[str, Any], currency: str) -> schemas.PurchaseOrderLine:
    price = round(Fraction(line["goods"]) / Fraction(line["requested"]))
    return schemas.PurchaseOrderLine.model_validate({**line, "price": Money.of_minor(price, currency)})


ROUTERS: tuple[APIRouter, ...] = (closing, cycles, purchase_orders)
