"""Planning a season together: crops, what each producer intends to have, what is likely to be asked for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.rules import fold
from catalog.products.service import may_change
from catalog.seasons import rules
from catalog.seasons.repository import demand, plans
from catalog.seasons.repository.demand import Counted, Place
from catalog.seasons.rules import NOTHING, Content, Crop, Plan, Planned, WeekBalance
from contracts.catalog import Unit
from contracts.orders import PublicPickup
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from kit.ids import new_id


async def add_crop(work: Work, crop_id: UUID | None, name: str, unit: Unit) -> UUID:
    """A crop that products of several producers count with. The client's own id, sent again, is the same crop."""
    if crop_id is not None and await plans.crop(work.connection, crop_id) is not None:
        return crop_id
    new = Crop(crop_id or new_id(), name, unit)
    if not await plans.add_crop(work, new, fold(name)):
        raise Conflict("crop_exists", "There is a crop of this name", field="/name")
    return new.id


async def put_into_crop(work: Work, actor: Actor, product_id: UUID, crop_id: UUID | None) -> None:
    """The product counts with this crop from now on. Raises Conflict where its plans are in another unit."""
    await _own_product(work, actor, product_id)
    if crop_id is not None:
        crop = await plans.crop(work.connection, crop_id)
        if crop is None:
            raise Invalid("unknown_crop", "No such crop; GET /v1/crops lists them", field="/crop_id")
        if crop.unit not in await plans.units(work, product_id) or await plans.planned_units(work, product_id) - {
            crop.unit
        }:
            raise Conflict(
                "other_unit", "This crop is counted in {unit}, the product is not", field="/crop_id", unit=crop.unit
            )
    await plans.put_into_crop(work, product_id, crop_id)


async def _own_product(work: Work, actor: Actor, product_id: UUID) -> Any:
    """The product's row, locked. Raises NotFound, or Forbidden where it is on offer but another's."""
    found = await plans.lock_product(work, product_id)
    if found is None or not (may_change(actor, found.member_id) or found.status == "published"):
        raise NotFound("product_not_found", "There is no such product")
    if not may_change(actor, found.member_id):
        raise Forbidden("not_yours", "This product belongs to somebody else")
    return found


async def make_plan(
    work: Work,
    actor: Actor,
    *,
    plan_id: UUID | None,
    product_id: UUID,
    place_id: UUID | None,
    note: str,
    weeks: Mapping[date, Decimal],
) -> UUID:
    """What a producer intends to have of a product, for a collection centre or for all. One plan each."""
    if plan_id is not None and (there := await plans.lock(work, plan_id)) is not None:
        if not may_change(actor, there.member_id):
            raise Conflict("id_taken", "This id was used for something else; take a new one")
        return plan_id
    product = await _own_product(work, actor, product_id)
    if place_id is not None and not await plans.place_known(work, place_id):
        raise Invalid("unknown_place", "No cycle has a pickup there; leave it out to plan for all", field="/place_id")
    crop = await plans.crop_of(work, product_id)
    unit = crop.unit if crop else (await plans.units(work, product_id))[0]
    empty = Plan(plan_id or new_id(), product.member_id, product_id, place_id, unit, note, 1, {})
    if not await plans.add(work, empty):
        raise Conflict("plan_exists", "This product has a plan for that place; change it instead", field="/place_id")
    planned = Plan(
        empty.id, empty.member_id, product_id, place_id, unit, note, 1, {week: n for week, n in weeks.items() if n}
    )
    await plans.save(work, {}, planned, actor.user_id)
    return empty.id


async def change_plan(
    work: Work, actor: Actor, plan_id: UUID, weeks: Mapping[date, Decimal], *, note: str | None, version: int | None
) -> None:
    """Changes these weeks, and leaves the others. Raises PreconditionFailed if it is at another version."""
    row = await plans.lock(work, plan_id)
    if row is None or not may_change(actor, row.member_id):
        raise NotFound("plan_not_found", "There is no such plan")
    if version is not None and version != row.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    before = plans.as_plan(row)
    after = rules.with_weeks(before, weeks, note)
    if after is not before:
        await plans.save(work, before.weeks, after, actor.user_id)


async def visible(connection: AsyncConnection, actor: Actor, plan_id: UUID) -> Any:
    """A plan, to its producer and the coordinators. Raises NotFound."""
    row = await plans.one(connection, plan_id)
    if row is None or not may_change(actor, row.member_id):
        raise NotFound("plan_not_found", "There is no such plan")
    return row


async def learn_pickups(work: Work, cycles: Mapping[UUID, Sequence[PublicPickup]]) -> None:
    """When and where the orders of these cycles are collected."""
    await plans.note_pickups(
        work,
        [
            {"cycle_id": cycle_id, "place_id": one.pickup_point_id, "name": one.name, "starts_at": one.starts_at}
            for cycle_id, pickups in cycles.items()
            for one in pickups
        ],
    )


async def count(work: Work, orders: Mapping[UUID, Counted]) -> None:
    """Orders ask for this from now on; one without lines asks for nothing any more."""
    before = await demand.counted(work, orders)
    moved: dict[tuple[UUID, UUID, UUID], Decimal] = defaultdict(lambda: NOTHING)
    for order_id, after in orders.items():
        for variant_id, quantity in after.lines.items():
            moved[after.cycle_id, after.place_id, variant_id] += quantity
        if (was := before.get(order_id)) is not None:
            for variant_id, quantity in was.lines.items():
                moved[was.cycle_id, was.place_id, variant_id] -= quantity
    await demand.note(work, orders)
    await demand.move(work, {key: by for key, by in moved.items() if by})


@dataclass(frozen=True)
class Question:
    """Which weeks, Mondays both, and of what."""

    since: date
    until: date
    by_place: bool = False
    place_id: UUID | None = None
    crop_id: UUID | None = None
    product_id: UUID | None = None


@dataclass(frozen=True)
class LeftOut:
    """What was ordered in a unit that can't be added to the others."""

    unit: Unit
    quantity: Decimal


@dataclass(frozen=True)
class Balance:
    """A crop or product, at a collection centre or in the whole network, week by week."""

    id: UUID
    kind: Literal["crop", "product"]
    name: str
    unit: Unit
    place: Place | None
    weeks: list[WeekBalance]
    left_out: list[LeftOut] = field(default_factory=list)
    #: Where the list goes on.
    key: tuple[str, UUID] = ("", UUID(int=0))


async def balances(
    connection: AsyncConnection,
    question: Question,
    *,
    today: date,
    zone: ZoneInfo,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Balance]:
    """What is planned against what is likely to be asked for, by name; four queries however much there is."""
    weeks = rules.weeks_between(question.since, question.until)
    this_week = rules.week_of(today)
    recently = this_week - rules.LOOKED_BACK * rules.WEEK
    span = {
        "place": question.place_id,
        "zone": str(zone),
        "first": question.since,
        "last": question.until,
        "until": _instant(max(question.until, this_week) + rules.WEEK, zone),
    }
    found = await demand.things(
        connection,
        {
            **span,
            "since": _instant(min(question.since, recently), zone),
            "crop": question.crop_id,
            "product": question.product_id,
            "after_name": after[0] if after else None,
            "after_id": after[1] if after else None,
            "limit": limit,
        },
    )
    products = [id_ for thing in found for id_ in thing.products]
    params = {**span, "since": _instant(rules.earliest(question.since, this_week), zone), "products": products}
    known = _Known(
        weeks,
        this_week,
        question.by_place,
        await demand.ordered(connection, params),
        await demand.planned(connection, params),
        await demand.places(connection, params),
    )
    return [balance for thing in found for balance in _balances(thing, known)]


def _instant(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


@dataclass(frozen=True)
class _Known:
    """What there is to answer with: the weeks asked for, and what was ordered and is planned, and where."""

    weeks: list[date]
    this_week: date
    by_place: bool
    ordered: Sequence[Any]
    planned: Sequence[Any]
    places: Sequence[Place]

    def of(self, products: Collection[UUID]) -> "_Known":
        ordered = [row for row in self.ordered if row.product_id in products]
        return replace(self, ordered=ordered, planned=[row for row in self.planned if row.product_id in products])

    def at(self, place: Place | None) -> "_Known":
        """As far as it is about one place; what was said of no place in particular for None."""
        place_id = place and place.id
        ordered = [row for row in self.ordered if row.place_id == place_id]
        planned = [row for row in self.planned if row.place_id == place_id]
        return replace(self, ordered=ordered, planned=planned, places=[place] if place else self.places)


def _balances(thing: Any, known: _Known) -> list[Balance]:
    mine = known.of(set(thing.products))
    if not known.by_place:
        return [_balance(thing, None, mine)]
    used = {row.place_id for row in (*mine.ordered, *mine.planned)}
    places: list[Place | None] = [
        *sorted((one for one in mine.places if one.id in used), key=lambda one: (one.name, one.id))
    ]
    return [_balance(thing, place, mine.at(place)) for place in [*places, *([None] if None in used else [])]]


def _balance(thing: Any, place: Place | None, known: _Known) -> Balance:
    ordered, delivered = _ordered(known.ordered, thing.unit), {week for one in known.places for week in one.weeks}
    return Balance(
        id=thing.id,
        kind="crop" if thing.is_crop else "product",
        name=thing.name,
        unit=thing.unit,
        place=place,
        weeks=rules.balance(known.weeks, known.this_week, _planned(known.planned), ordered, delivered),
        left_out=_left_out(known.ordered, thing.unit),
        key=(thing.sort_name, thing.id),
    )


def _in_unit(row: Any, unit: Unit) -> Decimal | None:
    content = None if row.net_quantity is None else Content(row.net_quantity, row.net_unit)
    return rules.in_unit(row.quantity, row.unit, content, unit)


def _ordered(rows: Collection[Any], unit: Unit) -> dict[date, Decimal]:
    weeks: dict[date, Decimal] = defaultdict(lambda: NOTHING)
    for row in rows:
        if (quantity := _in_unit(row, unit)) is not None:
            weeks[row.week] += quantity
    return weeks


def _planned(rows: Collection[Any]) -> dict[date, Planned]:
    quantities: dict[date, Decimal] = defaultdict(lambda: NOTHING)
    producers: dict[date, set[UUID]] = defaultdict(set)
    for row in rows:
        quantities[row.week] += row.quantity
        producers[row.week].update(row.producers)
    return {week: Planned(quantity, len(producers[week])) for week, quantity in quantities.items()}


def _left_out(rows: Collection[Any], unit: Unit) -> list[LeftOut]:
    others: dict[Unit, Decimal] = defaultdict(lambda: NOTHING)
    for row in rows:
        if _in_unit(row, unit) is None:
            others[row.unit] += row.quantity
    return [LeftOut(other, quantity) for other, quantity in sorted(others.items())]
