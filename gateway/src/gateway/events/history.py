"""Events straight out of the stream by their place (JetStream's direct get): the broker keeps nothing for the reader."""

import asyncio
import json

from nats.aio.client import Client

from gateway.events.ring import Published, published

#: Bytes of events that one batch may have, besides its first.
BATCH_SIZE = 4_000_000
PATIENCE = 5.0


class Unreadable(Exception):
    """The broker did not answer, or not with events."""


async def read(client: Client, stream: str, network: str, place: int, limit: int) -> list[Published]:
    """Up to ``limit`` public events behind ``place``, oldest first; none if there are none. Raises Unreadable."""
    request = {"seq": place + 1, "batch": limit, "max_bytes": BATCH_SIZE, "next_by_subj": f"{network}.pub.>"}
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    events: list[Published] = []
    try:
        await client.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(request).encode(), reply=inbox)
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await subscription.next_msg(timeout=PATIENCE)
                headers = message.headers or {}
                status = headers.get("Status")
                if status in ("204", "404"):
                    return events
                if status is not None or "Nats-Sequence" not in headers:
                    raise Unreadable(headers.get("Description", status))
                events.append(published(int(headers["Nats-Sequence"]), headers["Nats-Subject"], message.data))
    except TimeoutError as error:
        raise Unreadable("no answer") from error
    finally:
        await subscription.unsubscribe()
