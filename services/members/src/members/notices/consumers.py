"""Notices of the other pieces."""

from collections.abc import Sequence
from typing import Any

from contracts.notices import CatalogNotice, Notice, OrdersNotice
from kit.database import Work
from kit.messaging.events import Event, Subscription
from members.notices import service
from members.settings import Settings


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""

    async def on_notice(work: Work, events: Sequence[Event[Notice]]) -> None:
        await service.write(work, settings, {event.subject: event.data for event in events})

    return [Subscription(CatalogNotice, on_notice), Subscription(OrdersNotice, on_notice)]
