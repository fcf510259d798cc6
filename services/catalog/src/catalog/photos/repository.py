"""Every statement about photos."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.photos import models
from catalog.photos.rules import Photo, State
from kit.database import Work

_COLUMNS = (
    models.Photo.id,
    models.Photo.member_id,
    models.Photo.hash,
    models.Photo.state,
    models.Photo.width,
    models.Photo.height,
    models.Photo.created_at,
)
_SHOWN = exists().where(models.PhotoUse.photo_id == models.Photo.id)


def _photo(row: Any) -> Photo:
    state = cast("State", row.state)
    return Photo(row.id, row.member_id, bytes(row.hash), state, row.width, row.height, row.created_at)


def _among(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    among: ColumnElement[bool] = column == func.any(bindparam(None, list(ids), ARRAY(Uuid), unique=True))
    return among


async def kept(connection: AsyncConnection, photo_id: UUID) -> Photo | None:
    """A photo that may be seen."""
    query = select(*_COLUMNS).where(models.Photo.id == photo_id, models.Photo.state == "kept")
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _photo(row)


async def with_hash(work: Work, member_id: UUID, content_hash: bytes) -> Photo | None:
    """A member's photo of that content, kept or arriving."""
    query = select(*_COLUMNS).where(
        models.Photo.member_id == member_id, models.Photo.hash == content_hash, models.Photo.state != "gone"
    )
    row = (await work.execute(query)).one_or_none()
    return None if row is None else _photo(row)


async def idle_count(work: Work, member_id: UUID) -> int:
    """How many photos of a member nothing shows."""
    query = select(func.count()).where(models.Photo.member_id == member_id, models.Photo.state != "gone", ~_SHOWN)
    found: int = (await work.execute(query)).scalar_one()
    return found


@dataclass(frozen=True)
class Listed:
    """A photo in its member's list."""

    photo: Photo
    shown: bool


async def of_member(
    connection: AsyncConnection, member_id: UUID, before: UUID | None, limit: int, *, idle: bool
) -> list[Listed]:
    """A member's photos, the newest first; only those that nothing shows, if ``idle``."""
    query = select(*_COLUMNS, _SHOWN.label("shown")).where(
        models.Photo.member_id == member_id, models.Photo.state == "kept"
    )
    if before is not None:
        query = query.where(models.Photo.id < before)
    if idle:
        query = query.where(~_SHOWN)
    rows = await connection.execute(query.order_by(models.Photo.id.desc()).limit(limit))
    return [Listed(_photo(row), row.shown) for row in rows]


async def arrive(work: Work, photo: Photo) -> Photo:
    """Notes a photo whose files come next. Gives the one there is, if this member has one of that content."""
    new = insert(models.Photo).values(
        id=photo.id,
        member_id=photo.member_id,
        hash=photo.hash,
        state="arriving",
        width=photo.width,
        height=photo.height,
        created_at=photo.created_at,
        idle_since=work.now,
    )
    added = new.on_conflict_do_update(
        index_elements=[models.Photo.member_id, models.Photo.hash],
        index_where=text("state <> 'gone'"),
        set_={"idle_since": new.excluded.idle_since},
    ).returning(*_COLUMNS)
    return _photo((await work.execute(added)).one())


async def keep(work: Work, photo_id: UUID) -> bool:
    """Shows a photo whose files are there. False if it was forgotten meanwhile."""
    photo = models.Photo
    changed = update(photo).where(photo.id == photo_id, photo.state != "gone").values(state="kept", idle_since=work.now)
    return (await work.execute(changed.returning(photo.id))).one_or_none() is not None


async def lock_kept(work: Work, member_id: UUID, photo_ids: Collection[UUID]) -> set[UUID]:
    """Those of the photos that are this member's; they can't go until this transaction ends."""
    photo = models.Photo
    rows = await work.execute(
        select(photo.id)
        .where(_among(photo.id, photo_ids), photo.member_id == member_id, photo.state == "kept")
        .order_by(photo.id)
        .with_for_update(read=True, key_share=True)
    )
    return {row.id for row in rows}


_UNSHOW = text("""
WITH off AS (
    DELETE FROM photo_uses
    WHERE thing_id = ANY(CAST(:every AS uuid[]))
      AND (thing_id, photo_id) NOT IN (
          SELECT * FROM unnest(CAST(:things AS uuid[]), CAST(:photos AS uuid[])))
    RETURNING photo_id
)
UPDATE photos SET idle_since = :now WHERE id IN (SELECT photo_id FROM off)
""")
_SHOW = text("""
INSERT INTO photo_uses (thing_id, photo_id)
SELECT * FROM unnest(CAST(:things AS uuid[]), CAST(:photos AS uuid[]))
ON CONFLICT DO NOTHING
""")


async def show(work: Work, shown: Mapping[UUID, Collection[UUID]]) -> None:
    """Makes each thing show exactly its photos: two statements, however many there are."""
    pairs = sorted({(thing, photo) for thing, photos in shown.items() for photo in photos})
    both = {"things": [thing for thing, _ in pairs], "photos": [photo for _, photo in pairs]}
    await work.execute(_UNSHOW, {"every": sorted(shown), "now": work.now, **both})
    if pairs:
        await work.execute(_SHOW, both)


async def lock_one(work: Work, photo_id: UUID) -> tuple[Photo, bool] | None:
    """A photo with whether something shows it; nobody can begin to until this transaction ends."""
    locked = select(models.Photo.id).where(models.Photo.id == photo_id, models.Photo.state == "kept").with_for_update()
    if (await work.execute(locked)).one_or_none() is None:
        return None
    row = (await work.execute(select(*_COLUMNS, _SHOWN.label("shown")).where(models.Photo.id == photo_id))).one()
    return _photo(row), row.shown


async def lock_idle(work: Work, since: datetime, broken_off: datetime, limit: int) -> list[UUID]:
    """Photos that nothing has shown since then, and uploads broken off since then, for this transaction alone."""
    photo = models.Photo
    rows = await work.execute(
        select(photo.id)
        .where(photo.state != "gone", photo.idle_since <= broken_off)
        .where((photo.state == "arriving") | ((photo.idle_since <= since) & ~_SHOWN))
        .order_by(photo.idle_since)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [row.id for row in rows]


async def let_go(work: Work, photo_ids: Collection[UUID]) -> None:
    """Hides photos for ever, but for those that something shows by now."""
    photo = models.Photo
    await work.execute(update(photo).where(_among(photo.id, photo_ids), ~_SHOWN).values(state="gone"))


async def let_go_of_members(work: Work, member_ids: Collection[UUID]) -> None:
    """Takes all photos of these members off what shows them and hides them for ever."""
    theirs = select(models.Photo.id).where(_among(models.Photo.member_id, member_ids))
    await work.execute(delete(models.PhotoUse).where(models.PhotoUse.photo_id.in_(theirs)))
    await work.execute(update(models.Photo).where(_among(models.Photo.member_id, member_ids)).values(state="gone"))


async def lock_gone(work: Work, limit: int) -> list[Photo]:
    """Photos whose files are to be deleted."""
    rows = await work.execute(
        select(*_COLUMNS)
        .where(models.Photo.state == "gone")
        .order_by(models.Photo.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_photo(row) for row in rows]


async def delete_rows(work: Work, photo_ids: Collection[UUID]) -> None:
    await work.execute(delete(models.Photo).where(_among(models.Photo.id, photo_ids)))
