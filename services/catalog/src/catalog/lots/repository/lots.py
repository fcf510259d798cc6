"""Statements that find lots, lock them, and write down what happens to them. Lots are locked in the order of their ids,
and before any stock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Select, Uuid, bindparam, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.models import PlotRow
from catalog.lots.models import Lot as LotRow
from catalog.lots.models import LotEvent, LotFlow, LotLoss, LotSeries
from catalog.lots.rules.kinds import LotUnit
from catalog.lots.rules.lots import Happening, Lot, Thing
from catalog.producers.models import Producer
from catalog.products.models import Product, Variant
from kit.database import Work

LOT: tuple[Any, ...] = (
    LotRow.id,
    LotRow.number,
    LotRow.made_in,
    LotEvent.happened_on.label("made_on"),
    LotRow.code,
    LotRow.member_id,
    LotRow.producer_id,
    LotRow.product_id,
    LotRow.variant_id,
    LotRow.name,
    LotRow.unit,
    LotRow.kg_per_unit,
    LotRow.container,
    LotRow.byproduct,
    LotRow.stocked,
    LotRow.balance,
    LotRow.place,
    LotRow.plot_id,
    LotRow.harvested_on,
    LotRow.produced_on,
    LotRow.best_before,
    LotRow.certificates,
    LotRow.cycle_id,
    LotRow.purchase_order_id,
    LotRow.note,
    LotRow.version,
)


def lot_of(row: Row[*tuple[Any, ...]]) -> Lot:
    thing = Thing(
        name=row.name,
        unit=cast("LotUnit", row.unit),
        kg_per_unit=row.kg_per_unit,
        member_id=row.member_id,
        producer_id=row.producer_id,
        product_id=row.product_id,
        variant_id=row.variant_id,
        container=row.container,
        byproduct=row.byproduct,
        stocked=row.stocked,
        code=row.code,
        place=row.place,
        plot_id=row.plot_id,
        harvested_on=row.harvested_on,
        produced_on=row.produced_on,
        best_before=row.best_before,
        certificates=tuple(row.certificates),
        cycle_id=row.cycle_id,
        purchase_order_id=row.purchase_order_id,
        note=row.note,
    )
    return Lot(row.id, row.number, row.made_in, row.made_on, row.balance, row.version, thing)


def among(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == func.any(bindparam(None, list(ids), ARRAY(Uuid), unique=True))
    return found


def _lots() -> Select[*tuple[Any, ...]]:
    return select(*LOT).join(LotEvent, LotEvent.seq == LotRow.made_in)


async def lock(work: Work, ids: Collection[UUID]) -> dict[UUID, Lot]:
    """The lots with these ids, nobody else's to take from until this transaction ends."""
    statement = _lots().where(among(LotRow.id, ids)).order_by(LotRow.id).with_for_update(of=LotRow)
    return {row.id: lot_of(row) for row in await work.execute(statement)}


async def by_ids(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Lot]:
    return {row.id: lot_of(row) for row in await connection.execute(_lots().where(among(LotRow.id, ids)))}


async def find(connection: AsyncConnection, key: UUID | str) -> Lot | None:
    """A lot by id or by number."""
    which = LotRow.id == key if isinstance(key, UUID) else LotRow.number == key
    row = (await connection.execute(_lots().where(which))).one_or_none()
    return None if row is None else lot_of(row)


async def of_event(connection: AsyncConnection, event_id: UUID) -> list[Lot]:
    """The lots that an event took from, then those that it made."""
    touched = select(LotFlow.lot_id).join(LotEvent, LotEvent.seq == LotFlow.event_seq).where(LotEvent.id == event_id)
    rows = await connection.execute(_lots().where(LotRow.id.in_(touched)).order_by(LotRow.made_in, LotRow.number))
    return [lot_of(row) for row in rows]


@dataclass(frozen=True)
class Sought:
    """Whose lots, and which. ``members`` None: anybody's."""

    members: Collection[UUID] | None
    product_id: UUID | None = None
    variant_id: UUID | None = None
    cycle_id: UUID | None = None
    place: str | None = None
    name: str | None = None
    left: bool = False


async def listing(connection: AsyncConnection, sought: Sought, before: UUID | None, limit: int) -> list[Lot]:
    """Lots, the newest first."""
    statement = _lots().order_by(LotRow.id.desc()).limit(limit)
    if sought.members is not None:
        mine = or_(among(LotRow.member_id, sought.members), among(LotRow.producer_id, sought.members))
        statement = statement.where(mine)
    for column, value in (
        (LotRow.product_id, sought.product_id),
        (LotRow.variant_id, sought.variant_id),
        (LotRow.cycle_id, sought.cycle_id),
        (LotRow.place, sought.place),
        (LotRow.name, sought.name),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if sought.left:
        statement = statement.where(LotRow.balance > 0)
    if before is not None:
        statement = statement.where(LotRow.id < before)
    return [lot_of(row) for row in await connection.execute(statement)]


async def names(connection: AsyncConnection, member_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Name and kind of these members, of those that are known."""
    rows = await connection.execute(
        select(Producer.member_id, Producer.name, Producer.kind).where(among(Producer.member_id, member_ids))
    )
    return {row.member_id: (row.name, row.kind) for row in rows}


@dataclass(frozen=True)
class Sold:
    """What a lot is of, as far as the catalog sells it."""

    product_id: UUID
    variant_id: UUID | None
    member_id: UUID
    name: str
    unit: str | None


async def product(connection: AsyncConnection, product_id: UUID) -> Sold | None:
    row = (
        await connection.execute(
            select(Product.id, Product.member_id, Product.name).where(Product.id == product_id, Product.kind == "good")
        )
    ).one_or_none()
    return None if row is None else Sold(row.id, None, row.member_id, row.name, None)


async def variants(connection: AsyncConnection, variant_ids: Collection[UUID]) -> dict[UUID, Sold]:
    rows = await connection.execute(
        select(Variant.id, Variant.product_id, Variant.unit, Product.member_id, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(among(Variant.id, variant_ids), Product.kind == "good")
    )
    return {row.id: Sold(row.product_id, row.id, row.member_id, row.name, row.unit) for row in rows}


async def practices(connection: AsyncConnection, product_ids: Collection[UUID]) -> dict[UUID, tuple[str, list[str]]]:
    """State and practices of these products."""
    rows = await connection.execute(
        select(Product.id, Product.status, Product.shown_practices).where(among(Product.id, product_ids))
    )
    return {row.id: (row.status, list(row.shown_practices)) for row in rows}


async def plots(connection: AsyncConnection, plot_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, str | None]]:
    """Whose each of these plots is, and its name if its owner shows it to everybody."""
    rows = await connection.execute(
        select(PlotRow.id, PlotRow.member_id, PlotRow.name, PlotRow.published).where(among(PlotRow.id, plot_ids))
    )
    return {row.id: (row.member_id, row.name if row.published and row.name else None) for row in rows}


async def next_numbers(work: Work, series: str, count: int) -> int:
    """The last of the next ``count`` numbers of a series. Those who ask together wait for each other."""
    new = upsert(LotSeries).values(series=series, last=count)
    new = new.on_conflict_do_update(index_elements=["series"], set_={"last": LotSeries.last + count})
    last: int = (await work.execute(new.returning(LotSeries.last))).scalar_one()
    return last


async def event_known(connection: AsyncConnection, event_id: UUID) -> int | None:
    """Which number the event of this id has, if there is one."""
    found: int | None = (
        await connection.execute(select(LotEvent.seq).where(LotEvent.id == event_id))
    ).scalar_one_or_none()
    return found


async def lock_name(work: Work, id_: UUID) -> None:
    """Lets only one transaction at a time make the thing with this id."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"lot {id_}", 0))))


async def add_event(work: Work, what: Happening, user_id: UUID | None) -> int:
    """Writes the event down; its place in the order of all. After every lot that it takes from was locked."""
    new = insert(LotEvent).values(
        id=what.id,
        kind=what.kind,
        cause=what.cause,
        happened_on=what.on,
        place=what.place,
        note=what.note,
        recipe_id=what.recipe_id,
        made_of_one=what.made_of_one,
        recorded_at=work.now,
        recorded_by=user_id,
    )
    seq: int = (await work.execute(new.returning(LotEvent.seq))).scalar_one()
    return seq


async def add_lots(work: Work, made_in: int, what: Happening, numbers: Sequence[str]) -> None:
    """Writes new lots, empty: the flows that follow fill them."""
    rows = [
        {
            "id": make.id,
            "number": number,
            "made_in": made_in,
            "balance": 0,
            "version": 1,
            "changed_at": work.now,
            "code": make.thing.code,
            "member_id": make.thing.member_id,
            "producer_id": make.thing.producer_id,
            "product_id": make.thing.product_id,
            "variant_id": make.thing.variant_id,
            "name": make.thing.name,
            "unit": make.thing.unit,
            "kg_per_unit": make.thing.kg_per_unit,
            "container": make.thing.container,
            "byproduct": make.thing.byproduct,
            "stocked": make.thing.stocked,
            "place": make.thing.place,
            "plot_id": make.thing.plot_id,
            "harvested_on": make.thing.harvested_on,
            "produced_on": make.thing.produced_on,
            "best_before": make.thing.best_before,
            "certificates": list(make.thing.certificates),
            "cycle_id": make.thing.cycle_id,
            "purchase_order_id": make.thing.purchase_order_id,
            "note": make.thing.note,
        }
        for make, number in zip(what.makes, numbers, strict=True)
    ]
    await work.execute(insert(LotRow), rows)


async def add_flows(work: Work, flows: Sequence[Mapping[str, Any]]) -> None:
    """Writes flows; the balances follow by a trigger."""
    if flows:
        await work.execute(_ADD_FLOWS, {name: [flow[name] for flow in flows] for name in flows[0]})


# In one statement, so that the trigger counts each lot once, whatever the order of its flows.
_ADD_FLOWS = text("""
INSERT INTO lot_flows (event_seq, kind, lot_id, made_in, quantity, line_id, returns, emptied)
SELECT * FROM unnest(CAST(:event_seq AS bigint[]), CAST(:kind AS text[]), CAST(:lot_id AS uuid[]),
                     CAST(:made_in AS bigint[]), CAST(:quantity AS numeric[]), CAST(:line_id AS uuid[]),
                     CAST(:returns AS bigint[]), CAST(:emptied AS boolean[]))
""")


async def add_losses(work: Work, seq: int, what: Happening) -> None:
    rows = [{"event_seq": seq, "name": name, "kg": kg} for name, kg in what.losses.items()]
    if rows:
        await work.execute(insert(LotLoss), rows)


async def describe(
    work: Work, lot_id: UUID, *, note: str, best_before: date | None, code: str | None, version: int
) -> None:
    """Writes what may be said of a lot later: everything else of it stays."""
    values = {"note": note, "best_before": best_before, "code": code, "version": version, "changed_at": work.now}
    await work.execute(update(LotRow).where(LotRow.id == lot_id).values(**values))


async def packed_of(work: Work, lot_id: UUID, line_id: UUID | None, member_id: UUID | None) -> list[Any]:
    """What was packed of a lot (for a line, for a member) and not brought back yet, the oldest first; locked."""
    return list(await work.execute(_PACKED, {"lot_id": lot_id, "line_id": line_id, "member_id": member_id}))


_PACKED = text("""
SELECT f.id, -f.quantity - coalesce((SELECT sum(b.quantity) FROM lot_flows AS b WHERE b.returns = f.id), 0) AS out
FROM lot_flows AS f JOIN lot_lines AS l ON l.line_id = f.line_id
WHERE f.lot_id = :lot_id AND f.kind = 'packed' AND (CAST(:line_id AS uuid) IS NULL OR f.line_id = :line_id)
  AND (CAST(:member_id AS uuid) IS NULL OR l.member_id = :member_id)
ORDER BY f.id FOR UPDATE OF f
""")


_HAS_LEFT = text("""
SELECT l.cycle_id IS NOT NULL OR EXISTS (SELECT FROM lot_flows AS f WHERE f.lot_id = l.id AND f.kind = 'packed')
    OR EXISTS (SELECT FROM products AS p WHERE p.id = l.product_id AND p.status = 'published')
FROM lots AS l WHERE l.id = :id
""")


async def has_left(connection: AsyncConnection, lot_id: UUID) -> bool:
    """Whether a lot was delivered or packed for orders, or is of a product that everybody sees."""
    return bool((await connection.execute(_HAS_LEFT, {"id": lot_id})).scalar_one_or_none())
