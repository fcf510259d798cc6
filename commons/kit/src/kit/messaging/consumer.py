"""Takes events from the stream into the service's handlers: checked, once each, in batches, one transaction a batch."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import nats.errors
import structlog
from nats.aio.msg import Msg
from opentelemetry import context, trace
from opentelemetry.propagate import extract
from pydantic import ValidationError

from kit.database import Database
from kit.errors import DomainError, Unavailable
from kit.messaging import inbox
from kit.messaging.broker import Broker
from kit.messaging.events import Event, Subscription, open_envelope
from kit.messaging.pull import Pull, acknowledge
from kit.metrics import EVENTS_HANDLED
from kit.outages import is_away
from kit.problems import pointer_to

log = structlog.get_logger()
tracer = trace.get_tracer("trama")

BATCH = 200
#: Seconds before an event that failed is tried again, by how often it was delivered.
BACKOFF = (0.05, 0.2, 1.0, 5.0, 15.0, 60.0)
#: Deliveries after which an event that keeps failing is put aside.
GIVE_UP = 8


@dataclass(frozen=True)
class Delivery:
    """An event together with the message that brought it."""

    message: Msg
    event: Event[Any]
    subscription: Subscription[Any]

    @property
    def deliveries(self) -> int:
        return int(self.message.metadata.num_delivered or 1)


class Consumer:
    """Run it as a task. One durable consumer per service; replicas share it."""

    def __init__(self, database: Database, broker: Broker, subscriptions: Sequence[Subscription[Any]]) -> None:
        self._database = database
        network = broker.network
        self._by_subject: dict[str, Subscription[Any]] = {}
        for subscription in subscriptions:
            subject = subscription.fact.topic.subject(network)
            known = self._by_subject.get(subject)
            self._by_subject[subject] = subscription if known is None else known.and_then(subscription)
        self._pull = Pull(broker, database.origin.service, list(self._by_subject), BATCH)
        self._broker = broker
        self._caught_up = False
        self._done: list[Msg] = []

    async def run(self) -> None:
        while True:
            try:
                await self._broker.wait_ready()
                messages = await self._pull.next()
                self._caught_up = not messages and await self._pull.pending() == 0
                for group in groups(await self._opened(messages)):
                    await self._handle(group)
                await self._acknowledge()
            except (TimeoutError, OSError, nats.errors.Error) as error:
                self._caught_up = False
                log.warning("consumer_interrupted", error=type(error).__name__)
                await asyncio.sleep(0.2)

    @property
    def caught_up(self) -> bool:
        """True when, at the last look, nothing was waiting."""
        return self._caught_up

    async def _opened(self, messages: Sequence[Msg]) -> list[Delivery]:
        deliveries = []
        for message in messages:
            subscription = self._by_subject.get(message.subject)
            if subscription is None:
                # Handed out before an upgrade that no longer listens to it.
                self._done.append(message)
                continue
            try:
                event = open_envelope(message.data, subscription.fact)
                if event.source.split("/")[2:3] != [self._broker.network]:
                    raise ValueError(f"source {event.source} does not belong to this network")
            except (ValidationError, ValueError, IndexError) as error:
                await park(message, f"not as its contract says: {_without_values(error)}")
            else:
                deliveries.append(Delivery(message, event, subscription))
        return deliveries

    async def _handle(self, group: list[Delivery]) -> None:
        """Handles a group in one transaction; if that fails, each alone, so that only the one at fault suffers."""
        while True:
            try:
                await self._commit(group)
            except Exception as error:
                if is_away(error) or isinstance(error, Unavailable):
                    # That is nobody's fault, and no reason to give an event up.
                    log.warning("database_unreachable", error=type(error).__name__)
                    await asyncio.gather(*(item.message.in_progress() for item in group))
                    await asyncio.sleep(1)
                    continue
                if len(group) > 1:
                    for item in group:
                        await self._handle([item])
                else:
                    await self._failed(group[0], error)
                return
            else:
                self._done.extend(item.message for item in group)
                return

    async def _acknowledge(self) -> None:
        """Tells the broker what is done, once for all that was fetched together."""
        done, self._done = self._done, []
        await acknowledge(done)

    async def _commit(self, group: list[Delivery]) -> None:
        subscription = group[0].subscription
        name = subscription.fact.topic.type
        with tracer.start_as_current_span(f"handle {name}", context=_parent(group), kind=trace.SpanKind.CONSUMER):
            async with self._database.transaction() as work:
                events = await inbox.take(work.connection, [item.event for item in group])
                if events:
                    await subscription.handler(work, events)
        EVENTS_HANDLED.labels(name, "handled").inc(len(events))
        EVENTS_HANDLED.labels(name, "skipped").inc(len(group) - len(events))
        log.info("events_handled", type=name, handled=len(events), skipped=len(group) - len(events))

    async def _failed(self, item: Delivery, error: Exception) -> None:
        name = item.subscription.fact.topic.type
        EVENTS_HANDLED.labels(name, "failed").inc()
        permanent = isinstance(error, DomainError)
        if permanent or item.deliveries >= GIVE_UP:
            log.error("event_parked", type=name, id=str(item.event.id), error=str(error))
            await park(item.message, f"{type(error).__name__}: {error}")
        else:
            log.warning("event_failed", type=name, id=str(item.event.id), exc_info=error)
            await item.message.nak(delay=BACKOFF[min(item.deliveries, len(BACKOFF)) - 1])


def _without_values(error: Exception) -> str:
    """What is wrong and where, but not what was sent: that may be somebody's data."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{pointer_to(item['loc'])} {item['msg']}" for item in error.errors(include_input=False))
    return str(error)


async def park(message: Msg, reason: str) -> None:
    """Gives an event up: the server tells why in the dead-letter stream, where it can be read and replayed."""
    one_line = " ".join(reason.split())[:500]
    await message.respond(b"+TERM " + one_line.encode())


def _parent(group: list[Delivery]) -> context.Context | None:
    """The trace of the request that caused the event; a batch has many, so it starts one of its own."""
    headers = group[0].message.headers or {}
    return extract(headers) if len(group) == 1 else None


def groups(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """What was fetched, as batches of one kind of event, in which no thing stands twice.

    The events of one thing keep their order; between things there is none to keep. So two kinds that arrive in turn,
    such as the answers of two pieces to many orders, still make two batches and not one for each event.
    """
    rounds: list[dict[int, list[Delivery]]] = []
    seen: Counter[tuple[str, UUID]] = Counter()
    for item in deliveries:
        thing = (inbox.thing_of(item.event), item.event.subject)
        if seen[thing] == len(rounds):
            rounds.append({})
        rounds[seen[thing]].setdefault(id(item.subscription), []).append(item)
        seen[thing] += 1
    for turn in rounds:
        yield from turn.values()
