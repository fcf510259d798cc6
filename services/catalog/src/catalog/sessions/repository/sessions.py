"""Statements about series and sessions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.products.models import Product
from catalog.sessions.models import Series, SessionRow
from catalog.sessions.rules.occasions import Session, State, Terms
from contracts.values import Location
from kit.database import Work

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class SeriesOf:
    """A series as it stands. Its times are the network's clock."""

    id: UUID
    product_id: UUID
    member_id: UUID
    follows: UUID | None
    template_id: UUID
    rule: str
    starts_at: datetime
    without: tuple[date, ...]
    terms: Terms
    ahead_until: datetime
    ends_on: date | None
    version: int


def _location(row: Any) -> Location | None:
    return None if row.lat is None else Location(lat=row.lat, lon=row.lon)


def _series(row: Any) -> SeriesOf:
    opens = None if row.opens_before is None else row.opens_before * _MINUTE
    terms = Terms(
        row.minutes,
        row.capacity,
        row.place,
        _location(row),
        opens,
        row.closes_before * _MINUTE,
        row.cancel_before * _MINUTE,
        row.note,
    )
    return SeriesOf(
        row.id,
        row.product_id,
        row.member_id,
        row.follows,
        row.template_id,
        row.rule,
        row.starts_at,
        tuple(row.without),
        terms,
        row.ahead_until,
        row.ends_on,
        row.version,
    )


async def save_series(work: Work, one: SeriesOf) -> None:
    """Adds a series, or brings it up to date."""
    terms = one.terms
    row = {
        "id": one.id,
        "product_id": one.product_id,
        "member_id": one.member_id,
        "follows": one.follows,
        "template_id": one.template_id,
        "rule": one.rule,
        "starts_at": one.starts_at,
        "without": list(one.without),
        "minutes": terms.minutes,
        "capacity": terms.capacity,
        "place": terms.place,
        "lat": terms.location.lat if terms.location else None,
        "lon": terms.location.lon if terms.location else None,
        "opens_before": None if terms.opens_before is None else terms.opens_before // _MINUTE,
        "closes_before": terms.closes_before // _MINUTE,
        "cancel_before": terms.cancel_before // _MINUTE,
        "note": terms.note,
        "ahead_until": one.ahead_until,
        "ends_on": one.ends_on,
        "version": one.version,
        "created_at": work.now,
        "changed_at": work.now,
    }
    new = insert(Series).values(row)
    changing = {name: new.excluded[name] for name in ("ahead_until", "ends_on", "version", "changed_at")}
    await work.execute(new.on_conflict_do_update(index_elements=[Series.id], set_=changing))


async def series(work: Work, series_id: UUID, *, lock: bool = False) -> SeriesOf | None:
    """A series; ``lock`` keeps others from changing it until this transaction ends."""
    query = select(Series).where(Series.id == series_id)
    row = (await work.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _series(row)


async def series_behind(work: Work, until: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Series, with their products, whose sessions are not planned up to ``until`` yet, those furthest behind first."""
    goes_on = or_(Series.ends_on.is_(None), Series.ahead_until < Series.ends_on)
    rows = await work.execute(
        select(Series.id, Series.product_id)
        .where(goes_on, Series.ahead_until < until)
        .order_by(Series.ahead_until, Series.id)
        .limit(limit)
    )
    return [(row.id, row.product_id) for row in rows]


def _session(row: Any) -> Session:
    return Session(
        id=row.id,
        product_id=row.product_id,
        member_id=row.member_id,
        series_id=row.series_id,
        slot=row.slot,
        template_id=row.template_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity,
        place=row.place,
        location=_location(row),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        cancel_until=row.cancel_until,
        note=row.note,
        state=cast("State", row.state),
        reason=row.reason,
        listed=row.listed,
        done=row.done,
        moved_at=row.moved_at,
        attended_at=row.attended_at,
        version=row.version,
    )


#: What a session keeps. Its series and slot, too: a write to them would lock the row against the bookings that name it.
_KEPT = frozenset({"id", "product_id", "member_id", "series_id", "slot", "created_at"})


async def save(work: Work, sessions: Sequence[Session]) -> None:
    """Adds sessions, or brings them up to date."""
    if not sessions:
        return
    rows = [
        {
            **{name: getattr(one, name) for name in _PLAIN},
            "lat": one.location.lat if one.location else None,
            "lon": one.location.lon if one.location else None,
            "created_at": work.now,
            "changed_at": work.now,
        }
        for one in sessions
    ]
    new = insert(SessionRow)
    changing = {name: new.excluded[name] for name in rows[0] if name not in _KEPT}
    await work.execute(new.on_conflict_do_update(index_elements=[SessionRow.id], set_=changing), rows)


_RESETTLE = text("""
UPDATE sessions SET series_id = new.series_id, slot = new.slot
FROM unnest(CAST(:ids AS uuid[]), CAST(:series AS uuid[]), CAST(:slots AS timestamp[])) AS new(id, series_id, slot)
WHERE sessions.id = new.id
""")


async def resettle(work: Work, sessions: Sequence[Session]) -> None:
    """Gives sessions to another series, in one statement. Their stock is locked already."""
    if sessions:
        await work.execute(
            _RESETTLE,
            {
                "ids": [one.id for one in sessions],
                "series": [one.series_id for one in sessions],
                "slots": [one.slot for one in sessions],
            },
        )


_PLAIN = (
    "id",
    "product_id",
    "member_id",
    "series_id",
    "slot",
    "template_id",
    "starts_at",
    "ends_at",
    "capacity",
    "place",
    "opens_at",
    "closes_at",
    "cancel_until",
    "note",
    "state",
    "reason",
    "listed",
    "done",
    "moved_at",
    "attended_at",
    "version",
)


def _among(ids: Collection[UUID]) -> ColumnElement[bool]:
    among: ColumnElement[bool] = SessionRow.id == func.any(bindparam(None, list(ids), ARRAY(Uuid), unique=True))
    return among


async def _read(work: Work, which: ColumnElement[bool], *, lock: bool = False) -> dict[UUID, Session]:
    query = select(SessionRow).where(which).order_by(SessionRow.id)
    # Not against the bookings that name it: those are made under the lock of its stock, which comes after this one.
    rows = await work.execute(query.with_for_update(key_share=True) if lock else query)
    return {row.id: _session(row) for row in rows}


async def by_ids(work: Work, ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, Session]:
    """The sessions with these ids: of variants, those that are sessions."""
    return await _read(work, _among(ids), lock=lock)


async def coming(work: Work, product_id: UUID, *, lock: bool = False) -> dict[UUID, Session]:
    """What is planned of a product and has not begun."""
    mine = SessionRow.product_id == product_id
    return await _read(work, mine & (SessionRow.state == "planned") & (SessionRow.starts_at > work.now), lock=lock)


async def of_series(work: Work, series_id: UUID, since: datetime, *, lock: bool = False) -> dict[UUID, Session]:
    """What is planned of a series and begins at or after ``since``."""
    mine = SessionRow.series_id == series_id
    which = mine & (SessionRow.state == "planned") & (SessionRow.slot >= since) & (SessionRow.starts_at > work.now)
    return await _read(work, which, lock=lock)


async def due(work: Work, limit: int) -> list[UUID]:
    """Products with sessions whose booking is to open or to close now."""
    opens = ~SessionRow.listed & (SessionRow.state == "planned") & (SessionRow.opens_at <= work.now)
    closes = ~SessionRow.done & (SessionRow.closes_at <= work.now)
    rows = await work.execute(
        select(SessionRow.product_id).where(or_(opens & ~SessionRow.done, closes)).distinct().limit(limit)
    )
    return sorted(rows.scalars())


async def to_switch(work: Work, product_id: UUID) -> dict[UUID, Session]:
    """A product's sessions whose booking is not over; locked."""
    return await _read(work, (SessionRow.product_id == product_id) & ~SessionRow.done, lock=True)


async def coming_of_members(work: Work, member_ids: Collection[UUID]) -> dict[UUID, Session]:
    """What these members plan to hold."""
    which = SessionRow.member_id.in_(member_ids) & (SessionRow.state == "planned") & (SessionRow.starts_at > work.now)
    return await _read(work, which)


async def end_series(work: Work, member_ids: Collection[UUID]) -> None:
    """The series of these members go on no more."""
    await work.execute(
        update(Series)
        .where(Series.member_id.in_(member_ids), Series.ends_on.is_(None))
        .values(ends_on=work.today, version=Series.version + 1, changed_at=work.now)
    )


async def unattended(work: Work, before: datetime, limit: int) -> list[Session]:
    """Sessions that ended before then and whose attendance nobody has closed; locked."""
    rows = await work.execute(
        select(SessionRow)
        .where(SessionRow.attended_at.is_(None), SessionRow.state == "planned", SessionRow.ends_at < before)
        .order_by(SessionRow.ends_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [_session(row) for row in rows]


async def series_seen(connection: AsyncConnection, series_id: UUID) -> SeriesOf | None:
    """A series as it is just now."""
    row = (await connection.execute(select(Series).where(Series.id == series_id))).one_or_none()
    return None if row is None else _series(row)


async def product_name(work: Work, product_id: UUID) -> str:
    """What a product is called."""
    return str((await work.execute(select(Product.name).where(Product.id == product_id))).scalar_one())


@dataclass(frozen=True)
class ProductSeen:
    """What there is to know of a product before its sessions are shown."""

    name: str
    member_id: UUID
    status: str


async def product(connection: AsyncConnection, product_id: UUID) -> ProductSeen | None:
    """A product in whatever state."""
    query = select(Product.name, Product.member_id, Product.status).where(Product.id == product_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else ProductSeen(row.name, row.member_id, row.status)
