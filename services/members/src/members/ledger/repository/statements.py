"""SQL that reads the books: balances, statements, totals of a time."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from members.ledger.models import AccountDay, AccountRow
from members.ledger.rules import AccountTotal, Owner

# What a page shows is found first, by one look into the entries of each of the owner's accounts, and only those lines
# are joined with their transfers: a page costs the same however long the books are.
_STATEMENT = """
SELECT e.seq, e.amount, e.balance, e.currency, t.id AS transfer_id, t.cause, t.cause_id, t.text, t.closed_at AS at,
       t.booked_on, t.reverses, r.id AS reversed_by, other.member_id AS other_member_id, other.name AS other_name,
       counterparty.name AS counterparty_name
FROM (
    SELECT newest.*, a.currency
    FROM accounts AS a
    CROSS JOIN LATERAL (
        SELECT * FROM entries WHERE account_id = a.id AND seq < :before ORDER BY seq DESC LIMIT :limit
    ) AS newest
    WHERE {owner} AND (CAST(:currency AS text) IS NULL OR a.currency = :currency)
    ORDER BY newest.seq DESC LIMIT :limit
) AS e
JOIN transfers AS t ON t.id = e.transfer_id
JOIN accounts AS other ON other.id = CASE t.debit_id WHEN e.account_id THEN t.credit_id ELSE t.debit_id END
LEFT JOIN members AS counterparty ON counterparty.id = other.member_id
LEFT JOIN transfers AS r ON r.reverses = t.id
ORDER BY e.seq DESC
"""
OF_MEMBER = text(_STATEMENT.format(owner="a.member_id = :owner"))
OF_NETWORK = text(_STATEMENT.format(owner="a.name = :owner"))
#: Before every entry there can be.
NEWEST = 2**63 - 1


async def balances(connection: AsyncConnection, owner: Owner) -> Sequence[Row[*tuple[Any, ...]]]:
    statement = select(
        AccountRow.currency, AccountRow.posted, AccountRow.held, AccountRow.credit_limit, AccountRow.balance_limit
    )
    mine = AccountRow.member_id == owner.member_id if owner.member_id else AccountRow.name == owner.name
    return (await connection.execute(statement.where(mine))).all()


async def statement(
    connection: AsyncConnection, owner: Owner, *, currency: str | None, before: int, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Entries of the owner's accounts, newest first, each with its transfer; one more than ``limit`` if there are."""
    found = OF_MEMBER if owner.member_id else OF_NETWORK
    params = {"owner": owner.member_id or owner.name, "currency": currency, "before": before, "limit": limit + 1}
    return (await connection.execute(found, params)).all()


async def network_accounts(
    connection: AsyncConnection, *, after: tuple[str, str] | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The network's own accounts by name and currency; one more than ``limit`` if there are."""
    statement = select(AccountRow.name, AccountRow.currency, AccountRow.posted).where(AccountRow.name.is_not(None))
    if after is not None:
        statement = statement.where(tuple_(AccountRow.name, AccountRow.currency) > tuple_(*after))
    statement = statement.order_by(AccountRow.name, AccountRow.currency).limit(limit + 1)
    return (await connection.execute(statement)).all()


async def totals(connection: AsyncConnection, since: date, until: date) -> list[AccountTotal]:
    """What was in each of the network's own accounts before ``since``, what came and went through ``until``.

    Reads one row for each account and day on which something was booked, not the entries.
    """
    before, within = AccountDay.booked_on < since, AccountDay.booked_on >= since
    moved = AccountDay.came_in - AccountDay.went_out
    statement = (
        select(
            AccountRow.name,
            AccountRow.currency,
            func.coalesce(func.sum(moved).filter(before), 0).label("opening"),
            func.coalesce(func.sum(AccountDay.came_in).filter(within), 0).label("came_in"),
            func.coalesce(func.sum(AccountDay.went_out).filter(within), 0).label("went_out"),
            func.coalesce(func.sum(moved), 0).label("closing"),
        )
        .join(AccountDay, AccountDay.account_id == AccountRow.id)
        .where(AccountDay.booked_on <= until)
        .group_by(AccountRow.name, AccountRow.currency)
        .order_by(AccountRow.name, AccountRow.currency)
    )
    return [
        AccountTotal(row.name, row.currency, int(row.opening), int(row.came_in), int(row.went_out), int(row.closing))
        for row in await connection.execute(statement)
    ]
