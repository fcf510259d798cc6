"""Pickup points, cycles and offers as JSON."""

from datetime import datetime
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


class PricePart(BaseModel):
    """A part of a price: the producer's or a fee's, by the name and the payee that it goes to."""

    name: str
    payee: str = Field(description="network, fund or a member's id")
    amount: Money


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


class OfferPage(BaseModel):
    """One page of a cycle's offers, by category and name."""

    items: list[Offer]
    next: str | None
