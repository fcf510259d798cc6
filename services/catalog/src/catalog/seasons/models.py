"""The tables of season plans, and what they keep of orders and cycles."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

_QUANTITY = Numeric(9, 3)


class Crop(Base):
    """What the products of several producers are, so that they can be added up."""

    __tablename__ = "crops"
    __table_args__ = (
        CheckConstraint("unit IN ('KGM', 'LTR', 'H87', 'HUR')", name="unit"),
        Index("uq_crops_folded_name", "folded_name", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    folded_name: Mapped[str] = mapped_column(Text(collation="C"))
    unit: Mapped[str] = mapped_column(Text)


class ProductCrop(Base):
    __tablename__ = "product_crops"
    __table_args__ = (Index("ix_product_crops_crop_id", "crop_id"),)

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)
    crop_id: Mapped[UUID] = mapped_column(ForeignKey("crops.id"))


class SeasonPlan(Base):
    """One plan a product and collection centre."""

    __tablename__ = "season_plans"
    __table_args__ = (
        CheckConstraint("unit IN ('KGM', 'LTR', 'H87', 'HUR')", name="unit"),
        CheckConstraint("version >= 1", name="version"),
        Index("uq_season_plans", "product_id", "place_id", unique=True, postgresql_nulls_not_distinct=True),
        Index("ix_season_plans_member_id", "member_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    place_id: Mapped[UUID | None]
    unit: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PlannedWeek(Base):
    __tablename__ = "planned_weeks"
    __table_args__ = (
        CheckConstraint("extract(isodow FROM week) = 1", name="monday"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_planned_weeks_week", "week"),
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("season_plans.id"), primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(_QUANTITY)


class PlanChange(Base):
    """What was planned before and after each change of mind. Append-only."""

    __tablename__ = "plan_changes"
    __table_args__ = (Index("ix_plan_changes_plan_id", "plan_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("season_plans.id"))
    week: Mapped[date]
    before: Mapped[Decimal] = mapped_column(_QUANTITY)
    after: Mapped[Decimal] = mapped_column(_QUANTITY)
    user_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SeasonPickup(Base):
    """When the orders of a cycle are collected, and where: a copy of what the orders service says."""

    __tablename__ = "season_pickups"
    __table_args__ = (Index("ix_season_pickups_starts_at", "starts_at"),)

    cycle_id: Mapped[UUID] = mapped_column(primary_key=True)
    place_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SeasonOrder(Base):
    """What an order was counted with, so that it can be counted otherwise. Nothing says whose it is."""

    __tablename__ = "season_orders"

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    cycle_id: Mapped[UUID]
    place_id: Mapped[UUID]
    #: Quantity by variant.
    lines: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SeasonDemand(Base):
    """What all orders of a cycle at a place ask for of a variant: the sum of the orders' lines, kept by their events."""

    __tablename__ = "season_demand"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    cycle_id: Mapped[UUID] = mapped_column(primary_key=True)
    place_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
