"""SQL of members and those who act for them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, DateTime, Row, Select, Uuid, any_, insert, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.membership.models import Acting, ApplicationForm, Counter, Member, MemberChange, MemberNumber
from members.membership.repository.standings import in_force, status_of
from members.membership.rules.people import Sought


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
            Member.country,
            Member.address,
            Member.representative,
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
    return (await connection.execute(_with_standing(now).where(_one_of(ids)))).all()


async def statuses(
    connection: AsyncConnection, ids: Collection[UUID], now: datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The standing at ``now`` of each of these members that is known."""
    statement = _with_standing(now).where(_one_of(ids))
    columns = statement.selected_columns
    return (await connection.execute(statement.with_only_columns(columns.id, columns.status))).all()


async def known(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    """Those of them that are members, whatever their standing."""
    return set((await connection.execute(select(Member.id).where(_one_of(ids)))).scalars())


def _one_of(ids: Collection[UUID]) -> ColumnElement[bool]:
    """One parameter, so that the statement is the same for any number of them."""
    return Member.id == any_(literal(list(ids), ARRAY(Uuid)))


async def everybody(
    connection: AsyncConnection, now: datetime, statuses: Collection[str]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """All members of these standings, in the order of their application."""
    statement = _with_standing(now).order_by(Member.id)
    return (await connection.execute(statement.where(statement.selected_columns.status.in_(statuses)))).all()


async def members_page(
    connection: AsyncConnection,
    now: datetime,
    sought: Sought,
    *,
    only: Collection[UUID] | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Members in the order of their application; one more than ``limit`` if there are more."""
    statement = _with_standing(now).order_by(Member.id).limit(limit + 1)
    columns = statement.selected_columns
    if only is not None:
        statement = statement.where(Member.id.in_(only))
    if sought.status is not None:
        statement = statement.where(columns.status == sought.status)
    if sought.kind is not None:
        statement = statement.where(Member.kind == sought.kind)
    if sought.joined_from is not None:
        statement = statement.where(columns.joined_on >= sought.joined_from)
    if sought.joined_until is not None:
        statement = statement.where(columns.joined_on <= sought.joined_until)
    for word in sought.words:
        statement = statement.where(Member.search_key.contains(word, autoescape=True))
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


async def take_number(connection: AsyncConnection, member_id: UUID, number: str, now: datetime) -> bool:
    """Keeps the number for this member for ever; false if it was another's."""
    statement = pg_insert(MemberNumber).values(number=number, member_id=member_id, given_at=now)
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["number"]))
    holder = select(MemberNumber.member_id).where(MemberNumber.number == number)
    return (await connection.execute(holder)).scalar_one() == member_id


async def count_from(connection: AsyncConnection, series: str, count: int) -> None:
    """The numbers given in this series go on after ``count``."""
    statement = pg_insert(Counter).values(series=series, last=count)
    statement = statement.on_conflict_do_update(
        index_elements=["series"], set_={"last": statement.excluded.last}, where=Counter.last < count
    )
    await connection.execute(statement)


async def details(connection: AsyncConnection, member_id: UUID) -> Row[*tuple[Any, ...]] | None:
    """What is known of a member besides its record: notes, answers and the version of the form that they answer."""
    statement = select(Member.notes, Member.answers, ApplicationForm.version.label("form_version"))
    joined = statement.select_from(Member).outerjoin(ApplicationForm, ApplicationForm.id == Member.form_id)
    return (await connection.execute(joined.where(Member.id == member_id))).one_or_none()


async def write(connection: AsyncConnection, member_id: UUID, values: Mapping[str, Any]) -> None:
    """Writes these columns of a member whose version grows with what is told of it besides."""
    await connection.execute(update(Member).where(Member.id == member_id).values(**values))


async def change(connection: AsyncConnection, member_id: UUID, values: Mapping[str, Any]) -> int:
    """Writes these columns; the member's next version."""
    statement = update(Member).where(Member.id == member_id).values(**values, version=Member.version + 1)
    return (await connection.execute(statement.returning(Member.version))).scalar_one()


async def add_changes(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    await connection.execute(insert(MemberChange), list(rows))


async def changes_page(
    connection: AsyncConnection, member_id: UUID, *, without: Collection[str], before: int | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What was changed of a member, newest first; one more than ``limit`` if there is more."""
    statement = (
        select(
            MemberChange.id,
            MemberChange.field,
            MemberChange.before,
            MemberChange.after,
            MemberChange.at,
            MemberChange.by,
        )
        .where(MemberChange.member_id == member_id, MemberChange.field.not_in(without))
        .order_by(MemberChange.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        statement = statement.where(MemberChange.id < before)
    return (await connection.execute(statement)).all()
