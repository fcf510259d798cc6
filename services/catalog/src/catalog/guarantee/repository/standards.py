"""SQL of standards and their versions."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.models import StandardRow, VersionRow
from catalog.guarantee.rules.certificates import Backing
from catalog.guarantee.rules.standards import SEVERITIES, Content, Item, Localised, Version
from kit.database import Work

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('standard ' || :code, 0))")


async def lock(work: Work, code: str) -> None:
    """Lets only one transaction at a time make and publish versions of a standard."""
    await work.execute(_LOCK, {"code": code})


async def add(work: Work, standard_id: UUID, code: str, name: Localised, by: UUID) -> bool:
    """False if there is a standard with this id or code."""
    new = insert(StandardRow).values(id=standard_id, code=code, name=dict(name), made_at=work.now, made_by=by)
    return (await work.execute(new.on_conflict_do_nothing().returning(StandardRow.id))).first() is not None


async def by_codes(connection: AsyncConnection, codes: Collection[str]) -> dict[str, tuple[UUID, dict[str, str]]]:
    """The id and name of each standard."""
    rows = await connection.execute(
        select(StandardRow.id, StandardRow.code, StandardRow.name).where(StandardRow.code.in_(codes))
    )
    return {row.code: (row.id, row.name) for row in rows}


async def page(connection: AsyncConnection, after: str | None, limit: int) -> list[tuple[UUID, str, dict[str, str]]]:
    query = select(StandardRow.id, StandardRow.code, StandardRow.name).order_by(StandardRow.code).limit(limit)
    if after is not None:
        query = query.where(StandardRow.code > after)
    return [(row.id, row.code, row.name) for row in await connection.execute(query)]


def _selected() -> Select[*tuple[Any, ...]]:
    return select(VersionRow, StandardRow.code.label("standard"), StandardRow.name).join(
        StandardRow, StandardRow.id == VersionRow.standard_id
    )


def _read(row: Row[*tuple[Any, ...]]) -> Version:
    content = Content(
        text=row.text,
        pledge=row.pledge,
        checklist=tuple(Item(one["code"], one["question"], one["severity"]) for one in row.checklist),
        practices=tuple(row.practices),
        conversion_practice=row.conversion_practice,
        required=row.required,
        conversion_years=row.conversion_years,
        validity_months=row.validity_months,
        visit_months=row.visit_months,
        committee_size=row.committee_size,
        correction_days={severity: row.correction_days[severity] for severity in SEVERITIES},
        valid_from=row.valid_from,
    )
    return Version(
        row.id, row.standard_id, row.standard, row.name, row.number, content, row.edition, row.published_at is not None
    )


async def versions(connection: AsyncConnection, standard_ids: Collection[UUID]) -> list[Version]:
    """All versions of these standards, in their order."""
    rows = await connection.execute(
        _selected().where(VersionRow.standard_id.in_(standard_ids)).order_by(StandardRow.code, VersionRow.number)
    )
    return [_read(row) for row in rows]


async def by_ids(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Version]:
    rows = await connection.execute(_selected().where(VersionRow.id.in_(ids)))
    return {row.id: _read(row) for row in rows}


async def in_force(connection: AsyncConnection, on: date, standard_id: UUID | None = None) -> list[Version]:
    """The version of each standard that holds on a date: the last published that has begun."""
    query = (
        _selected()
        .ext(distinct_on(VersionRow.standard_id))
        .where(VersionRow.published_at.is_not(None), VersionRow.valid_from <= on)
        .order_by(VersionRow.standard_id, VersionRow.valid_from.desc())
    )
    if standard_id is not None:
        query = query.where(VersionRow.standard_id == standard_id)
    return [_read(row) for row in await connection.execute(query)]


async def backings_in_force(connection: AsyncConnection, on: date) -> list[Backing]:
    """What the versions that hold on a date back."""
    version = VersionRow
    rows = await connection.execute(
        select(version.practices, version.conversion_practice, version.required)
        .ext(distinct_on(version.standard_id))
        .where(version.published_at.is_not(None), version.valid_from <= on)
        .order_by(version.standard_id, version.valid_from.desc())
    )
    return [Backing(tuple(row.practices), row.conversion_practice, row.required) for row in rows]


def _columns(content: Content) -> dict[str, Any]:
    return {
        "text": dict(content.text),
        "pledge": dict(content.pledge),
        "checklist": [
            {"code": item.code, "question": dict(item.question), "severity": item.severity}
            for item in content.checklist
        ],
        "practices": list(content.practices),
        "conversion_practice": content.conversion_practice,
        "required": content.required,
        "conversion_years": content.conversion_years,
        "validity_months": content.validity_months,
        "visit_months": content.visit_months,
        "committee_size": content.committee_size,
        "correction_days": dict(content.correction_days),
        "valid_from": content.valid_from,
    }


async def draft(work: Work, version_id: UUID, standard_id: UUID, number: int, content: Content) -> None:
    await work.execute(
        insert(VersionRow).values(
            id=version_id,
            standard_id=standard_id,
            number=number,
            edition=1,
            made_at=work.now,
            **_columns(content),
        )
    )


async def redraft(work: Work, version_id: UUID, content: Content) -> None:
    await work.execute(
        update(VersionRow)
        .where(VersionRow.id == version_id)
        .values(**_columns(content), edition=VersionRow.edition + 1)
    )


async def publish(work: Work, version_id: UUID, by: UUID) -> None:
    await work.execute(
        update(VersionRow)
        .where(VersionRow.id == version_id)
        .values(published_at=work.now, published_by=by, edition=VersionRow.edition + 1)
    )


async def last_from(work: Work, standard_id: UUID) -> date | None:
    """From when the last published version holds."""
    row = await work.execute(
        select(func.max(VersionRow.valid_from)).where(
            VersionRow.standard_id == standard_id, VersionRow.published_at.is_not(None)
        )
    )
    found: date | None = row.scalar_one()
    return found
