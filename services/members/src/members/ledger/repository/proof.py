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
    SELECT a.id, a.member_id, a.name, a.currency, a.posted, a.held, a.excess, a.surplus,
           a.posted - a.held < -a.credit_limit - a.excess OR a.posted > a.balance_limit + a.surplus AS beyond,
           coalesce(b.amount, 0) AS entries, coalesce(p.amount, 0) AS holds
    FROM accounts AS a LEFT JOIN booked AS b ON b.account_id = a.id LEFT JOIN pending AS p ON p.account_id = a.id
), chained AS (
    SELECT balance <> amount + lag(balance, 1, 0::bigint) OVER (PARTITION BY account_id ORDER BY seq) AS broken
    FROM entries
), sides AS (
    SELECT transfer_id, count(*) AS entries, sum(amount) AS amount FROM entries GROUP BY transfer_id
), matched AS (
    SELECT e.account_id, e.amount, t.booked_on,
           (e.account_id, e.amount) IN ((t.debit_id, -t.amount), (t.credit_id, t.amount)) AS as_booked
    FROM entries AS e JOIN transfers AS t ON t.id = e.transfer_id
), days AS (
    SELECT m.account_id, m.booked_on, sum(greatest(m.amount, 0)) AS came_in, sum(greatest(-m.amount, 0)) AS went_out
    FROM matched AS m JOIN accounts AS a ON a.id = m.account_id WHERE a.name IS NOT NULL GROUP BY 1, 2
), forced AS (
    SELECT debit_id AS account_id FROM transfers WHERE beyond_limit
    UNION SELECT credit_id FROM transfers WHERE beyond_limit
    UNION SELECT account_id FROM limit_changes
)
SELECT
    (SELECT coalesce(jsonb_agg(c ORDER BY c.currency), '[]') FROM (
        SELECT currency, count(*) AS accounts, sum(posted)::bigint AS posted, sum(entries)::bigint AS entries,
               sum(held)::bigint AS held, sum(excess)::bigint AS excess, sum(surplus)::bigint AS surplus
        FROM compared GROUP BY currency) AS c) AS currencies,
    (SELECT coalesce(jsonb_agg(d), '[]') FROM (
        SELECT member_id, name, currency, posted, entries::bigint, held, holds::bigint FROM compared
        WHERE posted <> entries OR held <> holds ORDER BY member_id, name LIMIT 100) AS d) AS differences,
    (SELECT count(*) FROM compared WHERE posted <> entries) AS wrong_balances,
    (SELECT count(*) FROM compared WHERE held <> holds) AS wrong_holds,
    (SELECT count(*) FROM chained WHERE broken) AS broken_chains,
    (SELECT count(*) FROM transfers WHERE status = 'posted') AS posted_transfers,
    (SELECT count(*) FROM entries) AS all_entries,
    (SELECT count(*) FROM sides WHERE entries <> 2 OR amount <> 0) AS unbalanced,
    (SELECT count(*) FROM matched WHERE NOT as_booked) AS not_as_booked,
    (SELECT count(*) FROM compared WHERE beyond) AS beyond_limits,
    (SELECT count(*) FROM compared AS c WHERE (c.excess > 0 OR c.surplus > 0)
        AND NOT EXISTS (SELECT FROM forced AS f WHERE f.account_id = c.id)) AS unexplained,
    (SELECT count(*) FROM days AS d FULL JOIN account_days AS k USING (account_id, booked_on)
        WHERE (d.came_in, d.went_out) IS DISTINCT FROM (k.came_in::numeric, k.went_out::numeric)) AS wrong_days,
    (SELECT count(*) FROM transfers AS p WHERE p.status = 'pending'
        AND EXISTS (SELECT FROM transfers AS s WHERE s.cause_id = p.cause_id AND s.ended = 'settled')) AS held_after,
    (SELECT count(*) FROM transfers AS r LEFT JOIN transfers AS t ON t.id = r.reverses
        WHERE r.reverses IS NOT NULL AND (r.status, t.status) = ('posted', 'posted')
        AND (r.debit_id, r.credit_id, r.amount) IS DISTINCT FROM (t.credit_id, t.debit_id, t.amount)) AS wrong_reversals,
    (SELECT count(*) FROM transfers AS t
        LEFT JOIN accounts AS debit ON (debit.id, debit.currency) = (t.debit_id, t.currency)
        LEFT JOIN accounts AS credit ON (credit.id, credit.currency) = (t.credit_id, t.currency)
        WHERE debit.id IS NULL OR credit.id IS NULL) AS without_account
""")


async def proof(connection: AsyncConnection) -> Row[Any]:
    """All that the ledger check needs, as of one instant."""
    return (await connection.execute(_PROOF)).one()
