"""The tables of wants and of what was found for them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base
from catalog.products.models import Product

_INSTANT = DateTime(timezone=True)
_OPEN = text("status = 'open'")


class WantRow(Base):
    """What a member looks for."""

    __tablename__ = "wants"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'met', 'withdrawn', 'expired')", name="status"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("audience IN ('members', 'public')", name="audience"),
        CheckConstraint("kind IN ('good', 'service', 'knowledge')", name="kind"),
        CheckConstraint("unit IN ('KGM', 'LTR', 'H87', 'HUR')", name="unit"),
        CheckConstraint("quantity > 0 AND (quantity IS NULL OR unit IS NOT NULL)", name="quantity"),
        CheckConstraint("max_price > 0 AND (max_price IS NULL) = (currency IS NULL)", name="max_price"),
        CheckConstraint(
            "(lat IS NULL) = (lon IS NULL) AND lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="location"
        ),
        CheckConstraint("radius_km BETWEEN 1 AND 1000 AND (radius_km IS NULL OR lat IS NOT NULL)", name="radius"),
        CheckConstraint("status <> 'open' OR category IS NOT NULL OR worded", name="says_something"),
        Index("ix_wants_wordless", "category", postgresql_where=text("status = 'open' AND NOT worded")),
        Index("ix_wants_listing", "created_at", "id", postgresql_where=_OPEN),
        Index("ix_wants_expires_on", "expires_on", postgresql_where=_OPEN),
        Index("ix_wants_member_id", "member_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    practices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    unit: Mapped[str | None] = mapped_column(Text)
    needed_by: Mapped[date | None] = mapped_column(Date)
    place: Mapped[str] = mapped_column(Text)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    radius_km: Mapped[int | None]
    max_price: Mapped[Decimal | None] = mapped_column(Numeric)
    currency: Mapped[str | None] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    #: Whether it is found by words; else by its category alone.
    worded: Mapped[bool]
    #: The last day on which it is looked for.
    expires_on: Mapped[date] = mapped_column(Date)
    met_by: Mapped[UUID | None] = mapped_column(ForeignKey(Product.id))
    user_id: Mapped[UUID]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(_INSTANT)
    changed_at: Mapped[datetime] = mapped_column(_INSTANT)
    ended_at: Mapped[datetime | None] = mapped_column(_INSTANT)


class WantKey(Base):
    """What the words of an open want have in common with those that are the same.

    Rows rather than an array: an offer asks for dozens of keys, and an index over arrays is passed over for looking
    through every want.
    """

    __tablename__ = "want_keys"
    __table_args__ = (Index("ix_want_keys_want_id", "want_id"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    want_id: Mapped[UUID] = mapped_column(ForeignKey(WantRow.id), primary_key=True)


class MatchRow(Base):
    """A product that is what somebody looks for; once for the two, whatever becomes of either."""

    __tablename__ = "want_matches"
    __table_args__ = (
        CheckConstraint("seeker_id <> provider_id", name="two_members"),
        CheckConstraint("category IN ('same', 'under', 'wider')", name="category"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("uq_want_matches_want_id_product_id", "want_id", "product_id", unique=True),
        Index("ix_want_matches_product_id", "product_id"),
        Index("ix_want_matches_seeker_id", "seeker_id", "id"),
        Index("ix_want_matches_provider_id", "provider_id", "id"),
        Index("ix_want_matches_untold", "id", postgresql_where=text("told_at IS NULL AND gone_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    want_id: Mapped[UUID] = mapped_column(ForeignKey(WantRow.id))
    product_id: Mapped[UUID] = mapped_column(ForeignKey(Product.id))
    seeker_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    category: Mapped[str | None] = mapped_column(Text)
    words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    practices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    distance_km: Mapped[Decimal | None] = mapped_column(Numeric(7, 1))
    score: Mapped[int]
    found_at: Mapped[datetime] = mapped_column(_INSTANT)
    #: Both were told by letter, or one of them has nothing to do with it any more.
    told_at: Mapped[datetime | None] = mapped_column(_INSTANT)
    #: It does not fit any more, or is not on offer.
    gone_at: Mapped[datetime | None] = mapped_column(_INSTANT)
    dismissed_by_seeker: Mapped[datetime | None] = mapped_column(_INSTANT)
    dismissed_by_provider: Mapped[datetime | None] = mapped_column(_INSTANT)
