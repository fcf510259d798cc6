"""Pieces that run inside a test: their HTTP, their relay, their consumer, on a database and a stream of their own."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import event
from starlette.routing import BaseRoute

from kit.auth import TokenVerifier
from kit.database import Database
from kit.testing.databases import Databases
from kit.testing.servers import Servers
from kit.testing.tokens import Tokens

#: Tasks inherit it: what a request does is counted where it was asked, what runs beside it is not.
_counting: ContextVar[list[str] | None] = ContextVar("counting", default=None)


_ROUTES: dict[str, list[BaseRoute]] = {}


@dataclass(frozen=True)
class Piece:
    app: FastAPI
    client: httpx.AsyncClient
    database: Database
    database_url: str

    @contextmanager
    def counted_queries(self) -> Iterator[list[str]]:
        """The SQL statements that the block sent, without those of relay, consumer and jobs beside it."""
        statements: list[str] = []
        token = _counting.set(statements)

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if _counting.get() is statements:
                statements.append(statement)

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)
            _counting.reset(token)


@asynccontextmanager
async def run(app: FastAPI, database_url: str) -> AsyncIterator[Piece]:
    """The application with its lifespan; returns when it is connected to the broker."""
    async with app.router.lifespan_context(app):
        async with asyncio.timeout(10):
            await app.state.broker.wait_ready()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://piece", timeout=30) as client:
            yield Piece(app, client, app.state.database, database_url)


class Runner:
    """``async with running("catalog", pieces=("catalog",)) as piece``; settings by name."""

    def __init__(self, servers: Servers, databases: Databases, network: str, tokens: Tokens) -> None:
        self._servers = servers
        self._databases = databases
        self._network = network
        self._tokens = tokens

    @asynccontextmanager
    async def __call__(
        self, service: str, *, database_url: str | None = None, own_keys: bool = False, **settings: Any
    ) -> AsyncIterator[Piece]:
        """``own_keys`` leaves the piece its own token keys; else it trusts those of ``tokens``."""
        if database_url is None:
            async with self._databases.fresh(service) as fresh, self._on(service, fresh, own_keys, settings) as piece:
                yield piece
        else:
            async with self._on(service, database_url, own_keys, settings) as piece:
                yield piece

    @asynccontextmanager
    async def _on(self, service: str, url: str, own_keys: bool, settings: dict[str, Any]) -> AsyncIterator[Piece]:
        main = importlib.import_module(f"{service}.main")
        chosen = main.Settings(
            **{
                "network": self._network,
                "stream": stream_of(self._network),
                "number_prefix": "QRO",
                "zone": "America/Mexico_City",
                "database_url": url,
                "nats_url": self._servers.nats_url,
                "log_level": "warning",
                **settings,
            }
        )
        app: FastAPI = main.build(chosen)
        # The same for every app of a service, and a quarter of a second to make ready: kept from the first.
        app.router.routes = _ROUTES.setdefault(service, app.router.routes)
        if not own_keys:
            app.state.verifier = TokenVerifier(chosen.token_issuer, self._tokens.keys)
        async with run(app, url) as piece:
            yield piece


def stream_of(network: str) -> str:
    return f"T_{network}"


def new_network() -> str:
    return f"t{uuid4().hex[:10]}"


async def eventually[T](look: Callable[[], Awaitable[T]], done: Callable[[T], bool] = bool, seconds: float = 5) -> T:
    """What ``look`` finds once it is ``done``. Fails with the last thing seen when the time is up."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        found = await look()
        if done(found):
            return found
        if loop.time() > end:
            raise AssertionError(f"not within {seconds} s; last seen: {found!r}")
        await asyncio.sleep(0.02)
