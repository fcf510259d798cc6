"""Orders, their lines, and the queue log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_orders"
down_revision = "0001_cycles"
branch_labels = None
depends_on = None

_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: a correction is a new row', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE order_serial")
    op.execute(_REFUSE)
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_point_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("hold", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("credit_currency", sa.Text(), nullable=True),
        sa.Column("breakdown", postgresql.JSONB(), nullable=False),
        sa.Column("stock_answer", sa.Text(), nullable=True),
        sa.Column("funds_answer", sa.Text(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_by", sa.Uuid(), nullable=True),
        sa.Column("billed", sa.BigInteger(), nullable=True),
        sa.Column("payment", sa.Text(), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'placed') = (decided_at IS NULL)", name=op.f("ck_orders_decided")),
        sa.CheckConstraint("funds_answer IN ('skipped', 'granted', 'refused')", name=op.f("ck_orders_funds_answer")),
        sa.CheckConstraint(
            "payment IN ('account', 'cash') AND (payment = 'cash') = (paid IS NOT NULL)", name=op.f("ck_orders_payment")
        ),
        sa.CheckConstraint("status <> 'collected' OR collected_at IS NOT NULL", name=op.f("ck_orders_collected")),
        sa.CheckConstraint(
            "status IN ('placed', 'confirmed', 'rejected', 'ready', 'collected', 'settled', 'cancelled')",
            name=op.f("ck_orders_status"),
        ),
        sa.CheckConstraint(
            "status IN ('placed', 'rejected', 'cancelled') OR (stock_answer <> 'refused' AND funds_answer <> 'refused' AND stock_answer IS NOT NULL AND funds_answer IS NOT NULL)",
            name=op.f("ck_orders_confirmed_was_granted"),
        ),
        sa.CheckConstraint("stock_answer IN ('skipped', 'granted', 'refused')", name=op.f("ck_orders_stock_answer")),
        sa.CheckConstraint(
            "(billed IS NULL) = (collected_at IS NULL) AND billed >= 0", name=op.f("ck_orders_collected_is_billed")
        ),
        sa.CheckConstraint("(credit > 0) = (credit_currency IS NOT NULL)", name=op.f("ck_orders_credit_has_currency")),
        sa.CheckConstraint("(payment IS NULL) = (collected_at IS NULL)", name=op.f("ck_orders_collected_is_paid")),
        sa.CheckConstraint("paid >= 0", name=op.f("ck_orders_paid")),
        sa.CheckConstraint(
            "total >= 0 AND credit >= 0 AND credit <= total AND hold >= total - credit", name=op.f("ck_orders_amounts")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_orders_version")),
        sa.ForeignKeyConstraint(
            ["cycle_id", "pickup_point_id"],
            ["cycle_pickup.cycle_id", "cycle_pickup.pickup_point_id"],
            name="fk_orders_pickup",
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_orders_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index("ix_orders_cycle_id_placed_at_id", "orders", ["cycle_id", "placed_at", "id"], unique=False)
    op.create_index("ix_orders_member_id_placed_at_id", "orders", ["member_id", "placed_at", "id"], unique=False)
    op.create_index(
        "ix_orders_undecided", "orders", ["cycle_id", "deadline"], unique=False, postgresql_where="status = 'placed'"
    )
    op.create_table(
        "order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("producer_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("tolerance", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("most", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("case_size", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("step", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("variable_weight", sa.Boolean(), nullable=False),
        sa.Column("credit_share", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("allocated", sa.Numeric(precision=9, scale=3), nullable=True),
        sa.Column("allocation", postgresql.JSONB(), nullable=True),
        sa.Column("packed", sa.Numeric(precision=9, scale=3), nullable=True),
        sa.Column("billed", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(allocated IS NULL) = (allocation IS NULL)", name=op.f("ck_order_line_allocation_explained")
        ),
        sa.CheckConstraint("(packed IS NULL) = (billed IS NULL) AND billed >= 0", name=op.f("ck_order_line_billed")),
        sa.CheckConstraint(
            "allocated >= 0 AND allocated <= quantity + tolerance", name=op.f("ck_order_line_allocated")
        ),
        sa.CheckConstraint("credit_share BETWEEN 0 AND 100", name=op.f("ck_order_line_credit_share")),
        sa.CheckConstraint("packed >= 0 AND packed <= most", name=op.f("ck_order_line_packed")),
        sa.CheckConstraint("price >= 0 AND total >= 0", name=op.f("ck_order_line_amounts")),
        sa.CheckConstraint(
            "quantity > 0 AND tolerance >= 0 AND most >= quantity + tolerance", name=op.f("ck_order_line_quantities")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_line_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "variant_id", name=op.f("uq_order_line_order_id_variant_id")),
    )
    op.create_index("ix_order_line_variant_id", "order_line", ["variant_id"], unique=False)
    op.create_table(
        "queue_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("tolerance", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity <> 0 OR tolerance <> 0", name=op.f("ck_queue_entry_changes_something")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_queue_entry_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_entry")),
    )
    op.create_index("ix_queue_entry_line_id", "queue_entry", ["line_id"], unique=False)
    op.execute("CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON queue_entry EXECUTE FUNCTION refuse_change()")
