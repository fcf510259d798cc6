"""Statements about matches."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, func, literal_column, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.products.models import Product
from catalog.wants.models import MatchRow, WantRow
from catalog.wants.rules.matching import Fit
from kit.database import Work
from kit.ids import new_id

Side = Literal["seeker", "provider"]

_SEEKER = Producer.__table__.alias("seeker")
_PROVIDER = Producer.__table__.alias("provider")


@dataclass(frozen=True)
class MatchSeen:
    """A match with what is shown beside it."""

    id: UUID
    want_id: UUID
    want_text: str
    want_category: str | None
    want_status: str
    seeker_id: UUID
    seeker_name: str
    product_id: UUID
    product_name: str
    provider_id: UUID
    provider_name: str
    category: str | None
    words: tuple[str, ...]
    practices: tuple[str, ...]
    distance_km: Decimal | None
    score: int
    found_at: datetime
    gone: bool
    dismissed_by_seeker: datetime | None
    dismissed_by_provider: datetime | None


async def keep(work: Work, fits: Sequence[Fit]) -> dict[tuple[UUID, UUID], UUID]:
    """Writes matches down, each once for its want and product; one that had gone is back. Returns the ids of the new."""
    if not fits:
        return {}
    rows = [
        {
            "id": new_id(),
            "want_id": one.want_id,
            "product_id": one.product_id,
            "seeker_id": one.seeker_id,
            "provider_id": one.provider_id,
            "category": one.category,
            "words": list(one.words),
            "practices": list(one.practices),
            "distance_km": one.distance_km,
            "score": one.score,
            "found_at": work.now,
        }
        for one in sorted(fits, key=lambda one: (one.want_id, one.product_id))
    ]
    new = insert(MatchRow).values(rows)
    changing = {name: new.excluded[name] for name in ("category", "words", "practices", "distance_km", "score")}
    kept = await work.execute(
        new.on_conflict_do_update(
            index_elements=[MatchRow.want_id, MatchRow.product_id], set_={**changing, "gone_at": None}
        ).returning(MatchRow.id, MatchRow.want_id, MatchRow.product_id, literal_column("xmax = 0").label("is_new"))
    )
    return {(row.want_id, row.product_id): row.id for row in kept if row.is_new}


async def of_products(work: Work, product_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Want and product of the matches of these products that have not gone."""
    rows = await work.execute(
        select(MatchRow.want_id, MatchRow.product_id).where(
            MatchRow.product_id.in_(product_ids), MatchRow.gone_at.is_(None)
        )
    )
    return {(row.want_id, row.product_id) for row in rows}


async def of_want(work: Work, want_id: UUID) -> set[UUID]:
    """Products that were ever found for a want."""
    return set((await work.execute(select(MatchRow.product_id).where(MatchRow.want_id == want_id))).scalars())


async def let_go(work: Work, pairs: Collection[tuple[UUID, UUID]]) -> None:
    """These fit no more."""
    if pairs:
        await work.execute(
            update(MatchRow)
            .where(tuple_(MatchRow.want_id, MatchRow.product_id).in_(sorted(pairs)), MatchRow.gone_at.is_(None))
            .values(gone_at=work.now)
        )


async def let_go_of_products(work: Work, product_ids: Collection[UUID]) -> None:
    """These products are not on offer any more."""
    await work.execute(
        update(MatchRow)
        .where(MatchRow.product_id.in_(product_ids), MatchRow.gone_at.is_(None))
        .values(gone_at=work.now)
    )


def _seen() -> Any:
    return (
        select(
            MatchRow,
            WantRow.text.label("want_text"),
            WantRow.category.label("want_category"),
            WantRow.status.label("want_status"),
            Product.name.label("product_name"),
            func.coalesce(_SEEKER.c.name, "").label("seeker_name"),
            func.coalesce(_PROVIDER.c.name, "").label("provider_name"),
        )
        .join(WantRow, WantRow.id == MatchRow.want_id)
        .join(Product, Product.id == MatchRow.product_id)
        .join(_SEEKER, _SEEKER.c.member_id == MatchRow.seeker_id, isouter=True)
        .join(_PROVIDER, _PROVIDER.c.member_id == MatchRow.provider_id, isouter=True)
    )


def _match(row: Any) -> MatchSeen:
    return MatchSeen(
        id=row.id,
        want_id=row.want_id,
        want_text=row.want_text,
        want_category=row.want_category,
        want_status=row.want_status,
        seeker_id=row.seeker_id,
        seeker_name=row.seeker_name,
        product_id=row.product_id,
        product_name=row.product_name,
        provider_id=row.provider_id,
        provider_name=row.provider_name,
        category=row.category,
        words=tuple(row.words),
        practices=tuple(row.practices),
        distance_km=row.distance_km,
        score=row.score,
        found_at=row.found_at,
        gone=row.gone_at is not None,
        dismissed_by_seeker=row.dismissed_by_seeker,
        dismissed_by_provider=row.dismissed_by_provider,
    )


_LIVE = and_(MatchRow.gone_at.is_(None), WantRow.status == "open")


async def one(connection: AsyncConnection, match_id: UUID) -> MatchSeen | None:
    """A match in whatever state."""
    row = (await connection.execute(_seen().where(MatchRow.id == match_id))).one_or_none()
    return None if row is None else _match(row)


async def of_members(
    connection: AsyncConnection,
    member_ids: Collection[UUID],
    *,
    side: Side | None,
    want_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[MatchSeen]:
    """Live matches of these members that they have not dismissed, the newest first."""
    sides = {
        "seeker": and_(MatchRow.seeker_id.in_(member_ids), MatchRow.dismissed_by_seeker.is_(None)),
        "provider": and_(MatchRow.provider_id.in_(member_ids), MatchRow.dismissed_by_provider.is_(None)),
    }
    query = _seen().where(_LIVE, or_(*sides.values()) if side is None else sides[side])
    if want_id is not None:
        query = query.where(MatchRow.want_id == want_id)
    if after is not None:
        query = query.where(MatchRow.id < after)
    return [_match(row) for row in await connection.execute(query.order_by(MatchRow.id.desc()).limit(limit))]


async def dismiss(work: Work, match_id: UUID, sides: Collection[Side]) -> None:
    """One side, or both, want to see no more of it."""
    columns = {"seeker": "dismissed_by_seeker", "provider": "dismissed_by_provider"}
    for side in sorted(sides):
        column = getattr(MatchRow, columns[side])
        await work.execute(
            update(MatchRow).where(MatchRow.id == match_id, column.is_(None)).values({columns[side]: work.now})
        )


async def untold(work: Work, limit: int) -> list[MatchSeen]:
    """Live matches that nobody was told of, the oldest first."""
    query = _seen().where(_LIVE, MatchRow.told_at.is_(None), Product.status == "published")
    rows = await work.execute(query.order_by(MatchRow.id).limit(limit).with_for_update(of=MatchRow, skip_locked=True))
    return [_match(row) for row in rows]


async def mark_told(work: Work, match_ids: Collection[UUID]) -> None:
    """Both sides know of these now."""
    await work.execute(update(MatchRow).where(MatchRow.id.in_(match_ids)).values(told_at=work.now))
