"""Statements about matches."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, bindparam, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.products.models import Product
from catalog.wants.models import MatchRow, WantRow
from catalog.wants.rules.matching import Fit
from kit.database import Work
from kit.ids import new_id

Side = Literal["seeker", "provider"]


def _among(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    """As one parameter, however many there are."""
    among: ColumnElement[bool] = column == func.any(bindparam(None, list(ids), ARRAY(Uuid), unique=True))
    return among


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


_KEEP = text("""
INSERT INTO want_matches
    (id, want_id, product_id, seeker_id, provider_id, category, words, practices, distance_km, score, found_at)
SELECT id, want_id, product_id, seeker_id, provider_id, category, words, practices, distance_km, score, :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(
    id uuid, want_id uuid, product_id uuid, seeker_id uuid, provider_id uuid, category text, words text[],
    practices text[], distance_km numeric, score integer)
ON CONFLICT (want_id, product_id) DO UPDATE
SET category = EXCLUDED.category, words = EXCLUDED.words, practices = EXCLUDED.practices,
    distance_km = EXCLUDED.distance_km, score = EXCLUDED.score, gone_at = NULL
RETURNING id, want_id, product_id, xmax = 0 AS is_new
""")


async def keep(work: Work, fits: Sequence[Fit]) -> dict[tuple[UUID, UUID], UUID]:
    """Writes matches down, each once for its want and product; one that had gone is back. Returns the ids of the new.
    One statement, however many there are."""
    if not fits:
        return {}
    rows = [
        {
            "id": str(new_id()),
            "want_id": str(one.want_id),
            "product_id": str(one.product_id),
            "seeker_id": str(one.seeker_id),
            "provider_id": str(one.provider_id),
            "category": one.category,
            "words": one.words,
            "practices": one.practices,
            "distance_km": None if one.distance_km is None else str(one.distance_km),
            "score": one.score,
        }
        for one in sorted(fits, key=lambda one: (one.want_id, one.product_id))
    ]
    kept = await work.execute(_KEEP, {"rows": json.dumps(rows), "now": work.now})
    return {(row.want_id, row.product_id): row.id for row in kept if row.is_new}


async def live(work: Work, want_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many matches each of these wants has that fit."""
    rows = await work.execute(
        select(MatchRow.want_id, func.count().label("matches"))
        .where(_among(MatchRow.want_id, want_ids), MatchRow.gone_at.is_(None))
        .group_by(MatchRow.want_id)
    )
    return {row.want_id: row.matches for row in rows}


async def of_products(work: Work, product_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Want and product of the matches of these products that have not gone."""
    rows = await work.execute(
        select(MatchRow.want_id, MatchRow.product_id).where(
            _among(MatchRow.product_id, product_ids), MatchRow.gone_at.is_(None)
        )
    )
    return {(row.want_id, row.product_id) for row in rows}


async def of_want(work: Work, want_id: UUID) -> set[UUID]:
    """Products that were ever found for a want."""
    return set((await work.execute(select(MatchRow.product_id).where(MatchRow.want_id == want_id))).scalars())


_LET_GO = text("""
UPDATE want_matches SET gone_at = :now
FROM unnest(CAST(:wants AS uuid[]), CAST(:products AS uuid[])) AS gone(want_id, product_id)
WHERE want_matches.want_id = gone.want_id AND want_matches.product_id = gone.product_id AND gone_at IS NULL
""")


async def let_go(work: Work, pairs: Collection[tuple[UUID, UUID]]) -> None:
    """These, by want and product, fit no more."""
    if pairs:
        wants, products = zip(*sorted(pairs), strict=True)
        await work.execute(_LET_GO, {"wants": list(wants), "products": list(products), "now": work.now})


async def let_go_of_products(work: Work, product_ids: Collection[UUID]) -> None:
    """These products are not on offer any more."""
    await work.execute(
        update(MatchRow)
        .where(_among(MatchRow.product_id, product_ids), MatchRow.gone_at.is_(None))
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
    await work.execute(update(MatchRow).where(_among(MatchRow.id, match_ids)).values(told_at=work.now))
