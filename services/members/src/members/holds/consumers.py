"""Events of orders, each to its use case."""

from collections.abc import Sequence
from typing import Any

from contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    OrderState,
    SettlementComputed,
)
from kit.database import Work
from kit.messaging.events import Event, Subscription
from members.holds import events as stated
from members.holds import rules, service
from members.holds.rules import Request
from members.settings import Settings


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What this service listens to."""

    async def on_placed(work: Work, events: Sequence[Event[OrderPlaced]]) -> None:
        expiry = {event.data.order_id: event.data.deadline + rules.AFTER_DEADLINE for event in events}
        versions = {event.data.order_id: event.version for event in events}
        for verdict in await service.hold(work, settings, [_request(event.data) for event in events], expiry):
            order_id = verdict.request.order_id
            fact = stated.held(verdict.request) if verdict.granted else stated.refused(verdict)
            work.stage(fact, subject=order_id, version=versions[order_id])

    async def on_confirmed(work: Work, events: Sequence[Event[OrderConfirmed]]) -> None:
        versions = {event.data.order_id: event.version for event in events}
        for verdict in await service.confirm(work, settings, [_request(event.data) for event in events]):
            if not verdict.granted:
                order_id = verdict.request.order_id
                work.stage(stated.refused(verdict), subject=order_id, version=versions[order_id])

    async def on_released(work: Work, events: Sequence[Event[Any]]) -> None:
        await service.release(work, [event.data.order_id for event in events])

    async def on_settlement(work: Work, events: Sequence[Event[SettlementComputed]]) -> None:
        await service.settle(work, settings, [event.data for event in events])
        for event in events:
            work.stage(stated.posted(event.data), subject=event.data.part_id, version=event.version)

    return [
        Subscription(OrderPlaced, on_placed),
        Subscription(OrderConfirmed, on_confirmed),
        Subscription(OrderRejected, on_released),
        Subscription(OrderCancelled, on_released),
        Subscription(SettlementComputed, on_settlement),
    ]


def _request(order: OrderState) -> Request:
    return rules.request(order.order_id, order.member_id, order.holds)
