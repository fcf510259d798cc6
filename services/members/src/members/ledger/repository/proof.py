"""SQL of the ledger's proof of itself."""

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

# One statement sees one state of the books, whatever is booked meanwhile.
_PROOF = text("""
WITH booked AS (
    SELECT account_id, sum(amount) AS amount FROM entries GROUP BY account_id
), pending AS (
    SELECT debit_id AS account_id, sum(amount) AS amount FROM transfers WHERE status = 'pending' GROUP BY debit_id
), compared AS (
    SELECT a.member_id, a.name, a.currency, a.posted, a.held, a.excess,
           coalesce(b.amount, 0) AS entries, coalesce(p.amount, 0) AS holds
    FROM accounts AS a LEFT JOIN booked AS b ON b.account_id = a.id LEFT JOIN pending AS p ON p.account_id = a.id
), chained AS (
    SELECT balance <> amount + lag(balance, 1, 0::bigint) OVER (PARTITION BY account_id ORDER BY seq) AS broken
    FROM entries
), sides AS (
    SELECT transfer_id, count(*) AS entries, sum(amount) AS amount FROM entries GROUP BY transfer_id
)
SELECT
    (SELECT coalesce(jsonb_agg(c ORDER BY c.currency), '[]') FROM (
        SELECT currency, count(*) AS accounts, sum(posted)::bigint AS posted, sum(entries)::bigint AS entries,
               sum(held)::bigint AS held, sum(excess)::bigint AS excess
        FROM compared GROUP BY currency) AS c) AS currencies,
    (SELECT coalesce(jsonb_agg(d), '[]') FROM (
        SELECT member_id, name, currency, posted, entries::bigint, held, holds::bigint FROM compared
        WHERE posted <> entries OR held <> holds ORDER BY member_id, name LIMIT 100) AS d) AS differences,
    (SELECT count(*) FROM compared WHERE posted <> entries) AS wrong_balances,
    (SELECT count(*) FROM compared WHERE held <> holds) AS wrong_holds,
    (SELECT count(*) FROM chained WHERE broken) AS broken_chains,
    (SELECT count(*) FROM transfers WHERE status = 'posted') AS posted_transfers,
    (SELECT count(*) FROM entries) AS all_entries,
    (SELECT count(*) FROM sides WHERE entries <> 2 OR amount <> 0) AS unbalanced
""")


async def proof(connection: AsyncConnection) -> Row[Any]:
    """All that the ledger check needs, as of one instant."""
    return (await connection.execute(_PROOF)).one()
