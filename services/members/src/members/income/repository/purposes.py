"""SQL of purposes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.income.models import Purpose


async def purposes(connection: AsyncConnection) -> Sequence[Row[*tuple[Any, ...]]]:
    """All of them, by code."""
    columns = (Purpose.code, Purpose.name_es, Purpose.name_en, Purpose.active, Purpose.version)
    return (await connection.execute(select(*columns).order_by(Purpose.code))).all()


async def add(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if the code is taken."""
    statement = pg_insert(Purpose).values(values).on_conflict_do_nothing().returning(Purpose.code)
    return (await connection.execute(statement)).one_or_none() is not None


async def change(connection: AsyncConnection, code: str, values: dict[str, Any], version: int | None) -> bool:
    """False unless there is one of that code in that version (in any, for None)."""
    statement = update(Purpose).where(Purpose.code == code).values(**values, version=Purpose.version + 1)
    if version is not None:
        statement = statement.where(Purpose.version == version)
    return (await connection.execute(statement.returning(Purpose.code))).one_or_none() is not None


async def lock(connection: AsyncConnection, code: str) -> None:
    """Who spends for this purpose waits for this transaction; who only names it doesn't."""
    await connection.execute(select(Purpose.code).where(Purpose.code == code).with_for_update(key_share=True))
