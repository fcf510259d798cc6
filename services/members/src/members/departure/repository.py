"""SQL of departures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.departure.models import AgreementRow, DepartureRow

_TURN = text("SELECT pg_advisory_xact_lock(hashtext('trama-departure-' || CAST(:member_id AS text)))")


async def take_turn(connection: AsyncConnection, member_id: UUID) -> None:
    """One settlement of a member at a time."""
    await connection.execute(_TURN, {"member_id": str(member_id)})


async def agreements(connection: AsyncConnection, member_id: UUID, since: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """What was agreed since the member left, in that order."""
    statement = select(
        AgreementRow.id,
        AgreementRow.how,
        AgreementRow.amount,
        AgreementRow.currency,
        AgreementRow.due_on,
        AgreementRow.reason,
        AgreementRow.at,
        AgreementRow.by,
    ).where(AgreementRow.member_id == member_id, AgreementRow.at >= since)
    return (await connection.execute(statement.order_by(AgreementRow.at, AgreementRow.id))).all()


async def add_agreement(connection: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """False if there is one of this id."""
    statement = pg_insert(AgreementRow).values(**values).on_conflict_do_nothing(index_elements=["id"])
    return (await connection.execute(statement.returning(AgreementRow.id))).one_or_none() is not None


async def closed_at(connection: AsyncConnection, member_id: UUID, since: datetime) -> datetime | None:
    """When the departure was closed, if it was."""
    statement = select(DepartureRow.closed_at)
    statement = statement.where(DepartureRow.member_id == member_id, DepartureRow.since == since)
    return (await connection.execute(statement)).scalar_one_or_none()


async def close(connection: AsyncConnection, member_id: UUID, since: datetime, *, at: datetime, by: UUID) -> None:
    statement = pg_insert(DepartureRow).values(member_id=member_id, since=since, closed_at=at, closed_by=by)
    await connection.execute(statement.on_conflict_do_nothing())
