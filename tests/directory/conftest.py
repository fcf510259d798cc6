"""The directory piece, empty or with the real list in it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Any

import pytest
from sqlalchemy import text

from directory.imports import service as imports
from kit.database import Database, Work
from kit.migrations import upgrade
from kit.testing.databases import Databases
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens

type Feature = dict[str, Any]

type Fill = Callable[[Work], Awaitable[object]]

#: Databases that were filled once for all tests that only read, by what is in them.
_FILLED: dict[str, str] = {}


async def filled(databases: Databases, name: str, fill: Fill) -> str:
    """The URL of a database with that in it. Only for reading."""
    if name not in _FILLED:
        url = await databases.empty()
        await asyncio.to_thread(upgrade, "directory", url)
        database = Database(url, network="filled", service="directory")
        async with database.transaction() as work:
            await fill(work)
            # Nobody is to be told of them.
            work.staged.clear()
        async with database.reading() as connection:
            await connection.execute(text("VACUUM ANALYZE entities, words"))
        await database.close()
        _FILLED[name] = url
    return _FILLED[name]


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("directory") as piece:
        yield piece


@pytest.fixture
async def neighbours(databases: Databases, running: Runner, real_list: bytes) -> AsyncIterator[Piece]:
    """The piece with the real list imported. Only for reading."""
    url = await filled(databases, "neighbours", lambda work: imports.take_in(work, real_list))
    async with running("directory", database_url=url) as piece:
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
