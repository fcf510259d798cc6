"""The one-transaction rule: a request or an event is one transaction, opened and committed here and nowhere else.

Tables are declared with SQLAlchemy's typed classes and used through Core statements on a connection. There is no
session, so nothing is loaded behind a line that does not say so (docs/decisions/0003).
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Executable, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.url import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from contracts.envelope import Fact
from kit.messaging import outbox


class Base(DeclarativeBase):
    """Each service derives a base of its own with ``metadata = kit.tables.service_metadata()``."""


@dataclass
class Work:
    """What a use case needs of its transaction. It can't commit."""

    connection: AsyncConnection
    #: The instant at which all of this happens, UTC.
    now: datetime
    origin: outbox.Origin
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    staged: list[outbox.Staged] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The date on which all of this happens, in the network's zone."""
        return self.now.astimezone(self.zone).date()

    async def execute(
        self, statement: Executable, params: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        return await self.connection.execute(statement, params)

    def stage(self, fact: Fact, *, subject: UUID, version: int) -> None:
        """Puts an event into the outbox with this transaction. ``version`` grows with each change of the thing."""
        self.staged.append(outbox.stage(self.origin, fact, subject=subject, version=version, now=self.now))

    def signal(self, key: str) -> None:
        """Wakes those who wait for ``key`` in this process, once this is committed."""
        self.signals.append(key)


def _note_dead_connection(failure: ExceptionContext) -> None:
    """A connection that the server ended while it was idle: asyncpg says so in words that SQLAlchemy does not know,
    and the pool would keep it."""
    if "cannot switch to state" in str(failure.original_exception):
        failure.is_disconnect = True


def utc_now() -> datetime:
    return datetime.now(UTC)


class Database:
    """A service's database. ``committed`` callbacks run after each commit (the relay and the signals listen)."""

    def __init__(
        self,
        url: str,
        *,
        network: str,
        service: str,
        pool: int = 10,
        zone: str = "UTC",
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        target = make_url(url).set(drivername="postgresql+asyncpg")
        self.engine = create_async_engine(
            target,
            pool_size=pool,
            max_overflow=2,
            pool_timeout=10,
            connect_args={
                "server_settings": {"application_name": f"trama-{service}", "timezone": "UTC"},
                "timeout": 10,
            },
        )
        event.listen(self.engine.sync_engine, "handle_error", _note_dead_connection)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.origin = outbox.Origin(network, service)
        self.clock = clock
        self.zone = ZoneInfo(zone)
        self.committed: list[Callable[[Sequence[outbox.Staged], Sequence[str]], None]] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        """One transaction; commits when the block ends well, with the events it staged, else nothing happened."""
        async with self.engine.connect() as connection, connection.begin():
            work = Work(connection, self.clock(), self.origin, self.zone)
            yield work
            await outbox.write(connection, work.staged)
        self.announce(work.staged, work.signals)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection in AUTOCOMMIT: for reads, and for writes that are one statement."""
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements all see the state of one instant, whatever is written meanwhile: for reads
        that must agree with each other."""
        options = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with options.connect() as connection, connection.begin():
            yield connection

    def announce(self, staged: Sequence[outbox.Staged], signals: Sequence[str] = ()) -> None:
        """Says that a transaction has committed. Called for you by ``transaction``."""
        for callback in self.committed:
            callback(staged, signals)

    async def close(self) -> None:
        await self.engine.dispose()
