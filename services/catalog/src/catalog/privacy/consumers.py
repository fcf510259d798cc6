"""Members who are to be forgotten."""

from collections.abc import Sequence
from typing import Any

from catalog.privacy import service
from catalog.settings import Settings
from contracts.members import MemberErased
from kit.database import Work
from kit.messaging.events import Event, Subscription


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""

    async def on_erased(work: Work, events: Sequence[Event[MemberErased]]) -> None:
        await service.forget(work, settings, [event.data.member_id for event in events])

    return [Subscription(MemberErased, on_erased)]
