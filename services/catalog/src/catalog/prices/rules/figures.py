"""What a producer writes down of a season: work, what was bought, what wore out, and what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from catalog.prices.rules.results import Result, result_of
from contracts.catalog import CostKind
from contracts.values import LARGEST_AMOUNT, Money, scale
from kit.errors import Conflict, Invalid

#: Where a price is paid: by who buys it from the producer now, on markets near and far, abroad.
Channel = Literal["paid_now", "local", "national", "export"]
#: In the order in which they are shown.
KINDS: tuple[CostKind, ...] = ("labour", "inputs", "energy", "transport", "depreciation", "other")
#: The list in the API that the costs of each kind stand in.
LISTS: dict[CostKind, str] = {
    "labour": "work",
    "inputs": "inputs",
    "energy": "energy",
    "transport": "transport",
    "depreciation": "depreciation",
    "other": "other",
}
#: Longer than any season; what exceeds it is a slip in a year.
LONGEST_SEASON = timedelta(days=800)


@dataclass(frozen=True)
class Season:
    """What its producer calls it, and from when to when the work was for it."""

    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Wear:
    """What an asset loses in a season: its value over its life in years, and the share (per cent of a year's use) that
    was for this product."""

    value: Money
    life_years: Decimal
    share: Decimal


@dataclass(frozen=True)
class Cost:
    """A line of a diagnosis: so much of something (hours of work, kilos, kWh, trips) at a price for one, or wear."""

    kind: CostKind
    name: str
    quantity: Decimal = Decimal(0)
    unit: str = ""
    price: Money | None = None
    wear: Wear | None = None

    @property
    def exact(self) -> Fraction:
        """What it comes to, in minor units and not rounded."""
        if self.wear is not None:
            yearly = Fraction(self.wear.value.minor) / Fraction(self.wear.life_years)
            return yearly * Fraction(self.wear.share) / 100
        return Fraction(self.quantity) * (self.price.minor if self.price is not None else 0)

    @property
    def money(self) -> Money:
        """The amount that it is reckoned from."""
        if self.wear is not None:
            return self.wear.value
        if self.price is None:
            raise ValueError("a cost is a price or wear")
        return self.price


@dataclass(frozen=True)
class Yield:
    """What was expected, what came if it is known already, and what of it was lost before it could be sold."""

    expected: Decimal
    actual: Decimal | None = None
    losses: Decimal = Decimal(0)

    @property
    def sold(self) -> Decimal:
        """What the costs are spread over."""
        return (self.expected if self.actual is None else self.actual) - self.losses


@dataclass(frozen=True)
class Observed:
    """A price for one unit, seen somewhere on some day; the source says where one could look it up."""

    channel: Channel
    price: Money
    seen_on: date
    source: str


@dataclass(frozen=True)
class Figures:
    """A diagnosis as it was written down once; ``margin`` is per cent on the cost."""

    costs: tuple[Cost, ...]
    harvest: Yield
    margin: Decimal
    observed: tuple[Observed, ...] = ()
    note: str = ""

    @property
    def currency(self) -> str:
        """Checked figures are all of one currency, and there is a cost among them."""
        return self.costs[0].money.currency

    @property
    def result(self) -> Result:
        """What follows from the figures. They have to be checked."""
        return result_of([(cost.kind, cost.exact) for cost in self.costs], self.harvest.sold, self.margin)


@dataclass(frozen=True)
class FiguresDraft:
    """What somebody says of the figures; None, and a kind of cost left out, where nothing is said."""

    costs: Mapping[CostKind, tuple[Cost, ...]]
    harvest: Yield | None = None
    margin: Decimal | None = None
    observed: tuple[Observed, ...] | None = None
    note: str | None = None


def changed(figures: Figures, draft: FiguresDraft) -> Figures:
    """The figures as the draft wants them, the rest as it was."""
    before = {kind: tuple(cost for cost in figures.costs if cost.kind == kind) for kind in KINDS}
    return Figures(
        costs=tuple(cost for kind in KINDS for cost in draft.costs.get(kind, before[kind])),
        harvest=figures.harvest if draft.harvest is None else draft.harvest,
        margin=figures.margin if draft.margin is None else draft.margin,
        observed=figures.observed if draft.observed is None else draft.observed,
        note=figures.note if draft.note is None else draft.note,
    )


def check_season(season: Season) -> None:
    """Raises Invalid, with a pointer, for a season that ends before it starts or never ends."""
    if season.ends_on < season.starts_on:
        raise Invalid("ends_before_it_starts", "A season ends after it starts", field="/season/ends_on")
    if season.ends_on - season.starts_on > LONGEST_SEASON:
        raise Invalid(
            "season_too_long", "A season has {days} days at most", field="/season/ends_on", days=LONGEST_SEASON.days
        )


def check(figures: Figures, currency: str, today: date) -> None:
    """Raises Invalid, with a pointer, for figures from which no cost of a unit follows."""
    for error in _faults(figures, currency, today):
        raise error


def _faults(figures: Figures, currency: str, today: date) -> Iterator[Invalid]:
    if not figures.costs:
        yield Invalid("no_costs", "Write down at least one cost", field="/work")
    places: dict[CostKind, int] = {}
    for cost in figures.costs:
        place = places[cost.kind] = places.get(cost.kind, -1) + 1
        yield from _cost_faults(cost, currency, f"/{LISTS[cost.kind]}/{place}")
    if figures.harvest.sold <= 0:
        yield Invalid("nothing_left", "Without anything left to sell there is no cost per unit", field="/yield/losses")
    for place, seen in enumerate(figures.observed):
        at = f"/observed/{place}"
        yield from _money_faults(seen.price, currency, f"{at}/price")
        if seen.price.minor == 0:
            yield Invalid("price_not_positive", "A price must be more than zero", field=f"{at}/price/amount")
        if seen.seen_on > today:
            yield Invalid("in_the_future", "This day has not come yet", field=f"{at}/seen_on")
    result = figures.result
    largest = LARGEST_AMOUNT.scaleb(scale(currency))
    if max(result.total, result.fair_price) >= largest:
        yield Invalid("too_large", "This comes to more than can be reckoned with; check the figures", field="/yield")


def _cost_faults(cost: Cost, currency: str, at: str) -> Iterator[Invalid]:
    name = "wage" if cost.kind == "labour" else "value" if cost.wear is not None else "price"
    yield from _money_faults(cost.money, currency, f"{at}/{name}")


def _money_faults(amount: Money, currency: str, at: str) -> Iterator[Invalid]:
    if amount.currency != currency:
        yield Invalid("wrong_currency", "Prices are in {currency} here", field=f"{at}/currency", currency=currency)
    if amount.minor < 0:
        yield Invalid("amount_negative", "An amount is zero or more", field=f"{at}/amount")


def check_publishable(figures: Figures) -> None:
    """Raises Conflict for a diagnosis that would explain nothing."""
    if figures.result.total == 0:
        raise Conflict("nothing_costs", "A diagnosis in which nothing costs anything explains no price")


def for_next_season(figures: Figures) -> Figures:
    """The same work and inputs as a template: what came of them is still to be seen, and prices to be looked up."""
    seen = figures.harvest
    return replace(figures, harvest=Yield(seen.expected if seen.actual is None else seen.actual), observed=(), note="")
