"""What the members decided on applications."""

from collections.abc import Sequence

from contracts.members import DecisionTaken
from kit.database import Work
from kit.messaging.events import Event, Subscription
from members.membership.service import admission
from members.settings import Settings


def subscriptions(settings: Settings) -> list[Subscription[DecisionTaken]]:
    async def on_decision(work: Work, events: Sequence[Event[DecisionTaken]]) -> None:
        for event in events:
            await admission.decided(work, settings, event.data, event.time)

    return [Subscription(DecisionTaken, on_decision)]
