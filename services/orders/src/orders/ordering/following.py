"""Following an order by server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from kit.actor import Actor
from kit.auth import ActorDep
from kit.database import Database
from kit.routing import DatabaseDep, SignalsDep, plain_router
from kit.signals import Signals
from orders.ordering import service

#: Nothing more happens to an order in these.
ENDED = frozenset({"rejected", "cancelled", "settled"})
#: Seconds between two looks: another replica's commit is not heard here.
LOOK_AGAIN = 1.0
#: Looks without news after which a comment keeps the connection open.
QUIET_LOOKS = 15

router = plain_router(prefix="/v1/orders", tags=["orders"])


@router.get("/{order_id}/events", response_class=StreamingResponse)
async def follow_order(
    order_id: UUID, database: DatabaseDep, signals: SignalsDep, actor: ActorDep
) -> StreamingResponse:
    """The order's status now and at each change, as server-sent events, until nothing more can happen to it."""
    first = await _state(database, order_id, actor)
    return StreamingResponse(
        _changes(database, signals, order_id, actor, first),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _state(database: Database, order_id: UUID, actor: Actor) -> tuple[str, int]:
    async with database.reading() as connection:
        order = await service.order_or_not_found(connection, order_id, actor)
    return order.status, order.version


async def _changes(
    database: Database, signals: Signals, order_id: UUID, actor: Actor, state: tuple[str, int]
) -> AsyncIterator[str]:
    with signals.watch(service.signal_of(order_id)) as woken:
        yield _event(order_id, state)
        quiet = 0
        while state[0] not in ENDED:
            woken.clear()
            now = await _state(database, order_id, actor)
            if now != state:
                state, quiet = now, 0
                yield _event(order_id, state)
                continue
            quiet += 1
            if quiet % QUIET_LOOKS == 0:
                yield ": still here\n\n"
            try:
                await asyncio.wait_for(woken.wait(), LOOK_AGAIN)
            except TimeoutError:
                continue


def _event(order_id: UUID, state: tuple[str, int]) -> str:
    data = json.dumps({"order_id": str(order_id), "status": state[0], "version": state[1]})
    return f"id: {state[1]}\nevent: order\ndata: {data}\n\n"


ROUTERS: tuple[APIRouter, ...] = (router,)
