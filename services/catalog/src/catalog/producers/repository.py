"""Every statement about producers."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.producers.models import ProducerPage as PageRow
from catalog.producers.rules import Place, ProducerPage, Standing
from contracts.values import Location
from kit.database import Work


def place_of(stored: Mapping[str, Any] | None) -> Place | None:
    """A place as it is stored."""
    if stored is None:
        return None
    location = stored["location"]
    return Place(stored["name"], None if location is None else Location(**location))


def written(place: Place | None) -> dict[str, Any] | None:
    """A place as it is to be stored."""
    if place is None:
        return None
    return {"name": place.name, "location": None if place.location is None else place.location.model_dump()}


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
    if not rows:
        return
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


async def page(connection: AsyncConnection, member_id: UUID) -> tuple[Standing, ProducerPage] | None:
    """A producer with its page, be it still empty; None for a member that nobody has told of."""
    row = (
        await connection.execute(
            select(
                Producer.member_id,
                Producer.name,
                Producer.kind,
                Producer.status,
                PageRow.story,
                PageRow.place,
                PageRow.version,
            )
            .join(PageRow, PageRow.member_id == Producer.member_id, isouter=True)
            .where(Producer.member_id == member_id)
        )
    ).one_or_none()
    if row is None:
        return None
    standing = Standing(row.member_id, row.name, row.kind, row.status)
    return standing, ProducerPage(row.story or "", place_of(row.place), row.version or 0)


async def lock(work: Work, member_id: UUID) -> None:
    """Holds the producer against changes by others until this transaction ends."""
    await work.execute(
        select(Producer.member_id).where(Producer.member_id == member_id).with_for_update(key_share=True)
    )


async def save_page(work: Work, member_id: UUID, page: ProducerPage) -> None:
    """Writes a producer's page."""
    row = {"story": page.story, "place": written(page.place), "version": page.version, "changed_at": work.now}
    new = insert(PageRow).values(member_id=member_id, **row)
    await work.execute(new.on_conflict_do_update(index_elements=[PageRow.member_id], set_=row))


async def all_ids(work: Work) -> list[UUID]:
    """Every member that is known."""
    return list((await work.execute(select(Producer.member_id).order_by(Producer.member_id))).scalars())
