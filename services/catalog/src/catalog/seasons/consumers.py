"""Orders say what is asked for, cycles when and where it is collected."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.seasons import service
from catalog.seasons.repository.demand import Counted
from catalog.settings import Settings
from contracts.orders import (
    CycleClosed,
    CyclePublished,
    CycleSettled,
    CycleState,
    OrderCancelled,
    OrderCollected,
    OrderConfirmed,
    OrderRejected,
    OrderState,
)
from kit.database import Work
from kit.messaging.events import Event, Subscription


async def on_cycle(work: Work, events: Sequence[Event[CycleState]]) -> None:
    await service.learn_pickups(work, {event.data.cycle_id: event.data.pickups for event in events})


async def on_ordered(work: Work, events: Sequence[Event[OrderState]]) -> None:
    """Demand is what was ordered, whatever was there to be packed."""
    await service.count(work, _counted(events, asks=True))


async def on_ended(work: Work, events: Sequence[Event[OrderState]]) -> None:
    """Who takes an order back, or was refused, asks for nothing by it."""
    await service.count(work, _counted(events, asks=False))


def _counted(events: Sequence[Event[OrderState]], *, asks: bool) -> Mapping[UUID, Counted]:
    found = {}
    for event in events:
        order, lines = event.data, dict[UUID, Decimal]()
        # Orders of before this was said of them are nowhere.
        if order.pickup_point_id is None:
            continue
        for line in order.lines if asks else ():
            lines[line.variant_id] = lines.get(line.variant_id, Decimal(0)) + line.quantity
        found[order.order_id] = Counted(order.cycle_id, order.pickup_point_id, lines)
    return found


def subscriptions(_settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""
    return [
        *(Subscription(fact, on_cycle) for fact in (CyclePublished, CycleClosed, CycleSettled)),
        *(Subscription(fact, on_ordered) for fact in (OrderConfirmed, OrderCollected)),
        *(Subscription(fact, on_ended) for fact in (OrderCancelled, OrderRejected)),
    ]
