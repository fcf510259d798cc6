"""The tables of products, variants and prices."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

#: Names sort by the bytes of their folded form, so that a cursor means the same on every server.
_BYTES = Text(collation="C")
_PUBLISHED = text("status = 'published'")
#: Read far more often than written: no list of pending entries to look through at every search.
_READY = {"fastupdate": "off"}


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("kind IN ('good', 'service', 'knowledge')", name="kind"),
        CheckConstraint("status IN ('draft', 'published', 'paused', 'withdrawn')", name="status"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("jsonb_typeof(photos) = 'array' AND jsonb_array_length(photos) <= 8", name="photos"),
        CheckConstraint("(contains IS NULL) = (may_contain IS NULL) AND NOT contains && may_contain", name="allergens"),
        CheckConstraint("storage IN ('ambient', 'chilled', 'frozen')", name="storage"),
        CheckConstraint("shelf_life_days BETWEEN 1 AND 3650", name="shelf_life_days"),
        Index("ix_products_listing", "sort_name", "id", postgresql_where=text("status = 'published'")),
        Index(
            "ix_products_listing_by_category",
            "category",
            "sort_name",
            "id",
            postgresql_where=text("status = 'published'"),
        ),
        Index("ix_products_member_id", "member_id", "sort_name", "id"),
        Index("ix_products_listing_by_kind", "kind", "sort_name", "id", postgresql_where=_PUBLISHED),
        Index("ix_products_listing_by_season", "season", "sort_name", "id", postgresql_where=_PUBLISHED),
        Index("ix_products_lowest_price", "lowest_price", postgresql_where=_PUBLISHED),
        Index(
            "ix_products_document",
            "document",
            postgresql_using="gin",
            postgresql_with=_READY,
            postgresql_where=_PUBLISHED,
        ),
        Index(
            "ix_products_shown_practices",
            "shown_practices",
            postgresql_using="gin",
            postgresql_with=_READY,
            postgresql_where=_PUBLISHED,
        ),
        CheckConstraint("season IN ('all_year', 'now', 'later')", name="season"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    #: What the owner claims, and what of it is shown: the rest is withheld.
    practices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    shown_practices: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    #: By language tag: name and description.
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    #: Both none where nothing is declared.
    contains: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    may_contain: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    storage: Mapped[str | None] = mapped_column(Text)
    shelf_life_days: Mapped[int | None]
    conservation: Mapped[str | None] = mapped_column(Text)
    #: Name and location.
    place: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: Id and caption of each, as they are listed; that they are there is held by the table of photos' uses.
    photos: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    status: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    sort_name: Mapped[str] = mapped_column(_BYTES)
    #: What it is found by, and what of that ranks it.
    document: Mapped[str] = mapped_column(TSVECTOR, server_default="")
    head: Mapped[str] = mapped_column(TSVECTOR, server_default="")
    #: Of its variants, for lists and counts: whether they are to be had today, and if not, when.
    season: Mapped[str] = mapped_column(Text, server_default="all_year")
    next_season: Mapped[date | None]
    lowest_price: Mapped[Decimal | None] = mapped_column(Numeric)
    units: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    #: What the version before searched; nobody reads it any more.
    search_text: Mapped[str] = mapped_column(Text, server_default="")
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
        CheckConstraint("(net_quantity IS NULL) = (net_unit IS NULL) AND net_quantity > 0", name="net_content"),
        CheckConstraint("net_unit IN ('KGM', 'GRM', 'LTR', 'MLT', 'H87')", name="net_unit"),
        CheckConstraint("tax_rate BETWEEN 0 AND 100", name="tax_rate"),
        CheckConstraint(
            "(deposit IS NULL) = (deposit_name IS NULL) AND (deposit IS NULL OR deposit > 0 AND unit = 'H87')",
            name="deposit",
        ),
        CheckConstraint(
            "(piece_min IS NULL) = (piece_max IS NULL) AND (piece_min IS NULL OR piece_min > 0"
            " AND piece_min <= piece_max AND variable_weight AND unit = 'KGM')",
            name="piece_weight",
        ),
        CheckConstraint(
            "(session_starts_at IS NULL) = (session_ends_at IS NULL) AND session_starts_at < session_ends_at",
            name="session",
        ),
        Index("ix_variants_product_id", "product_id", "position"),
        Index("ix_variants_listed", "product_id", "position", postgresql_where=text("NOT retired")),
        Index("ix_variants_season", "season_changes_on", postgresql_where=text("NOT retired")),
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
    net_quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    net_unit: Mapped[str | None] = mapped_column(Text)
    #: Per cent.
    tax_rate: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    tax_included: Mapped[bool] = mapped_column(server_default="true")
    deposit_name: Mapped[str | None] = mapped_column(Text)
    #: In the price's currency.
    deposit: Mapped[Decimal | None] = mapped_column(Numeric)
    #: Kilos.
    piece_min: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    piece_max: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    #: Windows of start and end; empty for all year.
    season: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    in_season: Mapped[bool] = mapped_column(server_default="true")
    season_changes_on: Mapped[date | None]
    session_starts_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    session_ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    session_place: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


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


class WithheldPractice(Base):
    """A practice of a member that is not shown on any of its products, whatever the member claims."""

    __tablename__ = "withheld_practices"

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    practice: Mapped[str] = mapped_column(Text, primary_key=True)
    #: What stands in its place, if something does (migration 0009).
    shown_as: Mapped[str | None] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Word(Base):
    """A word of some product. What no product has any more does no harm here."""

    __tablename__ = "words"
    __table_args__ = (Index("ix_words_near", "near", postgresql_using="gin", postgresql_with=_READY),)

    word: Mapped[str] = mapped_column(_BYTES, primary_key=True)
    #: Keys shared with the words that it may be mistaken for.
    near: Mapped[list[str]] = mapped_column(ARRAY(Text))
