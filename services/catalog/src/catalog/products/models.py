"""The tables of products, variants and prices."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

#: Names sort by the bytes of their folded form, so that a cursor means the same on every server.
_BYTES = Text(collation="C")


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("kind IN ('good', 'service', 'knowledge')", name="kind"),
        CheckConstraint("status IN ('draft', 'published', 'paused', 'withdrawn')", name="status"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_products_listing", "sort_name", "id", postgresql_where=text("status = 'published'")),
        Index(
            "ix_products_listing_by_category",
            "category",
            "sort_name",
            "id",
            postgresql_where=text("status = 'published'"),
        ),
        Index("ix_products_member_id", "member_id", "sort_name", "id"),
        Index(
            "ix_products_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
            postgresql_where=text("status = 'published'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    practices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    sort_name: Mapped[str] = mapped_column(_BYTES)
    search_text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Variant(Base):
    """What is sold of a product. Never deleted: orders and movements name it."""

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("unit IN ('KGM', 'LTR', 'H87', 'HUR')", name="unit"),
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("case_size > 0 AND step > 0 AND minimum > 0", name="sizes"),
        CheckConstraint("credit_share BETWEEN 0 AND 100", name="credit_share"),
        Index("ix_variants_product_id", "product_id", "position"),
        Index(
            "uq_variants_member_id_sku",
            "member_id",
            "sku",
            unique=True,
            postgresql_where=text("sku IS NOT NULL AND NOT retired"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    #: The product's owner once more, within which the seller's own numbers are unique.
    member_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    #: The price that holds now; its digits are as many as its currency has.
    price: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str] = mapped_column(Text)
    price_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    case_size: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    step: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    minimum: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    variable_weight: Mapped[bool]
    credit_share: Mapped[int]
    retired: Mapped[bool]


class Price(Base):
    """Every price that a variant had, has, or will have, with the date from which it holds."""

    __tablename__ = "prices"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_prices_pending", "valid_from", postgresql_where=text("pending")),
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Its date has not come yet, or nobody has looked since.
    pending: Mapped[bool]
