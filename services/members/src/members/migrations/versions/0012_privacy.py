"""Erasure: who was erased, and guards that let words go where everything else stays (see 0005)."""

from alembic import op

revision = "0012"
down_revision = "0011"

#: Tables that were closed to every change, with the words that may go.
WORDS = {
    "receipts": ("note",),
    "share_operations": ("note",),
    "loan_facts": ("reason",),
    "loan_schedules": ("reason",),
    "ballots": ("reason",),
}

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE erasures (
        member_id uuid CONSTRAINT pk_erasures PRIMARY KEY
            CONSTRAINT fk_erasures_member_id REFERENCES members (id),
        erased_at timestamptz NOT NULL,
        by uuid NOT NULL,
        papers_erased_at timestamptz
    )
    """,
    "CREATE INDEX ix_erasures_waiting ON erasures (member_id) WHERE papers_erased_at IS NULL",
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON erasures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    *(
        statement
        for table, words in WORDS.items()
        for statement in (
            f"DROP TRIGGER append_only ON {table}",
            f"""
            CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
            """,
            f"""
            CREATE TRIGGER only_words_forgotten BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION only_words_forgotten({", ".join(f"'{word}'" for word in words)})
            """,
        )
    ),
    # A transfer is as it was, but for its text; an end that is noted stays noted.
    "DROP TRIGGER guard_update ON transfers",
    """
    CREATE TRIGGER guard_update BEFORE UPDATE ON transfers FOR EACH ROW
    WHEN (NEW.text = OLD.text) EXECUTE FUNCTION ledger_guard_transfer()
    """,
    """
    CREATE TRIGGER only_words_forgotten BEFORE UPDATE ON transfers FOR EACH ROW
    WHEN (NEW.text <> OLD.text) EXECUTE FUNCTION only_words_forgotten('text')
    """,
    # What an assembly decided stands; the words of a vote on somebody who is forgotten don't.
    "DROP TRIGGER guard_proposal ON proposals",
    """
    CREATE TRIGGER guard_proposal BEFORE UPDATE ON proposals FOR EACH ROW
    WHEN ((NEW.title, NEW.text) = (OLD.title, OLD.text) OR NEW.title <> '—')
    EXECUTE FUNCTION decisions_guard_proposal()
    """,
    """
    CREATE TRIGGER only_words_forgotten BEFORE UPDATE ON proposals FOR EACH ROW
    WHEN ((NEW.title, NEW.text) <> (OLD.title, OLD.text) AND NEW.title = '—')
    EXECUTE FUNCTION only_words_forgotten('title', 'text')
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
