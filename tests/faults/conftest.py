"""A network of real processes that a test may kill."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from local import stack
from tests.market import Market


@pytest.fixture(scope="module")
def network() -> Iterator[stack.Stack]:
    """All four pieces, the gateway, PostgreSQL and NATS, each a process."""
    with stack.running("queretaro") as running:
        yield running


@pytest.fixture
async def market(network: stack.Stack) -> AsyncIterator[Market]:
    limits = httpx.Limits(max_connections=250, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=network.gateway_url, timeout=30, limits=limits) as client:
        yield Market(client)
