"""Follows the stream with one consumer for all readers, and serves each from its place."""

import asyncio

import nats.errors
import structlog
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from gateway.events import history
from gateway.events.ring import Published, Ring, published
from kit.errors import Unavailable
from kit.messaging.broker import Broker

log = structlog.get_logger()

#: Seconds that a request for messages stays open: a longer one sits dead after the broker was killed.
FETCH = 2.0
#: Events fetched at once when many wait.
BATCH = 256
#: Seconds after which the broker forgets our consumer, should we not come back.
FORGET = 30.0
#: Seconds between two tries.
PAUSE = 0.5


class Feed:
    """``run`` it beside; ``behind`` and ``news`` serve the readers."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._ring = Ring()
        self._begun = False
        self._following = False
        self._news: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Follows until it is cancelled, through every absence of the broker."""
        await self._broker.run()
        while True:
            try:
                await self._follow()
            except (nats.errors.Error, TimeoutError, OSError) as error:
                log.warning("feed_interrupted", error=type(error).__name__)
            self._following = False
            await asyncio.sleep(PAUSE)

    async def _follow(self) -> None:
        """Reads from where it was, with a consumer of its own; ends when that is gone."""
        jetstream = self._broker.jetstream
        state = (await jetstream.stream_info(self._broker.stream)).state
        if not self._begun or state.last_seq < self._ring.last:
            # The first time, or the stream was begun anew.
            self._ring.begin(state.last_seq)
            self._begun = True
        consumer = await self._consumer(jetstream)
        self._following = True
        batch = 1
        try:
            while True:
                try:
                    messages = await consumer.fetch(batch, timeout=FETCH)
                except TimeoutError:
                    # A consumer that was deleted looks like silence, too.
                    await consumer.consumer_info()
                    batch = 1
                    continue
                self._ring.add(
                    published(message.metadata.sequence.stream, message.subject, message.data) for message in messages
                )
                batch = max(1, min(BATCH, messages[-1].metadata.num_pending))
                self._wake()
        finally:
            await consumer.unsubscribe()

    async def _consumer(self, jetstream: JetStreamContext) -> JetStreamContext.PullSubscription:
        return await jetstream.pull_subscribe(
            f"{self._broker.network}.pub.>",
            stream=self._broker.stream,
            config=ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self._ring.last + 1,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=FORGET,
                mem_storage=True,
            ),
        )

    def require(self) -> None:
        """Raises Unavailable while the broker is away."""
        if not (self._following and self._broker.connected):
            raise Unavailable("events_unavailable", "The events can't be read just now; try again shortly")

    async def place(self, asked: int | None) -> int:
        """Where a reader begins who asks for what is behind ``asked``; None is the end. Raises Unavailable."""
        self.require()
        if asked is None:
            return self._ring.last
        if asked <= self._ring.last:
            return asked
        try:
            state = (await self._broker.jetstream.stream_info(self._broker.stream)).state
        except (nats.errors.Error, NotFoundError) as error:
            raise Unavailable("events_unavailable", "The events can't be read just now; try again shortly") from error
        # A place beyond the end is of a stream that was begun anew: its reader needs all of it, and knows what it has.
        return asked if asked <= state.last_seq else 0

    async def behind(self, place: int, limit: int) -> tuple[list[Published], int]:
        """The next public events behind ``place``, if there are any, and the place reached. Raises Unavailable."""
        if place < self._ring.floor:
            self.require()
            events = await self._earlier(place, min(limit, BATCH))
            if events:
                return events, events[-1].place
            # Nothing public lies between: the reader goes on with the ring.
            place = max(place, self._ring.floor)
        events = self._ring.behind(place, limit)
        return events, events[-1].place if events else place

    async def _earlier(self, place: int, limit: int) -> list[Published]:
        broker = self._broker
        try:
            return await history.read(broker.client, broker.stream, broker.network, place, limit)
        except (history.Unreadable, nats.errors.Error, OSError) as error:
            raise Unavailable("events_unavailable", "The events can't be read just now; try again shortly") from error

    async def news(self, place: int, seconds: float) -> bool:
        """Waits until there may be an event behind ``place``. False if none came in that time."""
        if place < self._ring.last:
            return True
        if self._news is None or self._news.done():
            self._news = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(self._news)
        except TimeoutError:
            return False
        return True

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
