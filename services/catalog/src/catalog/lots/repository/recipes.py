"""Statements about recipes and what came of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.lots.models import Recipe
from catalog.lots.rules.kinds import LotUnit
from catalog.lots.rules.mass import Usual
from kit.database import Work

#: Transformations that an average is of: what came out lately says more than what came out years ago.
LATELY = 50
_USUAL = text("""
SELECT r.input_unit, r.output_unit, r.least, r.most, avg(e.made_of_one) AS average, count(e.made_of_one) AS times
FROM lot_recipes AS r LEFT JOIN LATERAL (
    SELECT made_of_one FROM lot_events WHERE recipe_id = r.id AND made_of_one IS NOT NULL ORDER BY seq DESC LIMIT :lately
) AS e ON true
WHERE r.id = :id GROUP BY r.id
""")


async def usual(connection: AsyncConnection, recipe_id: UUID) -> Usual | None:
    """What the recipe promises, and what it came to lately."""
    row = (await connection.execute(_USUAL, {"id": recipe_id, "lately": LATELY})).one_or_none()
    if row is None:
        return None
    average = None if row.average is None else Decimal(row.average).quantize(Decimal("0.0001"))
    units = cast("LotUnit", row.input_unit), cast("LotUnit", row.output_unit)
    return Usual(*units, row.least, row.most, average, row.times)


async def add(work: Work, id_: UUID, member_id: UUID | None, values: Mapping[str, Any]) -> bool:
    """False if there is one of this id."""
    columns = ("name", "input", "input_unit", "output", "output_unit", "least", "most", "note")
    new = insert(Recipe).values(
        id=id_,
        member_id=member_id,
        retired=False,
        version=1,
        changed_at=work.now,
        **{name: values[name] for name in columns},
    )
    added = await work.execute(new.on_conflict_do_nothing(index_elements=["id"]).returning(Recipe.id))
    return added.first() is not None


async def one(connection: AsyncConnection, recipe_id: UUID) -> Any | None:
    return (await connection.execute(select(Recipe.__table__).where(Recipe.id == recipe_id))).one_or_none()


async def retire(work: Work, recipe_id: UUID) -> None:
    await work.execute(
        update(Recipe)
        .where(Recipe.id == recipe_id)
        .values(retired=True, version=Recipe.version + 1, changed_at=work.now)
    )


async def listing(connection: AsyncConnection, after: UUID | None, limit: int) -> list[Any]:
    """Recipes in use, the oldest first."""
    statement = select(Recipe.__table__).where(Recipe.retired.is_(False)).order_by(Recipe.id).limit(limit)
    if after is not None:
        statement = statement.where(Recipe.id > after)
    return list(await connection.execute(statement))
