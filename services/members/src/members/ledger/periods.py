"""Use cases of closed periods: a year that was shown to the assembly stays as it was shown."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from members.ledger import rules
from members.ledger.models import Closing
from members.ledger.repository import periods
from members.ledger.rules import ClosingKind


@dataclass(frozen=True)
class ClosingFact:
    """The books were closed through a date, or opened again after it."""

    id: int
    kind: ClosingKind
    #: From then on no booking could count for this date or one before it.
    through: date
    at: datetime
    by: UUID
    reason: str


async def close(work: Work, *, through: date, by: UUID) -> ClosingFact:
    """Closes the books through a date. Raises Invalid for a day that is not over, Conflict, Unavailable."""
    await periods.lock(work.connection)
    rules.check_closing(through, await periods.closed_through(work.connection), work.today)
    return _fact(await periods.add(work.connection, "closed", through, now=work.now, by=by, reason=""))


async def reopen(work: Work, *, open_from: date, by: UUID, reason: str) -> ClosingFact:
    """Opens closed books again from a date on. Raises Conflict if they are open then, Unavailable."""
    await periods.lock(work.connection)
    through = rules.check_reopening(open_from, await periods.closed_through(work.connection))
    return _fact(await periods.add(work.connection, "reopened", through, now=work.now, by=by, reason=reason))


async def history(connection: AsyncConnection, *, before: int | None, limit: int) -> list[ClosingFact]:
    """Closings and re-openings, newest first: the first of them holds. One more than ``limit`` if there are."""
    return [_fact(row) for row in await periods.page(connection, before=before, limit=limit)]


def _fact(row: Row[tuple[Closing]]) -> ClosingFact:
    return ClosingFact(**row._asdict())
