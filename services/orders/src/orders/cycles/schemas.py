"""Pickup points, cycles and offers as JSON."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.orders import CycleStatus, PublicPickup
from contracts.values import Location, Money, Quantity, Value
from orders.cycles.rules.fees import FeeKind

Name = Annotated[str, Field(min_length=1, max_length=200)]
Sharing = Literal["first_come", "proportional", "equal"]
FeeAmount = Annotated[Quantity, Field(description="Per cent, or an amount of the network's currency", examples=["5"])]


class NewPickupPoint(Value):
    """Where orders are handed over."""

    id: UUID | None = Field(default=None, description="An id of the client's own (UUIDv7)")
    name: Name
    address: Annotated[str, Field(min_length=1, max_length=500)]
    location: Location | None = None


class PickupPoint(BaseModel):
    """Where orders are handed over."""

    id: UUID
    name: str
    address: str
    location: Location | None


class NewPickup(Value):
    """When a pickup point hands a cycle's orders over."""

    pickup_point_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class FeeBody(Value):
    """What is added to the producers' prices, and who receives it."""

    name: Name
    kind: FeeKind = Field(
        description="percent of the price; flat or price_sack once per order; per_item or per_kilo by the quantity"
    )
    value: FeeAmount
    payee: str = Field(default="network", description="network, fund (the solidarity fund) or a member's id")
    threshold: FeeAmount | None = Field(default=None, description="price_sack: goods value from which it is discounted")
    discounted: FeeAmount | None = Field(default=None, description="price_sack: the fee from the threshold on")


class NewCycle(Value):
    """An order cycle: who sells, when is ordered, where it is handed over, and what is added to the prices."""

    id: UUID | None = Field(default=None, description="An id of the client's own (UUIDv7)")
    name: Name
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    supplier_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    pickups: Annotated[list[NewPickup], Field(min_length=1, max_length=50)]
    fees: Annotated[list[FeeBody], Field(default_factory=list, max_length=20)]
    sharing: Sharing = Field(default="first_come", description="How a shortage is shared")


class Cycle(BaseModel):
    """An order cycle; its status follows from its dates and from what has happened."""

    id: UUID
    name: str
    status: CycleStatus
    opens_at: datetime
    closes_at: datetime
    supplier_ids: list[UUID]
    pickups: list[PublicPickup]
    fees: list[FeeBody]
    sharing: Sharing
    currency: str
    closed_at: datetime | None = Field(description="When the purchase orders were made, after the last order's answer")
    settled_at: datetime | None


class CostPart(BaseModel):
    """A part of what a producer gets: a kind of cost, or what is left above the cost, or (negative) short of it."""

    kind: str = Field(
        description="labour, inputs, energy, transport, depreciation, other; margin or shortfall", examples=["labour"]
    )
    amount: Money


class PricePart(BaseModel):
    """A part of a price: the producer's or a fee's, by the name and the payee that it goes to."""

    name: str
    payee: str = Field(description="network, fund or a member's id")
    amount: Money
    made_of: list[CostPart] | None = Field(
        default=None, description="The producer's part, where it published what making it costs; adds up to it"
    )


class Explained(BaseModel):
    """How a producer's price of a unit stands to what making it costs, as the producer published it."""

    diagnosis_id: UUID = Field(description="`GET /v1/diagnoses/{id}` of the catalog has it whole")
    season: str
    cost: Money = Field(description="Of one unit")
    fair_price: Money = Field(description="Of one unit: the cost with the margin that the producer finds fair")
    gap: Money = Field(description="The producer's price less the cost: negative where it does not cover it")
    summary: dict[str, str] = Field(
        description="In a sentence, by language", examples=[{"es": "El precio queda 1.20 MXN por debajo del costo"}]
    )


class HubOfferRef(BaseModel):
    """Where the price is from, if it is not the variant's own."""

    id: UUID
    pickup_point_id: UUID | None
    cycle_id: UUID | None
    exclusive: bool = Field(description="It is sold only where such an offer holds")


class Deposit(BaseModel):
    """A returnable container: what is charged with each piece and given back with it. Shown; not in the price."""

    name: str
    price: Money


class Content(BaseModel):
    quantity: Quantity
    unit: str = Field(description="KGM, GRM, LTR, MLT or H87", examples=["GRM"])


class Weight(BaseModel):
    """What one piece weighs at least and at most, in kilos."""

    min: Quantity
    max: Quantity


class Window(BaseModel):
    """Two days, both included: of every year, or of one."""

    start: str = Field(examples=["06-15"])
    end: str = Field(examples=["09-30"])


class SessionPlace(BaseModel):
    name: str
    location: Location | None = None


class Session(BaseModel):
    """The dated occasion that is booked."""

    starts_at: datetime
    ends_at: datetime
    place: SessionPlace | None = None


class Allergens(BaseModel):
    contains: list[str]
    may_contain: list[str]


class Producer(BaseModel):
    id: UUID
    name: str


class Offer(BaseModel):
    """What can be ordered in a cycle, at the price that a member pays there."""

    model_config = ConfigDict(extra="forbid")

    variant_id: UUID
    product_id: UUID
    name: str
    variant: str
    kind: str
    description: str
    category: str
    practices: list[str]
    producer: Producer
    unit: str = Field(description="UN/ECE Rec. 20", examples=["KGM"])
    price: Money = Field(description="Per unit, fees by quantity included")
    breakdown: list[PricePart] = Field(description="What the price consists of; adds up to it")
    case_size: Quantity
    step: Quantity
    minimum: Quantity
    variable_weight: bool
    credit_share: Annotated[int, Field(description="Per cent that may be paid in community credit")]
    stock_policy: str
    available: Decimal | None = Field(description="What is left; null where it is not counted", examples=["12"])
    hub_offer: HubOfferRef | None = Field(default=None, description="Whose price it is; null: the variant's own")
    explained: Explained | None = Field(default=None, description="Null where the producer published nothing of it")
    tax_rate: Quantity | None = Field(default=None, description="Per cent; null where nothing is said")
    tax_included: bool | None = Field(default=None, description="Whether the producer's price has the tax in it")
    deposit: Deposit | None = None
    net_content: Content | None = Field(default=None, description="What one pack holds")
    piece_weight: Weight | None = None
    allergens: Allergens | None = Field(default=None, description="Null where nothing was declared")
    season: list[Window] = Field(default=[], description="When it is to be had; empty for all year")
    season_ends_on: date | None = Field(default=None, description="The day on which it goes off offer")
    session: Session | None = None


class OfferPage(BaseModel):
    """One page of a cycle's offers, by category and name."""

    items: list[Offer]
    next: str | None
