"""Diagnoses over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.prices.rules.figures import (
    Channel,
    Cost,
    Figures,
    FiguresDraft,
    Observed,
    Season,
    Wear,
    Yield,
)
from catalog.prices.rules.results import PartKind
from contracts.catalog import CostKind, Unit
from contracts.values import Money, PositiveQuantity, Quantity

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Source = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Field(description="Where one could look it up", examples=["SNIIM, Mercado de Abasto de Querétaro"]),
]
Margin = Annotated[Quantity, Field(le=1000, description="Per cent on the cost", examples=["15"])]
_Unit = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=40),
    Field(description="What is counted", examples=["kg"]),
]
MOST = 50


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SeasonBody(_Body):
    """A season: what it is called, and from when to when the work was for it."""

    name: Annotated[Name, Field(examples=["Primavera–verano 2026"])]
    starts_on: Annotated[date, Field(examples=["2026-03-01"])]
    ends_on: Annotated[date, Field(examples=["2026-08-31"])]

    def value(self) -> Season:
        return Season(self.name, self.starts_on, self.ends_on)


class Task(_Body):
    """Work: so many hours at a wage that one can live on, unpaid family work included."""

    task: Annotated[Name, Field(examples=["Cosecha"])]
    hours: Quantity
    wage: Annotated[Money, Field(description="For one hour")]

    def cost(self) -> Cost:
        return Cost("labour", self.task, self.hours, "HUR", self.wage)


class Bought(_Body):
    """So much of something, at a price for one."""

    name: Annotated[Name, Field(examples=["Composta"])]
    quantity: Quantity
    unit: _Unit = ""
    price: Annotated[Money, Field(description="For one of the unit")]

    def cost(self, kind: CostKind) -> Cost:
        return Cost(kind, self.name, self.quantity, self.unit, self.price)


class Asset(_Body):
    """What wore out: its value spread over its life, and of a year the share that was for this product."""

    name: Annotated[Name, Field(examples=["Bomba de riego"])]
    value: Money
    life_years: PositiveQuantity
    share: Annotated[PositiveQuantity, Field(le=100, description="Per cent of a year's use", examples=["40"])]

    def cost(self) -> Cost:
        return Cost("depreciation", self.name, wear=Wear(self.value, self.life_years, self.share))


class YieldBody(_Body):
    """What was expected, what came once it is known, and what of it could not be sold; in the variant's unit."""

    expected: PositiveQuantity
    actual: PositiveQuantity | None = None
    losses: Quantity = Decimal(0)

    def value(self) -> Yield:
        return Yield(self.expected, self.actual, self.losses)


class ObservedBody(_Body):
    """What is paid for one unit elsewhere."""

    channel: Channel = Field(
        description="`paid_now`: by who buys it from the producer until now; or a market near, in the country, abroad"
    )
    price: Money
    seen_on: Annotated[date, Field(examples=["2026-07-15"])]
    source: Source

    def value(self) -> Observed:
        return Observed(self.channel, self.price, self.seen_on, self.source)


_Tasks = Annotated[list[Task], Field(max_length=MOST)]
_Bought = Annotated[list[Bought], Field(max_length=MOST)]
_Assets = Annotated[list[Asset], Field(max_length=MOST)]
_Observed = Annotated[list[ObservedBody], Field(max_length=MOST)]
Shared = Annotated[bool, Field(description="Advisors and coordinators may read what is not published")]


class NewDiagnosis(_Body):
    """What a product cost to make in a season; nobody else's to read until it is published."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same diagnosis")] = None
    season: SeasonBody
    variant_id: Annotated[
        UUID | None, Field(description="The cost is for one unit of this variant; the first if left out")
    ] = None
    shared: Shared = False
    work: _Tasks = []
    inputs: _Bought = []
    energy: _Bought = []
    transport: _Bought = []
    depreciation: _Assets = []
    other: _Bought = []
    yield_: Annotated[YieldBody, Field(alias="yield")]
    margin: Margin = Decimal(0)
    observed: _Observed = []
    note: Note = ""

    def figures(self) -> Figures:
        costs = (
            *(task.cost() for task in self.work),
            *(bought.cost("inputs") for bought in self.inputs),
            *(bought.cost("energy") for bought in self.energy),
            *(bought.cost("transport") for bought in self.transport),
            *(asset.cost() for asset in self.depreciation),
            *(bought.cost("other") for bought in self.other),
        )
        observed = tuple(seen.value() for seen in self.observed)
        return Figures(costs, self.yield_.value(), self.margin, observed, self.note)


class ChangedDiagnosis(_Body):
    """What is to change; each list is the whole new list."""

    shared: Shared | None = None
    work: _Tasks | None = None
    inputs: _Bought | None = None
    energy: _Bought | None = None
    transport: _Bought | None = None
    depreciation: _Assets | None = None
    other: _Bought | None = None
    yield_: Annotated[YieldBody | None, Field(alias="yield")] = None
    margin: Margin | None = None
    observed: _Observed | None = None
    note: Note | None = None

    def draft(self) -> FiguresDraft:
        costs: dict[CostKind, tuple[Cost, ...]] = {}
        if self.work is not None:
            costs["labour"] = tuple(task.cost() for task in self.work)
        if self.depreciation is not None:
            costs["depreciation"] = tuple(asset.cost() for asset in self.depreciation)
        bought: tuple[tuple[CostKind, list[Bought] | None], ...] = (
            ("inputs", self.inputs),
            ("energy", self.energy),
            ("transport", self.transport),
            ("other", self.other),
        )
        for kind, listed in bought:
            if listed is not None:
                costs[kind] = tuple(one.cost(kind) for one in listed)
        return FiguresDraft(
            costs=costs,
            harvest=None if self.yield_ is None else self.yield_.value(),
            margin=self.margin,
            observed=None if self.observed is None else tuple(seen.value() for seen in self.observed),
            note=self.note,
        )


class Copy(_Body):
    """Another season, or another product of one's own, with the same work and inputs."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same diagnosis")] = None
    season: SeasonBody
    product_id: Annotated[UUID | None, Field(description="One's own product; the same one if left out")] = None
    variant_id: UUID | None = None
    shared: Shared = False


class PartOut(BaseModel):
    """A part of an amount. What a price is short of its cost is negative, so that the parts add up."""

    kind: PartKind
    name: str = Field(description="In the reader's language", examples=["Trabajo"])
    amount: Money


class TaskOut(Task):
    amount: Money


class BoughtOut(Bought):
    amount: Money


class AssetOut(Asset):
    amount: Money = Field(description="What it lost for this product in this season")


class HarvestOut(YieldBody):
    sold: Quantity = Field(description="What the costs are spread over")


class NamedOut(BaseModel):
    id: UUID
    name: str


class ComparisonOut(BaseModel):
    """A price of one unit beside its cost and its fair price."""

    channel: Channel | Literal["network"] = Field(description="`network`: what the variant costs here now")
    name: str = Field(description="In the reader's language", examples=["Mercado local"])
    price: Money
    seen_on: date | None
    source: str | None
    gap: Money = Field(description="Price less cost; negative where it does not cover the cost")
    percent: str | None = Field(description="The gap in per cent of the cost", examples=["-8.6"])
    to_fair: Money = Field(description="Price less fair price")
    text: str = Field(examples=["El precio queda 1.20 MXN por debajo del costo (8.6 %)"])
    parts: list[PartOut] = Field(description="Add up to the price")
    of_one: list[PartOut] = Field(description="What one of the currency is made of; adds up to 1.00")


class SummaryOut(BaseModel):
    """A diagnosis in short."""

    id: UUID
    product_id: UUID
    variant_id: UUID
    unit: Unit = Field(description="What cost and fair price are for one of (UN/ECE Rec. 20)")
    season: SeasonBody
    status: Literal["draft", "published", "withdrawn"]
    version: int = Field(description="Of these figures")
    recorded_at: datetime
    sold: Quantity
    cost: Money = Field(description="For one unit")
    costs: list[PartOut] = Field(description="Add up to the cost")
    margin: Margin
    fair_price: Money = Field(description="For one unit: the cost with its margin")


class DiagnosisOut(SummaryOut):
    """What a product cost to make in a season, and what follows from it."""

    product: NamedOut
    producer: NamedOut
    variant: NamedOut
    revision: int = Field(description="Counts every change; the ETag")
    newest_version: int
    published_version: int | None
    shared: bool | None = Field(description="Null for who reads what is published")
    work: list[TaskOut]
    inputs: list[BoughtOut]
    energy: list[BoughtOut]
    transport: list[BoughtOut]
    depreciation: list[AssetOut]
    other: list[BoughtOut]
    yield_: Annotated[HarvestOut, Field(alias="yield")]
    note: str
    total: Money = Field(description="Of the whole season")
    by_kind: list[PartOut] = Field(description="Add up to the total")
    fair_parts: list[PartOut] = Field(description="Add up to the fair price")
    comparisons: list[ComparisonOut]


class ChangeOut(BaseModel):
    """What became of the cost of a unit since the season before."""

    amount: Money = Field(description="Negative where it costs less now")
    percent: str | None = Field(examples=["4.5"])


class SeasonOut(SummaryOut):
    """A season beside the others."""

    change: ChangeOut | None = Field(description="Null for the first")


class SeasonsOut(BaseModel):
    """Seasons of a product in the unit of the newest one, the oldest first."""

    unit: Unit | None
    seasons: list[SeasonOut]
