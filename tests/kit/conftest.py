"""A piece of nothing but the kit: one table of notes, written over HTTP and by events."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar
from uuid import UUID

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.envelope import Fact, Topic
from kit import tables
from kit.app import create_app
from kit.auth import TokenVerifier
from kit.errors import Conflict, Invalid
from kit.messaging.events import Event, Subscription
from kit.routing import ReadDep, WorkDep, service_router
from kit.settings import Settings
from kit.testing.databases import Databases
from kit.testing.pieces import Piece, run, stream_of
from kit.testing.servers import Servers
from kit.testing.tokens import Tokens


class NoteWritten(Fact):
    """What this piece says."""

    topic: ClassVar[Topic] = Topic("orders", "note", "written", 1, "int")
    words: str


class NotePublished(Fact):
    topic: ClassVar[Topic] = Topic("orders", "note", "published", 1, "pub")
    words: str


class NoteHeard(Fact):
    """What another piece says to it."""

    topic: ClassVar[Topic] = Topic("catalog", "note", "heard", 1, "int")
    words: str


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: UUID
    words: str = Field(min_length=1, max_length=50)
    public: bool = False


router = service_router(prefix="/v1/notes", tags=["notes"])


@router.post("", status_code=201)
async def write(note: Note, work: WorkDep, response: Response) -> Note:
    await work.execute(text("INSERT INTO notes (id, words) VALUES (:id, :words)"), note.model_dump(exclude={"public"}))
    fact = NotePublished(words=note.words) if note.public else NoteWritten(words=note.words)
    work.stage(fact, subject=note.id, version=1)
    if note.words == "refused":
        raise Conflict("note_refused", "Nobody may write {words}", words=note.words)
    response.headers["location"] = f"/v1/notes/{note.id}"
    return note


@router.get("")
async def count(connection: ReadDep) -> int:
    return int((await connection.execute(text("SELECT count(*) FROM notes"))).scalar_one())


class Ears:
    """Handles NoteHeard, and can be told to fail."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        #: What the second one who listens heard.
        self.also: list[str] = []
        self.failures: dict[str, list[Exception]] = {}

    async def hear(self, work: Any, events: Sequence[Event[NoteHeard]]) -> None:
        self.batches.append(len(events))
        for event in events:
            await work.execute(
                text("INSERT INTO notes (id, words) VALUES (:id, :words)"), {"id": event.id, "words": event.data.words}
            )
            if self.failures.get(event.data.words):
                raise self.failures[event.data.words].pop(0)
            if event.data.words == "refused by the database":
                await work.execute(text("DO $$ BEGIN RAISE EXCEPTION 'never'; END $$"))
            if event.data.words == "poison":
                raise Invalid("poison", "This can't be handled")

    async def hear_too(self, _work: Any, events: Sequence[Event[NoteHeard]]) -> None:
        self.also.extend(event.data.words for event in events)


@pytest.fixture
def ears() -> Ears:
    return Ears()


def _create(connection: Connection) -> None:
    tables.create_all(Operations(MigrationContext.configure(connection)))
    connection.execute(text("CREATE TABLE notes (id uuid PRIMARY KEY, words text NOT NULL)"))


@pytest.fixture
async def database_url(databases: Databases) -> str:
    url = await databases.empty()
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(_create)
    await engine.dispose()
    return url


type Start = Callable[..., AbstractAsyncContextManager[Piece]]


@pytest.fixture
def broker_url(servers: Servers) -> str:
    return servers.nats_url


@pytest.fixture
def start(broker_url: str, database_url: str, network: str, tokens: Tokens, ears: Ears) -> Start:
    """Starts the piece on the test's database: ``async with start() as piece``; again, and it is a replica."""

    @asynccontextmanager
    async def started(*, background: bool = True) -> AsyncIterator[Piece]:
        settings = Settings(
            background=background,
            network=network,
            stream=stream_of(network),
            database_url=database_url,
            nats_url=broker_url,
            log_level="error",
        )
        app: FastAPI = create_app(
            settings,
            service="orders",
            routers=[router],
            subscriptions=[Subscription(NoteHeard, ears.hear), Subscription(NoteHeard, ears.hear_too)],
        )
        app.state.verifier = TokenVerifier(settings.token_issuer, tokens.keys)
        async with run(app, database_url) as piece:
            yield piece

    return started


@pytest.fixture
async def piece(start: Start) -> AsyncIterator[Piece]:
    async with start() as running:
        yield running
