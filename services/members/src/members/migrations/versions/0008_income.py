"""Contributions, subsidies and share capital.

What was received and spent is counted where it is limited: a receipt or a spending moves the counters of its
contribution or subsidy, and the CHECKs there hold whoever asks and however many ask at once.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = (
    """
    CREATE TABLE purposes (
        code text CONSTRAINT pk_purposes PRIMARY KEY,
        name_es text NOT NULL,
        name_en text NOT NULL,
        active boolean NOT NULL,
        version integer NOT NULL,
        CONSTRAINT ck_purposes_code CHECK (code ~ '^[a-z][a-z0-9_-]{0,29}$')
    )
    """,
    """
    CREATE TABLE contributions (
        id uuid CONSTRAINT pk_contributions PRIMARY KEY,
        member_id uuid CONSTRAINT fk_contributions_member_id REFERENCES members (id),
        giver text,
        anonymous boolean NOT NULL,
        amount bigint NOT NULL,
        currency text NOT NULL,
        pledged_on date NOT NULL,
        expected_on date NOT NULL,
        purpose text CONSTRAINT fk_contributions_purpose REFERENCES purposes (code),
        note text NOT NULL,
        withdrawn_on date,
        received bigint NOT NULL DEFAULT 0,
        spent bigint NOT NULL DEFAULT 0,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        CONSTRAINT uq_contributions_id_purpose_currency UNIQUE (id, purpose, currency),
        CONSTRAINT ck_contributions_giver CHECK ((member_id IS NULL) <> (giver IS NULL)),
        CONSTRAINT ck_contributions_amount CHECK (amount > 0 AND amount < 1000000000000000),
        CONSTRAINT ck_contributions_received CHECK (received >= 0),
        CONSTRAINT ck_contributions_spent CHECK (spent >= 0 AND spent <= received)
    )
    """,
    "CREATE INDEX ix_contributions_member_id ON contributions (member_id)",
    "CREATE INDEX ix_contributions_expected_on ON contributions (expected_on)",
    """
    CREATE TABLE subsidies (
        id uuid CONSTRAINT pk_subsidies PRIMARY KEY,
        kind text NOT NULL,
        grantor text NOT NULL,
        named boolean NOT NULL,
        programme text NOT NULL,
        reference text NOT NULL,
        purpose text NOT NULL CONSTRAINT fk_subsidies_purpose REFERENCES purposes (code),
        granted bigint NOT NULL,
        currency text NOT NULL,
        granted_on date NOT NULL,
        spend_by date,
        justify_by date,
        note text NOT NULL,
        withdrawn_on date,
        received bigint NOT NULL DEFAULT 0,
        spent bigint NOT NULL DEFAULT 0,
        version integer NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        CONSTRAINT uq_subsidies_id_purpose_currency UNIQUE (id, purpose, currency),
        CONSTRAINT ck_subsidies_kind CHECK (kind IN ('public', 'private')),
        CONSTRAINT ck_subsidies_named CHECK (named OR kind = 'private'),
        CONSTRAINT ck_subsidies_granted CHECK (granted > 0 AND granted < 1000000000000000),
        CONSTRAINT ck_subsidies_received CHECK (received >= 0 AND received <= granted),
        CONSTRAINT ck_subsidies_spent CHECK (spent >= 0 AND spent <= granted),
        CONSTRAINT ck_subsidies_withdrawn CHECK (withdrawn_on IS NULL OR (received = 0 AND spent = 0)),
        CONSTRAINT ck_subsidies_deadlines CHECK (justify_by >= spend_by)
    )
    """,
    """
    CREATE TABLE subsidy_instalments (
        subsidy_id uuid NOT NULL CONSTRAINT fk_subsidy_instalments_subsidy_id REFERENCES subsidies (id),
        due_on date NOT NULL,
        amount bigint NOT NULL,
        CONSTRAINT pk_subsidy_instalments PRIMARY KEY (subsidy_id, due_on),
        CONSTRAINT ck_subsidy_instalments_amount CHECK (amount > 0)
    )
    """,
    "CREATE INDEX ix_subsidy_instalments_due_on ON subsidy_instalments (due_on)",
    """
    CREATE TABLE subsidy_conditions (
        id uuid CONSTRAINT pk_subsidy_conditions PRIMARY KEY,
        subsidy_id uuid NOT NULL CONSTRAINT fk_subsidy_conditions_subsidy_id REFERENCES subsidies (id),
        text text NOT NULL,
        due_on date
    )
    """,
    "CREATE INDEX ix_subsidy_conditions_subsidy_id ON subsidy_conditions (subsidy_id)",
    """
    CREATE TABLE condition_facts (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_condition_facts PRIMARY KEY,
        condition_id uuid NOT NULL CONSTRAINT fk_condition_facts_condition_id REFERENCES subsidy_conditions (id),
        met boolean NOT NULL,
        met_on date NOT NULL,
        evidence text NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL
    )
    """,
    "CREATE INDEX ix_condition_facts_condition_id_id ON condition_facts (condition_id, id)",
    """
    CREATE TABLE subsidy_reminders (
        thing_id uuid NOT NULL,
        deadline text NOT NULL,
        due_on date NOT NULL,
        days integer NOT NULL,
        at timestamptz NOT NULL,
        CONSTRAINT pk_subsidy_reminders PRIMARY KEY (thing_id, deadline, due_on, days)
    )
    """,
    """
    CREATE TABLE receipts (
        id uuid CONSTRAINT pk_receipts PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_receipts_number UNIQUE,
        contribution_id uuid CONSTRAINT fk_receipts_contribution_id REFERENCES contributions (id),
        subsidy_id uuid CONSTRAINT fk_receipts_subsidy_id REFERENCES subsidies (id),
        amount bigint NOT NULL,
        currency text NOT NULL,
        received_on date NOT NULL,
        method text NOT NULL,
        note text NOT NULL,
        reverses uuid CONSTRAINT fk_receipts_reverses REFERENCES receipts (id),
        transfer_id uuid NOT NULL CONSTRAINT fk_receipts_transfer_id REFERENCES transfers (id),
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        CONSTRAINT uq_receipts_transfer_id UNIQUE (transfer_id),
        CONSTRAINT ck_receipts_source CHECK ((contribution_id IS NULL) <> (subsidy_id IS NULL)),
        CONSTRAINT ck_receipts_amount CHECK (amount > 0),
        CONSTRAINT ck_receipts_method CHECK (method IN ('cash', 'transfer', 'card', 'balance'))
    )
    """,
    "CREATE UNIQUE INDEX uq_receipts_reverses ON receipts (reverses) WHERE reverses IS NOT NULL",
    "CREATE INDEX ix_receipts_contribution_id ON receipts (contribution_id)",
    "CREATE INDEX ix_receipts_subsidy_id ON receipts (subsidy_id)",
    "CREATE INDEX ix_receipts_received_on ON receipts (received_on)",
    # What is charged to a subsidy or an earmarked contribution is for its purpose and in its currency: the keys say so.
    """
    CREATE TABLE spendings (
        id uuid CONSTRAINT pk_spendings PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_spendings_number UNIQUE,
        purpose text NOT NULL CONSTRAINT fk_spendings_purpose REFERENCES purposes (code),
        amount bigint NOT NULL,
        currency text NOT NULL,
        spent_on date NOT NULL,
        payee text NOT NULL,
        text text NOT NULL,
        document text,
        paid_from text NOT NULL,
        subsidy_id uuid,
        contribution_id uuid,
        reverses uuid CONSTRAINT fk_spendings_reverses REFERENCES spendings (id),
        reversed_by uuid CONSTRAINT fk_spendings_reversed_by REFERENCES spendings (id) DEFERRABLE INITIALLY DEFERRED,
        transfer_id uuid NOT NULL CONSTRAINT fk_spendings_transfer_id REFERENCES transfers (id),
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        CONSTRAINT uq_spendings_transfer_id UNIQUE (transfer_id),
        CONSTRAINT fk_spendings_subsidy FOREIGN KEY (subsidy_id, purpose, currency)
            REFERENCES subsidies (id, purpose, currency),
        CONSTRAINT fk_spendings_contribution FOREIGN KEY (contribution_id, purpose, currency)
            REFERENCES contributions (id, purpose, currency),
        CONSTRAINT ck_spendings_one_charge CHECK (subsidy_id IS NULL OR contribution_id IS NULL),
        CONSTRAINT ck_spendings_amount CHECK (amount > 0 AND amount < 1000000000000000),
        CONSTRAINT ck_spendings_paid_from CHECK (paid_from IN ('bank', 'cash'))
    )
    """,
    "CREATE UNIQUE INDEX uq_spendings_reverses ON spendings (reverses) WHERE reverses IS NOT NULL",
    # An invoice is booked once; when that was undone, it may be booked again.
    """
    CREATE UNIQUE INDEX uq_spendings_document ON spendings (lower(payee), lower(document))
    WHERE reverses IS NULL AND reversed_by IS NULL AND document IS NOT NULL
    """,
    "CREATE INDEX ix_spendings_subsidy_id ON spendings (subsidy_id)",
    "CREATE INDEX ix_spendings_contribution_id ON spendings (contribution_id)",
    "CREATE INDEX ix_spendings_spent_on ON spendings (spent_on)",
)

COUNTING = (
    """
    CREATE FUNCTION income_receipt_counted() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        change bigint := CASE WHEN NEW.reverses IS NULL THEN NEW.amount ELSE -NEW.amount END;
    BEGIN
        UPDATE contributions SET received = received + change WHERE id = NEW.contribution_id;
        UPDATE subsidies SET received = received + change WHERE id = NEW.subsidy_id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER counted AFTER INSERT ON receipts FOR EACH ROW EXECUTE FUNCTION income_receipt_counted()
    """,
    """
    CREATE FUNCTION income_spending_counted() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        change bigint := CASE WHEN NEW.reverses IS NULL THEN NEW.amount ELSE -NEW.amount END;
    BEGIN
        UPDATE contributions SET spent = spent + change WHERE id = NEW.contribution_id;
        UPDATE subsidies SET spent = spent + change WHERE id = NEW.subsidy_id;
        IF NEW.reverses IS NOT NULL THEN
            UPDATE spendings SET reversed_by = NEW.id WHERE id = NEW.reverses;
        ELSIF EXISTS (SELECT FROM subsidies WHERE id = NEW.subsidy_id AND NEW.spent_on > spend_by) THEN
            RAISE EXCEPTION 'subsidy % could be spent only before %', NEW.subsidy_id, NEW.spent_on
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER counted AFTER INSERT ON spendings FOR EACH ROW EXECUTE FUNCTION income_spending_counted()
    """,
    """
    CREATE FUNCTION income_guard_counters() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'only receipts and spendings count in %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    *(
        statement
        for table, fixed in (
            ("contributions", "member_id, amount, currency, pledged_on, purpose, made_at, made_by"),
            ("subsidies", "kind, purpose, granted, currency, granted_on, made_at, made_by"),
        )
        for statement in (
            f"""
            CREATE TRIGGER guard_opening BEFORE INSERT ON {table} FOR EACH ROW
            WHEN (NEW.received <> 0 OR NEW.spent <> 0) EXECUTE FUNCTION income_guard_counters()
            """,
            # pg_trigger_depth() is 0 for a statement of a client and 1 for one of a trigger.
            f"""
            CREATE TRIGGER guard_counters BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN (pg_trigger_depth() = 0 AND (NEW.received, NEW.spent) IS DISTINCT FROM (OLD.received, OLD.spent))
            EXECUTE FUNCTION income_guard_counters()
            """,
            f"""
            CREATE TRIGGER guard_terms BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN (({", ".join(f"NEW.{column.strip()}" for column in fixed.split(","))}) IS DISTINCT FROM
                  ({", ".join(f"OLD.{column.strip()}" for column in fixed.split(","))}))
            EXECUTE FUNCTION refuse_change()
            """,
            f"""
            CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
            """,
        )
    ),
    """
    CREATE TRIGGER guard_update BEFORE UPDATE ON spendings FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON spendings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    *(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in ("receipts", "condition_facts")
    ),
)

REPORTS = (
    # Bookings are nearly in the order of their dates: a report of a year reads that year's.
    "CREATE INDEX ix_transfers_booked_on ON transfers USING brin (booked_on)",
    """
    CREATE TABLE published_reports (
        id uuid CONSTRAINT pk_published_reports PRIMARY KEY,
        since date NOT NULL,
        until date NOT NULL,
        currency text NOT NULL,
        content bytea NOT NULL,
        digest text NOT NULL,
        published_at timestamptz NOT NULL,
        published_by uuid NOT NULL,
        CONSTRAINT ck_published_reports_days CHECK (until >= since),
        CONSTRAINT ck_published_reports_digest CHECK (digest = encode(sha256(content), 'hex'))
    )
    """,
    "CREATE INDEX ix_published_reports_published_at ON published_reports (published_at, id)",
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON published_reports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)

SHARES = (
    """
    CREATE TABLE share_values (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_share_values PRIMARY KEY,
        valid_from date NOT NULL CONSTRAINT uq_share_values_valid_from UNIQUE,
        amount bigint NOT NULL CONSTRAINT ck_share_values_amount CHECK (amount > 0),
        currency text NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL
    )
    """,
    """
    CREATE TABLE share_operations (
        id uuid CONSTRAINT pk_share_operations PRIMARY KEY,
        seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_share_operations_seq UNIQUE,
        number text NOT NULL CONSTRAINT uq_share_operations_number UNIQUE,
        kind text NOT NULL,
        member_id uuid NOT NULL CONSTRAINT fk_share_operations_member_id REFERENCES members (id),
        to_member_id uuid CONSTRAINT fk_share_operations_to_member_id REFERENCES members (id),
        shares integer NOT NULL CONSTRAINT ck_share_operations_shares CHECK (shares > 0),
        dated date NOT NULL,
        method text,
        note text NOT NULL,
        reverses uuid CONSTRAINT fk_share_operations_reverses REFERENCES share_operations (id),
        transfers uuid[] NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        CONSTRAINT ck_share_operations_kind
            CHECK (kind IN ('subscribed', 'paid', 'transferred', 'redeemed', 'reversed')),
        CONSTRAINT ck_share_operations_to_member CHECK ((kind = 'transferred') = (to_member_id IS NOT NULL)),
        CONSTRAINT ck_share_operations_not_to_oneself CHECK (to_member_id <> member_id),
        CONSTRAINT ck_share_operations_reverses CHECK ((kind = 'reversed') = (reverses IS NOT NULL))
    )
    """,
    "CREATE UNIQUE INDEX uq_share_operations_reverses ON share_operations (reverses) WHERE reverses IS NOT NULL",
    "CREATE INDEX ix_share_operations_member_id_seq ON share_operations (member_id, seq)",
    "CREATE INDEX ix_share_operations_to_member_id_seq ON share_operations (to_member_id, seq)",
    """
    CREATE TABLE share_entries (
        operation_id uuid NOT NULL CONSTRAINT fk_share_entries_operation_id REFERENCES share_operations (id),
        place integer NOT NULL,
        member_id uuid NOT NULL CONSTRAINT fk_share_entries_member_id REFERENCES members (id),
        currency text NOT NULL,
        value bigint NOT NULL CONSTRAINT ck_share_entries_value CHECK (value > 0),
        subscribed integer NOT NULL,
        paid integer NOT NULL,
        CONSTRAINT pk_share_entries PRIMARY KEY (operation_id, place)
    )
    """,
    """
    CREATE TABLE share_holdings (
        member_id uuid NOT NULL CONSTRAINT fk_share_holdings_member_id REFERENCES members (id),
        currency text NOT NULL,
        value bigint NOT NULL,
        subscribed integer NOT NULL,
        paid integer NOT NULL,
        since date NOT NULL,
        CONSTRAINT pk_share_holdings PRIMARY KEY (member_id, currency, value),
        CONSTRAINT ck_share_holdings_held CHECK (paid >= 0 AND paid <= subscribed)
    )
    """,
    # The row is made first and then counted: a CHECK judges what an INSERT proposes, even where it only meets a conflict.
    """
    CREATE FUNCTION shares_counted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO share_holdings (member_id, currency, value, subscribed, paid, since)
        SELECT NEW.member_id, NEW.currency, NEW.value, 0, 0, o.dated FROM share_operations AS o
        WHERE o.id = NEW.operation_id
        ON CONFLICT DO NOTHING;
        UPDATE share_holdings SET subscribed = subscribed + NEW.subscribed, paid = paid + NEW.paid
        WHERE member_id = NEW.member_id AND currency = NEW.currency AND value = NEW.value;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER counted AFTER INSERT ON share_entries FOR EACH ROW EXECUTE FUNCTION shares_counted()",
    # pg_trigger_depth() is 0 for a statement of a client and 1 for one of a trigger.
    """
    CREATE TRIGGER guard_write BEFORE INSERT OR UPDATE ON share_holdings FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON share_holdings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    *(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in ("share_values", "share_operations", "share_entries")
    ),
)

STATEMENTS: tuple[str, ...] = (*TABLES, *COUNTING, *REPORTS, *SHARES)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
