"""Receiving over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from kit.routing import WorkDep, service_router
from orders.dependencies import CoordinatorDep
from orders.purchasing.endpoints import purchase_order_body
from orders.purchasing.schemas import PurchaseOrder
from orders.receiving import schemas, service

router = service_router(prefix="/v1/purchase-orders", tags=["receiving"])


@router.post("/{purchase_order_id}/receive")
async def receive_purchase_order(
    purchase_order_id: UUID, body: schemas.Delivery, work: WorkDep, actor: CoordinatorDep
) -> PurchaseOrder:
    """Notes what came, and shares it among the orders by the cycle's policy; until they are collected, again to
    correct."""
    delivered = [
        service.Delivered(line.variant_id, line.accepted, line.rejected, line.reason, line.lot) for line in body.lines
    ]
    return purchase_order_body(await service.receive(work, purchase_order_id, delivered, actor.user_id))


ROUTERS: tuple[APIRouter, ...] = (router,)
