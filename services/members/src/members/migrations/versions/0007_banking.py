"""Bank accounts, statements and their lines; mandates and direct debits.

A line of the bank is there once, by its identity, and what the bank said of it stays; an invoice is in one live
collection at most. Both hold whoever writes (docs/decisions/0018).
"""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE bank_accounts (
        id uuid CONSTRAINT pk_bank_accounts PRIMARY KEY,
        name text NOT NULL,
        number text NOT NULL,
        bic text NOT NULL,
        currency text NOT NULL,
        mapping jsonb,
        version integer NOT NULL,
        CONSTRAINT uq_bank_accounts_number_currency UNIQUE (number, currency)
    )
    """,
    """
    CREATE TABLE bank_statements (
        id uuid CONSTRAINT pk_bank_statements PRIMARY KEY,
        account_id uuid NOT NULL CONSTRAINT fk_bank_statements_account_id REFERENCES bank_accounts (id),
        number text NOT NULL,
        format text NOT NULL CONSTRAINT ck_bank_statements_format CHECK (format IN ('csv', 'camt053')),
        digest text NOT NULL,
        opening bigint,
        closing bigint,
        difference bigint,
        since date,
        until date,
        lines integer NOT NULL,
        known integer NOT NULL,
        taken_at timestamptz NOT NULL,
        taken_by uuid NOT NULL,
        CONSTRAINT uq_bank_statements_account_id_digest UNIQUE (account_id, digest),
        CONSTRAINT ck_bank_statements_known CHECK (known BETWEEN 0 AND lines)
    )
    """,
    """
    CREATE TABLE bank_lines (
        id uuid CONSTRAINT pk_bank_lines PRIMARY KEY,
        account_id uuid NOT NULL CONSTRAINT fk_bank_lines_account_id REFERENCES bank_accounts (id),
        statement_id uuid NOT NULL CONSTRAINT fk_bank_lines_statement_id REFERENCES bank_statements (id),
        identity text NOT NULL,
        booked_on date NOT NULL,
        value_on date,
        amount bigint NOT NULL,
        text text NOT NULL,
        reference text NOT NULL,
        end_to_end_id text NOT NULL,
        bank_reference text NOT NULL,
        counterparty text NOT NULL,
        counterparty_account text NOT NULL,
        mandate_reference text NOT NULL,
        batch text NOT NULL,
        reversal boolean NOT NULL,
        return_reason text NOT NULL,
        state text NOT NULL,
        proposals jsonb NOT NULL,
        booked_as text,
        booking_id uuid,
        member_id uuid CONSTRAINT fk_bank_lines_member_id REFERENCES members (id),
        bookings integer NOT NULL,
        CONSTRAINT uq_bank_lines_account_id_identity UNIQUE (account_id, identity),
        CONSTRAINT uq_bank_lines_booking_id UNIQUE (booking_id),
        CONSTRAINT ck_bank_lines_amount CHECK (amount <> 0),
        CONSTRAINT ck_bank_lines_state
            CHECK (state IN ('booked', 'proposed', 'unmatched', 'ignored', 'not_ours')),
        CONSTRAINT ck_bank_lines_booked_as CHECK (booked_as IN ('member', 'network', 'transfer', 'collection', 'return')),
        CONSTRAINT ck_bank_lines_booked CHECK ((state = 'booked') = (booked_as IS NOT NULL)),
        CONSTRAINT ck_bank_lines_booking CHECK ((booked_as IS NULL) = (booking_id IS NULL))
    )
    """,
    "CREATE INDEX ix_bank_lines_statement_id ON bank_lines (statement_id)",
    "CREATE INDEX ix_bank_lines_state ON bank_lines (state, booked_on, id)",
    """
    CREATE INDEX ix_bank_lines_payer ON bank_lines (counterparty_account) WHERE booked_as = 'member' AND amount > 0
    """,
    # Names and texts of people may be erased; what moved, when and on which account may not.
    """
    CREATE FUNCTION bank_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.id, NEW.account_id, NEW.statement_id, NEW.identity, NEW.booked_on, NEW.amount)
            IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.statement_id, OLD.identity, OLD.booked_on, OLD.amount)
            OR NEW.bookings < OLD.bookings
        THEN
            RAISE EXCEPTION 'what the bank said stays' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER stays BEFORE UPDATE ON bank_lines FOR EACH ROW EXECUTE FUNCTION bank_line_stays()",
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON bank_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON bank_statements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE bank_line_facts (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_bank_line_facts PRIMARY KEY,
        line_id uuid NOT NULL CONSTRAINT fk_bank_line_facts_line_id REFERENCES bank_lines (id),
        state text NOT NULL,
        booked_as text,
        booking_id uuid,
        reason text NOT NULL,
        at timestamptz NOT NULL,
        by uuid
    )
    """,
    "CREATE INDEX ix_bank_line_facts_line_id ON bank_line_facts (line_id)",
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_line_facts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE sepa_mandates (
        id uuid CONSTRAINT pk_sepa_mandates PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_sepa_mandates_member_id REFERENCES members (id),
        reference text NOT NULL CONSTRAINT uq_sepa_mandates_reference UNIQUE,
        iban text NOT NULL,
        bic text NOT NULL,
        holder text NOT NULL,
        use text NOT NULL CONSTRAINT ck_sepa_mandates_use CHECK (use IN ('recurrent', 'one_off')),
        signed_on date NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        final boolean NOT NULL DEFAULT false,
        revoked_on date,
        revoked_why text,
        CONSTRAINT ck_sepa_mandates_revoked CHECK ((revoked_on IS NULL) = (revoked_why IS NULL))
    )
    """,
    "CREATE INDEX ix_sepa_mandates_member_id ON sepa_mandates (member_id)",
    "CREATE UNIQUE INDEX uq_sepa_mandates_live ON sepa_mandates (member_id) WHERE revoked_on IS NULL",
    """
    CREATE TABLE direct_debits (
        id uuid CONSTRAINT pk_direct_debits PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_direct_debits_number UNIQUE,
        collect_on date NOT NULL,
        total bigint NOT NULL,
        file bytea NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        settled_on date,
        withdrawn_on date,
        CONSTRAINT ck_direct_debits_ended CHECK (settled_on IS NULL OR withdrawn_on IS NULL)
    )
    """,
    """
    CREATE TABLE direct_debit_items (
        id uuid CONSTRAINT pk_direct_debit_items PRIMARY KEY,
        debit_id uuid NOT NULL CONSTRAINT fk_direct_debit_items_debit_id REFERENCES direct_debits (id),
        mandate_id uuid NOT NULL CONSTRAINT fk_direct_debit_items_mandate_id REFERENCES sepa_mandates (id),
        member_id uuid NOT NULL CONSTRAINT fk_direct_debit_items_member_id REFERENCES members (id),
        end_to_end_id text NOT NULL CONSTRAINT uq_direct_debit_items_end_to_end_id UNIQUE,
        sequence text NOT NULL
            CONSTRAINT ck_direct_debit_items_sequence CHECK (sequence IN ('FRST', 'RCUR', 'OOFF', 'FNAL')),
        batch text NOT NULL,
        amount bigint NOT NULL CONSTRAINT ck_direct_debit_items_amount CHECK (amount > 0),
        state text NOT NULL
            CONSTRAINT ck_direct_debit_items_state CHECK (state IN ('collecting', 'paid', 'returned', 'withdrawn')),
        payment_id uuid CONSTRAINT uq_direct_debit_items_payment_id UNIQUE,
        returned_on date,
        return_reason text,
        line_id uuid CONSTRAINT fk_direct_debit_items_line_id REFERENCES bank_lines (id),
        return_line_id uuid
            CONSTRAINT fk_direct_debit_items_return_line_id REFERENCES bank_lines (id)
            CONSTRAINT uq_direct_debit_items_return_line_id UNIQUE,
        CONSTRAINT uq_direct_debit_items_debit_id_mandate_id UNIQUE (debit_id, mandate_id),
        CONSTRAINT ck_direct_debit_items_paid CHECK (state <> 'paid' OR payment_id IS NOT NULL),
        CONSTRAINT ck_direct_debit_items_returned CHECK ((state = 'returned') = (return_reason IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_direct_debit_items_mandate_id ON direct_debit_items (mandate_id)",
    "CREATE INDEX ix_direct_debit_items_member_id ON direct_debit_items (member_id)",
    "CREATE INDEX ix_direct_debit_items_line_id ON direct_debit_items (line_id)",
    """
    CREATE TABLE direct_debit_invoices (
        item_id uuid NOT NULL CONSTRAINT fk_direct_debit_invoices_item_id REFERENCES direct_debit_items (id),
        invoice_id uuid NOT NULL CONSTRAINT fk_direct_debit_invoices_invoice_id REFERENCES invoices (id),
        amount bigint NOT NULL CONSTRAINT ck_direct_debit_invoices_amount CHECK (amount > 0),
        live boolean NOT NULL,
        CONSTRAINT pk_direct_debit_invoices PRIMARY KEY (item_id, invoice_id)
    )
    """,
    "CREATE UNIQUE INDEX uq_direct_debit_invoices_live ON direct_debit_invoices (invoice_id) WHERE live",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
