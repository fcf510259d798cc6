"""SQL of closed periods. Whatever books reads ``closings`` until it commits; who closes keeps it for itself."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.errors import Unavailable
from members.ledger.models import Closing
from members.ledger.rules import ClosingKind

#: Shorter than the second after which PostgreSQL looks for a deadlock: a closing gives up before it makes others fail.
_PATIENCE = "800ms"
_LOCK_NOT_AVAILABLE = "55P03"


async def lock(connection: AsyncConnection) -> None:
    """Waits for everything that is being booked; nobody books until this transaction ends. Raises Unavailable."""
    await connection.execute(text("SELECT set_config('lock_timeout', :patience, true)"), {"patience": _PATIENCE})
    try:
        await connection.execute(text("LOCK TABLE closings IN ACCESS EXCLUSIVE MODE"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise Unavailable("books_busy", "Others are booking just now; try again shortly") from error


async def closed_through(connection: AsyncConnection) -> date | None:
    """The last date of the closed books. They stay as they are until this transaction ends."""
    statement = select(Closing.through).order_by(Closing.id.desc()).limit(1)
    return (await connection.execute(statement)).scalar_one_or_none()


async def add(
    connection: AsyncConnection, kind: ClosingKind, through: date, *, now: datetime, by: UUID, reason: str
) -> Row[tuple[Closing]]:
    statement = insert(Closing).values(kind=kind, through=through, at=now, by=by, reason=reason)
    return (await connection.execute(statement.returning(*Closing.__table__.columns))).one()


async def page(connection: AsyncConnection, *, before: int | None, limit: int) -> Sequence[Row[tuple[Closing]]]:
    """Closings and re-openings, newest first; one more than ``limit`` if there are."""
    statement = select(*Closing.__table__.columns).order_by(Closing.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(Closing.id < before)
    return (await connection.execute(statement)).all()
