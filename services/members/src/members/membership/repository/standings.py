"""SQL of standings: the facts and obligations they follow from, and what others were told of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, insert, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from members.membership.models import Member, ObligationRow, StandingFact
from members.membership.rules.history import STATUS_AFTER

#: Members of which one run tells.
RUN = 2_000


def _counts() -> ColumnElement[bool]:
    """Whether a fact counts: nothing corrects it, and it is not there only to take another away."""
    correction = aliased(StandingFact)
    return and_(StandingFact.kind != "revoked", ~exists().where(correction.corrects == StandingFact.id))


def in_force(now: datetime) -> LateralFromClause:
    """For each member, always one row: the ``fact`` in force at ``now``, and ``joined_on`` of the newest admission.

    It says in SQL what ``rules.standing`` says, so that members can be listed by it; a test holds them together.
    """
    newest = aggregate_order_by(StandingFact.kind, StandingFact.effective_at.desc(), StandingFact.id.desc())
    return (
        select(
            func.array_agg(newest)[1].label("fact"),
            func.max(StandingFact.effective_on).filter(StandingFact.kind == "admitted").label("joined_on"),
        )
        .where(StandingFact.member_id == Member.id, StandingFact.effective_at <= now, _counts())
        .correlate(Member)
        .lateral("in_force")
    )


def status_of(facts: LateralFromClause, now: datetime) -> ColumnElement[str]:
    """The standing that follows from the fact in force and from what is owed."""
    owes = exists().where(
        ObligationRow.member_id == Member.id,
        ObligationRow.arrears_at <= now,
        or_(ObligationRow.cleared_at.is_(None), ObligationRow.cleared_at > now),
    )
    after = case({kind: literal(status) for kind, status in STATUS_AFTER.items()}, value=facts.c.fact, else_="applied")
    return case((and_(after == "active", owes), "in_arrears"), else_=after)


async def add_fact(
    connection: AsyncConnection,
    member_id: UUID,
    kind: str,
    *,
    at: datetime,
    on: date,
    recorded_at: datetime,
    by: UUID | None,
    reason: str,
    corrects: int | None = None,
) -> int:
    """The new fact's id."""
    statement = insert(StandingFact).values(
        member_id=member_id,
        kind=kind,
        effective_at=at,
        effective_on=on,
        recorded_at=recorded_at,
        recorded_by=by,
        reason=reason,
        corrects=corrects,
    )
    return (await connection.execute(statement.returning(StandingFact.id))).scalar_one()


async def lock(connection: AsyncConnection, ids: Collection[UUID]) -> Sequence[Row[UUID, str]]:
    """Id and told standing of these members; whoever changes one of them waits for this transaction. Bookings to
    their accounts don't have to. In the order of the ids, so that two can't wait for each other."""
    statement = select(Member.id, Member.told).where(Member.id.in_(ids)).order_by(Member.id)
    return (await connection.execute(statement.with_for_update(key_share=True))).all()


async def lock_changed(connection: AsyncConnection, now: datetime) -> Sequence[Row[UUID, str]]:
    """Members whose standing is not what others were told, but those that somebody is changing just now: who does that
    tells of it."""
    facts = in_force(now)
    statement = (
        select(Member.id, Member.told)
        .select_from(Member)
        .join(facts, literal(True))
        .where(Member.told != status_of(facts, now))
        .order_by(Member.id)
        .limit(RUN)
        .with_for_update(of=Member, key_share=True, skip_locked=True)
    )
    return (await connection.execute(statement)).all()


async def facts(connection: AsyncConnection, ids: Collection[UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Everything that happened to these memberships, in the order in which it takes effect."""
    statement = (
        select(
            StandingFact.member_id,
            StandingFact.id,
            StandingFact.kind,
            StandingFact.effective_at,
            StandingFact.effective_on,
            StandingFact.recorded_at,
            StandingFact.recorded_by,
            StandingFact.reason,
            StandingFact.corrects,
        )
        .where(StandingFact.member_id.in_(ids))
        .order_by(StandingFact.member_id, StandingFact.effective_at, StandingFact.id)
    )
    return (await connection.execute(statement)).all()


async def obligations(
    connection: AsyncConnection, ids: Collection[UUID]
) -> Sequence[Row[UUID, datetime, datetime | None]]:
    statement = select(ObligationRow.member_id, ObligationRow.arrears_at, ObligationRow.cleared_at)
    return (await connection.execute(statement.where(ObligationRow.member_id.in_(ids)))).all()


async def open_obligation(connection: AsyncConnection, cause_id: UUID) -> Row[UUID, date] | None:
    """The member and date of what is owed for this cause."""
    statement = select(ObligationRow.member_id, ObligationRow.arrears_from)
    statement = statement.where(ObligationRow.cause_id == cause_id, ObligationRow.cleared_at.is_(None))
    return (await connection.execute(statement)).one_or_none()


async def add_obligation(connection: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """False if something is owed for this cause already."""
    statement = (
        pg_insert(ObligationRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["cause_id"], index_where=text("cleared_at IS NULL"))
        .returning(ObligationRow.id)
    )
    return (await connection.execute(statement)).one_or_none() is not None


_ADD_OBLIGATIONS = text("""
INSERT INTO obligations (id, member_id, cause_id, arrears_from, arrears_at, recorded_at)
SELECT o.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS o (id uuid, member_id uuid, cause_id uuid, arrears_from date, arrears_at timestamptz, recorded_at timestamptz)
ON CONFLICT (cause_id) WHERE cleared_at IS NULL DO NOTHING
""")


async def add_obligations(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds them with one statement, but those for whose cause something is owed already."""
    await connection.execute(_ADD_OBLIGATIONS, {"rows": json.dumps(rows, default=str)})


async def clear(connection: AsyncConnection, cause_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Ends what is owed for these causes; whose it was."""
    # Locked in the order of their ids, so that two who clear the same ones can't wait for each other.
    open_ones = (
        select(ObligationRow.id)
        .where(ObligationRow.cause_id.in_(cause_ids), ObligationRow.cleared_at.is_(None))
        .order_by(ObligationRow.id)
        .with_for_update()
    )
    statement = (
        update(ObligationRow)
        .where(ObligationRow.id.in_(open_ones.scalar_subquery()))
        .values(cleared_at=now)
        .returning(ObligationRow.member_id)
    )
    return set((await connection.execute(statement)).scalars())


_TOLD = text("""
UPDATE members SET told = news.status, version = version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[])) AS news(id, status) WHERE members.id = news.id
""")


async def note_told(connection: AsyncConnection, statuses: Mapping[UUID, str]) -> None:
    """Others are told of these standings with this transaction; each member's version grows."""
    await connection.execute(_TOLD, {"ids": list(statuses), "statuses": list(statuses.values())})
