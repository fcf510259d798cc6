"""Waiting for something to be committed, without asking the database over and over."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

#: Seconds after which a waiter looks again by itself: another replica's commit is not heard here.
LOOK_AGAIN = 0.25


class Signals:
    """Keys that were committed in this process, and who waits for them."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def fire(self, keys: Sequence[str]) -> None:
        for key in keys:
            for event in self._waiting.get(key, ()):
                event.set()

    @contextmanager
    def watch(self, key: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the key is signalled, from now until the block ends."""
        event = asyncio.Event()
        self._waiting.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]

    async def until[T](
        self, key: str, look: Callable[[], Awaitable[T]], done: Callable[[T], bool], seconds: float
    ) -> T:
        """What ``look`` finds as soon as it is ``done``, or what it finds when the time is up."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        with self.watch(key) as woken:
            while True:
                woken.clear()
                found = await look()
                left = end - loop.time()
                if done(found) or left <= 0:
                    return found
                try:
                    await asyncio.wait_for(woken.wait(), min(left, LOOK_AGAIN))
                except TimeoutError:
                    continue
