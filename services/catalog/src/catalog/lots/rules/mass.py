"""Nothing in the chain vanishes: what a transformation takes weighs as much as what it makes and what it loses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from catalog.lots.rules.kinds import LossName, LotUnit
from catalog.lots.rules.lots import NOTHING, Make, Take
from contracts.values import plain
from kit.errors import Invalid
from kit.language import Words

#: A yield is told to four decimals, a price for a kilo to two: so much is enough to compare by.
_YIELD = Decimal("0.0001")


@dataclass(frozen=True)
class Mass:
    """Kilos before and after. ``unknown`` names what nobody can weigh; then nothing is proved."""

    taken: Decimal | None
    made: Decimal | None
    lost: Decimal
    unknown: tuple[str, ...]


def weigh(
    takes: Sequence[Take], makes: Sequence[Make], losses: Sequence[tuple[LossName, Decimal | None]]
) -> tuple[Mass, dict[LossName, Decimal]]:
    """The masses, and each loss in kilos; the one of which no weight was given is what is left over.

    Raises Invalid where it can't be true: two losses of one name or two that take the rest, more made than was taken,
    or kilos that nobody speaks of.
    """
    stated = _stated(losses)
    known = sum((kg for kg in stated.values() if kg is not None), NOTHING)
    unknown = tuple(
        dict.fromkeys(
            thing.name
            for thing in (*(take.lot.thing for take in takes), *(make.thing for make in makes))
            if thing.kg_per_unit is None
        )
    )
    rest = next((name for name, kg in stated.items() if kg is None), None)
    if unknown:
        if rest is not None:
            raise Invalid(
                "rest_unknown",
                "What is left over can't be told: say what one unit of {name} weighs, or how much was lost",
                field="/losses",
                name=unknown[0],
            )
        return Mass(None, None, known, unknown), {name: kg for name, kg in stated.items() if kg is not None}
    taken = sum((take.quantity * (take.lot.thing.kg_per_unit or NOTHING) for take in takes), NOTHING)
    made = sum((make.quantity * (make.thing.kg_per_unit or NOTHING) for make in makes), NOTHING)
    over = taken - made - known
    if over < 0:
        raise Invalid(
            "more_than_was_taken",
            "{made} kg are made or lost of {taken} kg",
            field="/outputs",
            made=plain(made + known),
            taken=plain(taken),
        )
    if over > 0 and rest is None:
        raise Invalid(
            "mass_unexplained",
            "Say what became of {kg} kg: a loss without a quantity takes what is left",
            field="/losses",
            kg=plain(over),
        )
    lost = {name: over if kg is None else kg for name, kg in stated.items()}
    return Mass(taken, made, known + over, ()), {name: kg for name, kg in lost.items() if kg}


def _stated(losses: Sequence[tuple[LossName, Decimal | None]]) -> dict[LossName, Decimal | None]:
    stated: dict[LossName, Decimal | None] = {}
    for index, (name, kg) in enumerate(losses):
        if name in stated:
            raise Invalid("loss_twice", "Write each loss once", field=f"/losses/{index}/name")
        if kg is None and None in stated.values():
            raise Invalid("one_rest", "Only one loss can take what is left", field=f"/losses/{index}/kg")
        stated[name] = kg
    return stated


@dataclass(frozen=True)
class Usual:
    """What a recipe promises: units of output from one unit of input, and what it came to so far."""

    input_unit: LotUnit
    output_unit: LotUnit
    least: Decimal
    most: Decimal
    average: Decimal | None = None
    times: int = 0


@dataclass(frozen=True)
class Yield:
    """Units of output from one unit of input."""

    of_one: Decimal
    input_unit: LotUnit
    output_unit: LotUnit


def yielded(takes: Mapping[LotUnit, Decimal], makes: Mapping[LotUnit, Decimal]) -> Yield | None:
    """Main output over main input; None where a side has several units, which nothing adds up."""
    if len(takes) != 1 or len(makes) != 1:
        return None
    [(input_unit, taken)], [(output_unit, made)] = takes.items(), makes.items()
    return Yield((made / taken).quantize(_YIELD, ROUND_HALF_EVEN), input_unit, output_unit)


@dataclass(frozen=True)
class Warned:
    """Something to look at again; nothing that stops anybody."""

    code: str
    words: Words


def compare(found: Yield | None, usual: Usual | None) -> Warned | None:
    """A warning if the yield is not what the recipe promises."""
    if usual is None:
        return None
    if found is None or (found.input_unit, found.output_unit) != (usual.input_unit, usual.output_unit):
        return Warned("yield_not_compared", Words("This can't be compared with the recipe: its units are others"))
    params = {"found": plain(found.of_one), "least": plain(usual.least), "most": plain(usual.most)}
    if found.of_one < usual.least:
        return Warned(
            "yield_low", Words("{found} is less than the usual {least} to {most}: was something not noted?", params)
        )
    if found.of_one > usual.most:
        return Warned(
            "yield_high", Words("{found} is more than the usual {least} to {most}: was something not noted?", params)
        )
    return None
