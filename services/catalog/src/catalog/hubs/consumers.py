"""Cycles and their pickup points, as orders tells of them."""

from collections.abc import Sequence
from typing import Any

from catalog.hubs import service
from catalog.settings import Settings
from contracts.orders import CycleClosed, CyclePublished, CycleSettled, CycleState
from kit.database import Work
from kit.messaging.events import Event, Subscription


async def on_cycle(work: Work, batch: Sequence[Event[CycleState]]) -> None:
    await service.learn(work, [event.data for event in batch])


def subscriptions(_settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to. A cycle may be heard of for the first time when it is closed."""
    return [Subscription(fact, on_cycle) for fact in (CyclePublished, CycleClosed, CycleSettled)]
