"""The newest public events, kept once for all readers. Pure.

A reader is a place in the stream and nothing else: no queue of its own, no consumer at the broker. One that is slower
than the ring is long finds its place gone, and reads from the stream until it has caught up.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

TYPE_PREFIX = "coop.trama."


@dataclass(frozen=True, slots=True)
class Published:
    """A public event as it lies in the stream."""

    #: Its place in the stream: grows, with gaps.
    place: int
    #: The CloudEvent, JSON.
    body: bytes
    #: The same as a server-sent event.
    frame: bytes


def published(place: int, subject: str, body: bytes) -> Published:
    """An event from its broker's subject, such as ``queretaro.pub.catalog.product.published.v1``."""
    kind = TYPE_PREFIX + subject.split(".", 2)[2]
    lines = b"\ndata: ".join(body.splitlines())
    return Published(place, body, b"id: %d\nevent: %b\ndata: %b\n\n" % (place, kind.encode(), lines))


class Ring:
    """All public events behind ``floor``, up to ``last``."""

    def __init__(self, *, events: int = 2_000, size: int = 8_000_000) -> None:
        self._most = events
        self._largest = size
        self._size = 0
        self._events: deque[Published] = deque()
        self.floor = 0
        self.last = 0

    def begin(self, place: int) -> None:
        """Forgets all, and goes on behind ``place``."""
        self._events.clear()
        self._size = 0
        self.floor = self.last = place

    def add(self, events: Iterable[Published]) -> None:
        for event in events:
            if event.place > self.last:
                self._events.append(event)
                self._size += len(event.frame)
                self.last = event.place
        while len(self._events) > self._most or (self._size > self._largest and len(self._events) > 1):
            dropped = self._events.popleft()
            self._size -= len(dropped.frame)
            self.floor = dropped.place

    def behind(self, place: int, limit: int) -> list[Published]:
        """The next events behind ``place``, which is not below ``floor``."""
        if place >= self.last:
            return []
        start = bisect_right(self._events, place, key=lambda event: event.place)
        return list(islice(self._events, start, start + limit))
