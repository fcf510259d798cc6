"""One transaction per request, committed before the answer is sent (docs/decisions/0002)."""

from collections.abc import Callable, Coroutine, Sequence
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncConnection

from kit import deadline, idempotency
from kit.auth import authenticate
from kit.database import Database, Work
from kit.problems import RESPONSES
from kit.settings import Settings
from kit.signals import Signals

type _Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class WorkRoute(APIRoute):
    """Reads get a connection in AUTOCOMMIT; everything else one transaction, with the idempotency key inside it."""

    def get_route_handler(self) -> _Handler:
        handle = super().get_route_handler()
        return _reading(handle) if (self.methods or set()) <= {"GET", "HEAD"} else _working(handle)


def _reading(handle: _Handler) -> _Handler:
    async def answer(request: Request) -> Response:
        database: Database = request.app.state.database
        async with database.reading() as connection:
            request.state.connection = connection
            async with deadline.kept(request):
                return await handle(request)

    return answer


def _working(handle: _Handler) -> _Handler:
    async def answer(request: Request) -> Response:
        # All of the body is here before a connection is taken: a slow sender must not hold one.
        body = await request.body()
        await authenticate(request)
        key = idempotency.key_of(request, body)
        database: Database = request.app.state.database
        async with database.transaction() as work:
            request.state.work = work
            if key is not None:
                earlier = await idempotency.earlier_answer(work.connection, key)
                if earlier is not None:
                    return earlier
            async with deadline.kept(request):
                response = await handle(request)
            if key is not None:
                await idempotency.remember(work.connection, key, response)
        return response

    return answer


def service_router(*, prefix: str, tags: Sequence[str], dependencies: Sequence[DependsParam] = ()) -> APIRouter:
    """A router whose requests are one transaction each."""
    names: list[str | Enum] = list(tags)
    return APIRouter(
        prefix=prefix, tags=names, route_class=WorkRoute, dependencies=list(dependencies), responses=RESPONSES
    )


def plain_router(*, prefix: str, tags: Sequence[str]) -> APIRouter:
    """A router for what holds no transaction open: streams, and requests that are a single statement."""
    names: list[str | Enum] = list(tags)
    return APIRouter(prefix=prefix, tags=names, responses=RESPONSES)


# Coroutines all, though none waits: what FastAPI depends on by plain functions, it runs in threads, at each request.
async def _work(request: Request) -> Work:
    work: Work = request.state.work
    return work


async def _connection(request: Request) -> AsyncConnection:
    connection: AsyncConnection = request.state.connection
    return connection


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _signals(request: Request) -> Signals:
    signals: Signals = request.app.state.signals
    return signals


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


WorkDep = Annotated[Work, Depends(_work)]
ReadDep = Annotated[AsyncConnection, Depends(_connection)]
DatabaseDep = Annotated[Database, Depends(_database)]
SignalsDep = Annotated[Signals, Depends(_signals)]
SettingsDep = Annotated[Settings, Depends(_settings)]
