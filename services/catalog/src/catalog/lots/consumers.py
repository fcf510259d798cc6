"""Orders say what was delivered and what was packed. This room hears it before stock does: lots are locked first."""

from collections.abc import Sequence
from typing import Any

from catalog.lots.service import delivering, packing
from catalog.settings import Settings
from contracts.orders import DeliveryReceived, OrderCancelled, OrderCollected, OrderConfirmed, OrderRejected
from kit.database import Work
from kit.messaging.events import Event, Subscription


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""

    async def on_received(work: Work, batch: Sequence[Event[DeliveryReceived]]) -> None:
        await delivering.received(work, settings, [event.data for event in batch])

    async def on_collected(work: Work, batch: Sequence[Event[OrderCollected]]) -> None:
        await packing.collected(work, settings, [event.data for event in batch])

    return [
        Subscription(DeliveryReceived, on_received),
        Subscription(OrderConfirmed, on_confirmed),
        Subscription(OrderCollected, on_collected),
        Subscription(OrderRejected, on_ended),
        Subscription(OrderCancelled, on_ended),
    ]


async def on_confirmed(work: Work, batch: Sequence[Event[OrderConfirmed]]) -> None:
    await packing.hear(work, [event.data for event in batch])


async def on_ended(work: Work, batch: Sequence[Event[OrderRejected] | Event[OrderCancelled]]) -> None:
    await packing.forget(work, [event.subject for event in batch])
