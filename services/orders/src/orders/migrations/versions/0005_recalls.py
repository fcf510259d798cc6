"""Recalls of lots, whom they reach, and what those answered."""

from alembic import op

revision = "0005_recalls"
down_revision = "0004_offers"

STATEMENTS = (
    """
    CREATE TABLE recall (
        id uuid CONSTRAINT pk_recall PRIMARY KEY,
        number text NOT NULL,
        severity text NOT NULL CONSTRAINT ck_recall_severity CHECK (severity IN ('recall', 'warning')),
        reason text NOT NULL,
        advice text NOT NULL,
        issued_at timestamptz NOT NULL,
        closed_at timestamptz
    )
    """,
    "CREATE INDEX ix_recall_issued_at_id ON recall (issued_at, id)",
    """
    CREATE TABLE recall_line (
        recall_id uuid NOT NULL CONSTRAINT fk_recall_line_recall_id REFERENCES recall (id),
        line_id uuid NOT NULL,
        lot text NOT NULL,
        order_id uuid NOT NULL,
        member_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        product text NOT NULL,
        quantity numeric(9, 3) NOT NULL CONSTRAINT ck_recall_line_quantity CHECK (quantity > 0),
        unit text NOT NULL,
        CONSTRAINT pk_recall_line PRIMARY KEY (recall_id, line_id, lot)
    )
    """,
    "CREATE INDEX ix_recall_line_member_id ON recall_line (member_id, recall_id)",
    """
    CREATE TABLE recall_answer (
        recall_id uuid NOT NULL CONSTRAINT fk_recall_answer_recall_id REFERENCES recall (id),
        member_id uuid NOT NULL,
        answer text NOT NULL CONSTRAINT ck_recall_answer_answer
            CHECK (answer IN ('eaten', 'kept', 'returned', 'discarded')),
        note text NOT NULL,
        answered_at timestamptz NOT NULL,
        CONSTRAINT pk_recall_answer PRIMARY KEY (recall_id, member_id)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
