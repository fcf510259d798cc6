"""SQL of certificates and their facts."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.models import CertificateRow, FactRow, NumberRow, ReminderRow, StandardRow, VersionRow
from catalog.guarantee.rules.certificates import (
    VALID,
    Backing,
    Cause,
    Certificate,
    Fact,
    Kind,
    Outcome,
    Standing,
    Status,
)
from catalog.producers.models import Producer
from catalog.products.models import Product
from kit.database import Work

CertificateKey = tuple[str]


def _selected() -> Select[*tuple[Any, ...]]:
    return (
        select(
            CertificateRow,
            Producer.name.label("member_name"),
            StandardRow.code.label("standard"),
            StandardRow.name.label("standard_name"),
            VersionRow.practices,
            VersionRow.conversion_practice,
            VersionRow.required,
        )
        .join(StandardRow, StandardRow.id == CertificateRow.standard_id)
        .join(VersionRow, VersionRow.id == CertificateRow.version_id)
        .outerjoin(Producer, Producer.member_id == CertificateRow.member_id)
    )


def _read(row: Row[*tuple[Any, ...]]) -> Certificate:
    return Certificate(
        id=row.id,
        code=row.code,
        member_id=row.member_id,
        member_name=row.member_name,
        standard_id=row.standard_id,
        standard=row.standard,
        standard_name=row.standard_name,
        backing=Backing(tuple(row.practices), row.conversion_practice, row.required),
        products=tuple(row.products),
        issued_on=row.issued_on,
        status=cast("Status", row.status),
        stage=row.stage,
        valid_until=row.valid_until,
        told_name=row.told_name,
        version=row.version,
        changed_at=row.changed_at,
    )


async def by_code(connection: AsyncConnection, code: str) -> Certificate | None:
    row = (await connection.execute(_selected().where(CertificateRow.code == code))).one_or_none()
    return None if row is None else _read(row)


async def by_ids(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Certificate]:
    rows = await connection.execute(_selected().where(CertificateRow.id.in_(ids)))
    return {row.id: _read(row) for row in rows}


async def of_members(connection: AsyncConnection, member_ids: Collection[UUID]) -> list[Certificate]:
    """All certificates of these members."""
    rows = await connection.execute(
        _selected().where(CertificateRow.member_id.in_(member_ids)).order_by(CertificateRow.code)
    )
    return [_read(row) for row in rows]


async def lock(work: Work, certificate_id: UUID) -> None:
    """Its facts come one after the other."""
    await work.execute(select(CertificateRow.id).where(CertificateRow.id == certificate_id).with_for_update())


async def of_standard(work: Work, member_id: UUID, standard_id: UUID) -> UUID | None:
    """The member's certificate of a standard, locked."""
    row = await work.execute(
        select(CertificateRow.id)
        .where(CertificateRow.member_id == member_id, CertificateRow.standard_id == standard_id)
        .with_for_update()
    )
    return row.scalar_one_or_none()


async def facts(connection: AsyncConnection, certificate_ids: Collection[UUID]) -> dict[UUID, list[Fact]]:
    """The facts of each certificate, in their order."""
    found: dict[UUID, list[Fact]] = {}
    for row in await _fact_rows(connection, certificate_ids):
        found.setdefault(row.certificate_id, []).append(
            Fact(
                kind=cast("Kind", row.kind),
                on=row.held_on,
                cause=cast("Cause", row.cause),
                cause_id=row.cause_id,
                version_id=row.version_id,
                outcome=cast("Outcome | None", row.outcome),
                stage=row.stage,
                valid_until=row.valid_until,
                reason=row.reason,
            )
        )
    return found


async def _fact_rows(connection: AsyncConnection, certificate_ids: Collection[UUID]) -> list[Row[*tuple[Any, ...]]]:
    rows = await connection.execute(
        select(FactRow)
        .where(FactRow.certificate_id.in_(certificate_ids))
        .order_by(FactRow.certificate_id, FactRow.place)
    )
    return list(rows)


async def add_fact(work: Work, certificate_id: UUID, place: int, fact: Fact, by: UUID | None) -> None:
    """Writes a fact; the certificate has to be locked, so that places are taken in turn."""
    await work.execute(
        insert(FactRow).values(
            certificate_id=certificate_id,
            place=place,
            kind=fact.kind,
            held_on=fact.on,
            cause=fact.cause,
            cause_id=fact.cause_id,
            version_id=fact.version_id,
            outcome=fact.outcome,
            stage=fact.stage,
            valid_until=fact.valid_until,
            reason=fact.reason,
            at=work.now,
            by=by,
        )
    )


async def next_number(work: Work, year: int) -> int:
    """The next number of a year; whoever comes meanwhile waits, so that none is given twice or left out."""
    new = insert(NumberRow).values(year=year, last=1)
    row = await work.execute(
        new.on_conflict_do_update(index_elements=[NumberRow.year], set_={"last": NumberRow.last + 1}).returning(
            NumberRow.last
        )
    )
    return int(row.scalar_one())


async def add(
    work: Work, certificate_id: UUID, code: str, *, member_id: UUID, standard_id: UUID, version_id: UUID, on: date
) -> None:
    """A certificate of which nothing was told yet."""
    await work.execute(
        insert(CertificateRow).values(
            id=certificate_id,
            code=code,
            member_id=member_id,
            standard_id=standard_id,
            version_id=version_id,
            products=[],
            issued_on=on,
            status="refused",
            told_name="",
            version=0,
            changed_at=work.now,
        )
    )


async def tell(
    work: Work, certificate_id: UUID, now: Standing, name: str, products: Collection[str] | None = None
) -> None:
    """Keeps what is told of a certificate from now on, under its next version."""
    values: dict[str, Any] = {
        "status": now.status,
        "stage": now.stage,
        "valid_until": now.until,
        "version_id": now.version_id,
        "told_name": name,
        "version": CertificateRow.version + 1,
        "changed_at": work.now,
    }
    if products is not None:
        values["products"] = list(products)
    await work.execute(update(CertificateRow).where(CertificateRow.id == certificate_id).values(values))


async def lapsing(work: Work, limit: int) -> list[tuple[UUID, UUID]]:
    """Certificates that are told as valid and whose last day is over, with their members, by those."""
    rows = await work.execute(
        select(CertificateRow.id, CertificateRow.member_id)
        .where(CertificateRow.status.in_(VALID), CertificateRow.valid_until < work.today)
        .order_by(CertificateRow.member_id, CertificateRow.id)
        .limit(limit)
    )
    return [(row.id, row.member_id) for row in rows]


async def ids_of(work: Work, member_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """The certificates of these members, with their members, locked in the order of their ids."""
    rows = await work.execute(
        select(CertificateRow.id, CertificateRow.member_id)
        .where(CertificateRow.member_id.in_(member_ids))
        .order_by(CertificateRow.id)
        .with_for_update()
    )
    return [(row.id, row.member_id) for row in rows]


_LOCK_MEMBERS = text("""
SELECT pg_advisory_xact_lock(hashtextextended('guarantee ' || member_id, 0))
FROM unnest(CAST(:members AS uuid[])) AS one(member_id)
""")


async def lock_members(work: Work, member_ids: Collection[UUID]) -> None:
    """Lets only one transaction at a time work out what these members may show."""
    await work.execute(_LOCK_MEMBERS, {"members": sorted(member_ids)})


async def standings_of(work: Work, member_ids: Collection[UUID] | None) -> dict[UUID, list[tuple[Backing, Status]]]:
    """What the certificates of these members, or of all, are today and back: by what was told of them, and lapsed from
    the day after their last on."""
    query = select(
        CertificateRow.member_id,
        CertificateRow.status,
        CertificateRow.valid_until,
        VersionRow.practices,
        VersionRow.conversion_practice,
        VersionRow.required,
    ).join(VersionRow, VersionRow.id == CertificateRow.version_id)
    if member_ids is not None:
        query = query.where(CertificateRow.member_id.in_(member_ids))
    found: dict[UUID, list[tuple[Backing, Status]]] = {}
    for row in await work.execute(query):
        over = row.valid_until is not None and row.valid_until < work.today
        status = "lapsed" if over and row.status in VALID else row.status
        backing = Backing(tuple(row.practices), row.conversion_practice, row.required)
        found.setdefault(row.member_id, []).append((backing, cast("Status", status)))
    return found


async def ending(work: Work, within: int, limit: int) -> list[tuple[UUID, date, list[int]]]:
    """Valid certificates that end within so many days, with the reminders that were sent of that end."""
    sent = func.coalesce(
        select(func.array_agg(ReminderRow.days))
        .where(ReminderRow.certificate_id == CertificateRow.id, ReminderRow.valid_until == CertificateRow.valid_until)
        .scalar_subquery(),
        text("'{}'::smallint[]"),
    )
    rows = await work.execute(
        select(CertificateRow.id, CertificateRow.valid_until, sent.label("sent"))
        .where(CertificateRow.status.in_(VALID), CertificateRow.valid_until >= work.today)
        .where(CertificateRow.valid_until <= work.today + timedelta(days=within))
        .order_by(CertificateRow.valid_until, CertificateRow.id)
        .limit(limit)
    )
    return [(row.id, row.valid_until, list(row.sent)) for row in rows]


async def to_renew(connection: AsyncConnection, today: date, within: int, limit: int) -> list[Certificate]:
    """Valid certificates that end within so many days, the soonest first."""
    rows = await connection.execute(
        _selected()
        .where(CertificateRow.status.in_(VALID), CertificateRow.valid_until >= today)
        .where(CertificateRow.valid_until <= today + timedelta(days=within))
        .order_by(CertificateRow.valid_until, CertificateRow.id)
        .limit(limit)
    )
    return [_read(row) for row in rows]


async def remember_reminder(work: Work, certificate_id: UUID, until: date, days: int) -> bool:
    """False if this was reminded of already."""
    new = insert(ReminderRow).values(certificate_id=certificate_id, valid_until=until, days=days, sent_at=work.now)
    return (await work.execute(new.on_conflict_do_nothing().returning(ReminderRow.days))).first() is not None


async def page(
    connection: AsyncConnection,
    today: date,
    *,
    standard: str | None,
    status: Status | None,
    member_id: UUID | None,
    practice: str | None,
    after: CertificateKey | None,
    limit: int,
) -> list[Certificate]:
    """Certificates by their numbers. What has lapsed today is lapsed, whether the run that says so came by or not."""
    query = _selected()
    if standard is not None:
        query = query.where(StandardRow.code == standard)
    if member_id is not None:
        query = query.where(CertificateRow.member_id == member_id)
    if practice is not None:
        query = query.where(VersionRow.practices.contains([practice]))
    over = CertificateRow.status.in_(VALID) & (CertificateRow.valid_until < today)
    if status == "lapsed":
        query = query.where((CertificateRow.status == "lapsed") | over)
    elif status is not None:
        query = query.where(CertificateRow.status == status, ~over)
    if after is not None:
        query = query.where(CertificateRow.code > after[0])
    rows = await connection.execute(query.order_by(CertificateRow.code).limit(limit))
    return [_read(row) for row in rows]


async def backings(connection: AsyncConnection, version_ids: Collection[UUID]) -> dict[UUID, Backing]:
    """What these versions back."""
    version = VersionRow
    rows = await connection.execute(
        select(version.id, version.practices, version.conversion_practice, version.required).where(
            version.id.in_(version_ids)
        )
    )
    return {row.id: Backing(tuple(row.practices), row.conversion_practice, row.required) for row in rows}


async def offering(work: Work) -> set[UUID]:
    """The members who have something on offer."""
    rows = await work.execute(select(Product.member_id).distinct().where(Product.status == "published"))
    return set(rows.scalars())
