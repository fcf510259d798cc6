"""Which pieces are deployed, and how each is."""

import asyncio
import json
import time
from collections.abc import Mapping

from gateway.call import Call
from gateway.fetching import fetch
from gateway.upstream.failures import UpstreamError
from gateway.upstream.pool import Pool

#: Seconds that a piece has to say that it is well, and that its word holds.
PATIENCE = 2.0
REMEMBERED = 1.0


class Health:
    """Asks all pieces at once; whoever asks meanwhile gets the same answer."""

    def __init__(self, network: str, pools: Mapping[str, Pool]) -> None:
        self._network = network
        self._pools = pools
        self._states: dict[str, str] = {}
        self._until = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def answer(self, call: Call) -> None:
        """200 if every deployed piece is well, else 503."""
        if time.monotonic() > self._until:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            await asyncio.shield(self._asking)
        well = all(state == "ok" for state in self._states.values())
        body = {"network": self._network, "status": "ok" if well else "degraded", "pieces": self._states}
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await call.answer(200 if well else 503, headers, json.dumps(body).encode())

    async def _ask(self) -> None:
        states = await asyncio.gather(*(_state(pool) for pool in self._pools.values()))
        self._states = dict(zip(self._pools, states, strict=True))
        self._until = time.monotonic() + REMEMBERED


async def _state(pool: Pool) -> str:
    try:
        status, _ = await fetch(pool, b"/health/ready", PATIENCE)
    except UpstreamError:
        return "down"
    return "ok" if status == 200 else "down"


async def live(call: Call) -> None:
    """The process answers."""
    await call.answer(200, [(b"content-type", b"application/json")], b'{"status":"ok"}')
