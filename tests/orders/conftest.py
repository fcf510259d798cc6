"""The orders service, running, with everybody around it played by the test."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kit.testing.pieces import Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.orders.shop import Shop


@pytest.fixture
def settings() -> dict[str, Any]:
    """Settings of the piece; a test module may say others."""
    return {"credit_currency": "TUMIN"}


@pytest.fixture
async def shop(spy: Spy, running: Runner, tokens: Tokens, settings: dict[str, Any]) -> AsyncIterator[Shop]:
    async with running("orders", **settings) as piece:
        yield Shop(piece, spy, tokens, tokens.actor(roles=["coordinator"]), tokens.actor(roles=["treasurer"]))
