"""Purchase orders, receipts and settlements."""

import sqlalchemy as sa
from alembic import op

revision = "0003_books"
down_revision = "0002_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE purchase_order_serial")
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_purchase_order_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("cycle_id", "supplier_id", name=op.f("uq_purchase_order_cycle_id_supplier_id")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_order_number")),
    )
    op.create_table(
        "purchase_order_line",
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("requested", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("tolerance", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("case_size", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("ordered", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("goods", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "cases > 0 AND case_size > 0 AND ordered = cases * case_size",
            name=op.f("ck_purchase_order_line_whole_cases"),
        ),
        sa.CheckConstraint("goods >= 0", name=op.f("ck_purchase_order_line_goods")),
        sa.CheckConstraint(
            "requested > 0 AND tolerance >= 0 AND ordered <= requested + tolerance",
            name=op.f("ck_purchase_order_line_demand"),
        ),
        sa.ForeignKeyConstraint(
            ["purchase_order_id"], ["purchase_order.id"], name=op.f("fk_purchase_order_line_purchase_order_id")
        ),
        sa.PrimaryKeyConstraint("purchase_order_id", "variant_id", name=op.f("pk_purchase_order_line")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("accepted", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("rejected", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("corrects", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("accepted >= 0 AND rejected >= 0", name=op.f("ck_receipt_quantities")),
        sa.CheckConstraint("corrects < id", name=op.f("ck_receipt_corrects_an_earlier_one")),
        sa.ForeignKeyConstraint(["corrects"], ["receipt.id"], name=op.f("fk_receipt_corrects")),
        sa.ForeignKeyConstraint(
            ["purchase_order_id", "variant_id"],
            ["purchase_order_line.purchase_order_id", "purchase_order_line.variant_id"],
            name="fk_receipt_line",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_line", "receipt", ["purchase_order_id", "variant_id", "id"], unique=False)
    op.create_index("uq_receipt_corrects", "receipt", ["corrects"], unique=True)
    op.create_table(
        "settlement_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("part BETWEEN 1 AND parts", name=op.f("ck_settlement_part_part")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_settlement_part_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_part")),
        sa.UniqueConstraint("cycle_id", "part", name=op.f("uq_settlement_part_cycle_id_part")),
    )
    op.create_table(
        "settlement_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "cause IN ('order', 'payable', 'fee', 'payment', 'difference')", name=op.f("ck_settlement_entry_cause")
        ),
        sa.CheckConstraint("minor > 0 AND debit <> credit", name=op.f("ck_settlement_entry_transfer")),
        sa.ForeignKeyConstraint(["part_id"], ["settlement_part.id"], name=op.f("fk_settlement_entry_part_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_entry")),
    )
    op.create_index("ix_settlement_entry_part_id", "settlement_entry", ["part_id"], unique=False)
    op.execute("CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON receipt EXECUTE FUNCTION refuse_change()")
