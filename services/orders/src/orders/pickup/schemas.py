"""Handing over, and packing lists, as JSON."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from contracts.values import Money, Quantity, Value


class PackedLine(Value):
    """What was packed of a line."""

    line_id: UUID
    packed: Quantity


class Payment(Value):
    """How an order is paid: from the member's account, or in cash at pickup."""

    method: Literal["account", "cash"] = "account"
    amount: Money | None = Field(default=None, description="Cash that was paid; all that is due if left out")
    paid_at: AwareDatetime | None = None


class Collection(Value):
    """What a member takes home. Lines left out were packed as allocated."""

    lines: Annotated[list[PackedLine], Field(default_factory=list, max_length=200)]
    payment: Payment = Payment()
    collected_at: AwareDatetime | None = Field(default=None, description="When it was, if it is entered later")


class ListLine(BaseModel):
    """A line of a packing list."""

    order_id: UUID
    line_id: UUID
    number: str
    member: str
    member_number: str
    pickup_point: str
    variant_id: UUID
    name: str
    producer: str
    unit: str
    ordered: Quantity
    tolerance: Quantity
    allocated: Quantity | None = Field(description="Null until it was received")
    packed: Quantity | None


class ListGroup(BaseModel):
    """All lines of an order, or all of a product."""

    title: str
    subtitle: str
    total: Quantity | None = Field(description="Of a product: all that is allocated of it, or ordered until then")
    lines: list[ListLine]


class PackingList(BaseModel):
    """What goes into whose box (by member), or how much of what goes where (by product)."""

    cycle: str
    by: Literal["member", "product"]
    groups: list[ListGroup]
