"""Lots, and what each thing that happens to them takes and makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from catalog.lots.rules.kinds import LossCause, LossName, LotKind, LotUnit
from contracts.values import LARGEST_QUANTITY, plain
from kit.errors import Conflict, Invalid

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Thing:
    """What a lot is of, whose it is, and what is known of it. Two lots of one thing can be put together."""

    name: str
    unit: LotUnit
    #: What one unit weighs; None where nobody said.
    kg_per_unit: Decimal | None
    #: Who has it; None for the network.
    member_id: UUID | None
    #: Who grew or made it; None for several.
    producer_id: UUID | None
    product_id: UUID | None = None
    variant_id: UUID | None = None
    container: bool = False
    byproduct: bool = False
    stocked: bool = False
    code: str | None = None
    place: str = ""
    plot_id: UUID | None = None
    harvested_on: date | None = None
    produced_on: date | None = None
    best_before: date | None = None
    certificates: tuple[str, ...] = ()
    cycle_id: UUID | None = None
    purchase_order_id: UUID | None = None
    note: str = ""

    @property
    def identity(self) -> tuple[UUID | None, UUID | None, str, LotUnit, Decimal | None, bool, bool]:
        """What two lots must have in common to become one."""
        return (
            self.product_id,
            self.variant_id,
            self.name,
            self.unit,
            self.kg_per_unit,
            self.container,
            self.stocked,
        )


@dataclass(frozen=True)
class Lot:
    """A lot as it stands."""

    id: UUID
    number: str
    made_in: int
    #: The day of the event that made it.
    made_on: date
    balance: Decimal
    version: int
    thing: Thing

    def kg(self, quantity: Decimal) -> Decimal | None:
        """What so much of it weighs, exactly; None where nobody knows."""
        return None if self.thing.kg_per_unit is None else quantity * self.thing.kg_per_unit


@dataclass(frozen=True)
class Take:
    """So much out of a lot; for a line of an order if it is packed."""

    lot: Lot
    quantity: Decimal
    line_id: UUID | None = None


@dataclass(frozen=True)
class Return:
    """So much of what a flow had packed comes back."""

    flow_id: int
    quantity: Decimal
    emptied: bool = False


@dataclass(frozen=True)
class Make:
    """A new lot. ``returned`` says from which packings it came back, if it did."""

    id: UUID
    thing: Thing
    quantity: Decimal
    returned: tuple[Return, ...] = ()


@dataclass(frozen=True)
class Happening:
    """What is to be recorded as one event: everything that it takes, makes, corrects and loses."""

    id: UUID
    kind: LotKind
    on: date
    takes: tuple[Take, ...] = ()
    makes: tuple[Make, ...] = ()
    #: By how much a count found a lot to be more, or less.
    corrections: tuple[tuple[Lot, Decimal], ...] = ()
    losses: Mapping[LossName, Decimal] = field(default_factory=dict)
    cause: LossCause | None = None
    place: str = ""
    note: str = ""
    recipe_id: UUID | None = None
    made_of_one: Decimal | None = None


def series(prefix: str, on: date) -> str:
    """Of what year's numbers a lot gets one: ``QRO-L-2026``."""
    return f"{prefix}-L-{on.year}"


def number(series: str, place: int) -> str:
    """``QRO-L-2026-0042``."""
    return f"{series}-{place:04d}"


def check_take(lot: Lot, quantity: Decimal, field: str) -> None:
    """Raises Conflict if there is not so much."""
    if quantity > lot.balance:
        raise Conflict(
            "not_enough_in_lot",
            "Lot {number} has only {left} {unit} left",
            field=field,
            number=lot.number,
            left=plain(lot.balance),
            unit=lot.thing.unit,
        )


def check_day(on: date | None, today: date, lots: Sequence[Lot] = (), field: str = "/on") -> date:
    """The day on which something happened: today unless said. Raises Invalid for one to come, or one before a lot that
    it takes from was made."""
    day = on or today
    if day > today:
        raise Invalid("still_to_come", "Must not be after today", field=field)
    for lot in lots:
        if day < lot.made_on:
            raise Invalid(
                "before_the_lot",
                "Lot {number} was only made on {day}",
                field=field,
                number=lot.number,
                day=lot.made_on.isoformat(),
            )
    return day


def check_divisible(unit: LotUnit, quantity: Decimal, field: str) -> None:
    """Raises Invalid for half a jar, and for what nothing comes near."""
    if unit == "H87" and quantity != quantity.to_integral_value():
        raise Invalid("pieces_are_whole", "Pieces are counted whole", field=field)
    if quantity >= LARGEST_QUANTITY:
        raise Invalid("quantity_too_large", "Must be less than {limit}", field=field, limit=LARGEST_QUANTITY)


def split(lot: Lot, parts: Sequence[tuple[UUID, Decimal, str | None]]) -> tuple[Decimal, tuple[Make, ...]]:
    """What is taken of a lot, and the lots made of it: (id, quantity, place or None for the same).

    Raises Conflict if the parts are more than there is.
    """
    for index, (_, quantity, _) in enumerate(parts):
        check_divisible(lot.thing.unit, quantity, f"/parts/{index}/quantity")
    taken = sum((quantity for _, quantity, _ in parts), NOTHING)
    check_take(lot, taken, "/parts")
    return taken, tuple(
        Make(id_, replace(lot.thing, place=lot.thing.place if place is None else place), quantity)
        for id_, quantity, place in parts
    )


def merged(takes: Sequence[Take], place: str | None) -> Thing:
    """What lots become when they are put together: known of the whole is what is true of each part.

    Raises Invalid if they are not of one thing, or not in one hand.
    """
    first = takes[0].lot.thing
    for index, take in enumerate(takes):
        if take.lot.thing.identity != first.identity:
            raise Invalid(
                "not_one_thing",
                "Only lots of the same product, unit and shelf can be put together; transform them instead",
                field=f"/lots/{index}/lot_id",
            )
        if take.lot.thing.member_id != first.member_id:
            raise Invalid("not_in_one_hand", "These lots belong to different members", field=f"/lots/{index}/lot_id")
    things = [take.lot.thing for take in takes]
    dates = [thing.best_before for thing in things]
    together = len({(thing.cycle_id, thing.purchase_order_id) for thing in things}) == 1
    return replace(
        first,
        producer_id=first.producer_id if len({thing.producer_id for thing in things}) == 1 else None,
        code=first.code if len({thing.code for thing in things}) == 1 else None,
        place=first.place if place is None else place,
        plot_id=first.plot_id if len({thing.plot_id for thing in things}) == 1 else None,
        harvested_on=first.harvested_on if len({thing.harvested_on for thing in things}) == 1 else None,
        produced_on=first.produced_on if len({thing.produced_on for thing in things}) == 1 else None,
        best_before=min((day for day in dates if day is not None), default=None),
        certificates=tuple(sorted(set.intersection(*(set(thing.certificates) for thing in things)))),
        cycle_id=first.cycle_id if together else None,
        purchase_order_id=first.purchase_order_id if together else None,
        note="",
    )
