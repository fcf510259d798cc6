"""What nobody waits for any more is not finished: the gateway says until when in ``X-Trama-Deadline`` (Unix time)."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from kit.errors import Unavailable

HEADER = "x-trama-deadline"


def seconds_left(request: Request) -> float | None:
    """Seconds until nobody waits any more; None if nothing (or nothing readable) was said."""
    try:
        left = float(request.headers.get(HEADER, "")) - time.time()
    except ValueError:
        return None
    return left if math.isfinite(left) else None


@asynccontextmanager
async def kept(request: Request) -> AsyncIterator[None]:
    """Ends the block's work at the request's deadline. Raises Unavailable; the transaction around it is rolled back."""
    limit = asyncio.timeout(seconds_left(request))
    try:
        async with limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise Unavailable("too_late", "This took longer than anybody waits; nothing was changed") from error
