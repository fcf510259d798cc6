"""What becomes of orders decides what stays reserved. Each event is acted on by the state that it carries."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.settings import Settings
from catalog.stock import service
from catalog.stock.rules import total
from catalog.stock.service import Request
from contracts.orders import OrderCancelled, OrderCollected, OrderConfirmed, OrderedLine, OrderPlaced, OrderRejected
from kit.database import Work
from kit.messaging.events import Event, Subscription


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""
    # So long past an order's deadline its reservation waits for the confirmation.
    grace = settings.reservation_grace

    async def on_placed(work: Work, batch: Sequence[Event[OrderPlaced]]) -> None:
        requests = [
            Request(event.subject, "order", _ordered(event.data.lines), "held", event.data.deadline + grace)
            for event in batch
        ]
        await service.answer_orders(work, requests, _versions(batch))

    return [
        Subscription(OrderPlaced, on_placed),
        Subscription(OrderConfirmed, on_confirmed),
        Subscription(OrderRejected, on_ended),
        Subscription(OrderCancelled, on_ended),
        Subscription(OrderCollected, on_collected),
    ]


async def on_confirmed(work: Work, batch: Sequence[Event[OrderConfirmed]]) -> None:
    requests = [Request(event.subject, "order", _ordered(event.data.lines), "kept", None) for event in batch]
    await service.keep_for_orders(work, requests, _versions(batch))


async def on_ended(work: Work, batch: Sequence[Event[OrderRejected] | Event[OrderCancelled]]) -> None:
    await service.release(work, [event.subject for event in batch])


async def on_collected(work: Work, batch: Sequence[Event[OrderCollected]]) -> None:
    await service.collect(work, {event.subject: _packed(event.data.lines) for event in batch})


def _versions(batch: Sequence[Event[Any]]) -> Mapping[UUID, int]:
    return {event.subject: event.version for event in batch}


def _ordered(lines: Sequence[OrderedLine]) -> Mapping[UUID, Decimal]:
    """What is reserved: the quantity. Tolerance is a wish, met from whole cases, and promises nothing."""
    return total((line.variant_id, line.quantity) for line in lines)


def _packed(lines: Sequence[OrderedLine]) -> Mapping[UUID, Decimal]:
    """What left; a line of which nothing else is said left as it was ordered."""
    sums = total((line.variant_id, line.quantity if line.packed is None else line.packed) for line in lines)
    return {variant_id: quantity for variant_id, quantity in sums.items() if quantity}
