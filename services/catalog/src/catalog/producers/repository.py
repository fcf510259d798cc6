"""Every statement about producers."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from catalog.producers.models import Producer
from catalog.producers.rules import Standing
from kit.database import Work


async def save(work: Work, known: Iterable[Standing]) -> None:
    """Adds the producers or brings them up to date, in one statement."""
    rows = [
        {
            "member_id": one.member_id,
            "name": one.name,
            "folded_name": one.folded_name,
            "kind": one.kind,
            "status": one.status,
        }
        for one in known
    ]
    new = insert(Producer).values(rows)
    await work.execute(
        new.on_conflict_do_update(
            index_elements=[Producer.member_id],
            set_={name: new.excluded[name] for name in ("name", "folded_name", "kind", "status")},
        )
    )


async def by_ids(work: Work, member_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, Standing]:
    """The producers with these ids, those that are known; ``lock`` keeps their standing as it is until the end."""
    query = select(Producer.member_id, Producer.name, Producer.kind, Producer.status).where(
        Producer.member_id.in_(member_ids)
    )
    if lock:
        query = query.order_by(Producer.member_id).with_for_update(read=True)
    rows = await work.execute(query)
    return {row.member_id: Standing(row.member_id, row.name, row.kind, row.status) for row in rows}


async def by_names(work: Work, folded_names: Collection[str]) -> dict[str, list[Standing]]:
    """The producers of each name; there may be several of one name."""
    rows = await work.execute(
        select(Producer.folded_name, Producer.member_id, Producer.name, Producer.kind, Producer.status).where(
            Producer.folded_name.in_(folded_names)
        )
    )
    found: dict[str, list[Standing]] = {}
    for row in rows:
        found.setdefault(row.folded_name, []).append(Standing(row.member_id, row.name, row.kind, row.status))
    return found
