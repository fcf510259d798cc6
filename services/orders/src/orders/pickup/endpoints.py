"""Packing lists and handing over, over HTTP."""

import asyncio
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse

from kit.database import utc_now
from kit.negotiation import negotiated
from kit.routing import ReadDep, WorkDep, service_router
from orders.cycles.service import cycle_or_not_found
from orders.dependencies import CoordinatorDep, OrdersSettingsDep, StaffDep
from orders.ordering.endpoints import ReaderDep
from orders.ordering.schemas import Order
from orders.ordering.views import order_body
from orders.pickup import repository, schemas, service
from orders.pickup.lists import By, as_csv, packing_list
from orders.pickup.pdf import as_pdf
from orders.pickup.rules import Packed

cycles = service_router(prefix="/v1/cycles", tags=["pickup"])
orders = service_router(prefix="/v1/orders", tags=["pickup"])


@cycles.get(
    "/{cycle_id}/packing",
    response_model=schemas.PackingList,
    responses={200: {"content": {"text/csv": {}, "application/pdf": {}}}},
)
async def list_packing(
    *,
    cycle_id: UUID,
    connection: ReadDep,
    settings: OrdersSettingsDep,
    reader: ReaderDep,
    _actor: StaffDep,
    by: Annotated[By, Query(description="A box for each member, or a heap of each product")] = "member",
    pickup_point_id: UUID | None = None,
    accept: Annotated[str, Header(description="application/json, text/csv or application/pdf")] = "*/*",
) -> Response:
    """What is to be packed, or was, as JSON, as a spreadsheet or to print."""
    cycle = await cycle_or_not_found(connection, cycle_id)
    kind = negotiated(accept)
    found = packing_list(cycle.name, by, await repository.lines_to_pack(connection, cycle_id, pickup_point_id))
    if kind == "application/json":
        return Response(found.model_dump_json(), media_type=kind)
    name = f"packing-{by}-{cycle_id}"
    if kind == "text/csv":
        headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
        return Response(as_csv(found, reader.tell), media_type="text/csv; charset=utf-8", headers=headers)
    # Setting a long list takes seconds: others are answered meanwhile.
    now = utc_now().astimezone(ZoneInfo(settings.zone))
    printed = await asyncio.to_thread(as_pdf, found, reader.tell, now)
    return Response(printed, media_type=kind, headers={"content-disposition": f'inline; filename="{name}.pdf"'})


@orders.post("/{order_id}/collect", response_model=Order)
async def collect_order(
    order_id: UUID, body: schemas.Collection, work: WorkDep, reader: ReaderDep, actor: CoordinatorDep
) -> Response:
    """Hands an order over: what was packed is billed, and paid from the account or in cash."""
    handover = service.Handover(
        packed=[Packed(line.line_id, line.packed) for line in body.lines],
        method=body.payment.method,
        amount=body.payment.amount,
        paid_at=body.payment.paid_at,
        collected_at=body.collected_at,
    )
    return JSONResponse(order_body(await service.collect(work, order_id, handover, actor), reader))


ROUTERS: tuple[APIRouter, ...] = (cycles, orders)
