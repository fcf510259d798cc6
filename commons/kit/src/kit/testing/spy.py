"""Events sent to a piece as another service would, and events that it sent."""

import asyncio
import json
from typing import Any
from uuid import UUID

from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

from contracts.envelope import Fact
from kit.database import utc_now
from kit.messaging.broker import Broker
from kit.messaging.events import Event, open_envelope
from kit.messaging.outbox import Origin, stage


class Spy:
    """Sees every event of a test's network, from the first."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._arrived: list[Msg] = []
        self._news = asyncio.Condition()
        self._sequence = 0

    async def start(self) -> None:
        await asyncio.wait_for(self._broker.run(), 10)
        await self._broker.jetstream.subscribe(
            f"{self._broker.network}.>",
            stream=self._broker.stream,
            cb=self._note,
            ordered_consumer=True,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.ALL),
        )

    async def _note(self, message: Msg) -> None:
        async with self._news:
            self._arrived.append(message)
            self._news.notify_all()

    async def publish(self, fact: Fact, *, subject: UUID, version: int = 1, event_id: UUID | None = None) -> UUID:
        """Says ``fact`` in the name of its service; returns the event's id. A given id is sent again, as by a relay."""
        origin = Origin(self._broker.network, fact.topic.service)
        staged = stage(origin, fact, subject=subject, version=version, now=utc_now())
        envelope = {**staged.envelope, "sequence": 1}
        if event_id is not None:
            envelope["id"] = str(event_id)
        await self.publish_raw(staged.subject, envelope)
        return UUID(envelope["id"])

    async def publish_raw(self, subject: str, envelope: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        await self._broker.jetstream.publish(subject, json.dumps(envelope).encode(), headers=headers)

    def seen[F: Fact](self, fact: type[F], subject: UUID | None = None) -> list[Event[F]]:
        """The events of that kind so far, in the order of the stream."""
        wanted = fact.topic.subject(self._broker.network)
        events = [open_envelope(message.data, fact) for message in self._arrived if message.subject == wanted]
        return [event for event in events if subject is None or event.subject == subject]

    async def next[F: Fact](
        self, fact: type[F], subject: UUID | None = None, *, count: int = 1, seconds: float = 5
    ) -> Event[F]:
        """The ``count``-th event of that kind (of that thing), as soon as it is there."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: len(self.seen(fact, subject)) >= count)
        except TimeoutError:
            kinds = [message.subject for message in self._arrived]
            raise AssertionError(f"no {fact.topic.type} within {seconds} s; seen: {kinds}") from None
        return self.seen(fact, subject)[count - 1]

    async def close(self) -> None:
        jetstream = self._broker.jetstream
        await jetstream.delete_stream(self._broker.stream)
        await jetstream.delete_stream(f"{self._broker.stream}_DEAD")
        await self._broker.close()
