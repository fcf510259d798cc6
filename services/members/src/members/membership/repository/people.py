"""SQL of members and those who act for them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, Select, Uuid, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.membership.models import Acting, Counter, Member
from members.membership.repository.standings import in_force, status_of


def _with_standing(now: datetime) -> Select[*tuple[Any, ...]]:
    """Members as ``MemberRecord`` wants them, with their standing at ``now``."""
    facts = in_force(now)
    return (
        select(
            Member.id,
            Member.number,
            Member.kind,
            Member.name,
            Member.email,
            Member.phone,
            Member.tax_id,
            Member.language,
            Member.applied_at,
            Member.version,
            status_of(facts, now).label("status"),
            facts.c.joined_on,
        )
        .select_from(Member)
        .join(facts, true())
    )


async def add_member(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is a member with this id."""
    statement = pg_insert(Member).values(values).on_conflict_do_nothing(index_elements=["id"]).returning(Member.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def add_acting(
    connection: AsyncConnection, user_id: UUID | None, member_id: UUID, *, since: datetime, by: UUID | None
) -> None:
    """The user acts for the member from now on. Nobody doesn't, by the same statement; who does already goes on."""
    source = select(
        literal(user_id, Uuid), literal(member_id, Uuid), literal(since, DateTime(timezone=True)), literal(by, Uuid)
    ).where(literal(user_id, Uuid).is_not(None))
    statement = pg_insert(Acting).from_select(["user_id", "member_id", "since", "by"], source)
    await connection.execute(statement.on_conflict_do_nothing())


async def end_acting(connection: AsyncConnection, user_id: UUID, member_id: UUID, *, now: datetime, by: UUID) -> bool:
    """False if the user does not act for the member."""
    statement = (
        update(Acting)
        .where(Acting.user_id == user_id, Acting.member_id == member_id, Acting.ended_at.is_(None))
        .values(ended_at=now, ended_by=by)
        .returning(Acting.id)
    )
    return (await connection.execute(statement)).one_or_none() is not None


async def acting_for(connection: AsyncConnection, member_id: UUID) -> Sequence[Row[*tuple[Any, ...]]]:
    """Who acts for the member and who did, in the order in which they began."""
    statement = (
        select(Acting.user_id, Acting.since, Acting.by, Acting.ended_at, Acting.ended_by)
        .where(Acting.member_id == member_id)
        .order_by(Acting.id)
    )
    return (await connection.execute(statement)).all()


async def member(connection: AsyncConnection, member_id: UUID, now: datetime) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_with_standing(now).where(Member.id == member_id))).one_or_none()


async def members(connection: AsyncConnection, ids: Collection[UUID], now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    return (await connection.execute(_with_standing(now).where(Member.id.in_(ids)))).all()


async def everybody(
    connection: AsyncConnection, now: datetime, statuses: Collection[str]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """All members of these standings, in the order of their application."""
    statement = _with_standing(now).order_by(Member.id)
    return (await connection.execute(statement.where(statement.selected_columns.status.in_(statuses)))).all()


async def members_page(
    connection: AsyncConnection,
    now: datetime,
    *,
    only: Collection[UUID] | None,
    status: str | None,
    kind: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Members in the order of their application; one more than ``limit`` if there are more."""
    statement = _with_standing(now).order_by(Member.id).limit(limit + 1)
    if only is not None:
        statement = statement.where(Member.id.in_(only))
    if status is not None:
        statement = statement.where(statement.selected_columns.status == status)
    if kind is not None:
        statement = statement.where(Member.kind == kind)
    if after is not None:
        statement = statement.where(Member.id > after)
    return (await connection.execute(statement)).all()


async def members_of_user(connection: AsyncConnection, user_id: UUID, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """The members for whom the user acts."""
    statement = _with_standing(now).join(Acting, Acting.member_id == Member.id)
    statement = statement.where(Acting.user_id == user_id, Acting.ended_at.is_(None))
    return (await connection.execute(statement.order_by(Member.id))).all()


async def next_in_series(connection: AsyncConnection, series: str, count: int = 1) -> int:
    """The next number of the series, or the last of the next ``count``. Those who ask together wait for each other, so
    there is no gap and no double."""
    statement = pg_insert(Counter).values(series=series, last=count)
    statement = statement.on_conflict_do_update(index_elements=["series"], set_={"last": Counter.last + count})
    return (await connection.execute(statement.returning(Counter.last))).scalar_one()


async def set_number(connection: AsyncConnection, member_id: UUID, number: str) -> None:
    await connection.execute(update(Member).where(Member.id == member_id).values(number=number))
