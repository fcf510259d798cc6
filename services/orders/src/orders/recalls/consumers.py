"""Recalls that the catalog issues and closes."""

from collections.abc import Sequence

from contracts.recalls import LotRecalled, RecallClosed
from kit.database import Work
from kit.messaging.events import Event, Subscription
from orders.recalls import service


async def on_recalled(work: Work, events: Sequence[Event[LotRecalled]]) -> None:
    await service.take_in(work, [event.data for event in events])


async def on_closed(work: Work, events: Sequence[Event[RecallClosed]]) -> None:
    await service.close(work, [event.data for event in events])


SUBSCRIPTIONS = (Subscription(LotRecalled, on_recalled), Subscription(RecallClosed, on_closed))
