"""SQL of contributions, and of the receipts of contributions and subsidies."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from members.income.models import Contribution, Receipt
from members.membership.models import Member


def _contributions() -> Select[*tuple[Any, ...]]:
    return select(
        Contribution.id,
        Contribution.member_id,
        Contribution.giver,
        Contribution.anonymous,
        Contribution.amount,
        Contribution.currency,
        Contribution.pledged_on,
        Contribution.expected_on,
        Contribution.purpose,
        Contribution.note,
        Contribution.withdrawn_on,
        Contribution.received,
        Contribution.spent,
    )


async def add(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is a contribution with this id."""
    statement = pg_insert(Contribution).values(values).on_conflict_do_nothing(index_elements=["id"])
    return (await connection.execute(statement.returning(Contribution.id))).one_or_none() is not None


async def contribution(
    connection: AsyncConnection, contribution_id: UUID, *, lock: bool = False
) -> Row[*tuple[Any, ...]] | None:
    statement = _contributions().where(Contribution.id == contribution_id)
    return (await connection.execute(statement.with_for_update(key_share=True) if lock else statement)).one_or_none()


async def page(
    connection: AsyncConnection, *, only: Collection[UUID] | None, before: UUID | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Newest first, those of these members or all; one more than ``limit`` if there are more."""
    statement = _contributions().order_by(Contribution.id.desc()).limit(limit + 1)
    if only is not None:
        statement = statement.where(Contribution.member_id.in_(only))
    if before is not None:
        statement = statement.where(Contribution.id < before)
    return (await connection.execute(statement)).all()


async def names(connection: AsyncConnection, member_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these members."""
    rows = await connection.execute(select(Member.id, Member.name).where(Member.id.in_(member_ids)))
    return {row.id: row.name for row in rows}


async def withdraw(connection: AsyncConnection, contribution_id: UUID, on: date) -> None:
    statement = update(Contribution).where(Contribution.id == contribution_id).values(withdrawn_on=on)
    await connection.execute(statement)


def _receipts() -> Select[*tuple[Any, ...]]:
    later = aliased(Receipt)
    return select(
        Receipt.id,
        Receipt.number,
        Receipt.contribution_id,
        Receipt.subsidy_id,
        Receipt.amount,
        Receipt.currency,
        Receipt.received_on,
        Receipt.method,
        Receipt.note,
        Receipt.reverses,
        Receipt.transfer_id,
        exists().where(later.reverses == Receipt.id).label("reversed"),
    )


async def receipts(
    connection: AsyncConnection, *, contribution_id: UUID | None = None, subsidy_id: UUID | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What came in for a contribution or a subsidy, in the order it was recorded."""
    source = Receipt.contribution_id == contribution_id if contribution_id else Receipt.subsidy_id == subsidy_id
    return (await connection.execute(_receipts().where(source).order_by(Receipt.made_at, Receipt.id))).all()


async def receipt(connection: AsyncConnection, receipt_id: UUID) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_receipts().where(Receipt.id == receipt_id))).one_or_none()


async def add_receipt(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """The database counts it in its contribution or subsidy."""
    await connection.execute(insert(Receipt).values(values))
