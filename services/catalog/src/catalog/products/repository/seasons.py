"""Which variants come into season or go out of it."""

from uuid import UUID

from sqlalchemy import select

from catalog.products.models import Variant
from kit.database import Work


async def due(work: Work, limit: int) -> list[UUID]:
    """Products with a variant whose season changes today or has changed since somebody looked."""
    rows = await work.execute(
        select(Variant.product_id)
        .where(Variant.season_changes_on <= work.today, ~Variant.retired)
        .order_by(Variant.season_changes_on)
        .limit(limit)
    )
    return list(dict.fromkeys(rows.scalars()))
