"""What members' events mean for their entries."""

from collections.abc import Sequence
from typing import Any

from contracts.members import MemberAdmitted, MemberChanged, MemberLeft, MemberState
from directory.entities import service
from kit.database import Work
from kit.messaging.events import Event, Subscription


async def follow(work: Work, events: Sequence[Event[MemberState]]) -> None:
    """Members were admitted, changed or left."""
    states: list[MemberState] = [event.data for event in events]
    await service.follow_members(work, [{"member_id": state.member_id, "status": state.status} for state in states])


SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(MemberAdmitted, follow),
    Subscription(MemberChanged, follow),
    Subscription(MemberLeft, follow),
]
