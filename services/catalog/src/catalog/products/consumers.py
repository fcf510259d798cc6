"""Members' news decide whose products are offered, and under which name."""

from collections.abc import Sequence
from typing import Any

from catalog.producers.rules import Standing
from catalog.products import service
from catalog.settings import Settings
from contracts.members import MemberAdmitted, MemberChanged, MemberLeft, MemberState
from kit.database import Work
from kit.messaging.events import Event, Subscription


async def on_member(work: Work, batch: Sequence[Event[MemberState]]) -> None:
    standings = [Standing(event.data.member_id, event.data.name, event.data.kind, event.data.status) for event in batch]
    await service.learn(work, standings)


def subscriptions(_settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""
    return [Subscription(fact, on_member) for fact in (MemberAdmitted, MemberChanged, MemberLeft)]
