"""A durable pull consumer, read continuously: what waits comes as one batch, what arrives comes at once.

nats-py's own ``fetch`` of many lingers until its time is up when fewer are there, which is no way to answer an order.
"""

import asyncio
import json

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from kit.messaging.broker import Broker

#: Seconds that one request for messages stays open. Longer ones sit dead after the broker was killed.
EXPIRES = 1.5
#: Seconds after which an event that nobody acknowledged comes again: well within the time that an order waits for its
#: answers, so that a killed process costs a delay and not an order.
ACK_WAIT = 5.0
#: Deliveries after which the server gives up, should the process die of the event each time.
MAX_DELIVER = 20


class Pull:
    """``await next()`` gives the messages that are there, or none after a while."""

    def __init__(self, broker: Broker, durable: str, subjects: list[str], batch: int) -> None:
        self._broker = broker
        self._durable = durable
        self._subjects = subjects
        self._batch = batch
        self._queue: asyncio.Queue[Msg] = asyncio.Queue()
        self._client: Client | None = None
        self._inbox = ""
        self._open = 0
        self._until = 0.0

    async def _subscribe(self) -> None:
        """Makes sure of the consumer on the server, and of our place to receive."""
        await self._broker.jetstream.add_consumer(
            self._broker.stream,
            ConsumerConfig(
                durable_name=self._durable,
                filter_subjects=self._subjects,
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT,
                max_deliver=MAX_DELIVER,
                max_ack_pending=4 * self._batch,
            ),
        )
        client = self._broker.client
        self._inbox = client.new_inbox()
        await client.subscribe(self._inbox, cb=self._queue.put)
        self._client = client
        self._open = 0

    async def next(self) -> list[Msg]:
        """At least one message as soon as there is one; an empty list when the time of a request passed without."""
        loop = asyncio.get_running_loop()
        if self._client is not self._broker.client:
            await self._subscribe()
        if self._open <= 0 or loop.time() > self._until:
            await self._ask()
        try:
            first = await asyncio.wait_for(self._queue.get(), self._until + 0.5 - loop.time())
        except TimeoutError:
            # Not even a word that the time is up: the consumer, or the server, is not the one we knew.
            self._client = None
            return []
        messages = [first]
        while not self._queue.empty() and len(messages) < self._batch:
            messages.append(self._queue.get_nowait())
        return [message for message in messages if self._is_event(message)]

    async def _ask(self) -> None:
        request = {"batch": self._batch, "expires": int(EXPIRES * 1e9)}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._broker.stream}.{self._durable}"
        await self._broker.client.publish(subject, json.dumps(request).encode(), reply=self._inbox)
        self._open = self._batch
        self._until = asyncio.get_running_loop().time() + EXPIRES

    def _is_event(self, message: Msg) -> bool:
        status = (message.headers or {}).get("Status")
        if status is None:
            self._open -= 1
            return True
        self._open = 0
        if status not in ("404", "408") and "Deleted" in (message.headers or {}).get("Description", ""):
            self._client = None
        return False

    async def pending(self) -> int:
        """How many events the server still has for this consumer, handed out or not."""
        info = await self._broker.jetstream.consumer_info(self._broker.stream, self._durable)
        return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def acknowledge(messages: list[Msg]) -> None:
    """Tells the server that these are done. A word that gets lost only means one more delivery, which the inbox knows:
    to wait for the server's answer to each would cost both sides more than it saves (docs/decisions/0009)."""
    for message in messages:
        await message.ack()
