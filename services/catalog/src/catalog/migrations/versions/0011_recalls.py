"""Recalls of lots."""

from alembic import op

revision = "0011"
down_revision = "0010"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE recalls (
        id uuid CONSTRAINT pk_recalls PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_recalls_number UNIQUE,
        severity text NOT NULL CONSTRAINT ck_recalls_severity CHECK (severity IN ('recall', 'warning')),
        reason text NOT NULL CONSTRAINT ck_recalls_reason CHECK (reason <> ''),
        advice text NOT NULL CONSTRAINT ck_recalls_advice CHECK (advice <> ''),
        issued_by uuid NOT NULL,
        issued_at timestamptz NOT NULL,
        closed_by uuid,
        closed_at timestamptz,
        outcome text NOT NULL,
        parts integer NOT NULL CONSTRAINT ck_recalls_parts CHECK (parts >= 0),
        traced_to bigint NOT NULL,
        version integer NOT NULL CONSTRAINT ck_recalls_version CHECK (version >= 1),
        CONSTRAINT ck_recalls_closed CHECK ((closed_at IS NULL) = (closed_by IS NULL))
    )
    """,
    "CREATE INDEX ix_recalls_issued_at_id ON recalls (issued_at, id)",
    "CREATE INDEX ix_recalls_open ON recalls (id) WHERE closed_at IS NULL",
    """
    CREATE TABLE recall_lots (
        recall_id uuid NOT NULL CONSTRAINT fk_recall_lots_recall_id REFERENCES recalls (id),
        lot_id uuid NOT NULL CONSTRAINT fk_recall_lots_lot_id REFERENCES lots (id),
        named boolean NOT NULL,
        CONSTRAINT pk_recall_lots PRIMARY KEY (recall_id, lot_id)
    )
    """,
    "CREATE INDEX ix_recall_lots_lot_id ON recall_lots (lot_id)",
    """
    CREATE TABLE recall_lines (
        recall_id uuid NOT NULL CONSTRAINT fk_recall_lines_recall_id REFERENCES recalls (id),
        line_id uuid NOT NULL,
        lot_id uuid NOT NULL CONSTRAINT fk_recall_lines_lot_id REFERENCES lots (id),
        order_id uuid NOT NULL,
        member_id uuid NOT NULL,
        quantity numeric(15, 3) NOT NULL CONSTRAINT ck_recall_lines_quantity CHECK (quantity > 0),
        unit text NOT NULL,
        part integer NOT NULL,
        CONSTRAINT pk_recall_lines PRIMARY KEY (recall_id, line_id, lot_id)
    )
    """,
    "CREATE INDEX ix_recall_lines_member_id ON recall_lines (member_id)",
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recall_lots FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recall_lines FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
