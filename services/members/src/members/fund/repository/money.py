"""SQL of what moves in and out of the fund, and of where it stands."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from members.fund.models import FundMovement, NoticeEnd, WithdrawalNotice

type Rows = Sequence[Row[*tuple[Any, ...]]]

# One statement sees one state of the fund, whatever is booked meanwhile.
_POSITION = text("""
WITH lent AS (
    SELECT * FROM fund_lent WHERE currency = :currency
), late AS (
    SELECT i.loan_id, sum(i.principal) AS principal FROM fund_open_instalments AS i JOIN lent ON lent.id = i.loan_id
    WHERE i.grace_ends < :today AND i.principal > 0 AND NOT lent.written_off GROUP BY i.loan_id
), moved AS (
    SELECT kind, sum(amount) AS amount FROM fund_movements WHERE currency = :currency GROUP BY kind
), waiting AS (
    SELECT l.amount, EXISTS (SELECT FROM loan_facts AS f WHERE f.loan_id = l.id AND f.kind = 'approved') AS approved
    FROM loans AS l WHERE l.currency = :currency
      AND NOT EXISTS (SELECT FROM loan_facts AS f WHERE f.loan_id = l.id
                      AND f.kind IN ('declined', 'withdrawn', 'disbursed'))
)
SELECT
    coalesce((SELECT posted FROM accounts WHERE name = 'fund' AND currency = :currency), 0)::bigint AS balance,
    coalesce((SELECT posted FROM accounts WHERE name = 'fund-income' AND currency = :currency), 0)::bigint AS interest,
    coalesce((SELECT jsonb_object_agg(kind, amount) FROM moved), '{}') AS moved,
    (SELECT count(*) FROM lent) AS loans,
    (SELECT count(*) FROM lent WHERE NOT written_off AND outstanding > 0) AS loans_running,
    (SELECT coalesce(sum(outstanding), 0) FROM lent WHERE NOT written_off)::bigint AS outstanding,
    (SELECT coalesce(sum(outstanding), 0) FROM lent WHERE written_off)::bigint AS written_off,
    (SELECT coalesce(sum(principal), 0) FROM late)::bigint AS late,
    (SELECT count(*) FROM late) AS loans_late,
    (SELECT coalesce(sum(amount), 0) FROM waiting WHERE approved)::bigint AS approved,
    (SELECT count(*) FROM waiting WHERE NOT approved) AS applications
""")
_MONEY = text("""
SELECT coalesce((SELECT sum(amount) FROM fund_movements
                 WHERE currency = :currency AND kind IN ('deposit', 'withdrawal')), 0)::bigint AS deposits,
       coalesce((SELECT sum(outstanding) FROM fund_lent
                 WHERE currency = :currency AND NOT written_off), 0)::bigint AS outstanding,
       coalesce((SELECT posted FROM accounts WHERE name = 'fund' AND currency = :currency), 0)::bigint AS balance
""")
# What others book to the fund (the fees of order cycles) has no movement: it counts by the ledger's own word.
_MONTHS = text("""
WITH booked AS (
    SELECT date_trunc('month', t.booked_on)::date AS month, m.kind, e.amount
    FROM accounts AS a JOIN entries AS e ON e.account_id = a.id JOIN transfers AS t ON t.id = e.transfer_id
    LEFT JOIN fund_movements AS m ON m.id = t.id
    WHERE a.name = 'fund' AND a.currency = :currency
)
SELECT month, coalesce(kind, 'other') AS kind, sum(amount)::bigint AS amount FROM booked GROUP BY 1, 2 ORDER BY 1
""")
_DEPOSITED = text("""
SELECT coalesce((SELECT sum(amount) FROM fund_movements WHERE member_id = :member_id AND currency = :currency
                 AND kind IN ('deposit', 'withdrawal')), 0)::bigint AS deposited,
       coalesce((SELECT sum(n.amount) FROM fund_notices AS n WHERE n.member_id = :member_id AND n.currency = :currency
                 AND NOT EXISTS (SELECT FROM fund_notice_ends AS e WHERE e.notice_id = n.id)), 0)::bigint AS asked_back
""")


async def position(connection: AsyncConnection, currency: str, today: date) -> Row[*tuple[Any, ...]]:
    return (await connection.execute(_POSITION, {"currency": currency, "today": today})).one()


async def months(connection: AsyncConnection, currency: str) -> Rows:
    """What moved the fund's account, by month and kind, oldest first; ``other`` is what other rooms booked."""
    return (await connection.execute(_MONTHS, {"currency": currency})).all()


async def money(connection: AsyncConnection, currency: str) -> Row[*tuple[Any, ...]]:
    """Balance, deposits and what is outstanding; steady while the fund's account is locked."""
    return (await connection.execute(_MONEY, {"currency": currency})).one()


async def deposited(connection: AsyncConnection, member_id: UUID, currency: str) -> Row[*tuple[Any, ...]]:
    """What the member has deposited, and how much of it is asked back and not paid yet."""
    return (await connection.execute(_DEPOSITED, {"member_id": member_id, "currency": currency})).one()


async def add_movement(connection: AsyncConnection, values: dict[str, Any]) -> None:
    await connection.execute(insert(FundMovement).values(values))


async def movement(connection: AsyncConnection, movement_id: UUID) -> Row[*tuple[Any, ...]] | None:
    statement = select(FundMovement.__table__).where(FundMovement.id == movement_id)
    return (await connection.execute(statement)).one_or_none()


async def reversal_of(connection: AsyncConnection, movement_id: UUID) -> UUID | None:
    statement = select(FundMovement.id).where(FundMovement.reverses == movement_id)
    return (await connection.execute(statement)).scalar_one_or_none()


async def contributions(
    connection: AsyncConnection, *, only: Collection[UUID] | None, before: int | None, limit: int
) -> Rows:
    """What these members put in and took out, newest first; one more than ``limit`` if there are more."""
    reversal = FundMovement.__table__.alias("reversal")
    statement = (
        select(FundMovement.__table__, reversal.c.id.label("reversed_by"))
        .outerjoin(reversal, reversal.c.reverses == FundMovement.id)
        .where(FundMovement.kind.in_(["gift", "deposit", "withdrawal"]))
        .order_by(FundMovement.seq.desc())
        .limit(limit + 1)
    )
    if only is not None:
        statement = statement.where(FundMovement.member_id.in_(only))
    if before is not None:
        statement = statement.where(FundMovement.seq < before)
    return (await connection.execute(statement)).all()


async def notice(connection: AsyncConnection, notice_id: UUID) -> Row[*tuple[Any, ...]] | None:
    """A notice with its end, if it came to one."""
    return (await connection.execute(_NOTICES.where(WithdrawalNotice.id == notice_id))).one_or_none()


_NOTICES = select(
    WithdrawalNotice.__table__, NoticeEnd.paid, NoticeEnd.on_date.label("ended_on")
).outerjoin(NoticeEnd, NoticeEnd.notice_id == WithdrawalNotice.id)  # fmt: skip


async def notices(
    connection: AsyncConnection, *, only: Collection[UUID] | None, before: UUID | None, limit: int
) -> Rows:
    """Notices, newest first; one more than ``limit`` if there are more."""
    statement = _NOTICES.order_by(WithdrawalNotice.id.desc()).limit(limit + 1)
    if only is not None:
        statement = statement.where(WithdrawalNotice.member_id.in_(only))
    if before is not None:
        statement = statement.where(WithdrawalNotice.id < before)
    return (await connection.execute(statement)).all()


async def add_notice(connection: AsyncConnection, values: dict[str, Any]) -> None:
    await connection.execute(insert(WithdrawalNotice).values(values))


async def end_notice(
    connection: AsyncConnection, notice_id: UUID, *, paid: bool, on: date, at: datetime, by: UUID
) -> None:
    await connection.execute(insert(NoticeEnd).values(notice_id=notice_id, paid=paid, on_date=on, at=at, by=by))


async def lock_saver(connection: AsyncConnection, member_id: UUID) -> None:
    """What a member asks back takes turns, so that all of it together stays within its deposits."""
    key = f"trama-deposits-{member_id}"
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": key})
