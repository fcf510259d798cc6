"""Products with variants and prices, stock with reservations and movements, the producers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kit import tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed; correct one by another', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    tables.create_all(op)
    # Trusted since PostgreSQL 13: the owner of the database may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    _producers()
    _products()
    _stock()
    _reservations()
    op.execute(_APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON movements FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _producers() -> None:
    op.create_table(
        "producers",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_producers")),
    )
    op.create_index("ix_producers_folded_name", "producers", ["folded_name"], unique=False)


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("practices", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('good', 'service', 'knowledge')", name=op.f("ck_products_kind")),
        sa.CheckConstraint("status IN ('draft', 'published', 'withdrawn')", name=op.f("ck_products_status")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_products_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index(
        "ix_products_listing",
        "products",
        ["sort_name", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "ix_products_listing_by_category",
        "products",
        ["category", "sort_name", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index("ix_products_member_id", "products", ["member_id", "sort_name", "id"], unique=False)
    op.create_index(
        "ix_products_search_text",
        "products",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_size", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("step", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("minimum", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("variable_weight", sa.Boolean(), nullable=False),
        sa.Column("credit_share", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.CheckConstraint("unit IN ('KGM', 'LTR', 'H87', 'HUR')", name=op.f("ck_variants_unit")),
        sa.CheckConstraint("case_size > 0 AND step > 0 AND minimum > 0", name=op.f("ck_variants_sizes")),
        sa.CheckConstraint("credit_share BETWEEN 0 AND 100", name=op.f("ck_variants_credit_share")),
        sa.CheckConstraint("price > 0", name=op.f("ck_variants_price")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_variants_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
    )
    op.create_index("ix_variants_product_id", "variants", ["product_id", "position"], unique=False)
    op.create_index(
        "uq_variants_member_id_sku",
        "variants",
        ["member_id", "sku"],
        unique=True,
        postgresql_where=sa.text("sku IS NOT NULL AND NOT retired"),
    )
    op.create_table(
        "prices",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_prices_amount")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_prices_variant_id")),
        sa.PrimaryKeyConstraint("variant_id", "valid_from", name=op.f("pk_prices")),
    )
    op.create_index("ix_prices_pending", "prices", ["valid_from"], unique=False, postgresql_where=sa.text("pending"))


def _stock() -> None:
    op.create_table(
        "stock",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("policy = 'on_demand' OR on_hand >= reserved", name=op.f("ck_stock_never_oversold")),
        sa.CheckConstraint("policy IN ('on_demand', 'tracked')", name=op.f("ck_stock_policy")),
        sa.CheckConstraint("on_hand >= 0 AND on_hand < 1000000", name=op.f("ck_stock_on_hand")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_reserved")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock")),
    )
    op.create_table(
        "movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('harvest', 'sale', 'loss', 'correction', 'return')", name=op.f("ck_movements_reason")
        ),
        sa.CheckConstraint("reason NOT IN ('harvest', 'return') OR quantity > 0", name=op.f("ck_movements_comes_in")),
        sa.CheckConstraint("reason NOT IN ('sale', 'loss') OR quantity < 0", name=op.f("ck_movements_goes_out")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_movements_quantity")),
        sa.ForeignKeyConstraint(["variant_id"], ["stock.variant_id"], name=op.f("fk_movements_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movements")),
    )
    op.create_index("ix_movements_variant_id", "movements", ["variant_id", "id"], unique=False)


def _reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'held') = (expires_at IS NOT NULL)", name=op.f("ck_reservations_only_held_expires")
        ),
        sa.CheckConstraint("origin IN ('order', 'client')", name=op.f("ck_reservations_origin")),
        sa.CheckConstraint(
            "state IN ('held', 'kept', 'collected', 'released', 'expired', 'refused')",
            name=op.f("ck_reservations_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_index(
        "ix_reservations_expires_at",
        "reservations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_table(
        "reserved_lines",
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reserved_lines_quantity")),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservations.id"], name=op.f("fk_reserved_lines_reservation_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["stock.variant_id"], name=op.f("fk_reserved_lines_variant_id")),
        sa.PrimaryKeyConstraint("reservation_id", "variant_id", name=op.f("pk_reserved_lines")),
    )
    op.create_index("ix_reserved_lines_variant_id", "reserved_lines", ["variant_id"], unique=False)
