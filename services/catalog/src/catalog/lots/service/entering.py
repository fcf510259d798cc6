"""What comes into the books: a harvest, something produced, something received."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import cast
from uuid import UUID

from catalog.guarantee import service as guarantee
from catalog.lots.repository import lots as repository
from catalog.lots.rules import lots as rules
from catalog.lots.rules.kinds import Entry, LotUnit
from catalog.lots.rules.lots import Happening, Make, Thing
from catalog.lots.service.recording import follow_with_stock, record
from catalog.products import service as products
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid
from kit.ids import new_id
from kit.settings import Settings

ONE = Decimal(1)


@dataclass(frozen=True)
class Description:
    """What somebody says that a new lot is of. Product and variant, if any, say the rest."""

    quantity: Decimal
    product_id: UUID | None = None
    variant_id: UUID | None = None
    name: str | None = None
    unit: LotUnit | None = None
    kg_per_unit: Decimal | None = None
    container: bool = False
    byproduct: bool = False
    stock: bool = False
    code: str | None = None
    place: str = ""
    plot_id: UUID | None = None
    best_before: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Entering:
    """A lot that was in none before."""

    id: UUID | None
    kind: Entry
    lot: Description
    #: Who has it; the network with ``for_network``.
    member_id: UUID | None
    for_network: bool
    producer_id: UUID | None
    on: date | None


async def thing(
    work: Work, said: Description, *, member_id: UUID | None, producer_id: UUID | None, at: str = ""
) -> Thing:
    """What the lot is of, checked against the catalog. ``at`` is where in the body it is described.

    Raises Invalid with a pointer.
    """
    sold = await _sold(work, said, at)
    unit = said.unit or (cast("LotUnit | None", sold.unit) if sold else None)
    if unit is None:
        raise Invalid("unit_missing", "Say in which unit it is counted", field=f"{at}/unit")
    if sold is not None and sold.unit is not None and unit != sold.unit:
        raise Invalid("unit_of_variant", "This variant is counted in {unit}", field=f"{at}/unit", unit=sold.unit)
    name = sold.name if sold else said.name
    if not name:
        raise Invalid("name_missing", "Name it, or say of which product it is", field=f"{at}/name")
    if said.stock and (sold is None or sold.variant_id is None):
        raise Invalid("stock_without_variant", "Only a lot of a variant can be put on the shelf", field=f"{at}/stock")
    rules.check_divisible(unit, said.quantity, f"{at}/quantity")
    await _check_plot(work, said, producer_id, at)
    if unit == "KGM" and said.kg_per_unit not in (None, ONE):
        raise Invalid("kilo_is_a_kilo", "One kilo weighs one kilo", field=f"{at}/kg_per_unit")
    return Thing(
        name=name,
        unit=unit,
        kg_per_unit=ONE if unit == "KGM" else said.kg_per_unit,
        member_id=member_id,
        producer_id=producer_id,
        product_id=sold.product_id if sold else None,
        variant_id=sold.variant_id if sold else None,
        container=said.container,
        byproduct=said.byproduct,
        stocked=said.stock,
        code=said.code,
        place=said.place,
        plot_id=said.plot_id,
        best_before=said.best_before,
        note=said.note,
    )


async def _check_plot(work: Work, said: Description, producer_id: UUID | None, at: str) -> None:
    """What grew on a plot was grown by whose plot it is."""
    if said.plot_id is None:
        return
    found = (await repository.plots(work.connection, [said.plot_id])).get(said.plot_id)
    if found is None or found[0] != producer_id:
        raise Invalid("plot_unknown", "The producer has no such plot", field=f"{at}/plot_id")


async def _sold(work: Work, said: Description, at: str) -> repository.Sold | None:
    """The product or variant that was named."""
    if said.variant_id is not None:
        sold = (await repository.variants(work.connection, [said.variant_id])).get(said.variant_id)
        if sold is None:
            raise Invalid("variant_unknown", "There is no such variant of a good", field=f"{at}/variant_id")
        if said.product_id not in (None, sold.product_id):
            raise Invalid("variant_of_another", "This variant is of another product", field=f"{at}/variant_id")
        return sold
    if said.product_id is not None:
        sold = await repository.product(work.connection, said.product_id)
        if sold is None:
            raise Invalid("product_unknown", "There is no such product", field=f"{at}/product_id")
        return sold
    return None


async def enter(work: Work, actor: Actor, settings: Settings, entering: Entering) -> UUID:
    """A new lot. The client's own id, sent again, is the same lot.

    Raises Forbidden for another's, Invalid with a pointer, Conflict for an id that was used for something else.
    """
    holder = await _holder(work, actor, entering)
    producer = await _producer(work, actor, entering, holder)
    id_ = entering.id or new_id()
    await repository.lock_name(work, id_)
    if (there := await repository.find(work.connection, id_)) is not None:
        if (there.thing.member_id, there.thing.producer_id) != (holder, producer):
            raise Conflict("id_taken", "This id was used for something else; take a new one")
        return id_
    day = rules.check_day(entering.on, work.today)
    if entering.lot.best_before is not None and entering.lot.best_before < day:
        raise Invalid("already_past", "Best before is after the day of harvest or production", field="/best_before")
    made = await thing(work, entering.lot, member_id=holder, producer_id=producer)
    made = replace(
        made,
        harvested_on=day if entering.kind == "harvested" else None,
        produced_on=day if entering.kind == "produced" else None,
    )
    made = await certified(work, made, day)
    what = Happening(new_id(), entering.kind, day, makes=(Make(id_, made, entering.lot.quantity),), place=made.place)
    recorded = await record(work, settings, what, actor.user_id)
    await follow_with_stock(work, actor, what, recorded.numbers[id_])
    return id_


async def certified(work: Work, made: Thing, day: date) -> Thing:
    """The thing with the codes of the certificates that its producer had on that day."""
    if made.producer_id is None or made.container:
        return made
    found = (await guarantee.certificates_at(work.connection, [made.producer_id], day)).get(made.producer_id, [])
    return replace(made, certificates=tuple(sorted({one.code for one in found if one.valid})))


async def _holder(work: Work, actor: Actor, entering: Entering) -> UUID | None:
    if not entering.for_network:
        return await products.owner(work, actor, entering.member_id)
    if not actor.has("coordinator"):
        raise Forbidden("role_missing", "Only for {roles}", roles="coordinator")
    if entering.member_id is not None:
        raise Invalid("network_or_member", "Either the network has it or a member", field="/member_id")
    return None


async def _producer(work: Work, actor: Actor, entering: Entering, holder: UUID | None) -> UUID | None:
    """Who grew or made it: who has it, unless it was received from somebody else."""
    producer = entering.producer_id
    if producer is None or producer == holder:
        return holder if producer is None and entering.kind != "received" else producer
    if entering.kind != "received" and not actor.has("coordinator"):
        raise Invalid("not_your_making", "What others made is received", field="/producer_id")
    if producer not in await repository.names(work.connection, [producer]):
        raise Invalid("unknown_member", "There is no such member", field="/producer_id")
    return producer
