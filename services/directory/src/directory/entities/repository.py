"""Every statement about profiles. Writes take many rows at once: one is many, too."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, JSON, Executable, RowMapping, Table, Text, any_, bindparam, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import literal_column
from sqlalchemy.types import Uuid

from directory.entities.models import Entity, Owner, Word
from kit.database import Work
from kit.errors import Conflict
from kit.spelling import endings, near

type Row = dict[str, Any]

_READ = tuple(column for column in Entity.__table__.columns if column.name not in ("place", "document", "head"))


def _put(model: type[Entity | Word | Owner], fixed: Sequence[str] = (), *, keep: bool = False) -> Executable:
    """Writes all rows of the parameter ``rows``, a JSON array; those that are there are changed, but for ``fixed``."""
    table: Table = model.metadata.tables[model.__tablename__]
    columns = [column for column in table.columns if column.computed is None and column.server_default is None]
    rows = func.json_populate_recordset(
        literal_column(f"NULL::{table.name}"), cast(bindparam("rows", type_=Text), JSON)
    ).table_valued(*(literal_column(column.name, column.type) for column in columns))
    names = [column.name for column in columns]
    statement = insert(table).from_select(names, select(*(rows.c[name] for name in names)))
    keys = list(table.primary_key.columns)
    if keep:
        return statement.on_conflict_do_nothing(index_elements=keys)
    changed = {name: statement.excluded[name] for name in names if name not in fixed}
    newer = table.c.version < statement.excluded.version if "version" in names else None
    return statement.on_conflict_do_update(index_elements=keys, set_=changed, where=newer)


_SAVE = _put(Entity, ("id", "source", "external_id", "created_at"))
_ADD_WORDS = _put(Word, keep=True)
_HEAR = _put(Owner, ("member_id",))

_ASKED = func.unnest(bindparam("words", type_=ARRAY(Text))).table_valued("word").render_derived(name="asked")
_UNKNOWN_WORDS = select(_ASKED.c.word).where(~select(Word).where(Word.word == _ASKED.c.word).exists())

_WITHDRAW_OF = (
    update(Entity)
    .where(Entity.owner_id == any_(bindparam("owners", type_=ARRAY(Uuid))), Entity.status == "published")
    .values(status="withdrawn", version=Entity.version + 1, updated_at=bindparam("now"))
    .returning(*_READ)
)


async def find(connection: AsyncConnection, entity_id: UUID) -> Row | None:
    """The entity with that id."""
    found = await connection.execute(select(*_READ).where(Entity.id == entity_id))
    row = found.mappings().one_or_none()
    return None if row is None else _row(row)


async def lock(work: Work, entity_id: UUID) -> Row | None:
    """The same, held against changes by others until this transaction ends."""
    found = await work.execute(select(*_READ).where(Entity.id == entity_id).with_for_update())
    row = found.mappings().one_or_none()
    return None if row is None else _row(row)


async def of_owners(connection: AsyncConnection, owners: Iterable[UUID]) -> list[Row]:
    """All entities of these members, the newest first, whatever their status; at most 200."""
    statement = select(*_READ).where(Entity.owner_id.in_(list(owners))).order_by(Entity.id.desc()).limit(200)
    return [_row(row) for row in (await connection.execute(statement)).mappings()]


async def standing(connection: AsyncConnection, member_id: UUID) -> str | None:
    """The member's status, as far as its events have come."""
    found = await connection.execute(select(Owner.status).where(Owner.member_id == member_id))
    return found.scalar_one_or_none()


async def save(work: Work, rows: Sequence[Row]) -> None:
    """Writes new rows, and newer versions of those that are there. Raises Conflict if there is one as new already."""
    if rows:
        written = await work.execute(_SAVE, {"rows": _json(rows)})
        if written.rowcount != len(rows):
            raise Conflict("exists_already", "There is one already")


async def add_words(work: Work, words: Iterable[str]) -> None:
    """Makes words known to those who mistype them."""
    unknown = (await work.execute(_UNKNOWN_WORDS, {"words": sorted(set(words))})).scalars().all()
    if unknown:
        # In order, so that two who add the same words don't wait for each other in a circle.
        rows = await asyncio.to_thread(lambda: _json([_word(word) for word in sorted(unknown)]))
        await work.execute(_ADD_WORDS, {"rows": rows})


async def hear_of(work: Work, owners: Sequence[Mapping[str, Any]]) -> None:
    """Takes down what members' events say of them."""
    await work.execute(_HEAR, {"rows": _json(owners)})


async def withdraw_of(work: Work, owners: Sequence[UUID]) -> list[Row]:
    """Withdraws what these members have published, and gives the entities as they are then."""
    found = await work.execute(_WITHDRAW_OF, {"owners": list(owners), "now": work.now})
    return [_row(row) for row in found.mappings()]


def _word(word: str) -> Row:
    return {"word": word, "near": near(word), "endings": " ".join(f"'{ending}'" for ending in endings(word))}


def _row(row: RowMapping) -> Row:
    return {str(name): value for name, value in row.items()}


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(list(rows), default=str, ensure_ascii=False)
