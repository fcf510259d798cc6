"""Orders, their lines, and the queue log that first-come sharing is based on."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Sequence,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from orders.base import Base
from orders.cycles.models import Instant, QuantityType

order_serial = Sequence("order_serial", metadata=Base.metadata)

_ANSWERS = "('skipped', 'granted', 'refused')"


class Order(Base):
    """`total`, `hold`, `credit`, `billed` and `paid` are minor units; `credit` of the community credit."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "status IN ('placed', 'confirmed', 'rejected', 'ready', 'collected', 'settled', 'cancelled')",
            name="status",
        ),
        CheckConstraint(f"stock_answer IN {_ANSWERS}", name="stock_answer"),
        CheckConstraint(f"funds_answer IN {_ANSWERS}", name="funds_answer"),
        CheckConstraint(
            "status IN ('placed', 'rejected', 'cancelled') OR (stock_answer <> 'refused' AND funds_answer <> 'refused'"
            " AND stock_answer IS NOT NULL AND funds_answer IS NOT NULL)",
            name="confirmed_was_granted",
        ),
        CheckConstraint("total >= 0 AND credit >= 0 AND credit <= total AND hold >= total - credit", name="amounts"),
        CheckConstraint("(credit > 0) = (credit_currency IS NOT NULL)", name="credit_has_currency"),
        CheckConstraint("(status = 'placed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(billed IS NULL) = (collected_at IS NULL) AND billed >= 0", name="collected_is_billed"),
        CheckConstraint("status <> 'collected' OR collected_at IS NOT NULL", name="collected"),
        CheckConstraint("(payment IS NULL) = (collected_at IS NULL)", name="collected_is_paid"),
        CheckConstraint("payment IN ('account', 'cash') AND (payment = 'cash') = (paid IS NOT NULL)", name="payment"),
        CheckConstraint("paid >= 0", name="paid"),
        CheckConstraint("version >= 1", name="version"),
        ForeignKeyConstraint(
            ["cycle_id", "pickup_point_id"],
            ["cycle_pickup.cycle_id", "cycle_pickup.pickup_point_id"],
            name="fk_orders_pickup",
        ),
        UniqueConstraint("number"),
        Index("ix_orders_undecided", "cycle_id", "deadline", postgresql_where="status = 'placed'"),
        Index("ix_orders_cycle_id_placed_at_id", "cycle_id", "placed_at", "id"),
        Index("ix_orders_member_id_placed_at_id", "member_id", "placed_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"))
    pickup_point_id: Mapped[UUID]
    member_id: Mapped[UUID]
    placed_by: Mapped[UUID]
    #: Of what was asked: a client's own id sent twice is the same order only with the same content.
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    total: Mapped[int] = mapped_column(BigInteger)
    hold: Mapped[int] = mapped_column(BigInteger)
    credit: Mapped[int] = mapped_column(BigInteger)
    credit_currency: Mapped[str | None] = mapped_column(Text)
    breakdown: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    stock_answer: Mapped[str | None] = mapped_column(Text)
    funds_answer: Mapped[str | None] = mapped_column(Text)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    placed_at: Mapped[datetime] = mapped_column(Instant)
    deadline: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    collected_at: Mapped[datetime | None] = mapped_column(Instant)
    collected_by: Mapped[UUID | None]
    billed: Mapped[int | None] = mapped_column(BigInteger)
    payment: Mapped[str | None] = mapped_column(Text)
    paid: Mapped[int | None] = mapped_column(BigInteger)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)


class OrderLine(Base):
    """What was ordered, at the price of that moment; `most` is the most that may be packed."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND tolerance >= 0 AND most >= quantity + tolerance", name="quantities"),
        CheckConstraint("allocated >= 0 AND allocated <= quantity + tolerance", name="allocated"),
        CheckConstraint("(allocated IS NULL) = (allocation IS NULL)", name="allocation_explained"),
        CheckConstraint("packed >= 0 AND packed <= most", name="packed"),
        CheckConstraint("(packed IS NULL) = (billed IS NULL) AND billed >= 0", name="billed"),
        CheckConstraint("price >= 0 AND total >= 0", name="amounts"),
        CheckConstraint("credit_share BETWEEN 0 AND 100", name="credit_share"),
        UniqueConstraint("order_id", "variant_id"),
        Index("ix_order_line_variant_id", "variant_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    position: Mapped[int]
    variant_id: Mapped[UUID]
    producer_id: Mapped[UUID]
    producer_name: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QuantityType)
    tolerance: Mapped[Decimal] = mapped_column(QuantityType)
    most: Mapped[Decimal] = mapped_column(QuantityType)
    price: Mapped[int] = mapped_column(BigInteger)
    case_size: Mapped[Decimal] = mapped_column(QuantityType)
    step: Mapped[Decimal] = mapped_column(QuantityType)
    variable_weight: Mapped[bool]
    credit_share: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    #: Whose price it is, if not the variant's own, and what that adds to each unit.
    hub_offer_id: Mapped[UUID | None]
    hub_fees: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    #: What the product cost to make, as was published when the order was placed.
    diagnosis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: What the line's total is made of, in minor units; once it was packed, what was billed.
    parts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    allocated: Mapped[Decimal | None] = mapped_column(QuantityType)
    allocation: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    packed: Mapped[Decimal | None] = mapped_column(QuantityType)
    billed: Mapped[int | None] = mapped_column(BigInteger)


class QueueEntry(Base):
    """By how much a line's quantity and tolerance changed, in order of arrival. Append-only: a trigger holds it."""

    __tablename__ = "queue_entry"
    __table_args__ = (
        CheckConstraint("quantity <> 0 OR tolerance <> 0", name="changes_something"),
        Index("ix_queue_entry_line_id", "line_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("order_line.id"))
    quantity: Mapped[Decimal] = mapped_column(QuantityType)
    tolerance: Mapped[Decimal] = mapped_column(QuantityType)
    entered_at: Mapped[datetime] = mapped_column(Instant)
