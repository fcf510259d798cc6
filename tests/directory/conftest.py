"""The directory piece, empty or with the real list in it."""

import json
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

import pytest
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens

type Feature = dict[str, Any]


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("directory") as piece:
        yield piece


@pytest.fixture(scope="session")
def real_list() -> bytes:
    """1,163 initiatives of the social and solidarity economy (TransforMap, SUSY; public domain)."""
    return (files("demo") / "data" / "sse-initiatives.geojson").read_bytes()


@pytest.fixture(scope="session")
def real_features(real_list: bytes) -> list[Feature]:
    features: list[Feature] = json.loads(real_list)["features"]
    return features


@pytest.fixture
def steward(tokens: Tokens) -> dict[str, str]:
    return {**tokens.actor(roles=["steward"]), "accept-language": "en"}
