"""Members' news decide what their certificates are worth, and what they may show."""

from collections.abc import Sequence
from typing import Any

from catalog.guarantee.service import certificates
from catalog.settings import Settings
from contracts.members import MemberAdmitted, MemberChanged, MemberLeft, MemberState
from kit.database import Work
from kit.messaging.events import Event, Subscription


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to, after the products' room has taken the same news in."""

    async def on_member(work: Work, batch: Sequence[Event[MemberState]]) -> None:
        standings = {event.data.member_id: event.data.status for event in batch}
        await certificates.follow_members(work, settings, dict(standings))

    return [Subscription(fact, on_member) for fact in (MemberAdmitted, MemberChanged, MemberLeft)]
