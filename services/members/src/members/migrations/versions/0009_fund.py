"""The community fund.

What happened is only ever added. The database itself holds that no money leaves the fund that it does not have, that
nobody gets back more than was deposited, that every movement is the ledger's own transfer, that a schedule repays
exactly what is lent and no instalment is repaid twice.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = (
    """
    CREATE TABLE fund_terms (
        version integer CONSTRAINT pk_fund_terms PRIMARY KEY,
        currency text NOT NULL,
        max_amount bigint NOT NULL,
        max_months integer NOT NULL,
        fund_share numeric(5, 2) NOT NULL
            CONSTRAINT ck_fund_terms_fund_share CHECK (fund_share > 0 AND fund_share <= 100),
        yearly_rate numeric(5, 2) NOT NULL
            CONSTRAINT ck_fund_terms_yearly_rate CHECK (yearly_rate >= 0 AND yearly_rate <= 60),
        method text NOT NULL CONSTRAINT ck_fund_terms_method CHECK (method IN ('equal_principal', 'annuity')),
        months_belonging integer NOT NULL,
        grace_days integer NOT NULL,
        approvals integer NOT NULL,
        guarantors integer NOT NULL,
        reserve numeric(5, 2) NOT NULL CONSTRAINT ck_fund_terms_reserve CHECK (reserve >= 0 AND reserve <= 100),
        notice_days integer NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        CONSTRAINT ck_fund_terms_positive CHECK (max_amount > 0 AND max_months > 0 AND approvals > 0),
        CONSTRAINT ck_fund_terms_not_negative
            CHECK (months_belonging >= 0 AND grace_days >= 0 AND guarantors >= 0 AND notice_days >= 0)
    )
    """,
    """
    CREATE TABLE loans (
        id uuid CONSTRAINT pk_loans PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_loans_number UNIQUE,
        member_id uuid NOT NULL CONSTRAINT fk_loans_member_id REFERENCES members (id),
        currency text NOT NULL,
        amount bigint NOT NULL,
        purpose text NOT NULL,
        instalments integer NOT NULL,
        every text NOT NULL CONSTRAINT ck_loans_every CHECK (every IN ('month', 'two_weeks')),
        first_due date NOT NULL,
        terms_version integer NOT NULL CONSTRAINT fk_loans_terms_version REFERENCES fund_terms (version),
        applied_at timestamptz NOT NULL,
        applied_by uuid NOT NULL,
        CONSTRAINT ck_loans_positive CHECK (amount > 0 AND instalments > 0)
    )
    """,
    "CREATE INDEX ix_loans_member_id_id ON loans (member_id, id)",
    """
    CREATE TABLE loan_guarantors (
        loan_id uuid NOT NULL CONSTRAINT fk_loan_guarantors_loan_id REFERENCES loans (id),
        member_id uuid NOT NULL CONSTRAINT fk_loan_guarantors_member_id REFERENCES members (id),
        CONSTRAINT pk_loan_guarantors PRIMARY KEY (loan_id, member_id)
    )
    """,
    "CREATE INDEX ix_loan_guarantors_member_id ON loan_guarantors (member_id)",
    """
    CREATE TABLE loan_guarantor_answers (
        loan_id uuid NOT NULL,
        member_id uuid NOT NULL,
        accepts boolean NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL,
        CONSTRAINT pk_loan_guarantor_answers PRIMARY KEY (loan_id, member_id),
        CONSTRAINT fk_loan_guarantor_answers_loan_id_member_id
            FOREIGN KEY (loan_id, member_id) REFERENCES loan_guarantors (loan_id, member_id)
    )
    """,
    """
    CREATE TABLE loan_votes (
        loan_id uuid NOT NULL CONSTRAINT fk_loan_votes_loan_id REFERENCES loans (id),
        by uuid NOT NULL,
        approves boolean NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL,
        CONSTRAINT pk_loan_votes PRIMARY KEY (loan_id, by)
    )
    """,
    """
    CREATE TABLE loan_facts (
        loan_id uuid NOT NULL CONSTRAINT fk_loan_facts_loan_id REFERENCES loans (id),
        kind text NOT NULL CONSTRAINT ck_loan_facts_kind
            CHECK (kind IN ('approved', 'declined', 'withdrawn', 'disbursed', 'written_off')),
        on_date date NOT NULL,
        reason text NOT NULL,
        proposal_id uuid,
        at timestamptz NOT NULL,
        by uuid,
        CONSTRAINT pk_loan_facts PRIMARY KEY (loan_id, kind)
    )
    """,
    "CREATE UNIQUE INDEX uq_loan_facts_decision ON loan_facts (loan_id) WHERE kind IN ('approved', 'declined')",
    "CREATE UNIQUE INDEX uq_loan_facts_end ON loan_facts (loan_id) WHERE kind IN ('declined', 'withdrawn', 'disbursed')",
    """
    CREATE TABLE loan_schedules (
        id uuid CONSTRAINT pk_loan_schedules PRIMARY KEY,
        loan_id uuid NOT NULL CONSTRAINT fk_loan_schedules_loan_id REFERENCES loans (id),
        version integer NOT NULL,
        replaces uuid CONSTRAINT uq_loan_schedules_replaces UNIQUE
            CONSTRAINT fk_loan_schedules_replaces REFERENCES loan_schedules (id),
        agreed_on date NOT NULL,
        interest_from date NOT NULL,
        principal bigint NOT NULL,
        carried bigint NOT NULL,
        yearly_rate numeric(5, 2) NOT NULL,
        method text NOT NULL CONSTRAINT ck_loan_schedules_method CHECK (method IN ('equal_principal', 'annuity')),
        grace_days integer NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL,
        CONSTRAINT uq_loan_schedules_loan_id_version UNIQUE (loan_id, version),
        CONSTRAINT ck_loan_schedules_replaces CHECK ((version = 1) = (replaces IS NULL)),
        CONSTRAINT ck_loan_schedules_principal CHECK (principal > 0 AND carried >= 0)
    )
    """,
    """
    CREATE TABLE loan_instalments (
        id uuid CONSTRAINT pk_loan_instalments PRIMARY KEY,
        schedule_id uuid NOT NULL CONSTRAINT fk_loan_instalments_schedule_id REFERENCES loan_schedules (id),
        no integer NOT NULL,
        due_on date NOT NULL,
        principal bigint NOT NULL,
        interest bigint NOT NULL,
        CONSTRAINT uq_loan_instalments_schedule_id_no UNIQUE (schedule_id, no),
        CONSTRAINT ck_loan_instalments_amounts CHECK (principal > 0 AND interest >= 0)
    )
    """,
    "CREATE INDEX ix_loan_instalments_due_on ON loan_instalments (due_on)",
    """
    CREATE TABLE loan_payments (
        id uuid CONSTRAINT pk_loan_payments PRIMARY KEY,
        seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_loan_payments_seq UNIQUE,
        loan_id uuid NOT NULL CONSTRAINT fk_loan_payments_loan_id REFERENCES loans (id),
        schedule_id uuid NOT NULL CONSTRAINT fk_loan_payments_schedule_id REFERENCES loan_schedules (id),
        amount bigint NOT NULL CONSTRAINT ck_loan_payments_amount CHECK (amount > 0),
        paid_on date NOT NULL,
        paid_by text NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL
    )
    """,
    "CREATE INDEX ix_loan_payments_loan_id_seq ON loan_payments (loan_id, seq)",
    """
    CREATE TABLE loan_payment_parts (
        payment_id uuid NOT NULL CONSTRAINT fk_loan_payment_parts_payment_id REFERENCES loan_payments (id),
        instalment_id uuid NOT NULL CONSTRAINT fk_loan_payment_parts_instalment_id REFERENCES loan_instalments (id),
        interest bigint NOT NULL,
        principal bigint NOT NULL,
        ahead_of integer,
        CONSTRAINT pk_loan_payment_parts PRIMARY KEY (payment_id, instalment_id),
        CONSTRAINT ck_loan_payment_parts_amounts
            CHECK (interest >= 0 AND principal >= 0 AND interest + principal > 0)
    )
    """,
    "CREATE INDEX ix_loan_payment_parts_instalment_id ON loan_payment_parts (instalment_id)",
    """
    CREATE TABLE loan_payment_reversals (
        payment_id uuid CONSTRAINT pk_loan_payment_reversals PRIMARY KEY
            CONSTRAINT fk_loan_payment_reversals_payment_id REFERENCES loan_payments (id),
        reason text NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL
    )
    """,
    """
    CREATE TABLE loan_reminders (
        instalment_id uuid NOT NULL CONSTRAINT fk_loan_reminders_instalment_id REFERENCES loan_instalments (id),
        kind text NOT NULL CONSTRAINT ck_loan_reminders_kind CHECK (kind IN ('coming', 'due', 'arrears')),
        at timestamptz NOT NULL,
        CONSTRAINT pk_loan_reminders PRIMARY KEY (instalment_id, kind)
    )
    """,
    """
    CREATE TABLE fund_movements (
        id uuid CONSTRAINT pk_fund_movements PRIMARY KEY CONSTRAINT fk_fund_movements_id REFERENCES transfers (id),
        seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_fund_movements_seq UNIQUE,
        kind text NOT NULL CONSTRAINT ck_fund_movements_kind
            CHECK (kind IN ('gift', 'deposit', 'withdrawal', 'disbursement', 'repayment')),
        cause_id uuid NOT NULL,
        member_id uuid NOT NULL CONSTRAINT fk_fund_movements_member_id REFERENCES members (id),
        currency text NOT NULL,
        amount bigint NOT NULL,
        on_date date NOT NULL,
        note text NOT NULL,
        reverses uuid CONSTRAINT uq_fund_movements_reverses UNIQUE
            CONSTRAINT fk_fund_movements_reverses REFERENCES fund_movements (id),
        at timestamptz NOT NULL,
        by uuid NOT NULL,
        CONSTRAINT ck_fund_movements_direction CHECK (
            amount <> 0 AND (amount < 0) = ((kind IN ('withdrawal', 'disbursement')) = (reverses IS NULL)))
    )
    """,
    "CREATE INDEX ix_fund_movements_member_id_id ON fund_movements (member_id, id)",
    "CREATE INDEX ix_fund_movements_cause_id ON fund_movements (cause_id)",
    "CREATE INDEX ix_fund_movements_on_date ON fund_movements (on_date)",
    """
    CREATE TABLE fund_notices (
        id uuid CONSTRAINT pk_fund_notices PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_fund_notices_member_id REFERENCES members (id),
        currency text NOT NULL,
        amount bigint NOT NULL CONSTRAINT ck_fund_notices_amount CHECK (amount > 0),
        payable_from date NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL
    )
    """,
    "CREATE INDEX ix_fund_notices_member_id ON fund_notices (member_id)",
    """
    CREATE TABLE fund_notice_ends (
        notice_id uuid CONSTRAINT pk_fund_notice_ends PRIMARY KEY
            CONSTRAINT fk_fund_notice_ends_notice_id REFERENCES fund_notices (id),
        paid boolean NOT NULL,
        on_date date NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL
    )
    """,
)

APPEND_ONLY = tuple(
    f"""
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """
    for table in (
        "fund_terms",
        "loan_guarantors",
        "loan_guarantor_answers",
        "loan_facts",
        "loan_schedules",
        "loan_instalments",
        "loan_payments",
        "loan_payment_parts",
        "loan_reminders",
        "fund_notices",
        "fund_notice_ends",
    )
)

# What people wrote may hold personal data, and goes with them; nothing else of these rows changes.
WRITTEN = {
    "loans": "purpose",
    "loan_votes": "reason",
    "loan_payment_reversals": "reason",
    "fund_movements": "note",
}
ONLY_WORDS_CHANGE = (
    *(
        f"""
        CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in WRITTEN
    ),
    *(
        f"""
        CREATE TRIGGER only_words_forgotten BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION only_words_forgotten('{column}')
        """
        for table, column in WRITTEN.items()
    ),
)

GUARDS = (
    # The transfer has been booked in this transaction, so its accounts are locked: nobody else moves them meanwhile.
    """
    CREATE FUNCTION fund_guard_movement() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        in_fund bigint;
        deposited numeric;
    BEGIN
        SELECT a.posted INTO in_fund FROM transfers AS t
        JOIN accounts AS a ON a.id = CASE WHEN NEW.amount > 0 THEN t.credit_id ELSE t.debit_id END
        WHERE t.id = NEW.id AND t.status = 'posted' AND t.amount = abs(NEW.amount) AND t.currency = NEW.currency
          AND a.name = 'fund';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no transfer of the fund is movement %', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_movement_is_a_transfer';
        END IF;
        IF in_fund < 0 AND NEW.kind IN ('withdrawal', 'disbursement') AND NEW.amount < 0 THEN
            RAISE EXCEPTION 'the fund does not have this'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_not_overdrawn';
        END IF;
        IF NEW.kind IN ('deposit', 'withdrawal') AND NEW.amount < 0 THEN
            SELECT sum(amount) INTO deposited FROM fund_movements
            WHERE member_id = NEW.member_id AND currency = NEW.currency AND kind IN ('deposit', 'withdrawal');
            IF deposited < 0 THEN
                RAISE EXCEPTION 'more than this member has deposited'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_deposits_not_negative';
            END IF;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER guard_movement AFTER INSERT ON fund_movements FOR EACH ROW EXECUTE FUNCTION fund_guard_movement()
    """,
    """
    CREATE FUNCTION fund_guard_schedule() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT coalesce(sum(principal), 0) FROM loan_instalments WHERE schedule_id = NEW.id) <> NEW.principal THEN
            RAISE EXCEPTION 'the instalments of % do not repay its principal', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_schedule_adds_up';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER guard_schedule AFTER INSERT ON loan_schedules DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION fund_guard_schedule()
    """,
    # Payments of a loan take turns, so that what follows sees all of those before.
    """
    CREATE FUNCTION fund_guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM loans WHERE id = NEW.loan_id FOR NO KEY UPDATE;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_payment BEFORE INSERT ON loan_payments FOR EACH ROW EXECUTE FUNCTION fund_guard_payment()
    """,
    """
    CREATE FUNCTION fund_guard_part() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT sum(p.principal) FROM loan_payment_parts AS p
            WHERE p.instalment_id = NEW.instalment_id
              AND NOT EXISTS (SELECT FROM loan_payment_reversals AS r WHERE r.payment_id = p.payment_id))
           > (SELECT principal FROM loan_instalments WHERE id = NEW.instalment_id) THEN
            RAISE EXCEPTION 'instalment % would be repaid twice', NEW.instalment_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_instalment_repaid_once';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER guard_part AFTER INSERT ON loan_payment_parts FOR EACH ROW EXECUTE FUNCTION fund_guard_part()
    """,
    """
    CREATE FUNCTION fund_guard_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT coalesce(sum(interest + principal), 0) FROM loan_payment_parts WHERE payment_id = NEW.id)
           <> NEW.amount THEN
            RAISE EXCEPTION 'the parts of payment % do not add up', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_payment_adds_up';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER guard_sum AFTER INSERT ON loan_payments DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION fund_guard_sum()
    """,
)

# What is lent and not back yet, by loan; and the instalments of the schedules that count, with what is open of them.
VIEWS = (
    """
    CREATE VIEW fund_lent AS
    SELECT l.id, l.currency, -(SELECT sum(m.amount) FROM fund_movements AS m WHERE m.cause_id = l.id) AS outstanding,
           EXISTS (SELECT FROM loan_facts AS w WHERE w.loan_id = l.id AND w.kind = 'written_off') AS written_off
    FROM loans AS l JOIN loan_facts AS f ON f.loan_id = l.id AND f.kind = 'disbursed'
    """,
    """
    CREATE VIEW fund_open_instalments AS
    SELECT i.id, s.loan_id, i.no, i.due_on, i.due_on + s.grace_days AS grace_ends, i.principal - (
        SELECT coalesce(sum(p.principal), 0) FROM loan_payment_parts AS p WHERE p.instalment_id = i.id
        AND NOT EXISTS (SELECT FROM loan_payment_reversals AS r WHERE r.payment_id = p.payment_id)) AS principal
    FROM loan_schedules AS s JOIN loan_instalments AS i ON i.schedule_id = s.id
    WHERE NOT EXISTS (SELECT FROM loan_schedules AS later WHERE later.replaces = s.id)
    """,
)

STATEMENTS = (*TABLES, *VIEWS, *APPEND_ONLY, *ONLY_WORDS_CHANGE, *GUARDS)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
