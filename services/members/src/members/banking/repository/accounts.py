"""SQL of bank accounts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.banking.models import BankAccount


async def add(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is one with this id, or with this number and currency."""
    statement = pg_insert(BankAccount).values(values).on_conflict_do_nothing().returning(BankAccount.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def account(connection: AsyncConnection, account_id: UUID) -> Row[tuple[BankAccount]] | None:
    statement = select(*BankAccount.__table__.columns).where(BankAccount.id == account_id)
    return (await connection.execute(statement)).one_or_none()


async def accounts(connection: AsyncConnection) -> Sequence[Row[tuple[BankAccount]]]:
    """All of them: a network has a handful."""
    statement = select(*BankAccount.__table__.columns).order_by(BankAccount.name, BankAccount.id)
    return (await connection.execute(statement)).all()


async def change(
    connection: AsyncConnection, account_id: UUID, values: dict[str, Any], version: int | None
) -> Row[tuple[BankAccount]] | None:
    """The account as changed; None if it is unknown or another version. Any version will do if none is given."""
    statement = update(BankAccount).where(BankAccount.id == account_id)
    if version is not None:
        statement = statement.where(BankAccount.version == version)
    changed = statement.values(**values, version=BankAccount.version + 1).returning(*BankAccount.__table__.columns)
    return (await connection.execute(changed)).one_or_none()
