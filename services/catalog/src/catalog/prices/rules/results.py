"""From costs and yield to the cost of one unit, the fair price, and what any other price says beside them.

Amounts are exact until one is shown; each is then rounded once, half-even, and its parts are shared out of it by largest
remainder, so that they always add up to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from catalog.prices.rules.shares import apportion
from contracts.catalog import CostKind

#: A kind of cost, or what is left of a price above the cost, or (negative) what it is short of it.
PartKind = CostKind | Literal["margin", "shortfall"]
#: What a price is said to be made of, per one of the currency: a peso's hundred cents.
WHOLE = 100


@dataclass(frozen=True)
class Part[K: PartKind]:
    """A part of an amount, in minor units."""

    kind: K
    minor: int


type AnyPart = Part[PartKind] | Part[CostKind]


@dataclass(frozen=True)
class Result:
    """What follows from a diagnosis, in minor units. ``lines`` has one entry for each cost, ``kinds`` adds them up to
    ``total``; ``costs`` add up to ``cost`` and ``fair_parts`` to ``fair_price``, which are for one unit."""

    total: int
    lines: tuple[int, ...]
    kinds: tuple[Part[CostKind], ...]
    cost: int
    costs: tuple[Part[CostKind], ...]
    fair_price: int
    fair_parts: tuple[AnyPart, ...]


@dataclass(frozen=True)
class Compared:
    """A price of one unit beside the cost and the fair price."""

    price: int
    #: Price less cost: negative where the price does not cover it.
    gap: int
    #: The gap in per cent of the cost, with one decimal; None where nothing costs anything.
    percent: Decimal | None
    #: Price less fair price.
    to_fair: int
    #: Add up to the price.
    parts: tuple[AnyPart, ...]
    #: What one of the currency is made of; adds up to ``WHOLE``.
    of_one: tuple[AnyPart, ...]


def result_of(costs: Sequence[tuple[CostKind, Fraction]], sold: Decimal, margin: Decimal) -> Result:
    """The result of these costs, spread over what can be sold; ``margin`` is per cent on the cost."""
    exact: dict[CostKind, Fraction] = {}
    for kind, amount in costs:
        exact[kind] = exact.get(kind, Fraction(0)) + amount
    whole = sum(exact.values(), Fraction(0))
    total = round(whole)
    kinds = _parts(total, exact)
    quantity = Fraction(sold) if sold > 0 else Fraction(1)
    cost = round(whole / quantity)
    costs_of_one = _parts(cost, exact)
    fair_price = round(whole / quantity * (1 + Fraction(margin) / 100))
    return Result(
        total=total,
        lines=_lines(costs, kinds),
        kinds=kinds,
        cost=cost,
        costs=costs_of_one,
        fair_price=fair_price,
        fair_parts=_with_rest(costs_of_one, fair_price - cost),
    )


def _lines(costs: Sequence[tuple[CostKind, Fraction]], kinds: Sequence[Part[CostKind]]) -> tuple[int, ...]:
    """What each cost comes to: those of a kind add up to what is said of the kind."""
    lines = [0] * len(costs)
    for part in kinds:
        places = [place for place, (kind, _) in enumerate(costs) if kind == part.kind]
        shares = apportion(part.minor, [costs[place][1] for place in places])
        for place, share in zip(places, shares, strict=True):
            lines[place] = share
    return tuple(lines)


def _parts[K: PartKind](whole: int, exact: Mapping[K, Fraction]) -> tuple[Part[K], ...]:
    shares = apportion(whole, list(exact.values()))
    return tuple(Part(kind, share) for kind, share in zip(exact, shares, strict=True))


def compare(result: Result, price: int) -> Compared:
    """How a price (minor units, more than zero) stands to the cost and the fair price."""
    gap = price - result.cost
    percent = (Decimal(gap * 1000) / result.cost).quantize(Decimal(1)) / 10 if result.cost else None
    return Compared(
        price=price,
        gap=gap,
        percent=percent,
        to_fair=price - result.fair_price,
        parts=made_of(result, price),
        of_one=_of_one(result, price),
    )


def made_of(result: Result, price: int) -> tuple[AnyPart, ...]:
    """The parts of a price: what it costs, and what is above it, or negative, what the price is short of it."""
    return _with_rest(result.costs, price - result.cost)


def _of_one(result: Result, price: int) -> tuple[AnyPart, ...]:
    """The same for one of the currency."""
    cost = round(Fraction(WHOLE * result.cost, price))
    shares = apportion(cost, [part.minor for part in result.costs])
    return _with_rest([Part(part.kind, share) for part, share in zip(result.costs, shares, strict=True)], WHOLE - cost)


def _with_rest(costs: Sequence[Part[CostKind]], rest: int) -> tuple[AnyPart, ...]:
    """The costs that are any, and what remains above or below them."""
    some = [part for part in costs if part.minor]
    if rest == 0:
        return tuple(some)
    return (*some, Part[PartKind]("margin" if rest > 0 else "shortfall", rest))
