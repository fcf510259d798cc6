"""Orders with places at sessions, places that become free, members who are gone.

The stock has acted on an order's news before this room hears of them, in the same transaction: what an order frees goes
to those who wait at once. What else is freed is told by ``stock.changed``.
"""

from collections.abc import Sequence
from typing import Any

from catalog.sessions.service import booking, cancelling, queue
from catalog.settings import Settings
from contracts.catalog import StockChanged
from contracts.members import MemberLeft
from contracts.orders import OrderCancelled, OrderCollected, OrderConfirmed, OrderPlaced, OrderRejected, OrderState
from kit.database import Work
from kit.messaging.events import Event, Subscription


async def on_ordered(work: Work, batch: Sequence[Event[OrderState]]) -> None:
    orders = [
        (event.data.order_id, event.data.member_id, event.data.number, [line.variant_id for line in event.data.lines])
        for event in batch
    ]
    await booking.note_orders(work, orders)


async def on_freed(work: Work, batch: Sequence[Event[OrderState]]) -> None:
    await queue.serve_waiting(work, {line.variant_id for event in batch for line in event.data.lines})


async def on_stock(work: Work, batch: Sequence[Event[StockChanged]]) -> None:
    await queue.serve_waiting(work, {event.data.variant_id for event in batch})


async def on_left(work: Work, batch: Sequence[Event[MemberLeft]]) -> None:
    members = [event.data.member_id for event in batch]
    await cancelling.leave(work, members)
    await booking.leave(work, members)


def subscriptions(_settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""
    return [
        *(Subscription(fact, on_ordered) for fact in (OrderPlaced, OrderConfirmed)),
        *(Subscription(fact, on_freed) for fact in (OrderRejected, OrderCancelled, OrderCollected)),
        Subscription(StockChanged, on_stock),
        Subscription(MemberLeft, on_left),
    ]
