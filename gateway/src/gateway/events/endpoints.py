"""``GET /events``: server-sent events for those who listen, batches for those who fetch."""

import asyncio

from gateway.call import Call
from gateway.events.asking import STREAM, Wish, wish
from gateway.events.feed import Feed
from kit.errors import Unavailable

#: Seconds after which a silent stream says that it is still there.
HEARTBEAT = 15.0
#: Seconds that a reader may take to take what was sent.
PATIENCE = 30.0
#: Events sent at once.
PART = 100


class Events:
    def __init__(self, feed: Feed, *, most: int) -> None:
        self._feed = feed
        self._most = most
        #: Open streams.
        self.streams = 0

    async def answer(self, call: Call) -> None:
        """Raises Invalid, Unavailable."""
        asked = wish(call.query, call.text(b"accept"), call.text(b"last-event-id"), call.text(b"prefer"))
        if asked.stream and call.method == "GET":
            await self._streamed(call, asked)
        else:
            await self._batch(call, asked)

    async def _batch(self, call: Call, asked: Wish) -> None:
        place = await self._feed.place(asked.after)
        events, place = await self._feed.behind(place, asked.limit)
        if not events and asked.wait and await self._feed.news(place, asked.wait):
            events, place = await self._feed.behind(place, asked.limit)
        headers = [
            (b"content-type", b"application/cloudevents-batch+json"),
            (b"link", b'</events?after=%d&limit=%d>; rel="next"' % (place, asked.limit)),
            (b"cache-control", b"no-store"),
            (b"vary", b"Accept"),
        ]
        if asked.wait:
            headers.append((b"preference-applied", b"wait=%d" % asked.wait))
        await call.answer(200, headers, b"[%b]" % b",".join([event.body for event in events]))

    async def _streamed(self, call: Call, asked: Wish) -> None:
        """Until the reader leaves, or does not take what it is sent: it comes back with the last id it has seen."""
        if self.streams >= self._most:
            raise Unavailable("streams_full", "Too many are listening already; fetch the events in batches")
        place = await self._feed.place(asked.after)
        self.streams += 1
        sending = asyncio.create_task(self._send(call, place))
        leaving = asyncio.create_task(_left(call))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.streams -= 1
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, call: Call, place: int) -> None:
        headers = [
            (b"content-type", f"{STREAM}; charset=utf-8".encode()),
            (b"cache-control", b"no-store"),
            # nginx in front would hold events back.
            (b"x-accel-buffering", b"no"),
        ]
        await call.start(200, headers)
        await call.body(b": the public events of this network\nretry: 2000\n\n", more=True)
        while True:
            part = b": still here\n\n"
            if await self._feed.news(place, HEARTBEAT):
                try:
                    events, place = await self._feed.behind(place, PART)
                except Unavailable:
                    await asyncio.sleep(1)
                    continue
                if not events:
                    continue
                part = b"".join([event.frame for event in events])
            async with asyncio.timeout(PATIENCE):
                await call.body(part, more=True)


async def _left(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass
