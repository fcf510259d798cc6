"""Statements about wants themselves."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Float, Uuid, bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.products.vocabulary import below
from catalog.wants.models import WantKey, WantRow
from catalog.wants.rules.wants import Audience, Status, Want, Wish
from catalog.wants.rules.words import all_keys, telling
from contracts.catalog import ProductKind, Unit
from contracts.values import Location, Money
from kit.database import Work

type Key = tuple[datetime, UUID]


def want_of(row: Any) -> Want:
    wish = Wish(
        text=row.text,
        note=row.note,
        kind=cast("ProductKind | None", row.kind),
        category=row.category,
        practices=tuple(row.practices),
        quantity=row.quantity,
        unit=cast("Unit | None", row.unit),
        needed_by=row.needed_by,
        place=row.place,
        location=None if row.lat is None else Location(lat=row.lat, lon=row.lon),
        radius_km=row.radius_km,
        max_price=None if row.max_price is None else Money(amount=row.max_price, currency=row.currency),
        audience=cast("Audience", row.audience),
    )
    return Want(
        id=row.id,
        member_id=row.member_id,
        wish=wish,
        status=cast("Status", row.status),
        expires_on=row.expires_on,
        version=row.version,
        created_at=row.created_at,
        changed_at=row.changed_at,
        ended_at=row.ended_at,
        met_by=row.met_by,
    )


async def save(work: Work, want: Want, user_id: UUID) -> None:
    """Adds a want, or brings it up to date."""
    wish = want.wish
    row = {
        "id": want.id,
        "member_id": want.member_id,
        "text": wish.text,
        "note": wish.note,
        "kind": wish.kind,
        "category": wish.category,
        "practices": list(wish.practices),
        "quantity": wish.quantity,
        "unit": wish.unit,
        "needed_by": wish.needed_by,
        "place": wish.place,
        "lat": wish.location.lat if wish.location else None,
        "lon": wish.location.lon if wish.location else None,
        "radius_km": wish.radius_km,
        "max_price": wish.max_price.amount if wish.max_price else None,
        "currency": wish.max_price.currency if wish.max_price else None,
        "audience": wish.audience,
        "status": want.status,
        "worded": bool(wish.words),
        "expires_on": want.expires_on,
        "met_by": want.met_by,
        "user_id": user_id,
        "version": want.version,
        "created_at": want.created_at,
        "changed_at": want.changed_at,
        "ended_at": want.ended_at,
    }
    new = insert(WantRow).values(row)
    kept = ("id", "member_id", "user_id", "created_at")
    changing = {name: new.excluded[name] for name in row if name not in kept}
    await work.execute(new.on_conflict_do_update(index_elements=[WantRow.id], set_=changing))
    # Only what is open is found by its words.
    keys = all_keys(wish.words) if want.status == "open" else []
    await work.execute(delete(WantKey).where(WantKey.want_id == want.id, WantKey.key.not_in(keys)))
    if keys:
        rows = [{"key": key, "want_id": want.id} for key in keys]
        await work.execute(insert(WantKey).on_conflict_do_nothing(), rows)


async def by_ids(work: Work, ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, Want]:
    """The wants with these ids."""
    among = WantRow.id == func.any(bindparam("ids", list(ids), ARRAY(Uuid)))
    query = select(WantRow).where(among).order_by(WantRow.id)
    rows = await work.execute(query.with_for_update() if lock else query)
    return {row.id: want_of(row) for row in rows}


async def open_of(work: Work, member_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, Want]:
    """What these members look for."""
    query = select(WantRow).where(WantRow.member_id.in_(member_ids), WantRow.status == "open").order_by(WantRow.id)
    rows = await work.execute(query.with_for_update() if lock else query)
    return {row.id: want_of(row) for row in rows}


async def lock_member(work: Work, member_id: UUID) -> None:
    """Lets only one transaction at a time add to what a member looks for."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"wants {member_id}", 0))))


async def expired(work: Work, today: date, limit: int) -> list[Want]:
    """Open wants whose last day is over; locked."""
    rows = await work.execute(
        select(WantRow)
        .where(WantRow.status == "open", WantRow.expires_on < today)
        .order_by(WantRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [want_of(row) for row in rows]


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Takes out what members told of themselves. What was found for them stays, without words."""
    await work.execute(
        update(WantRow)
        .where(WantRow.member_id.in_(member_ids), WantRow.status != "open")
        .values(text="", note="", place="", lat=None, lon=None, radius_km=None, changed_at=work.now)
    )


def _distance(near: Location) -> ColumnElement[float]:
    """Kilometres along a great circle, by the haversine."""
    lat, lon = func.radians(WantRow.lat), func.radians(WantRow.lon)
    here, there = func.radians(literal(near.lat, Float)), func.radians(literal(near.lon, Float))
    half = func.power(func.sin((lat - here) / 2), 2) + func.cos(lat) * func.cos(here) * func.power(
        func.sin((lon - there) / 2), 2
    )
    return 2 * 6371.0 * func.asin(func.sqrt(func.least(1.0, half)))


_NAMED = select(WantRow, func.coalesce(Producer.name, "").label("member_name")).join(
    Producer, Producer.member_id == WantRow.member_id, isouter=True
)


async def one(connection: AsyncConnection, want_id: UUID) -> tuple[Want, str] | None:
    """A want with its member's name."""
    row = (await connection.execute(_NAMED.where(WantRow.id == want_id))).one_or_none()
    return None if row is None else (want_of(row), row.member_name)


async def listing(
    connection: AsyncConnection,
    *,
    words: Sequence[str],
    category: str | None,
    near: Location | None,
    within_km: int,
    members: bool,
    after: Key | None,
    limit: int,
) -> list[tuple[Want, str]]:
    """What is looked for, the newest first; only what is public unless ``members``."""
    query = _NAMED.where(WantRow.status == "open")
    if not members:
        query = query.where(WantRow.audience == "public")
    for word in telling(words):
        has = select(WantKey.want_id).where(WantKey.want_id == WantRow.id, WantKey.key.in_(all_keys([word])))
        query = query.where(has.exists())
    if category is not None:
        query = query.where(WantRow.category.in_(below(category)))
    if near is not None:
        reach = within_km / 110.5
        query = query.where(WantRow.lat.between(near.lat - reach, near.lat + reach), _distance(near) <= within_km)
    if after is not None:
        query = query.where(tuple_(WantRow.created_at, WantRow.id) < tuple_(*after))
    rows = await connection.execute(query.order_by(WantRow.created_at.desc(), WantRow.id.desc()).limit(limit))
    return [(want_of(row), row.member_name) for row in rows]


async def own(
    connection: AsyncConnection, member_ids: Collection[UUID], status: Status | None, after: Key | None, limit: int
) -> list[tuple[Want, str]]:
    """The wants of some members in any state, the newest first."""
    query = _NAMED.where(WantRow.member_id.in_(member_ids))
    if status is not None:
        query = query.where(WantRow.status == status)
    if after is not None:
        query = query.where(tuple_(WantRow.created_at, WantRow.id) < tuple_(*after))
    rows = await connection.execute(query.order_by(WantRow.created_at.desc(), WantRow.id.desc()).limit(limit))
    return [(want_of(row), row.member_name) for row in rows]
