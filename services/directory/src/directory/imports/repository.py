"""What an import asks of the table of entries."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, any_, bindparam, func, select

from directory.entities.models import Entity
from kit.database import Work

_READ = tuple(column for column in Entity.__table__.columns if column.name not in ("place", "document", "head"))
_KNOWN = (
    select(*_READ)
    .where(Entity.source == bindparam("origin"), Entity.external_id == any_(bindparam("ids", type_=ARRAY(Text))))
    .order_by(Entity.id)
    .with_for_update()
)


async def one_at_a_time(work: Work, source: str) -> None:
    """Waits for another import from the same source to end."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"import {source}", 0))))


async def known(work: Work, source: str, external_ids: Sequence[str]) -> Mapping[str, dict[str, Any]]:
    """The entries that came from there before, by their ids there, held against changes by others."""
    found = await work.execute(_KNOWN, {"origin": source, "ids": list(external_ids)})
    return {row["external_id"]: {str(name): value for name, value in row.items()} for row in found.mappings()}
