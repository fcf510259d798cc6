"""SQL of members and their standing."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.membership.models import Acting, Counter, Member, StandingFact


def _with_standing(now: datetime, *more: Any) -> Select[*tuple[Any, ...]]:
    """Members, each with the fact that is in force at ``now``: of one instant, the one recorded later."""
    in_force = (
        select(StandingFact.kind.label("fact"))
        .where(StandingFact.member_id == Member.id, StandingFact.effective_at <= now)
        .order_by(StandingFact.effective_at.desc(), StandingFact.id.desc())
        .limit(1)
        .lateral("in_force")
    )
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
            in_force.c.fact,
            *more,
        )
        .select_from(Member)
        .join(in_force, true())
    )


async def add_member(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is a member with this id."""
    statement = pg_insert(Member).values(values).on_conflict_do_nothing(index_elements=["id"]).returning(Member.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def add_acting(connection: AsyncConnection, user_id: UUID, member_id: UUID) -> None:
    await connection.execute(insert(Acting).values(user_id=user_id, member_id=member_id))


async def add_fact(
    connection: AsyncConnection, member_id: UUID, kind: str, *, at: datetime, by: UUID | None, reason: str
) -> None:
    await connection.execute(
        insert(StandingFact).values(
            member_id=member_id, kind=kind, effective_at=at, recorded_at=at, recorded_by=by, reason=reason
        )
    )


async def lock_member(connection: AsyncConnection, member_id: UUID) -> None:
    """Whoever changes this member waits for this transaction; bookings to its accounts don't have to."""
    await connection.execute(select(Member.id).where(Member.id == member_id).with_for_update(key_share=True))


async def member(connection: AsyncConnection, member_id: UUID, now: datetime) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_with_standing(now).where(Member.id == member_id))).one_or_none()


async def members(connection: AsyncConnection, ids: Collection[UUID], now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    return (await connection.execute(_with_standing(now).where(Member.id.in_(ids)))).all()


async def members_page(
    connection: AsyncConnection,
    now: datetime,
    *,
    only: Collection[UUID] | None,
    facts: Collection[str] | None,
    kind: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Members in the order of their application; one more than ``limit`` if there are more."""
    statement = _with_standing(now).order_by(Member.id).limit(limit + 1)
    if only is not None:
        statement = statement.where(Member.id.in_(only))
    if facts is not None:
        statement = statement.where(statement.selected_columns.fact.in_(facts))
    if kind is not None:
        statement = statement.where(Member.kind == kind)
    if after is not None:
        statement = statement.where(Member.id > after)
    return (await connection.execute(statement)).all()


async def members_of_user(connection: AsyncConnection, user_id: UUID, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """The members for whom the user acts."""
    statement = _with_standing(now).join(Acting, Acting.member_id == Member.id).where(Acting.user_id == user_id)
    return (await connection.execute(statement.order_by(Member.id))).all()


async def history(connection: AsyncConnection, member_id: UUID) -> Sequence[Row[*tuple[Any, ...]]]:
    """What happened to the membership, oldest first."""
    statement = (
        select(StandingFact.kind, StandingFact.effective_at, StandingFact.recorded_by, StandingFact.reason)
        .where(StandingFact.member_id == member_id)
        .order_by(StandingFact.effective_at, StandingFact.id)
    )
    return (await connection.execute(statement)).all()


async def next_in_series(connection: AsyncConnection, series: str) -> int:
    """The next number of the series. Those who ask together wait for each other, so there is no gap and no double."""
    statement = pg_insert(Counter).values(series=series, last=1)
    statement = statement.on_conflict_do_update(index_elements=["series"], set_={"last": Counter.last + 1})
    return (await connection.execute(statement.returning(Counter.last))).scalar_one()


async def bump_version(connection: AsyncConnection, member_id: UUID, *, number: str | None) -> int:
    """The member's next version, and its number if one is given now."""
    values: dict[str, Any] = {"version": Member.version + 1}
    if number is not None:
        values["number"] = number
    statement = update(Member).where(Member.id == member_id).values(values).returning(Member.version)
    return (await connection.execute(statement)).scalar_one()
