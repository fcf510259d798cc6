"""Puts a piece together: HTTP, relay, consumer and jobs in one process and one event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kit import health, housekeeping, logs, problems, trust
from kit.auth import TokenVerifier
from kit.bodies import BodyLimit
from kit.database import Database
from kit.jobs import Job, run_forever
from kit.language import texts_of
from kit.messaging.broker import Broker
from kit.messaging.consumer import Consumer
from kit.messaging.events import Subscription
from kit.messaging.relay import Relay
from kit.observe import Observe
from kit.settings import Settings
from kit.signals import Signals
from kit.trust import Keys

log = structlog.get_logger()

type Startup = Callable[[FastAPI], Awaitable[None]]
#: Runs beside the requests, where the background runs, for as long as the application does.
type Task = Callable[[FastAPI], Awaitable[None]]


def create_app(
    settings: Settings,
    *,
    service: str,
    routers: Sequence[APIRouter] = (),
    subscriptions: Sequence[Subscription[Any]] = (),
    jobs: Sequence[Job] = (),
    startup: Sequence[Startup] = (),
    tasks: Sequence[Task] = (),
    keys: Callable[[Database], Keys] | None = None,
    larger_bodies: Mapping[str, int] | None = None,
) -> FastAPI:
    """A piece as an ASGI application.

    ``keys`` says where its token keys come from, if not from the members piece; ``larger_bodies`` which paths take more
    than the usual body, in bytes.
    """
    logs.configure(settings.log_level, service)
    app = FastAPI(
        title=f"Trama {service}",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(subscriptions, [housekeeping.JOB, *jobs], startup, tasks),
        generate_unique_id_function=_operation_id,
    )
    database = Database(
        settings.database_url.get_secret_value(),
        network=settings.network,
        service=service,
        pool=settings.database_pool,
        zone=settings.zone,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.signals = Signals()
    app.state.texts = texts_of(service)
    app.state.verifier = TokenVerifier(
        trust.own(settings), keys(database) if keys is not None else trust.own_keys(settings)
    )
    app.state.broker = Broker(
        settings.nats_url.get_secret_value(),
        network=settings.network,
        stream=settings.stream,
        days=settings.stream_days,
        name=service,
    )
    app.add_middleware(BodyLimit, usual=settings.max_body, larger=larger_bodies or {})
    app.add_middleware(Observe)
    problems.install(app)
    app.include_router(health.router)
    app.add_api_route("/metrics", _metrics, include_in_schema=False)
    for router in routers:
        app.include_router(router)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


async def _metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


type _Lifespan = Callable[[FastAPI], Any]


def _lifespan(
    subscriptions: Sequence[Subscription[Any]],
    jobs: Sequence[Job],
    startup: Sequence[Startup],
    tasks: Sequence[Task],
) -> _Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for start in startup:
            await start(app)
        async with background(app, subscriptions, jobs, tasks):
            yield
        await app.state.database.close()

    return lifespan


@asynccontextmanager
async def background(
    app: FastAPI, subscriptions: Sequence[Subscription[Any]], jobs: Sequence[Job], tasks: Sequence[Task]
) -> AsyncIterator[None]:
    """Relay, consumer, jobs and other tasks, for as long as the block lasts; where workers run those, only the broker's connection."""
    settings: Settings = app.state.settings
    database: Database = app.state.database
    broker: Broker = app.state.broker
    signals: Signals = app.state.signals
    database.committed.append(lambda _staged, keys: signals.fire(keys))
    consumer = Consumer(database, broker, subscriptions)
    app.state.consumer = consumer
    relay = Relay(database, broker)
    work: list[Callable[[], Awaitable[None]]] = [broker.run]
    if settings.background:
        caught_up: Callable[[], bool] = (lambda: consumer.caught_up) if subscriptions else (lambda: True)
        work += [relay.run, *([consumer.run] if subscriptions else [])]
        work += [partial(run_forever, database, job, caught_up) for job in jobs]
        work += [partial(task, app) for task in tasks]
    running = [asyncio.create_task(_kept_running(run)) for run in work]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await broker.close()


async def _kept_running(run: Callable[[], Awaitable[None]]) -> None:
    """Runs it again should it die of what nobody thought of: a piece that answers but hears nothing looks healthy."""
    while True:
        try:
            await run()
        except Exception as error:
            log.error("background_task_died", exc_info=error)
            await asyncio.sleep(1)
        else:
            return
