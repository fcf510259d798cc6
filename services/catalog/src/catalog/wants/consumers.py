"""What this service itself says of wants and products, and members who are gone."""

from collections.abc import Sequence
from typing import Any

from catalog.settings import Settings
from catalog.wants.service import matching, wants
from contracts.catalog import ProductPublished, ProductWithdrawn, WantOpened
from contracts.members import MemberLeft
from kit.database import Work
from kit.messaging.events import Event, Subscription


async def on_want(work: Work, batch: Sequence[Event[WantOpened]]) -> None:
    await matching.seek(work, [event.subject for event in batch])


async def on_published(work: Work, batch: Sequence[Event[ProductPublished]]) -> None:
    await matching.offer(work, [event.subject for event in batch])


async def on_withdrawn(work: Work, batch: Sequence[Event[ProductWithdrawn]]) -> None:
    await matching.take_off(work, [event.subject for event in batch])


async def on_left(work: Work, batch: Sequence[Event[MemberLeft]]) -> None:
    await wants.leave(work, [event.data.member_id for event in batch])


def subscriptions(_settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""
    return [
        Subscription(WantOpened, on_want),
        Subscription(ProductPublished, on_published),
        Subscription(ProductWithdrawn, on_withdrawn),
        Subscription(MemberLeft, on_left),
    ]
