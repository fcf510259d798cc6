"""SQL of what is expected, received and spent in some days. Amounts are in smallest units; reversals are taken off."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_EXPECTED = text("""
SELECT 'contributions' AS source, coalesce(sum(
           CASE WHEN withdrawn_on IS NULL THEN amount ELSE least(received, amount) END), 0)::bigint AS amount
FROM contributions WHERE currency = :currency AND expected_on BETWEEN :since AND :until
UNION ALL
SELECT k.kind, coalesce(sum(i.amount), 0)::bigint
FROM (VALUES ('public'), ('private')) AS k (kind)
LEFT JOIN subsidies AS s ON s.kind = k.kind AND s.currency = :currency AND s.withdrawn_on IS NULL
LEFT JOIN subsidy_instalments AS i ON i.subsidy_id = s.id AND i.due_on BETWEEN :since AND :until
GROUP BY k.kind
""")

# Those that could be spent or justified in these days, and any of which money came or went in them.
_SUBSIDIES = text("""
SELECT s.id, s.kind, s.grantor, s.named, s.programme, s.reference, s.purpose, s.granted, s.spend_by, s.justify_by,
       r.within AS received, r.through AS received_through, u.within AS spent, u.through AS spent_through
FROM subsidies AS s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(signed.amount), 0)::bigint AS through,
           coalesce(sum(signed.amount) FILTER (WHERE signed.on >= :since), 0)::bigint AS within,
           count(*) FILTER (WHERE signed.on >= :since) AS entries
    FROM (SELECT CASE WHEN reverses IS NULL THEN amount ELSE -amount END AS amount, received_on AS on
          FROM receipts WHERE subsidy_id = s.id AND received_on <= :until) AS signed
) AS r
CROSS JOIN LATERAL (
    SELECT coalesce(sum(signed.amount), 0)::bigint AS through,
           coalesce(sum(signed.amount) FILTER (WHERE signed.on >= :since), 0)::bigint AS within,
           count(*) FILTER (WHERE signed.on >= :since) AS entries
    FROM (SELECT CASE WHEN reverses IS NULL THEN amount ELSE -amount END AS amount, spent_on AS on
          FROM spendings WHERE subsidy_id = s.id AND spent_on <= :until) AS signed
) AS u
WHERE s.currency = :currency
  AND (r.entries + u.entries > 0
       OR (s.withdrawn_on IS NULL AND s.granted_on <= :until
           AND coalesce(s.justify_by, s.spend_by, :until) >= :since))
ORDER BY s.granted_on, s.id
""")

_UNSPENT = text("""
WITH moved AS (
    SELECT subsidy_id, contribution_id, CASE WHEN reverses IS NULL THEN amount ELSE -amount END AS amount
    FROM receipts WHERE currency = :currency AND received_on <= :until
    UNION ALL
    SELECT subsidy_id, contribution_id, CASE WHEN reverses IS NULL THEN -amount ELSE amount END
    FROM spendings WHERE currency = :currency AND spent_on <= :until
), left_of AS (
    SELECT m.subsidy_id, greatest(0, sum(m.amount)) AS amount
    FROM moved AS m LEFT JOIN contributions AS c ON c.id = m.contribution_id
    WHERE m.subsidy_id IS NOT NULL OR c.purpose IS NOT NULL
    GROUP BY m.subsidy_id, m.contribution_id
)
SELECT coalesce(sum(amount) FILTER (WHERE subsidy_id IS NOT NULL), 0)::bigint AS subsidies,
       coalesce(sum(amount) FILTER (WHERE subsidy_id IS NULL), 0)::bigint AS contributions
FROM left_of
""")


async def expected(connection: AsyncConnection, currency: str, since: date, until: date) -> dict[str, int]:
    """``contributions``, ``public`` and ``private``: what was to come in these days."""
    params = {"currency": currency, "since": since, "until": until}
    return {row.source: row.amount for row in await connection.execute(_EXPECTED, params)}


async def subsidies(
    connection: AsyncConnection, currency: str, since: date, until: date
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Those that matter in these days, each with what came and went in them and by their end."""
    params = {"currency": currency, "since": since, "until": until}
    return (await connection.execute(_SUBSIDIES, params)).all()


async def unspent(connection: AsyncConnection, currency: str, until: date) -> tuple[int, int]:
    """What was received of subsidies, and of earmarked contributions, and not spent by then."""
    row = (await connection.execute(_UNSPENT, {"currency": currency, "until": until})).one()
    return row.subsidies, row.contributions
