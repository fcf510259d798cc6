"""SQL of members who are entered many at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.membership.models import Acting, Counter, Member, MemberNumber, StandingFact


async def add_members(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """The members, and their numbers as theirs for ever."""
    await connection.execute(insert(Member), list(rows))
    given = [{"number": row["number"], "member_id": row["id"], "given_at": row["applied_at"]} for row in rows]
    await connection.execute(insert(MemberNumber), given)


async def add_facts(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    await connection.execute(insert(StandingFact), list(rows))


async def add_acting(
    connection: AsyncConnection, pairs: Sequence[tuple[UUID, UUID]], *, since: datetime, by: UUID
) -> None:
    """Each user acts for the member beside it."""
    rows = [{"user_id": user_id, "member_id": member_id, "since": since, "by": by} for user_id, member_id in pairs]
    await connection.execute(insert(Acting), rows)


async def count_from(connection: AsyncConnection, highest: Mapping[str, int]) -> None:
    """The numbers given in each series go on after these."""
    if not highest:
        return
    statement = pg_insert(Counter).values(
        [{"series": series, "last": last} for series, last in sorted(highest.items())]
    )
    statement = statement.on_conflict_do_update(
        index_elements=["series"],
        set_={"last": statement.excluded.last},
        where=Counter.last < statement.excluded.last,
    )
    await connection.execute(statement)


async def advance(connection: AsyncConnection, series: str, by: int) -> int:
    """Takes the next numbers of the series, so many; the last of them."""
    statement = pg_insert(Counter).values(series=series, last=by)
    statement = statement.on_conflict_do_update(index_elements=["series"], set_={"last": Counter.last + by})
    return (await connection.execute(statement.returning(Counter.last))).scalar_one()


async def numbers_given(connection: AsyncConnection) -> dict[str, UUID]:
    """Every number that was ever given, and to whom."""
    rows = await connection.execute(select(MemberNumber.number, MemberNumber.member_id))
    return {row.number: row.member_id for row in rows}


async def all_notes(connection: AsyncConnection) -> dict[UUID, str]:
    """The notes on each member, if any."""
    rows = await connection.execute(select(Member.id, Member.notes).where(Member.notes != ""))
    return {row.id: row.notes for row in rows}
