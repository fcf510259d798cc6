"""What the orders service says."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.envelope import Fact, Topic
from contracts.values import Location, Money, PositiveQuantity, Quantity

OrderStatus = Literal["placed", "confirmed", "rejected", "ready", "collected", "settled", "cancelled"]
CycleStatus = Literal["upcoming", "open", "closed", "settling", "settled"]


class OrderedLine(BaseModel):
    line_id: UUID
    variant_id: UUID
    producer_id: UUID
    name: str
    quantity: PositiveQuantity
    tolerance: Quantity
    #: What the member took home; known once collected.
    packed: Quantity | None = None


class OrderState(Fact):
    """An order as the pieces that reserve and hold for it need to know it."""

    order_id: UUID
    number: str
    status: OrderStatus
    cycle_id: UUID
    #: Where it is collected.
    pickup_point_id: UUID | None = None
    member_id: UUID
    lines: list[OrderedLine]
    total: Money
    #: The most that it may come to in each currency: set aside until it is settled.
    holds: list[Money]
    #: An order without all its answers by then is rejected.
    deadline: datetime


class OrderPlaced(OrderState):
    topic: ClassVar[Topic] = Topic("orders", "order", "placed", 1, "int")


class OrderConfirmed(OrderState):
    topic: ClassVar[Topic] = Topic("orders", "order", "confirmed", 1, "int")


class OrderRejected(OrderState):
    topic: ClassVar[Topic] = Topic("orders", "order", "rejected", 1, "int")


class OrderCancelled(OrderState):
    topic: ClassVar[Topic] = Topic("orders", "order", "cancelled", 1, "int")


class OrderCollected(OrderState):
    topic: ClassVar[Topic] = Topic("orders", "order", "collected", 1, "int")


class DeliveredLine(BaseModel):
    """What came of a variant, in its unit."""

    variant_id: UUID
    accepted: Quantity
    rejected: Quantity
    #: Why some was rejected.
    reason: str | None = None
    #: What the supplier calls the lot: its number in the catalog, or a name of the supplier's own.
    lot: str | None = None


class DeliveryReceived(Fact):
    """What came of a purchase order by now, with every variant of it that came. The subject is the purchase order."""

    topic: ClassVar[Topic] = Topic("orders", "delivery", "received", 1, "int")
    purchase_order_id: UUID
    number: str
    cycle_id: UUID
    supplier_id: UUID
    received_at: datetime
    #: Where it is, if that is known: the cycle's pickup point, or a collection centre.
    place: str | None = None
    lines: list[DeliveredLine]


class PublicPickup(BaseModel):
    pickup_point_id: UUID
    name: str
    address: str
    location: Location | None
    starts_at: datetime
    ends_at: datetime


class CycleState(Fact):
    """An order cycle as anyone may see it."""

    cycle_id: UUID
    name: str
    opens_at: datetime
    closes_at: datetime
    supplier_ids: list[UUID]
    pickups: list[PublicPickup]


class CyclePublished(CycleState):
    topic: ClassVar[Topic] = Topic("orders", "cycle", "published", 1, "pub")


class CycleClosed(CycleState):
    topic: ClassVar[Topic] = Topic("orders", "cycle", "closed", 1, "pub")


class CycleSettled(CycleState):
    topic: ClassVar[Topic] = Topic("orders", "cycle", "settled", 1, "pub")


class Posting(BaseModel):
    """A transfer that the ledger is asked to make. Its id makes it happen once."""

    posting_id: UUID
    #: ``member:<id>`` or ``network:<account>``
    debit: str
    credit: str
    amount: Money
    cause: Literal["order", "payable", "fee", "payment", "difference"]
    #: The order, purchase order or cycle that it comes from.
    cause_id: UUID
    text: str


class SettlementComputed(Fact):
    """A part of a cycle's settlement, small enough for one message. The subject is the part."""

    topic: ClassVar[Topic] = Topic("orders", "settlement", "computed", 1, "int")
    part_id: UUID
    cycle_id: UUID
    part: int
    parts: int
    postings: list[Posting]
    #: The orders whose holds end with this part.
    order_ids: list[UUID]
