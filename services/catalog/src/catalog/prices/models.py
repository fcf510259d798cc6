"""The tables of diagnoses. What was written down once is never changed: a new version stands beside it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

_Instant = DateTime(timezone=True)
_Quantity = Numeric(9, 3)


class Diagnosis(Base):
    """A product's costs in a season: which version is the newest, which is published, who may read the others."""

    __tablename__ = "diagnoses"
    __table_args__ = (
        CheckConstraint("unit IN ('KGM', 'LTR', 'H87', 'HUR')", name="unit"),
        CheckConstraint("ends_on >= starts_on", name="season"),
        CheckConstraint("newest >= 1 AND published BETWEEN 1 AND newest", name="versions"),
        CheckConstraint("revision >= newest", name="revision"),
        CheckConstraint("NOT withdrawn OR published IS NOT NULL", name="withdrawn_was_published"),
        UniqueConstraint("product_id", "season_key"),
        Index("ix_diagnoses_product_id", "product_id", "starts_on", "id"),
        Index("ix_diagnoses_member_id", "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    member_id: Mapped[UUID]
    #: What the cost is for one unit of.
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    unit: Mapped[str] = mapped_column(Text)
    season: Mapped[str] = mapped_column(Text)
    #: The season's name without case and accents: one diagnosis for each.
    season_key: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    #: Counts every change, publishing and withdrawing too.
    revision: Mapped[int]
    newest: Mapped[int]
    published: Mapped[int | None]
    withdrawn: Mapped[bool]
    #: Whether advisors and coordinators may read what is not published.
    shared: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(_Instant)
    changed_at: Mapped[datetime] = mapped_column(_Instant)


class DiagnosisVersion(Base):
    """The figures as they were once."""

    __tablename__ = "diagnosis_versions"
    __table_args__ = (
        CheckConstraint("expected > 0 AND actual > 0 AND losses >= 0", name="yield"),
        CheckConstraint("losses < coalesce(actual, expected)", name="something_is_left"),
        CheckConstraint("margin BETWEEN 0 AND 1000", name="margin"),
        CheckConstraint("version >= 1", name="version"),
    )

    diagnosis_id: Mapped[UUID] = mapped_column(ForeignKey("diagnoses.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(_Instant)
    recorded_by: Mapped[UUID]
    currency: Mapped[str] = mapped_column(Text)
    expected: Mapped[Decimal] = mapped_column(_Quantity)
    actual: Mapped[Decimal | None] = mapped_column(_Quantity)
    losses: Mapped[Decimal] = mapped_column(_Quantity)
    margin: Mapped[Decimal] = mapped_column(_Quantity)
    note: Mapped[str] = mapped_column(Text)


class DiagnosisCost(Base):
    """A cost: so much at a price for one, or the wear of an asset."""

    __tablename__ = "diagnosis_costs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["diagnosis_id", "version"], ["diagnosis_versions.diagnosis_id", "diagnosis_versions.version"]
        ),
        CheckConstraint("kind IN ('labour', 'inputs', 'energy', 'transport', 'depreciation', 'other')", name="kind"),
        CheckConstraint(
            "CASE WHEN kind = 'depreciation' THEN num_nulls(asset_value, life_years, share) = 0"
            " AND num_nonnulls(quantity, price) = 0"
            " ELSE num_nulls(quantity, price) = 0 AND num_nonnulls(asset_value, life_years, share) = 0 END",
            name="whole",
        ),
        CheckConstraint("quantity >= 0 AND price >= 0 AND asset_value >= 0", name="amounts"),
        CheckConstraint("life_years > 0 AND share > 0 AND share <= 100", name="wear"),
    )

    diagnosis_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal | None] = mapped_column(_Quantity)
    unit: Mapped[str] = mapped_column(Text)
    price: Mapped[Decimal | None] = mapped_column(Numeric)
    asset_value: Mapped[Decimal | None] = mapped_column(Numeric)
    life_years: Mapped[Decimal | None] = mapped_column(_Quantity)
    #: Per cent of a year's use.
    share: Mapped[Decimal | None] = mapped_column(_Quantity)


class ObservedPrice(Base):
    """What is paid for one unit elsewhere, seen on a day; the source says where to look it up."""

    __tablename__ = "diagnosis_observations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["diagnosis_id", "version"], ["diagnosis_versions.diagnosis_id", "diagnosis_versions.version"]
        ),
        CheckConstraint("channel IN ('paid_now', 'local', 'national', 'export')", name="channel"),
        CheckConstraint("price > 0", name="price"),
    )

    diagnosis_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(Numeric)
    seen_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)
