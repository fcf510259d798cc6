"""SQL of spending."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from members.income.models import Spending


def _spendings() -> Select[*tuple[Any, ...]]:
    return select(
        Spending.id,
        Spending.number,
        Spending.purpose,
        Spending.amount,
        Spending.currency,
        Spending.spent_on,
        Spending.payee,
        Spending.text,
        Spending.document,
        Spending.paid_from,
        Spending.subsidy_id,
        Spending.contribution_id,
        Spending.reverses,
        Spending.reversed_by,
        Spending.transfer_id,
    )


async def add(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """The database counts it in what it is charged to."""
    await connection.execute(insert(Spending).values(values))


async def spending(connection: AsyncConnection, spending_id: UUID) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_spendings().where(Spending.id == spending_id))).one_or_none()


async def booked(connection: AsyncConnection, payee: str, document: str) -> Row[*tuple[Any, ...]] | None:
    """The spending in force for this payee's document."""
    statement = _spendings().where(
        func.lower(Spending.payee) == func.lower(payee),
        func.lower(Spending.document) == func.lower(document),
        Spending.reverses.is_(None),
        Spending.reversed_by.is_(None),
    )
    return (await connection.execute(statement)).one_or_none()


async def page(
    connection: AsyncConnection,
    *,
    since: date | None,
    until: date | None,
    purpose: str | None,
    subsidy_id: UUID | None,
    before: tuple[date, UUID] | None,
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Newest date first; one more than ``limit`` if there are more."""
    statement = _spendings().order_by(Spending.spent_on.desc(), Spending.id.desc()).limit(limit + 1)
    if since is not None:
        statement = statement.where(Spending.spent_on >= since)
    if until is not None:
        statement = statement.where(Spending.spent_on <= until)
    if purpose is not None:
        statement = statement.where(Spending.purpose == purpose)
    if subsidy_id is not None:
        statement = statement.where(Spending.subsidy_id == subsidy_id)
    if before is not None:
        statement = statement.where(tuple_(Spending.spent_on, Spending.id) < before)
    return (await connection.execute(statement)).all()
