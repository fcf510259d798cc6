"""The connection to NATS, and the network's stream on it."""

import asyncio

import nats
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, BadRequestError, NotFoundError

log = structlog.get_logger()

#: Seconds within which JetStream recognises an event that it was sent before.
DUPLICATE_WINDOW = 120.0
MAX_EVENT = 900_000
#: Seconds to wait for a word of the broker.
ANSWER = 2.0


class Broker:
    """Connects in the background and for ever: a service answers requests while its broker is away."""

    def __init__(self, url: str, *, network: str, stream: str, days: int, name: str) -> None:
        self._url = url
        self._name = name
        self.network = network
        self.stream = stream
        self._days = days
        self._ready = asyncio.Event()
        self._client: Client | None = None

    @property
    def connected(self) -> bool:
        return self._ready.is_set() and self._client is not None and self._client.is_connected

    @property
    def client(self) -> Client:
        if self._client is None:
            raise ConnectionError("not connected to the broker yet")
        return self._client

    @property
    def jetstream(self) -> JetStreamContext:
        # A broker that was killed answers nothing: ask again soon; what it did take, it knows by its id.
        return self.client.jetstream(timeout=ANSWER)

    async def wait_ready(self) -> None:
        await self._ready.wait()

    async def run(self) -> None:
        """Connects, and makes sure of the stream; returns when both are there."""
        while True:
            try:
                # Without a server, connect() with endless reconnects never returns: bound each try.
                self._client = await asyncio.wait_for(
                    nats.connect(
                        self._url,
                        name=self._name,
                        max_reconnect_attempts=-1,
                        reconnect_time_wait=0.2,
                        connect_timeout=2,
                        error_cb=self._on_error,
                    ),
                    timeout=5,
                )
                await ensure_stream(self.jetstream, self.network, self.stream, self._days)
            except (TimeoutError, OSError, nats.errors.Error) as error:
                log.warning("broker_unreachable", error=type(error).__name__)
                await self.close()
                await asyncio.sleep(0.5)
            else:
                self._ready.set()
                return

    async def _on_error(self, error: Exception) -> None:
        log.warning("broker_error", error=type(error).__name__)

    async def close(self) -> None:
        client, self._client = self._client, None
        self._ready.clear()
        if client is not None and not client.is_closed:
            await client.close()


def stream_config(network: str, stream: str, days: int) -> StreamConfig:
    """All events of a network, public and internal, kept for as long as the longest outage promised."""
    return StreamConfig(
        name=stream,
        subjects=[f"{network}.pub.>", f"{network}.int.>"],
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=days * 86_400,
        max_msg_size=MAX_EVENT,
        duplicate_window=DUPLICATE_WINDOW,
        allow_direct=True,
        allow_atomic=True,
    )


def dead_letters_config(stream: str) -> StreamConfig:
    """What the server says of events that a consumer gave up on (kit.messaging.letters reads it)."""
    return StreamConfig(
        name=f"{stream}_DEAD",
        subjects=[
            f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{stream}.>",
            f"$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.{stream}.>",
        ],
        storage=StorageType.FILE,
        max_age=365 * 86_400,
        allow_direct=True,
    )


async def ensure_stream(jetstream: JetStreamContext, network: str, stream: str, days: int) -> None:
    """Makes the network's streams, or brings them to this configuration. Many services do it at once."""
    for config in (stream_config(network, stream, days), dead_letters_config(stream)):
        try:
            await jetstream.stream_info(config.name or stream)
        except NotFoundError:
            try:
                await jetstream.add_stream(config)
            except BadRequestError:
                await jetstream.update_stream(config)
        else:
            try:
                await jetstream.update_stream(config)
            except APIError as error:
                log.warning("stream_not_updated", stream=config.name, error=error.description)
