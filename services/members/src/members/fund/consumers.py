"""Votes that were counted."""

from collections.abc import Sequence
from typing import Any

from contracts.members import DecisionTaken
from kit.database import Work
from kit.messaging.events import Event, Subscription
from members.fund.service import applying
from members.settings import Settings


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What the fund listens to."""

    async def on_decision(work: Work, events: Sequence[Event[DecisionTaken]]) -> None:
        await applying.follow(work, settings, [event.data for event in events if event.data.matter == "loan"])

    return [Subscription(DecisionTaken, on_decision)]
