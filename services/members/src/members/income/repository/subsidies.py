"""SQL of subsidies, their instalments and conditions."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, literal, select, true, union_all, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.income.models import Condition, ConditionFact, Instalment, Reminder, Subsidy
from members.income.rules import Due


def _subsidies() -> Select[*tuple[Any, ...]]:
    return select(
        Subsidy.id,
        Subsidy.kind,
        Subsidy.grantor,
        Subsidy.named,
        Subsidy.programme,
        Subsidy.reference,
        Subsidy.purpose,
        Subsidy.granted,
        Subsidy.currency,
        Subsidy.granted_on,
        Subsidy.spend_by,
        Subsidy.justify_by,
        Subsidy.note,
        Subsidy.withdrawn_on,
        Subsidy.received,
        Subsidy.spent,
        Subsidy.version,
    )


async def add(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is a subsidy with this id."""
    statement = pg_insert(Subsidy).values(values).on_conflict_do_nothing(index_elements=["id"])
    return (await connection.execute(statement.returning(Subsidy.id))).one_or_none() is not None


async def add_instalments(connection: AsyncConnection, subsidy_id: UUID, planned: Sequence[tuple[date, int]]) -> None:
    rows = [{"subsidy_id": subsidy_id, "due_on": due_on, "amount": amount} for due_on, amount in planned]
    await connection.execute(insert(Instalment), rows)


async def add_conditions(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(Condition), list(rows))


async def subsidy(connection: AsyncConnection, subsidy_id: UUID, *, lock: bool = False) -> Row[*tuple[Any, ...]] | None:
    statement = _subsidies().where(Subsidy.id == subsidy_id)
    return (await connection.execute(statement.with_for_update(key_share=True) if lock else statement)).one_or_none()


async def page(connection: AsyncConnection, *, before: UUID | None, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Newest first; one more than ``limit`` if there are more."""
    statement = _subsidies().order_by(Subsidy.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(Subsidy.id < before)
    return (await connection.execute(statement)).all()


async def change(connection: AsyncConnection, subsidy_id: UUID, values: dict[str, Any]) -> None:
    statement = update(Subsidy).where(Subsidy.id == subsidy_id).values(**values, version=Subsidy.version + 1)
    await connection.execute(statement)


async def instalments(connection: AsyncConnection, subsidy_ids: Collection[UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Of these subsidies, by date."""
    columns = (Instalment.subsidy_id, Instalment.due_on, Instalment.amount)
    statement = select(*columns).where(Instalment.subsidy_id.in_(subsidy_ids)).order_by(Instalment.due_on)
    return (await connection.execute(statement)).all()


def _newest_fact() -> Any:
    return (
        select(ConditionFact.met, ConditionFact.met_on, ConditionFact.evidence)
        .where(ConditionFact.condition_id == Condition.id)
        .order_by(ConditionFact.id.desc())
        .limit(1)
        .lateral("fact")
    )


async def conditions(connection: AsyncConnection, subsidy_ids: Collection[UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Of these subsidies, each with what was last said of its being met."""
    fact = _newest_fact()
    statement = (
        select(Condition.id, Condition.subsidy_id, Condition.text, Condition.due_on, fact.c.met, fact.c.met_on)
        .add_columns(fact.c.evidence)
        .select_from(Condition)
        .outerjoin(fact, true())
        .where(Condition.subsidy_id.in_(subsidy_ids))
        .order_by(Condition.id)
    )
    return (await connection.execute(statement)).all()


async def add_fact(
    connection: AsyncConnection, condition_id: UUID, *, met: bool, on: date, evidence: str, at: datetime, by: UUID
) -> None:
    row = {"condition_id": condition_id, "met": met, "met_on": on, "evidence": evidence, "at": at, "by": by}
    await connection.execute(insert(ConditionFact).values(row))


async def deadlines(connection: AsyncConnection, since: date, until: date) -> Sequence[Row[*tuple[Any, ...]]]:
    """What must be spent, justified or fulfilled in these days: the thing, the deadline, the date, and its subsidy.

    Left out: what was withdrawn, spent or met already.
    """
    fact = _newest_fact()
    open_ones = Subsidy.withdrawn_on.is_(None)
    spend = select(
        Subsidy.id.label("thing_id"),
        literal("spend_by").label("deadline"),
        Subsidy.spend_by.label("due_on"),
        Subsidy.id.label("subsidy_id"),
        literal("").label("text"),
    ).where(open_ones, Subsidy.spend_by.between(since, until), Subsidy.spent < Subsidy.granted)
    justify = select(Subsidy.id, literal("justify_by"), Subsidy.justify_by, Subsidy.id, literal("")).where(
        open_ones, Subsidy.justify_by.between(since, until)
    )
    fulfil = (
        select(Condition.id, literal("condition"), Condition.due_on, Subsidy.id, Condition.text)
        .select_from(Condition)
        .join(Subsidy, Subsidy.id == Condition.subsidy_id)
        .outerjoin(fact, true())
        .where(open_ones, Condition.due_on.between(since, until), fact.c.met.is_not(true()))
    )
    found = union_all(spend, justify, fulfil).subquery()
    of_it = (Subsidy.grantor, Subsidy.programme, (Subsidy.granted - Subsidy.spent).label("left"), Subsidy.currency)
    statement = select(found, *of_it).join(Subsidy, Subsidy.id == found.c.subsidy_id)
    return (await connection.execute(statement.order_by(found.c.due_on, found.c.thing_id))).all()


async def note_reminder(connection: AsyncConnection, due: Due, at: datetime) -> bool:
    """False if the letter was written before."""
    row = {"thing_id": due.thing_id, "deadline": due.deadline, "due_on": due.due_on, "days": due.days, "at": at}
    statement = pg_insert(Reminder).values(row).on_conflict_do_nothing().returning(Reminder.thing_id)
    return (await connection.execute(statement)).one_or_none() is not None
