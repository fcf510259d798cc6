"""Every statement about diagnoses."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.prices.models import Diagnosis as Table
from catalog.prices.models import DiagnosisCost, DiagnosisVersion, ObservedPrice
from catalog.prices.rules.figures import Channel, Cost, Figures, Observed, Season, Wear, Yield
from catalog.prices.rules.standing import Diagnosis
from catalog.producers.models import Producer
from catalog.producers.rules import fold
from catalog.products.models import Product, Variant
from contracts.catalog import CostKind, Unit
from contracts.values import Money
from kit.database import Work


@dataclass(frozen=True)
class Made:
    """A product's variant, as far as a diagnosis of it needs to know it; ``price`` is the one that holds now."""

    product_id: UUID
    member_id: UUID
    variant_id: UUID
    product_name: str
    product_status: str
    variant_name: str
    producer_name: str
    unit: Unit
    price: Money
    retired: bool


@dataclass(frozen=True)
class Recorded:
    """One version of a diagnosis, and when it was written down."""

    version: int
    recorded_at: datetime
    figures: Figures


#: A diagnosis and which of its versions.
Key = tuple[UUID, int]

_MADE = (
    select(
        Variant.product_id,
        Product.member_id,
        Variant.id.label("variant_id"),
        Product.name.label("product_name"),
        Product.status.label("product_status"),
        Variant.name.label("variant_name"),
        func.coalesce(Producer.name, "").label("producer_name"),
        Variant.unit,
        Variant.price,
        Variant.currency,
        Variant.retired,
    )
    .join(Product, Product.id == Variant.product_id)
    .join(Producer, Producer.member_id == Product.member_id, isouter=True)
)


def _made(row: Row[*tuple[Any, ...]]) -> Made:
    return Made(
        row.product_id,
        row.member_id,
        row.variant_id,
        row.product_name,
        row.product_status,
        row.variant_name,
        row.producer_name,
        row.unit,
        Money(amount=row.price, currency=row.currency),
        row.retired,
    )


async def variants_of(connection: AsyncConnection, product_id: UUID) -> list[Made]:
    """A product's variants in its owner's order, retired ones last; none if there is no such product."""
    query = _MADE.where(Variant.product_id == product_id).order_by(Variant.retired, Variant.position)
    return [_made(row) for row in await connection.execute(query)]


async def variants(connection: AsyncConnection, variant_ids: Collection[UUID]) -> dict[UUID, Made]:
    """These variants."""
    return {row.variant_id: _made(row) for row in await connection.execute(_MADE.where(Variant.id.in_(variant_ids)))}


def _diagnosis(row: Row[Any]) -> Diagnosis:
    return Diagnosis(
        row.id,
        row.product_id,
        row.member_id,
        row.variant_id,
        cast("Unit", row.unit),
        Season(row.season, row.starts_on, row.ends_on),
        row.revision,
        row.newest,
        row.published,
        row.withdrawn,
        row.shared,
    )


async def find(connection: AsyncConnection, diagnosis_id: UUID, *, lock: bool = False) -> Diagnosis | None:
    """The diagnosis; ``lock`` keeps it as it is until the transaction ends."""
    query = select(*Table.__table__.columns).where(Table.id == diagnosis_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _diagnosis(row)


async def of_product(
    connection: AsyncConnection,
    product_id: UUID,
    *,
    members: Collection[UUID],
    shared: bool,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Diagnosis]:
    """A product's diagnoses that are published or whose members these are (``shared``: or that are shared), the newest
    season first."""
    seen: list[ColumnElement[bool]] = [Table.published.is_not(None) & ~Table.withdrawn, Table.member_id.in_(members)]
    if shared:
        seen.append(Table.shared.is_(True))
    query = (
        select(*Table.__table__.columns)
        .where(Table.product_id == product_id, or_(*seen))
        .order_by(Table.starts_on.desc(), Table.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Table.starts_on, Table.id) < after)
    return [_diagnosis(row) for row in await connection.execute(query)]


async def of_members(work: Work, member_ids: Collection[UUID]) -> list[Diagnosis]:
    """All diagnoses of these members, locked."""
    query = select(*Table.__table__.columns).where(Table.member_id.in_(member_ids)).order_by(Table.id).with_for_update()
    return [_diagnosis(row) for row in await work.execute(query)]


async def recorded(connection: AsyncConnection, keys: Collection[Key]) -> dict[Key, Recorded]:
    """These versions with their figures, in three statements however many there are."""
    if not keys:
        return {}
    version = DiagnosisVersion
    costs = await _by_key(connection, DiagnosisCost, keys)
    observed = await _by_key(connection, ObservedPrice, keys)
    found = {}
    for row in await connection.execute(
        select(*version.__table__.columns).where(tuple_(version.diagnosis_id, version.version).in_(keys))
    ):
        key = (row.diagnosis_id, row.version)
        figures = Figures(
            tuple(_cost(cost, row.currency) for cost in costs.get(key, ())),
            Yield(row.expected, row.actual, row.losses),
            row.margin,
            tuple(_observed(seen, row.currency) for seen in observed.get(key, ())),
            row.note,
        )
        found[key] = Recorded(row.version, row.recorded_at, figures)
    return found


async def _by_key(
    connection: AsyncConnection, table: type[DiagnosisCost | ObservedPrice], keys: Collection[Key]
) -> dict[Key, list[Row[Any]]]:
    query = (
        select(*table.__table__.columns)
        .where(tuple_(table.diagnosis_id, table.version).in_(keys))
        .order_by(table.diagnosis_id, table.version, table.position)
    )
    found: dict[Key, list[Row[Any]]] = {}
    for row in await connection.execute(query):
        found.setdefault((row.diagnosis_id, row.version), []).append(row)
    return found


def _cost(row: Row[Any], currency: str) -> Cost:
    kind = cast("CostKind", row.kind)
    if row.asset_value is not None:
        wear = Wear(Money(amount=row.asset_value, currency=currency), row.life_years, row.share)
        return Cost(kind, row.name, wear=wear)
    return Cost(kind, row.name, row.quantity, row.unit, Money(amount=row.price, currency=currency))


def _observed(row: Row[Any], currency: str) -> Observed:
    price = Money(amount=row.price, currency=currency)
    return Observed(cast("Channel", row.channel), price, row.seen_on, row.source)


async def add(work: Work, diagnosis: Diagnosis) -> bool:
    """Adds a diagnosis without its figures; False if there is one of this id, or of this product's season, already."""
    values = _row(diagnosis, work.now) | {
        "id": diagnosis.id,
        "product_id": diagnosis.product_id,
        "member_id": diagnosis.member_id,
        "created_at": work.now,
    }
    statement = upsert(Table).values(values).on_conflict_do_nothing().returning(Table.id)
    return (await work.execute(statement)).first() is not None


async def save(work: Work, diagnosis: Diagnosis) -> None:
    """Brings a diagnosis up to date."""
    await work.execute(update(Table).where(Table.id == diagnosis.id).values(_row(diagnosis, work.now)))


def _row(diagnosis: Diagnosis, now: datetime) -> dict[str, Any]:
    return {
        "variant_id": diagnosis.variant_id,
        "unit": diagnosis.unit,
        "season": diagnosis.season.name,
        "season_key": fold(diagnosis.season.name),
        "starts_on": diagnosis.season.starts_on,
        "ends_on": diagnosis.season.ends_on,
        "revision": diagnosis.revision,
        "newest": diagnosis.newest,
        "published": diagnosis.published,
        "withdrawn": diagnosis.withdrawn,
        "shared": diagnosis.shared,
        "changed_at": now,
    }


async def record(work: Work, key: Key, figures: Figures, *, by: UUID, currency: str) -> None:
    """Writes a version's figures."""
    diagnosis_id, version = key
    harvest = figures.harvest
    whose: Mapping[str, Any] = {"diagnosis_id": diagnosis_id, "version": version}
    await work.execute(
        insert(DiagnosisVersion).values(
            **whose,
            recorded_at=work.now,
            recorded_by=by,
            currency=currency,
            expected=harvest.expected,
            actual=harvest.actual,
            losses=harvest.losses,
            margin=figures.margin,
            note=figures.note,
        )
    )
    costs = [{**whose, "position": place} | _cost_row(cost) for place, cost in enumerate(figures.costs)]
    if costs:
        await work.execute(insert(DiagnosisCost), costs)
    observed = [
        {
            **whose,
            "position": place,
            "channel": seen.channel,
            "price": seen.price.amount,
            "seen_on": seen.seen_on,
            "source": seen.source,
        }
        for place, seen in enumerate(figures.observed)
    ]
    if observed:
        await work.execute(insert(ObservedPrice), observed)


def _cost_row(cost: Cost) -> dict[str, Decimal | str | None]:
    wear = cost.wear
    return {
        "kind": cost.kind,
        "name": cost.name,
        "unit": cost.unit,
        "quantity": None if wear else cost.quantity,
        "price": cost.price.amount if cost.price else None,
        "asset_value": wear.value.amount if wear else None,
        "life_years": wear.life_years if wear else None,
        "share": wear.share if wear else None,
    }


async def forget(work: Work, diagnosis_ids: Sequence[UUID]) -> None:
    """Takes these diagnoses out with all their versions."""
    for table in (ObservedPrice, DiagnosisCost, DiagnosisVersion):
        await work.execute(delete(table).where(table.diagnosis_id.in_(diagnosis_ids)))
    await work.execute(delete(Table).where(Table.id.in_(diagnosis_ids)))
