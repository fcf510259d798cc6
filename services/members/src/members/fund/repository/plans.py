"""SQL of schedules, payments and reminders."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from members.fund.models import (
    LoanInstalment,
    LoanPayment,
    LoanPaymentPart,
    LoanPaymentReversal,
    LoanReminder,
    LoanSchedule,
)

type Rows = Sequence[Row[*tuple[Any, ...]]]


async def schedules(connection: AsyncConnection, loan_ids: Collection[UUID]) -> Rows:
    """All that were agreed, oldest first."""
    statement = select(LoanSchedule.__table__).where(LoanSchedule.loan_id.in_(loan_ids)).order_by(LoanSchedule.version)
    return (await connection.execute(statement)).all()


async def instalments(connection: AsyncConnection, schedule_ids: Collection[UUID]) -> Rows:
    statement = select(LoanInstalment.__table__).where(LoanInstalment.schedule_id.in_(schedule_ids))
    return (await connection.execute(statement.order_by(LoanInstalment.no))).all()


async def add_schedule(connection: AsyncConnection, values: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    await connection.execute(insert(LoanSchedule).values(values))
    await connection.execute(insert(LoanInstalment), rows)


async def payments(connection: AsyncConnection, loan_ids: Collection[UUID]) -> Rows:
    """Payments in the order in which they were booked, each with its reversal, if any."""
    statement = (
        select(LoanPayment.__table__, LoanPaymentReversal.at.label("reversed_at"))
        .outerjoin(LoanPaymentReversal, LoanPaymentReversal.payment_id == LoanPayment.id)
        .where(LoanPayment.loan_id.in_(loan_ids))
        .order_by(LoanPayment.seq)
    )
    return (await connection.execute(statement)).all()


async def parts(connection: AsyncConnection, loan_ids: Collection[UUID]) -> Rows:
    """Where the payments of these loans went, reversed ones too."""
    statement = (
        select(LoanPaymentPart.__table__, LoanInstalment.no, LoanInstalment.schedule_id, LoanPayment.loan_id)
        .join(LoanPayment, LoanPayment.id == LoanPaymentPart.payment_id)
        .join(LoanInstalment, LoanInstalment.id == LoanPaymentPart.instalment_id)
        .where(LoanPayment.loan_id.in_(loan_ids))
        .order_by(LoanPayment.seq, LoanInstalment.no)
    )
    return (await connection.execute(statement)).all()


async def payment(connection: AsyncConnection, payment_id: UUID) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(select(LoanPayment.__table__).where(LoanPayment.id == payment_id))).one_or_none()


async def add_payment(connection: AsyncConnection, values: dict[str, Any], rows: Iterable[dict[str, Any]]) -> None:
    await connection.execute(insert(LoanPayment).values(values))
    await connection.execute(insert(LoanPaymentPart), list(rows))


async def add_reversal(connection: AsyncConnection, payment_id: UUID, *, reason: str, at: datetime, by: UUID) -> None:
    await connection.execute(insert(LoanPaymentReversal).values(payment_id=payment_id, reason=reason, at=at, by=by))


# Each letter is for its days: one that could not go out in them would say what is no longer so.
_TO_REMIND = text("""
SELECT o.* FROM (
    SELECT i.id AS instalment_id, i.loan_id, i.no, i.due_on,
           CASE WHEN i.due_on >= :today THEN 'coming' WHEN i.grace_ends >= :today THEN 'due' ELSE 'arrears' END AS kind
    FROM fund_open_instalments AS i WHERE i.due_on <= :horizon AND i.principal > 0
) AS o
WHERE NOT EXISTS (SELECT FROM loan_reminders AS m WHERE m.instalment_id = o.instalment_id AND m.kind = o.kind)
  AND NOT EXISTS (SELECT FROM loan_facts AS f WHERE f.loan_id = o.loan_id AND f.kind = 'written_off')
ORDER BY o.due_on, o.instalment_id LIMIT :limit
""")


async def to_remind(connection: AsyncConnection, *, today: date, horizon: date, limit: int) -> Rows:
    """Instalments not repaid that are due by ``horizon`` and about which the letter of these days has not gone out."""
    found = await connection.execute(_TO_REMIND, {"today": today, "horizon": horizon, "limit": limit})
    return found.all()


async def add_reminders(connection: AsyncConnection, rows: Sequence[dict[str, Any]], at: datetime) -> None:
    await connection.execute(insert(LoanReminder), [{**row, "at": at} for row in rows])
