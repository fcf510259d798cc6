"""A listener stays connected while the broker is killed, and misses nothing."""

import asyncio
from pathlib import Path
from uuid import uuid4

import nats as client
from nats.js.client import JetStreamContext

from contracts.catalog import ProductPublished
from embedded import nats
from kit.testing.pieces import eventually, stream_of
from tests.gateway.conftest import Start
from tests.gateway.test_events import listen


async def say(jetstream: JetStreamContext, subject: str) -> str:
    event = str(uuid4())
    await jetstream.publish(subject, f'{{"id": "{event}"}}'.encode())
    return event


async def test_a_listener_outlives_the_broker_and_misses_nothing(tmp_path: Path, network: str, starting: Start) -> None:
    broker = nats.start(tmp_path / "nats", domain="test")
    try:
        async with starting(nats_url=broker.url, stream=stream_of(network)) as gateway:

            async def look() -> int:
                return (await gateway.client.get("/events?after=now")).status_code

            await eventually(look, lambda status: status == 200)
            connection = await client.connect(broker.url, reconnect_time_wait=0.1, max_reconnect_attempts=-1)
            jetstream = connection.jetstream()
            subject = ProductPublished.topic.subject(network)
            listening = asyncio.create_task(listen(gateway, 4, {}, "?after=now"))
            await asyncio.sleep(0.3)
            ids = [await say(jetstream, subject), await say(jetstream, subject)]
            broker.kill()
            await eventually(look, lambda status: status == 503)
            broker = nats.start(tmp_path / "nats", domain="test", port=broker.port)

            async def publish() -> bool:
                try:
                    ids.append(await say(jetstream, subject))
                except client.errors.Error:
                    return False
                return True

            await eventually(publish, seconds=10)
            await eventually(publish, seconds=10)
            heard = await asyncio.wait_for(listening, 15)
            assert [event for _, _, event in heard] == ids
            await eventually(look, lambda status: status == 200, seconds=10)
            await connection.close()
    finally:
        broker.stop()
