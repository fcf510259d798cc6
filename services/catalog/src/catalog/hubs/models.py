"""The tables of hub offers, and of what orders has told of cycles and their pickup points."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

_Instant = DateTime(timezone=True)
#: Stands for "any" where offers are compared: an offer for all cycles is not one for a certain cycle.
_ANY = "'00000000-0000-0000-0000-000000000000'::uuid"


class HubOfferRow(Base):
    """Never deleted: what was ordered at its price names it."""

    __tablename__ = "hub_offers"
    __table_args__ = (
        CheckConstraint("num_nonnulls(pickup_point_id, cycle_id) >= 1", name="somewhere"),
        CheckConstraint("valid_until > valid_from", name="dates"),
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("version >= 1", name="version"),
        ExcludeConstraint(
            (text("variant_id"), "="),
            (text(f"(coalesce(pickup_point_id, {_ANY}))"), "="),
            (text(f"(coalesce(cycle_id, {_ANY}))"), "="),
            (text("tstzrange(valid_from, valid_until)"), "&&"),
            where=text("withdrawn_at IS NULL"),
            using="gist",
            name="ex_hub_offers_one_price",
        ),
        Index("ix_hub_offers_variant_id", "variant_id", "id"),
        Index("ix_hub_offers_pickup_point_id", "pickup_point_id", "id"),
        Index("ix_hub_offers_cycle_id", "cycle_id", "id"),
        Index("ix_hub_offers_member_id", "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    member_id: Mapped[UUID]
    pickup_point_id: Mapped[UUID | None]
    cycle_id: Mapped[UUID | None]
    price: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime] = mapped_column(_Instant)
    valid_until: Mapped[datetime | None] = mapped_column(_Instant)
    exclusive: Mapped[bool]
    version: Mapped[int]
    withdrawn_at: Mapped[datetime | None] = mapped_column(_Instant)
    created_at: Mapped[datetime] = mapped_column(_Instant)
    changed_at: Mapped[datetime] = mapped_column(_Instant)


class HubFeeRow(Base):
    __tablename__ = "hub_offer_fees"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), UniqueConstraint("hub_offer_id", "name"))

    hub_offer_id: Mapped[UUID] = mapped_column(ForeignKey("hub_offers.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(Numeric)
    payee: Mapped[str] = mapped_column(Text)


class KnownCycle(Base):
    """A cycle that orders has told of."""

    __tablename__ = "known_cycles"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    closes_at: Mapped[datetime] = mapped_column(_Instant)


class KnownPickup(Base):
    """Where a cycle hands out."""

    __tablename__ = "known_pickups"
    __table_args__ = (Index("ix_known_pickups_pickup_point_id", "pickup_point_id"),)

    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("known_cycles.id"), primary_key=True)
    pickup_point_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
