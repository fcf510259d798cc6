"""SQL of reports: what lies on members' accounts, and what was published."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.reports.models import PublishedReport

# Out of the transfers themselves, and not from what the network's own accounts lack: so that the two can be compared.
_MEMBERS = text("""
SELECT coalesce(sum(t.amount) FILTER (WHERE credit.member_id IS NOT NULL), 0)::bigint AS came_in,
       coalesce(sum(t.amount) FILTER (WHERE debit.member_id IS NOT NULL), 0)::bigint AS went_out
FROM transfers AS t
JOIN accounts AS debit ON debit.id = t.debit_id
JOIN accounts AS credit ON credit.id = t.credit_id
WHERE t.status = 'posted' AND t.currency = :currency AND t.booked_on BETWEEN :since AND :until
""")


async def members_moved(connection: AsyncConnection, currency: str, since: date, until: date) -> tuple[int, int]:
    """What came onto members' accounts and went from them in these days, in smallest units."""
    params = {"currency": currency, "since": since, "until": until}
    row = (await connection.execute(_MEMBERS, params)).one()
    return row.came_in, row.went_out


async def add(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is a report with this id."""
    statement = pg_insert(PublishedReport).values(values).on_conflict_do_nothing(index_elements=["id"])
    return (await connection.execute(statement.returning(PublishedReport.id))).one_or_none() is not None


async def published(connection: AsyncConnection, report_id: UUID) -> Row[*tuple[Any, ...]] | None:
    statement = select(
        PublishedReport.id,
        PublishedReport.since,
        PublishedReport.until,
        PublishedReport.currency,
        PublishedReport.content,
        PublishedReport.digest,
        PublishedReport.published_at,
    ).where(PublishedReport.id == report_id)
    return (await connection.execute(statement)).one_or_none()


async def page(
    connection: AsyncConnection, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Those published last first, without what they say; one more than ``limit`` if there are more."""
    statement = (
        select(
            PublishedReport.id,
            PublishedReport.since,
            PublishedReport.until,
            PublishedReport.currency,
            PublishedReport.digest,
            PublishedReport.published_at,
        )
        .order_by(PublishedReport.published_at.desc(), PublishedReport.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        statement = statement.where(tuple_(PublishedReport.published_at, PublishedReport.id) < before)
    return (await connection.execute(statement)).all()
