"""Transformations: lots become other lots, with by-products and losses, so that nothing vanishes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from catalog.lots.repository import lots as repository
from catalog.lots.repository import recipes
from catalog.lots.rules import lots as rules
from catalog.lots.rules import mass
from catalog.lots.rules.kinds import LossName, LotUnit
from catalog.lots.rules.lots import Happening, Make, Take
from catalog.lots.rules.mass import Mass, Usual, Warned, Yield
from catalog.lots.service.changing import Told, taking
from catalog.lots.service.entering import Description, certified, thing
from catalog.lots.service.recording import follow_with_stock, record
from catalog.products import service as products
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.ids import new_id
from kit.settings import Settings

#: Quantities are written no finer.
_GRAM = Decimal("0.001")


@dataclass(frozen=True)
class Input:
    """So much of a lot, or all of it. The yield counts what is ``main``: milk, not salt."""

    lot_id: UUID
    quantity: Decimal | None
    main: bool = True


@dataclass(frozen=True)
class Transforming:
    """What is taken, made and lost."""

    id: UUID | None
    inputs: Sequence[Input]
    outputs: Sequence[Description]
    #: Kilos of each loss; None for all that is left over.
    losses: Sequence[tuple[LossName, Decimal | None]]
    recipe_id: UUID | None
    #: Who has what is made; who had the inputs, unless said.
    member_id: UUID | None


@dataclass(frozen=True)
class Transformed:
    """What came of it."""

    id: UUID
    mass: Mass
    yielded: Yield | None
    usual: Usual | None
    warning: Warned | None


async def transform(
    work: Work, actor: Actor, settings: Settings, asked: Transforming, *, told: Told, composted: bool = False
) -> Transformed | None:
    """Makes lots of lots. None for an id that was sent before: it is the same transformation.

    Raises Invalid where the masses can't be true, Conflict for more than there is.
    """
    id_ = asked.id or new_id()
    await repository.lock_name(work, id_)
    if await repository.event_known(work.connection, id_) is not None:
        return None
    takes = await taking(work, actor, [(one.lot_id, one.quantity) for one in asked.inputs], "/inputs")
    day = rules.check_day(told.on, work.today, [take.lot for take in takes])
    holder = await _holder(work, actor, asked, takes)
    usual = await _usual(work, asked.recipe_id)
    place = takes[0].lot.thing.place if told.place is None else told.place
    makes = tuple(
        [
            await _made(work, one, holder=holder, day=day, place=place, index=index)
            for index, one in enumerate(asked.outputs)
        ]
    )
    weighed, losses = mass.weigh(takes, makes, asked.losses)
    yielded = mass.yielded(_main_inputs(asked, takes), _main_outputs(makes))
    what = Happening(
        id_,
        "composted" if composted else "transformed",
        day,
        tuple(takes),
        makes,
        losses=losses,
        place=place,
        note=told.note,
        recipe_id=asked.recipe_id,
        made_of_one=yielded.of_one if yielded else None,
    )
    await record(work, settings, what, actor.user_id)
    await follow_with_stock(work, actor, what, takes[0].lot.number)
    return Transformed(id_, weighed, yielded, usual, mass.compare(yielded, usual))


async def _holder(work: Work, actor: Actor, asked: Transforming, takes: Sequence[Take]) -> UUID | None:
    if asked.member_id is not None:
        return await products.owner(work, actor, asked.member_id)
    holders = {take.lot.thing.member_id for take in takes}
    if len(holders) > 1:
        raise Invalid("member_not_said", "Say for which member", field="/member_id")
    return holders.pop()


async def _made(work: Work, said: Description, *, holder: UUID | None, day: date, place: str, index: int) -> Make:
    at = f"/outputs/{index}"
    made = await thing(work, said, member_id=holder, producer_id=holder, at=at)
    if said.best_before is not None and said.best_before < day:
        raise Invalid(
            "already_past", "Best before is after the day of harvest or production", field=f"{at}/best_before"
        )
    made = await certified(work, replace(made, produced_on=day, place=made.place or place), day)
    return Make(new_id(), made, said.quantity)


def _main_inputs(asked: Transforming, takes: Sequence[Take]) -> Mapping[LotUnit, Decimal]:
    taken: dict[LotUnit, Decimal] = defaultdict(Decimal)
    for one, take in zip(asked.inputs, takes, strict=True):
        if one.main and not take.lot.thing.container:
            taken[take.lot.thing.unit] += take.quantity
    return taken


def _main_outputs(makes: Sequence[Make]) -> Mapping[LotUnit, Decimal]:
    made: dict[LotUnit, Decimal] = defaultdict(Decimal)
    for make in makes:
        if not make.thing.byproduct:
            made[make.thing.unit] += make.quantity
    return made


async def _usual(work: Work, recipe_id: UUID | None) -> Usual | None:
    if recipe_id is None:
        return None
    found = await recipes.usual(work.connection, recipe_id)
    if found is None:
        raise Invalid("recipe_unknown", "There is no such recipe", field="/recipe_id")
    return found


@dataclass(frozen=True)
class Composting:
    """What a heap is made of a lot: the product and how much, if that is known."""

    quantity: Decimal | None
    name: str
    product_id: UUID | None
    variant_id: UUID | None
    made: Decimal | None


async def compost(
    work: Work, actor: Actor, settings: Settings, *, lot_id: UUID, asked: Composting, told: Told
) -> Transformed | None:
    """Some of a lot becomes compost, a lot again; what rots away on the way is its loss.

    Raises Invalid where nobody can say what it weighs.
    """
    lot = (await repository.by_ids(work.connection, [lot_id])).get(lot_id)
    taken = asked.quantity or (lot.balance if lot else rules.NOTHING)
    kg = lot.kg(taken) if lot else None
    made = asked.made or kg
    if lot is not None and made is None:
        raise Invalid("weight_unknown", "Say how many kilos of compost there are", field="/made")
    heap = Description(
        (made or rules.NOTHING).quantize(_GRAM, ROUND_DOWN),
        asked.product_id,
        asked.variant_id,
        asked.name,
        "KGM",
        place=told.place or (lot.thing.place if lot else ""),
    )
    losses: list[tuple[LossName, Decimal | None]] = [("rotting", None)] if kg is not None else []
    transforming = Transforming(None, [Input(lot_id, asked.quantity)], [heap], losses, None, None)
    return await transform(work, actor, settings, transforming, told=told, composted=True)


@dataclass(frozen=True)
class RecipeDraft:
    """What is usually made of what."""

    id: UUID | None
    member_id: UUID | None
    name: str
    input: str
    input_unit: LotUnit
    output: str
    output_unit: LotUnit
    least: Decimal
    most: Decimal
    note: str


async def add_recipe(work: Work, actor: Actor, draft: RecipeDraft) -> UUID:
    """A member's recipe, or the network's own. The client's own id, sent again, is the same recipe."""
    member_id = draft.member_id
    if member_id is not None or not actor.has("coordinator"):
        member_id = await products.owner(work, actor, member_id)
    if draft.most < draft.least:
        raise Invalid("range_reversed", "Must be at least {least}", field="/most", least=draft.least)
    id_ = draft.id or new_id()
    if not await recipes.add(work, id_, member_id, draft.__dict__):
        known = await recipes.one(work.connection, id_)
        if known is None or known.member_id != member_id:
            raise Conflict("id_taken", "This id was used for something else; take a new one")
    return id_


async def retire_recipe(work: Work, actor: Actor, recipe_id: UUID) -> None:
    """Nobody is offered it any more; what was made by it stays."""
    known = await recipes.one(work.connection, recipe_id)
    if known is None:
        raise NotFound("recipe_not_found", "There is no such recipe")
    if not actor.has("coordinator") and known.member_id not in actor.member_ids:
        raise Forbidden("not_yours", "You do not act for this member")
    await recipes.retire(work, recipe_id)
