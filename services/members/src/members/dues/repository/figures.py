"""SQL of what was expected of dues, and what was received."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Of invoices issued in the time, as of its last day; and of what was received in it, for whatever invoices.
_EXPECTED = text("""
WITH billed AS (
    SELECT v.plan_id, v.currency, count(*) AS invoices, sum(v.amount)::bigint AS billed,
           coalesce(sum(v.amount) FILTER (WHERE v.cancelled_on <= :until), 0)::bigint AS cancelled,
           coalesce(sum(a.paid), 0)::bigint AS paid
    FROM invoices AS v
    LEFT JOIN LATERAL (SELECT sum(amount) AS paid FROM allocations WHERE invoice_id = v.id AND booked_on <= :until) AS a
           ON true
    WHERE v.issued_on BETWEEN :since AND :until
    GROUP BY v.plan_id, v.currency
), received AS (
    SELECT v.plan_id, v.currency, sum(a.amount)::bigint AS received
    FROM allocations AS a JOIN invoices AS v ON v.id = a.invoice_id
    WHERE a.booked_on BETWEEN :since AND :until
    GROUP BY v.plan_id, v.currency
), exempt AS (
    SELECT b.plan_id, b.currency, e.reason, count(*) AS periods, sum(b.price - b.amount)::bigint AS amount
    FROM dues_billings AS b JOIN dues_exemptions AS e ON e.id = b.exemption_id
    WHERE b.made_on BETWEEN :since AND :until
    GROUP BY b.plan_id, b.currency, e.reason
), named AS (
    SELECT plan_id, currency FROM billed UNION SELECT plan_id, currency FROM received
    UNION SELECT plan_id, currency FROM exempt
)
SELECT k.plan_id, k.currency, coalesce(p.name, '') AS name, coalesce(p.texts, '{}') AS texts, coalesce(b.invoices, 0) AS invoices,
       coalesce(b.billed, 0) AS billed, coalesce(b.cancelled, 0) AS cancelled, coalesce(b.paid, 0) AS paid,
       coalesce(r.received, 0) AS received,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(e.reason, e.periods, e.amount) ORDER BY e.reason), '[]')
        FROM exempt AS e WHERE e.plan_id = k.plan_id AND e.currency = k.currency) AS exempt
FROM named AS k
LEFT JOIN billed AS b ON b.plan_id IS NOT DISTINCT FROM k.plan_id AND b.currency = k.currency
LEFT JOIN received AS r ON r.plan_id IS NOT DISTINCT FROM k.plan_id AND r.currency = k.currency
LEFT JOIN dues_plans AS p ON p.id = k.plan_id
ORDER BY p.name NULLS LAST, k.currency
""")


async def expected(connection: AsyncConnection, since: date, until: date) -> Sequence[Row[Any]]:
    """By plan (none for invoices written by hand) and currency, with one statement."""
    return (await connection.execute(_EXPECTED, {"since": since, "until": until})).all()
