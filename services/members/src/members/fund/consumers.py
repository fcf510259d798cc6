"""Votes that were counted, and what the fund does by the clock."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from contracts.members import DecisionTaken
from kit.database import Work
from kit.jobs import Job
from kit.messaging.events import Event, Subscription
from members.fund.service import applying, reminding
from members.settings import Settings


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What the fund listens to."""

    async def on_decision(work: Work, events: Sequence[Event[DecisionTaken]]) -> None:
        await applying.follow(work, settings, [event.data for event in events if event.data.matter == "loan"])

    return [Subscription(DecisionTaken, on_decision)]


def jobs(settings: Settings) -> list[Job]:
    """Letters about instalments; which of them are due changes once a day, and one that failed is tried again."""

    async def remind(work: Work) -> None:
        await reminding.remind(work, settings)

    return [Job("loans-remind", timedelta(hours=1), remind)]
