"""Cycles, their offers, and the copies of what members and catalog say."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kit import tables

revision = "0001_cycles"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create_all(op)
    op.create_table(
        "pickup_point",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_pickup_point_whole_location")),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name=op.f("ck_pickup_point_location")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_point")),
    )
    op.create_table(
        "cycle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sharing", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settling_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sharing IN ('first_come', 'proportional', 'equal')", name=op.f("ck_cycle_sharing")),
        sa.CheckConstraint("closed_at IS NULL OR stopped_at IS NOT NULL", name=op.f("ck_cycle_closed_is_stopped")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_cycle_dates")),
        sa.CheckConstraint("settled_at IS NULL OR settling_at IS NOT NULL", name=op.f("ck_cycle_settled_was_settling")),
        sa.CheckConstraint("settling_at IS NULL OR closed_at IS NOT NULL", name=op.f("ck_cycle_settling_is_closed")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_cycle_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
    )
    op.create_index("ix_cycle_opens_at_id", "cycle", ["opens_at", "id"], unique=False)
    op.create_index("ix_cycle_to_close", "cycle", ["closes_at"], unique=False, postgresql_where="closed_at IS NULL")
    op.create_table(
        "cycle_fee",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Numeric(), nullable=True),
        sa.Column("discounted", sa.Numeric(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'price_sack') = (threshold IS NOT NULL AND discounted IS NOT NULL)",
            name=op.f("ck_cycle_fee_price_sack"),
        ),
        sa.CheckConstraint(
            "kind IN ('flat', 'percent', 'per_item', 'per_kilo', 'price_sack')", name=op.f("ck_cycle_fee_kind")
        ),
        sa.CheckConstraint("value >= 0 AND (kind <> 'percent' OR value <= 100)", name=op.f("ck_cycle_fee_value")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_fee_cycle_id")),
        sa.PrimaryKeyConstraint("cycle_id", "position", name=op.f("pk_cycle_fee")),
        sa.UniqueConstraint("cycle_id", "name", name=op.f("uq_cycle_fee_cycle_id_name")),
    )
    op.create_table(
        "cycle_supplier",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_supplier_cycle_id")),
        sa.PrimaryKeyConstraint("cycle_id", "supplier_id", name=op.f("pk_cycle_supplier")),
    )
    op.create_index("ix_cycle_supplier_supplier_id", "cycle_supplier", ["supplier_id"], unique=False)
    op.create_table(
        "cycle_pickup",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_point_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_cycle_pickup_dates")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_pickup_cycle_id")),
        sa.ForeignKeyConstraint(["pickup_point_id"], ["pickup_point.id"], name=op.f("fk_cycle_pickup_pickup_point_id")),
        sa.PrimaryKeyConstraint("cycle_id", "pickup_point_id", name=op.f("pk_cycle_pickup")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    op.create_table(
        "variant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("producer_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("variant_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("practices", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("case_size", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("step", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("minimum", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("variable_weight", sa.Boolean(), nullable=False),
        sa.Column("credit_share", sa.Integer(), nullable=False),
        sa.Column("stock_policy", sa.Text(), nullable=False),
        sa.CheckConstraint("case_size > 0 AND step > 0", name=op.f("ck_variant_sizes")),
        sa.CheckConstraint("credit_share BETWEEN 0 AND 100", name=op.f("ck_variant_credit_share")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_variant_price")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
    )
    op.create_index("ix_variant_producer_id", "variant", ["producer_id"], unique=False)
    op.create_index("ix_variant_product_id", "variant", ["product_id"], unique=False)
    op.create_table(
        "cycle_offer",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_offer_cycle_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_cycle_offer_variant_id")),
        sa.PrimaryKeyConstraint("cycle_id", "variant_id", name=op.f("pk_cycle_offer")),
    )
    op.create_index("ix_cycle_offer_shown", "cycle_offer", ["cycle_id", "sort_key", "variant_id"], unique=False)
    op.create_index("ix_cycle_offer_variant_id", "cycle_offer", ["variant_id"], unique=False)
    op.create_table(
        "stock_level",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("available", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.CheckConstraint("available >= 0", name=op.f("ck_stock_level_available")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock_level")),
    )
