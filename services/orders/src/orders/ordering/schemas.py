"""Orders as JSON."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.orders import OrderStatus
from contracts.values import Money, PositiveQuantity, Quantity, Value
from orders.cycles.schemas import Explained, PricePart


class NewLine(Value):
    """How much of a variant; `tolerance` is how much more would be welcome if it fills a case."""

    variant_id: UUID
    quantity: PositiveQuantity
    tolerance: Quantity = Decimal(0)


class NewOrder(Value):
    """An order of a member in a cycle."""

    id: UUID | None = Field(default=None, description="An id of the client's own (UUIDv7)")
    cycle_id: UUID
    pickup_point_id: UUID
    member_id: UUID | None = Field(default=None, description="Needed by who acts for several members")
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=200)]
    credit: Money | None = Field(default=None, description="Community credit to pay a part with")


class Reason(BaseModel):
    """Why an order was rejected, in words; what it is about is named where it is about one line or one currency."""

    code: str = Field(examples=["not_enough_stock"])
    detail: str
    line_id: UUID | None = None
    variant_id: UUID | None = None
    name: str | None = None
    requested: Quantity | None = None
    available: Money | Quantity | None = Field(default=None, description="What is left of the variant, or of the money")
    needed: Money | None = None


class Allocation(BaseModel):
    """From which rule and which figures it follows what a line gets."""

    rule: str = Field(examples=["first_come"])
    code: str = Field(examples=["first_come_short"])
    reason: str = Field(description="In words, in the caller's language")
    inputs: dict[str, Any]


class Line(BaseModel):
    """A line of an order: ordered, allocated, packed and billed are kept apart."""

    line_id: UUID
    variant_id: UUID
    producer_id: UUID
    name: str
    unit: str
    quantity: Quantity
    tolerance: Quantity
    price: Money = Field(description="The producer's price per unit, without fees")
    total: Money = Field(description="Of the quantity ordered, fees by quantity included")
    breakdown: list[PricePart] = Field(
        description="What the total consists of, or once it was packed what was billed; adds up to it. Empty for lines "
        "that were placed before it was kept"
    )
    explained: Explained | None = Field(
        description="How the price stood to the cost when the order was placed; null where nothing was published"
    )
    hub_offer_id: UUID | None = Field(description="Whose price it is; null: the variant's own")
    allocated: Quantity | None = Field(description="What the line gets; null until its variant has been received")
    allocation: Allocation | None
    packed: Quantity | None
    billed: Money | None


class Order(BaseModel):
    """An order. `total` is what was ordered; once collected, what was packed. The breakdown adds up to it."""

    id: UUID
    number: str = Field(examples=["QRO-2026-0042"])
    status: OrderStatus
    cycle_id: UUID
    pickup_point_id: UUID
    member_id: UUID
    lines: list[Line]
    total: Money
    ordered_total: Money
    breakdown: list[PricePart]
    credit: Money | None = Field(description="The part that is paid in community credit, at most")
    holds: list[Money] = Field(description="The most that the order may come to, set aside until it is settled")
    reasons: list[Reason] = Field(description="Why it was rejected; of one under way, what it turned out to be without")
    placed_at: datetime
    deadline: datetime = Field(description="Without all answers by then the order is rejected")
    collected_at: datetime | None
    payment: str | None = Field(description="account or cash")
    paid: Money | None = Field(description="What was paid in cash at pickup")
