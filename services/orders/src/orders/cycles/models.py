"""Pickup points, cycles with their fees, and copies of what members and catalog have said."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from orders.base import Base

Instant = DateTime(timezone=True)
#: Less than a million with three decimals (contracts.values).
QuantityType = Numeric(9, 3)


class PickupPoint(Base):
    __tablename__ = "pickup_point"
    __table_args__ = (
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="whole_location"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="location"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(Instant)


class Cycle(Base):
    """`stopped_at`: no more orders. `closed_at`: all answered, cases ordered. Both once, never taken back."""

    __tablename__ = "cycle"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="dates"),
        CheckConstraint("closed_at IS NULL OR stopped_at IS NOT NULL", name="closed_is_stopped"),
        CheckConstraint("settling_at IS NULL OR closed_at IS NOT NULL", name="settling_is_closed"),
        CheckConstraint("settled_at IS NULL OR settling_at IS NOT NULL", name="settled_was_settling"),
        CheckConstraint("sharing IN ('first_come', 'proportional', 'equal')", name="sharing"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_cycle_to_close", "closes_at", postgresql_where="closed_at IS NULL"),
        Index("ix_cycle_opens_at_id", "opens_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime] = mapped_column(Instant)
    sharing: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    settling_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)


class CycleFee(Base):
    __tablename__ = "cycle_fee"
    __table_args__ = (
        CheckConstraint("kind IN ('flat', 'percent', 'per_item', 'per_kilo', 'price_sack')", name="kind"),
        CheckConstraint("value >= 0 AND (kind <> 'percent' OR value <= 100)", name="value"),
        CheckConstraint(
            "(kind = 'price_sack') = (threshold IS NOT NULL AND discounted IS NOT NULL)", name="price_sack"
        ),
        UniqueConstraint("cycle_id", "name"),
    )

    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[Decimal] = mapped_column(Numeric)
    payee: Mapped[str] = mapped_column(Text)
    threshold: Mapped[Decimal | None] = mapped_column(Numeric)
    discounted: Mapped[Decimal | None] = mapped_column(Numeric)


class CycleSupplier(Base):
    __tablename__ = "cycle_supplier"
    __table_args__ = (Index("ix_cycle_supplier_supplier_id", "supplier_id"),)

    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(primary_key=True)


class CyclePickup(Base):
    __tablename__ = "cycle_pickup"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="dates"),)

    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    pickup_point_id: Mapped[UUID] = mapped_column(ForeignKey("pickup_point.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)


class Member(Base):
    """A copy of what the members service says of a member: no more than lists and checks need."""

    __tablename__ = "member"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)


class Variant(Base):
    """A copy of what the catalog says of a published variant. Order lines keep a copy of their own."""

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("case_size > 0 AND step > 0", name="sizes"),
        CheckConstraint("credit_share BETWEEN 0 AND 100", name="credit_share"),
        Index("ix_variant_producer_id", "producer_id"),
        Index("ix_variant_product_id", "product_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    producer_id: Mapped[UUID]
    producer_name: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    variant_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    practices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    unit: Mapped[str] = mapped_column(Text)
    price: Mapped[int] = mapped_column(BigInteger)
    case_size: Mapped[Decimal] = mapped_column(QuantityType)
    step: Mapped[Decimal] = mapped_column(QuantityType)
    minimum: Mapped[Decimal] = mapped_column(QuantityType)
    variable_weight: Mapped[bool]
    credit_share: Mapped[int]
    stock_policy: Mapped[str] = mapped_column(Text)
    #: What else is shown: tax, deposit, content, allergens, season, session.
    extras: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class CycleOffer(Base):
    """What a cycle offers, ready to be shown: all of `document` is written when the offer changes, not when read."""

    __tablename__ = "cycle_offer"
    __table_args__ = (
        Index("ix_cycle_offer_shown", "cycle_id", "sort_key", "variant_id"),
        Index("ix_cycle_offer_variant_id", "variant_id"),
    )

    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    sort_key: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: What the product costs to make, as an order's line keeps it.
    diagnosis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class DiagnosisCopy(Base):
    """What a product cost to make in a season, as its producer published it. Amounts are minor units of one unit."""

    __tablename__ = "diagnosis"
    __table_args__ = (Index("ix_diagnosis_product_id", "product_id"), Index("ix_diagnosis_producer_id", "producer_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    producer_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    unit: Mapped[str] = mapped_column(Text)
    season: Mapped[str] = mapped_column(Text)
    season_starts: Mapped[date] = mapped_column(Date)
    costs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    cost: Mapped[int] = mapped_column(BigInteger)
    fair_price: Mapped[int] = mapped_column(BigInteger)


class HubOfferCopy(Base):
    """A variant's price at a pickup point or in a cycle; it may be known before variant, point or cycle are."""

    __tablename__ = "hub_offer"
    __table_args__ = (
        CheckConstraint("num_nonnulls(pickup_point_id, cycle_id) >= 1", name="somewhere"),
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("rank = 2 * (cycle_id IS NOT NULL)::int + (pickup_point_id IS NOT NULL)::int", name="rank"),
        Index("ix_hub_offer_variant_id", "variant_id"),
        Index("ix_hub_offer_exclusive", "variant_id", postgresql_where="exclusive"),
        Index("ix_hub_offer_producer_id", "producer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID]
    producer_id: Mapped[UUID]
    pickup_point_id: Mapped[UUID | None]
    cycle_id: Mapped[UUID | None]
    price: Mapped[int] = mapped_column(BigInteger)
    fees: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    valid_from: Mapped[datetime] = mapped_column(Instant)
    valid_until: Mapped[datetime | None] = mapped_column(Instant)
    exclusive: Mapped[bool]
    #: The more special offer goes first (rules.hubs).
    rank: Mapped[int] = mapped_column(SmallInteger)


class HubPrice(Base):
    """What a cycle's offer shows otherwise where a hub offer holds, ready to be shown."""

    __tablename__ = "hub_price"
    __table_args__ = (
        ForeignKeyConstraint(
            ["cycle_id", "variant_id"],
            ["cycle_offer.cycle_id", "cycle_offer.variant_id"],
            name="fk_hub_price_offer",
            ondelete="CASCADE",
        ),
        Index("ix_hub_price_hub_offer_id", "hub_offer_id"),
    )

    cycle_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    hub_offer_id: Mapped[UUID] = mapped_column(ForeignKey("hub_offer.id", ondelete="CASCADE"), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)


class StockLevel(Base):
    """What is left of a variant, as the catalog last said; it may be known before the variant is."""

    __tablename__ = "stock_level"
    __table_args__ = (CheckConstraint("available >= 0", name="available"),)

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    available: Mapped[Decimal] = mapped_column(QuantityType)
