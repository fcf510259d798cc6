"""SQL of non-conformities."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.models import ApplicationRow, NonconformityEntryRow, NonconformityRow
from catalog.guarantee.rules.nonconformities import SUSPENDING, Finding, Nonconformity, State
from catalog.guarantee.rules.standards import Severity
from catalog.producers.models import Producer
from kit.database import Work

EntryKind = Literal["evidence", "extended", "closed"]


@dataclass(frozen=True)
class Entry:
    id: UUID
    kind: EntryKind
    text: str
    photos: tuple[UUID, ...]
    due_on: date | None
    at: datetime
    by: UUID


@dataclass(frozen=True)
class Told:
    """A non-conformity with what was said of it."""

    core: Nonconformity
    member_name: str | None
    visit_id: UUID | None
    item: str | None
    finding: str
    action: str
    opened_on: date
    closed_at: datetime | None
    closed_by: UUID | None
    entries: tuple[Entry, ...]


async def add(
    work: Work,
    application_id: UUID,
    member_id: UUID,
    found: Sequence[tuple[UUID, Finding]],
    *,
    visit_id: UUID | None,
    by: UUID | None,
) -> bool:
    """False if there is one with such an id."""
    if not found:
        return True
    rows = [
        {
            "id": nonconformity_id,
            "application_id": application_id,
            "member_id": member_id,
            "visit_id": visit_id,
            "item": one.item,
            "severity": one.severity,
            "finding": one.finding,
            "action": one.action,
            "due_on": one.due_on,
            "opened_on": work.today,
            "opened_at": work.now,
            "opened_by": by,
        }
        for nonconformity_id, one in found
    ]
    new = insert(NonconformityRow).values(rows).on_conflict_do_nothing().returning(NonconformityRow.id)
    return len((await work.execute(new)).all()) == len(rows)


def _core(row: Row[*tuple[Any, ...]]) -> Nonconformity:
    return Nonconformity(
        row.id,
        row.application_id,
        row.member_id,
        cast("Severity", row.severity),
        row.due_on,
        row.closed_at is not None,
        row.reminded_of,
        row.suspended_of,
    )


async def locked(work: Work, nonconformity_id: UUID) -> Nonconformity | None:
    row = await work.execute(select(NonconformityRow).where(NonconformityRow.id == nonconformity_id).with_for_update())
    found = row.one_or_none()
    return None if found is None else _core(found)


async def open_of_standard(work: Work, member_id: UUID, standard_id: UUID) -> list[Nonconformity]:
    """What is open of a member under a standard, from whichever application."""
    rows = await work.execute(
        select(NonconformityRow)
        .join(ApplicationRow, ApplicationRow.id == NonconformityRow.application_id)
        .where(
            NonconformityRow.member_id == member_id,
            ApplicationRow.standard_id == standard_id,
            NonconformityRow.closed_at.is_(None),
        )
    )
    return [_core(row) for row in rows]


async def unreminded(work: Work, limit: int) -> list[Nonconformity]:
    """Overdue, and not said of this deadline yet; locked."""
    rows = await work.execute(
        select(NonconformityRow)
        .where(
            NonconformityRow.closed_at.is_(None),
            NonconformityRow.due_on < work.today,
            NonconformityRow.reminded_of.is_distinct_from(NonconformityRow.due_on),
        )
        .order_by(NonconformityRow.due_on, NonconformityRow.id)
        .limit(limit)
        .with_for_update()
    )
    return [_core(row) for row in rows]


async def neglected(work: Work, grace: int, limit: int) -> list[tuple[Nonconformity, UUID]]:
    """Grave ones that are still open after the grace and have had no consequence, with their standard; locked."""
    rows = await work.execute(
        select(NonconformityRow, ApplicationRow.standard_id)
        .join(ApplicationRow, ApplicationRow.id == NonconformityRow.application_id)
        .where(
            NonconformityRow.closed_at.is_(None),
            NonconformityRow.severity.in_(SUSPENDING),
            NonconformityRow.due_on < work.today - timedelta(days=grace),
            NonconformityRow.reminded_of == NonconformityRow.due_on,
            NonconformityRow.suspended_of.is_distinct_from(NonconformityRow.due_on),
        )
        .order_by(NonconformityRow.due_on, NonconformityRow.id)
        .limit(limit)
        .with_for_update(of=NonconformityRow)
    )
    return [(_core(row), row.standard_id) for row in rows]


async def standard_of(work: Work, application_id: UUID) -> UUID:
    row = await work.execute(select(ApplicationRow.standard_id).where(ApplicationRow.id == application_id))
    found: UUID = row.scalar_one()
    return found


async def reminded(work: Work, ids: Collection[UUID]) -> None:
    await work.execute(
        update(NonconformityRow).where(NonconformityRow.id.in_(ids)).values(reminded_of=NonconformityRow.due_on)
    )


async def suspended(work: Work, nonconformity_id: UUID) -> None:
    await work.execute(
        update(NonconformityRow)
        .where(NonconformityRow.id == nonconformity_id)
        .values(suspended_of=NonconformityRow.due_on)
    )


async def say(
    work: Work,
    entry_id: UUID,
    nonconformity_id: UUID,
    kind: EntryKind,
    said: str,
    *,
    photos: Collection[UUID] = (),
    due_on: date | None = None,
    by: UUID,
) -> bool:
    """False if this was said already."""
    new = insert(NonconformityEntryRow).values(
        id=entry_id,
        nonconformity_id=nonconformity_id,
        kind=kind,
        text=said,
        photos=list(photos),
        due_on=due_on,
        at=work.now,
        by=by,
    )
    row = await work.execute(new.on_conflict_do_nothing().returning(NonconformityEntryRow.id))
    return row.first() is not None


async def extend(work: Work, nonconformity_id: UUID, due_on: date) -> None:
    await work.execute(update(NonconformityRow).where(NonconformityRow.id == nonconformity_id).values(due_on=due_on))


async def close(work: Work, nonconformity_id: UUID, by: UUID) -> None:
    await work.execute(
        update(NonconformityRow).where(NonconformityRow.id == nonconformity_id).values(closed_at=work.now, closed_by=by)
    )


async def by_id(connection: AsyncConnection, nonconformity_id: UUID) -> Told | None:
    found = await _load(connection, _selected().where(NonconformityRow.id == nonconformity_id))
    return found[0] if found else None


async def of_applications(connection: AsyncConnection, application_ids: Collection[UUID]) -> dict[UUID, list[Told]]:
    found: dict[UUID, list[Told]] = {}
    query = _selected().where(NonconformityRow.application_id.in_(application_ids)).order_by(NonconformityRow.id)
    for one in await _load(connection, query):
        found.setdefault(one.core.application_id, []).append(one)
    return found


async def page(
    connection: AsyncConnection,
    today: date,
    member_ids: Collection[UUID] | None,
    *,
    state: State | None,
    severity: Severity | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Told]:
    """By deadline, the nearest first."""
    row = NonconformityRow
    query = _selected().order_by(row.due_on, row.id).limit(limit)
    if member_ids is not None:
        query = query.where(row.member_id.in_(member_ids))
    if severity is not None:
        query = query.where(row.severity == severity)
    if state == "closed":
        query = query.where(row.closed_at.is_not(None))
    elif state is not None:
        late = row.due_on < today
        query = query.where(row.closed_at.is_(None), late if state == "overdue" else ~late)
    if after is not None:
        query = query.where((row.due_on > after[0]) | ((row.due_on == after[0]) & (row.id > after[1])))
    return await _load(connection, query)


async def waiting(connection: AsyncConnection, limit: int) -> list[Told]:
    """What is open, by deadline."""
    row = NonconformityRow
    return await _load(connection, _selected().where(row.closed_at.is_(None)).order_by(row.due_on, row.id).limit(limit))


def _selected() -> Select[*tuple[Any, ...]]:
    return select(NonconformityRow, Producer.name.label("member_name")).outerjoin(
        Producer, Producer.member_id == NonconformityRow.member_id
    )


async def _load(connection: AsyncConnection, query: Select[*tuple[Any, ...]]) -> list[Told]:
    rows = list(await connection.execute(query))
    entries: dict[UUID, list[Entry]] = {}
    for one in await connection.execute(
        select(NonconformityEntryRow)
        .where(NonconformityEntryRow.nonconformity_id.in_([row.id for row in rows]))
        .order_by(NonconformityEntryRow.at, NonconformityEntryRow.id)
    ):
        entries.setdefault(one.nonconformity_id, []).append(
            Entry(one.id, cast("EntryKind", one.kind), one.text, tuple(one.photos), one.due_on, one.at, one.by)
        )
    return [
        Told(
            _core(row),
            row.member_name,
            row.visit_id,
            row.item,
            row.finding,
            row.action,
            row.opened_on,
            row.closed_at,
            row.closed_by,
            tuple(entries.get(row.id, ())),
        )
        for row in rows
    ]
