"""SQL of letters about invoices: what is to be written, claimed with the statement that finds it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from members.dues.models import InvoiceLetter

#: Whoever pays or cancels one of these invoices meanwhile is waited for; what another round is at is left to it.
_ISSUED = text("""
WITH due AS (
    SELECT v.id, m.email FROM invoices AS v JOIN members AS m ON m.id = v.member_id
    WHERE v.issued_on >= :since AND v.cancelled_on IS NULL AND m.email LIKE '_%@_%'
      AND NOT EXISTS (SELECT FROM invoice_letters AS l WHERE l.invoice_id = v.id)
    ORDER BY v.id LIMIT :limit FOR NO KEY UPDATE OF v SKIP LOCKED
)
INSERT INTO invoice_letters (invoice_id, occasion, days, sent_to, sent_at)
SELECT id, 'issued', 0, email, :now FROM due
ON CONFLICT DO NOTHING
RETURNING invoice_id, days, sent_to, (SELECT m.language FROM invoices AS v JOIN members AS m ON m.id = v.member_id
                                      WHERE v.id = invoice_id) AS language
""")
#: The latest reminder whose day has come, if neither it nor a later one was written.
_REMINDERS = text("""
WITH due AS (
    SELECT v.id, m.email, s.days FROM invoices AS v JOIN members AS m ON m.id = v.member_id
    CROSS JOIN LATERAL (
        SELECT max(d) AS days FROM unnest(CAST(:stages AS integer[])) AS d WHERE v.due_on + d <= :today
    ) AS s
    WHERE v.allocated < v.amount AND v.cancelled_on IS NULL AND s.days IS NOT NULL AND m.email LIKE '_%@_%'
      AND NOT EXISTS (SELECT FROM invoice_letters AS l
                      WHERE l.invoice_id = v.id AND l.occasion = 'reminder' AND l.days >= s.days)
    ORDER BY v.id LIMIT :limit FOR NO KEY UPDATE OF v SKIP LOCKED
)
INSERT INTO invoice_letters (invoice_id, occasion, days, sent_to, sent_at)
SELECT id, 'reminder', days, email, :now FROM due
ON CONFLICT DO NOTHING
RETURNING invoice_id, days, sent_to, (SELECT m.language FROM invoices AS v JOIN members AS m ON m.id = v.member_id
                                      WHERE v.id = invoice_id) AS language
""")


async def issued(connection: AsyncConnection, *, since: date, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Invoices issued from that day on of which nothing was written yet: now it is, to whom and in which language."""
    return (await connection.execute(_ISSUED, {"since": since, "now": now, "limit": limit})).all()


async def reminders(
    connection: AsyncConnection, *, stages: Collection[int], today: date, now: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Invoices whose member is to be reminded: now it is. ``days`` says which reminder it is."""
    params = {"stages": list(stages), "today": today, "now": now, "limit": limit}
    return (await connection.execute(_REMINDERS, params)).all()


async def written(connection: AsyncConnection, invoice_id: UUID) -> Sequence[Row[str, int, str, datetime]]:
    """What was written about an invoice, oldest first."""
    statement = (
        select(InvoiceLetter.occasion, InvoiceLetter.days, InvoiceLetter.sent_to, InvoiceLetter.sent_at)
        .where(InvoiceLetter.invoice_id == invoice_id)
        .order_by(InvoiceLetter.sent_at, InvoiceLetter.days)
    )
    return (await connection.execute(statement)).all()
