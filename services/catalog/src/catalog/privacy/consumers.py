"""Members who are to be forgotten."""

from collections.abc import Sequence
from typing import Any

from catalog.privacy import service
from contracts.members import MemberErased
from kit.database import Work
from kit.messaging.events import Event, Subscription


async def on_erased(work: Work, events: Sequence[Event[MemberErased]]) -> None:
    await service.forget(work, [event.data.member_id for event in events])


SUBSCRIPTIONS: list[Subscription[Any]] = [Subscription(MemberErased, on_erased)]
