"""Every statement about crops and plans."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.products.models import Product, Variant
from catalog.seasons.models import Crop, PlanChange, PlannedWeek, ProductCrop, SeasonPickup, SeasonPlan
from catalog.seasons.rules import NOTHING, Plan, Quantities, content_unit
from catalog.seasons.rules import Crop as CropValue
from contracts.catalog import Unit
from kit.database import Work


async def crops(connection: AsyncConnection, after: tuple[str, UUID] | None, limit: int) -> Sequence[Any]:
    """Crops by name."""
    query = select(Crop).order_by(Crop.folded_name, Crop.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(Crop.folded_name, Crop.id) > after)
    return (await connection.execute(query)).all()


async def crop(connection: AsyncConnection, crop_id: UUID) -> CropValue | None:
    row = (await connection.execute(select(Crop).where(Crop.id == crop_id))).one_or_none()
    return None if row is None else CropValue(row.id, row.name, cast("Unit", row.unit))


async def add_crop(work: Work, new: CropValue, folded_name: str) -> bool:
    """False where there is one of this name."""
    made = await work.execute(
        upsert(Crop)
        .values(id=new.id, name=new.name, folded_name=folded_name, unit=new.unit)
        .on_conflict_do_nothing(index_elements=[Crop.folded_name])
    )
    return bool(made.rowcount)


async def put_into_crop(work: Work, product_id: UUID, crop_id: UUID | None) -> None:
    """The product counts with this crop from now on, or by itself."""
    if crop_id is None:
        await work.execute(delete(ProductCrop).where(ProductCrop.product_id == product_id))
        return
    new = upsert(ProductCrop).values(product_id=product_id, crop_id=crop_id)
    await work.execute(
        new.on_conflict_do_update(index_elements=[ProductCrop.product_id], set_={"crop_id": new.excluded.crop_id})
    )


async def crop_of(work: Work, product_id: UUID) -> CropValue | None:
    row = (
        await work.execute(
            select(Crop).join(ProductCrop, ProductCrop.crop_id == Crop.id).where(ProductCrop.product_id == product_id)
        )
    ).one_or_none()
    return None if row is None else CropValue(row.id, row.name, cast("Unit", row.unit))


async def lock_product(work: Work, product_id: UUID) -> Any | None:
    """Owner and state of a product that nobody else plans for until this transaction ends."""
    return (
        await work.execute(
            select(Product.id, Product.member_id, Product.status, Product.name)
            .where(Product.id == product_id)
            .with_for_update(key_share=True)
        )
    ).one_or_none()


async def units(work: Work, product_id: UUID) -> list[Unit]:
    """The units that a product can be counted in: those of its variants, the first one first, then of their packs."""
    rows = (
        await work.execute(
            select(Variant.unit, Variant.net_unit)
            .where(Variant.product_id == product_id)
            .order_by(Variant.retired, Variant.position)
        )
    ).all()
    sold = [cast("Unit", row.unit) for row in rows]
    return list(dict.fromkeys([*sold, *(content_unit(row.net_unit) for row in rows if row.net_unit)]))


async def planned_units(work: Work, product_id: UUID) -> set[str]:
    rows = await work.execute(select(SeasonPlan.unit).where(SeasonPlan.product_id == product_id))
    return set(rows.scalars())


async def place_known(work: Work, place_id: UUID) -> bool:
    """Whether some cycle has, or had, a pickup there."""
    return bool(
        (
            await work.execute(select(func.count()).select_from(SeasonPickup).where(SeasonPickup.place_id == place_id))
        ).scalar_one()
    )


_PLANS = """
SELECT s.id, s.member_id, s.product_id, p.name AS product, s.place_id, place.name AS place, s.unit, s.note, s.version,
    s.changed_at,
    (SELECT coalesce(jsonb_object_agg(w.week, w.quantity::text), '{}') FROM planned_weeks w WHERE w.plan_id = s.id)
        AS weeks
FROM season_plans s JOIN products p ON p.id = s.product_id
LEFT JOIN LATERAL (
    SELECT k.name FROM season_pickups k WHERE k.place_id = s.place_id ORDER BY k.starts_at DESC LIMIT 1
) place ON true
"""
_ONE = text(f"{_PLANS} WHERE s.id = :id")
_LOCKED = text(f"{_PLANS} WHERE s.id = :id FOR UPDATE OF s")
_PAGE = text(f"""
{_PLANS}
WHERE (CAST(:members AS uuid[]) IS NULL OR s.member_id = ANY(CAST(:members AS uuid[])))
  AND (CAST(:after AS uuid) IS NULL OR s.id > CAST(:after AS uuid))
ORDER BY s.id LIMIT :limit
""")


async def one(connection: AsyncConnection, plan_id: UUID) -> Any | None:
    return (await connection.execute(_ONE, {"id": plan_id})).one_or_none()


async def lock(work: Work, plan_id: UUID) -> Any | None:
    return (await work.execute(_LOCKED, {"id": plan_id})).one_or_none()


async def page(
    connection: AsyncConnection, members: Collection[UUID] | None, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Plans in the order of their making; of these members only, or of all."""
    params = {"members": None if members is None else list(members), "after": after, "limit": limit}
    return (await connection.execute(_PAGE, params)).all()


def as_plan(row: Any) -> Plan:
    weeks = {date.fromisoformat(week): Decimal(quantity) for week, quantity in row.weeks.items()}
    return Plan(row.id, row.member_id, row.product_id, row.place_id, row.unit, row.note, row.version, weeks)


async def add(work: Work, plan: Plan) -> bool:
    """False where the product has a plan for that place."""
    made = await work.execute(
        upsert(SeasonPlan)
        .values(
            id=plan.id,
            member_id=plan.member_id,
            product_id=plan.product_id,
            place_id=plan.place_id,
            unit=plan.unit,
            note=plan.note,
            version=plan.version,
            created_at=work.now,
            changed_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=[SeasonPlan.product_id, SeasonPlan.place_id])
    )
    return bool(made.rowcount)


async def save(work: Work, before: Quantities, plan: Plan, user_id: UUID) -> None:
    """Writes a plan that this transaction has made or locked, and what was changed in it."""
    await work.execute(
        update(SeasonPlan)
        .where(SeasonPlan.id == plan.id)
        .values(note=plan.note, version=plan.version, changed_at=work.now)
    )
    changed = {
        week: (before.get(week, NOTHING), plan.weeks.get(week, NOTHING))
        for week in sorted(before.keys() | plan.weeks.keys())
        if before.get(week) != plan.weeks.get(week)
    }
    if not changed:
        return
    await work.execute(delete(PlannedWeek).where(PlannedWeek.plan_id == plan.id, PlannedWeek.week.in_(changed)))
    rows = [{"plan_id": plan.id, "week": week, "quantity": now} for week, (_, now) in changed.items() if now]
    if rows:
        await work.execute(insert(PlannedWeek), rows)
    await work.execute(
        insert(PlanChange),
        [
            {"plan_id": plan.id, "week": week, "before": was, "after": now, "user_id": user_id, "at": work.now}
            for week, (was, now) in changed.items()
        ],
    )


async def history(connection: AsyncConnection, plan_id: UUID, before: int | None, limit: int) -> Sequence[Any]:
    """What was changed in a plan, the newest first."""
    query = select(PlanChange).where(PlanChange.plan_id == plan_id).order_by(PlanChange.id.desc()).limit(limit)
    if before is not None:
        query = query.where(PlanChange.id < before)
    return (await connection.execute(query)).all()


async def note_pickups(work: Work, rows: Sequence[Mapping[str, UUID | str | datetime]]) -> None:
    """When and where the orders of cycles are collected, as the cycles say it now."""
    if rows:
        new = upsert(SeasonPickup)
        await work.execute(
            new.on_conflict_do_update(
                index_elements=[SeasonPickup.cycle_id, SeasonPickup.place_id],
                set_={"name": new.excluded.name, "starts_at": new.excluded.starts_at},
            ),
            rows,
        )
