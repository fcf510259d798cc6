"""Dues: plans, invoices, payments, reminders."""

from alembic import op

revision = "0006"
down_revision = "0005"

PLANS = (
    # Trusted: the owner of the database may create it.
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    CREATE TABLE dues_plans (
        id uuid CONSTRAINT pk_dues_plans PRIMARY KEY,
        name text NOT NULL,
        texts jsonb NOT NULL,
        rhythm text NOT NULL CONSTRAINT ck_dues_plans_rhythm CHECK (
            rhythm IN ('annual', 'quarterly', 'monthly', 'once')),
        anchor text NOT NULL CONSTRAINT ck_dues_plans_anchor CHECK (anchor IN ('fixed', 'rolling')),
        start_month integer NOT NULL CONSTRAINT ck_dues_plans_start_month CHECK (start_month BETWEEN 1 AND 12),
        starts_on date NOT NULL,
        ends_on date,
        pro_rata text NOT NULL CONSTRAINT ck_dues_plans_pro_rata CHECK (pro_rata IN ('none', 'days', 'months')),
        currency text NOT NULL,
        days_until_due integer NOT NULL,
        grace_days integer NOT NULL,
        tax_rate numeric(5, 2),
        tax_text text NOT NULL,
        version integer NOT NULL,
        CONSTRAINT ck_dues_plans_days CHECK (days_until_due BETWEEN 0 AND 366 AND grace_days BETWEEN 0 AND 366),
        CONSTRAINT ck_dues_plans_tax CHECK (tax_rate BETWEEN 0 AND 100),
        CONSTRAINT ck_dues_plans_time CHECK (ends_on >= starts_on)
    )
    """,
    # At any time a kind has at most one plan that repeats, and one that asks once.
    """
    CREATE TABLE dues_plan_kinds (
        plan_id uuid NOT NULL CONSTRAINT fk_dues_plan_kinds_plan_id REFERENCES dues_plans (id),
        kind text NOT NULL CONSTRAINT ck_dues_plan_kinds_kind CHECK (kind IN (
            'household', 'person', 'producer', 'transformer', 'trader',
            'cooperative', 'enterprise', 'professional', 'association', 'public_body')),
        asks text NOT NULL CONSTRAINT ck_dues_plan_kinds_asks CHECK (asks IN ('repeated', 'once')),
        starts_on date NOT NULL,
        ends_on date,
        CONSTRAINT pk_dues_plan_kinds PRIMARY KEY (plan_id, kind),
        CONSTRAINT ex_dues_plan_kinds_one EXCLUDE USING gist (
            kind WITH =, asks WITH =, daterange(starts_on, ends_on, '[]') WITH &&)
    )
    """,
    """
    CREATE TABLE dues_prices (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_dues_prices PRIMARY KEY,
        plan_id uuid NOT NULL CONSTRAINT fk_dues_prices_plan_id REFERENCES dues_plans (id),
        valid_from date NOT NULL,
        amount bigint NOT NULL CONSTRAINT ck_dues_prices_amount CHECK (amount >= 0 AND amount < 1000000000000000),
        set_at timestamptz NOT NULL,
        set_by uuid NOT NULL
    )
    """,
    "CREATE INDEX ix_dues_prices_plan_id ON dues_prices (plan_id, valid_from, id)",
    """
    CREATE TABLE dues_choices (
        id uuid CONSTRAINT pk_dues_choices PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_dues_choices_member_id REFERENCES members (id),
        plan_id uuid NOT NULL CONSTRAINT fk_dues_choices_plan_id REFERENCES dues_plans (id),
        since date NOT NULL,
        before date CONSTRAINT ck_dues_choices_time CHECK (before >= since),
        reason text NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        ended_at timestamptz,
        ended_by uuid,
        CONSTRAINT ex_dues_choices_one EXCLUDE USING gist (member_id WITH =, daterange(since, before) WITH &&)
    )
    """,
    """
    CREATE TABLE dues_exemptions (
        id uuid CONSTRAINT pk_dues_exemptions PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_dues_exemptions_member_id REFERENCES members (id),
        since date NOT NULL,
        before date CONSTRAINT ck_dues_exemptions_time CHECK (before >= since),
        amount bigint CONSTRAINT ck_dues_exemptions_amount CHECK (amount > 0 AND amount < 1000000000000000),
        currency text,
        reason text NOT NULL CONSTRAINT ck_dues_exemptions_reason CHECK (reason <> ''),
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        ended_at timestamptz,
        ended_by uuid,
        CONSTRAINT ck_dues_exemptions_currency CHECK ((amount IS NULL) = (currency IS NULL)),
        CONSTRAINT ex_dues_exemptions_one EXCLUDE USING gist (member_id WITH =, daterange(since, before) WITH &&)
    )
    """,
)

INVOICES = (
    # Whoever wants to bill a period writes it here first; the unique key is what makes it happen once.
    """
    CREATE TABLE dues_billings (
        member_id uuid NOT NULL CONSTRAINT fk_dues_billings_member_id REFERENCES members (id),
        plan_id uuid NOT NULL CONSTRAINT fk_dues_billings_plan_id REFERENCES dues_plans (id),
        period_start date NOT NULL,
        period_end date NOT NULL,
        once boolean NOT NULL,
        currency text NOT NULL,
        price bigint NOT NULL,
        amount bigint NOT NULL,
        exemption_id uuid CONSTRAINT fk_dues_billings_exemption_id REFERENCES dues_exemptions (id),
        made_on date NOT NULL,
        made_at timestamptz NOT NULL,
        CONSTRAINT pk_dues_billings PRIMARY KEY (member_id, plan_id, period_start),
        CONSTRAINT ck_dues_billings_time CHECK (period_end > period_start),
        CONSTRAINT ck_dues_billings_amount CHECK (price >= 0 AND amount >= 0),
        CONSTRAINT ex_dues_billings_no_day_twice EXCLUDE USING gist (
            member_id WITH =, daterange(period_start, period_end) WITH &&) WHERE (NOT once)
    )
    """,
    """
    CREATE TABLE invoices (
        id uuid CONSTRAINT pk_invoices PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_invoices_number UNIQUE,
        member_id uuid NOT NULL CONSTRAINT fk_invoices_member_id REFERENCES members (id),
        plan_id uuid,
        period_start date,
        period_end date,
        issued_on date NOT NULL,
        due_on date NOT NULL,
        arrears_from date NOT NULL,
        currency text NOT NULL,
        amount bigint NOT NULL CONSTRAINT ck_invoices_amount CHECK (amount > 0 AND amount < 1000000000000000),
        lines jsonb NOT NULL,
        tax_text text NOT NULL,
        note text NOT NULL,
        member_name text NOT NULL,
        member_number text,
        member_tax_id text,
        allocated bigint NOT NULL DEFAULT 0,
        cancelled_on date,
        version integer NOT NULL DEFAULT 1,
        issued_at timestamptz NOT NULL,
        issued_by uuid,
        CONSTRAINT uq_invoices_member_id_plan_id_period_start UNIQUE (member_id, plan_id, period_start),
        CONSTRAINT fk_invoices_billing FOREIGN KEY (member_id, plan_id, period_start)
            REFERENCES dues_billings (member_id, plan_id, period_start),
        CONSTRAINT ck_invoices_period CHECK (
            (plan_id IS NULL) = (period_start IS NULL) AND (plan_id IS NULL) = (period_end IS NULL)),
        CONSTRAINT ck_invoices_days CHECK (due_on >= issued_on AND arrears_from > due_on),
        CONSTRAINT ck_invoices_allocated CHECK (allocated BETWEEN 0 AND amount),
        CONSTRAINT ck_invoices_cancelled_unpaid CHECK (cancelled_on IS NULL OR allocated = 0)
    )
    """,
    "CREATE INDEX ix_invoices_member_id ON invoices (member_id, id)",
    """
    CREATE INDEX ix_invoices_open ON invoices (due_on) WHERE allocated < amount AND cancelled_on IS NULL
    """,
    "CREATE INDEX ix_invoices_issued_on ON invoices (issued_on)",
    """
    CREATE TABLE credit_notes (
        id uuid CONSTRAINT pk_credit_notes PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_credit_notes_number UNIQUE,
        invoice_id uuid NOT NULL CONSTRAINT uq_credit_notes_invoice_id UNIQUE
            CONSTRAINT fk_credit_notes_invoice_id REFERENCES invoices (id),
        issued_on date NOT NULL,
        reason text NOT NULL CONSTRAINT ck_credit_notes_reason CHECK (reason <> ''),
        issued_at timestamptz NOT NULL,
        issued_by uuid NOT NULL
    )
    """,
    # An invoice stays as it was issued; only what was paid of it, that it was cancelled, and the removal of what is
    # personal in it are ever written.
    """
    CREATE FUNCTION dues_guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.allocated <> OLD.allocated AND pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'only an allocation pays an invoice' USING ERRCODE = 'restrict_violation';
        END IF;
        IF to_jsonb(NEW) - ARRAY['allocated', 'cancelled_on', 'version', 'member_name', 'member_tax_id']
           IS DISTINCT FROM
           to_jsonb(OLD) - ARRAY['allocated', 'cancelled_on', 'version', 'member_name', 'member_tax_id']
           OR (OLD.cancelled_on IS NOT NULL AND NEW.cancelled_on IS DISTINCT FROM OLD.cancelled_on)
           OR (NEW.member_name <> OLD.member_name AND NEW.member_name <> '—')
           OR (NEW.member_tax_id IS DISTINCT FROM OLD.member_tax_id AND NEW.member_tax_id IS NOT NULL) THEN
            RAISE EXCEPTION 'invoice % stays as it was issued', OLD.number USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_update BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION dues_guard_invoice()
    """,
)

PAYMENTS = (
    """
    CREATE TABLE payments (
        id uuid CONSTRAINT pk_payments PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_payments_number UNIQUE,
        member_id uuid NOT NULL CONSTRAINT fk_payments_member_id REFERENCES members (id),
        currency text NOT NULL,
        amount bigint NOT NULL CONSTRAINT ck_payments_amount CHECK (amount > 0 AND amount < 1000000000000000),
        method text NOT NULL CONSTRAINT ck_payments_method CHECK (
            method IN ('cash', 'transfer', 'card', 'direct_debit')),
        paid_on date NOT NULL,
        reference text NOT NULL,
        transfer_id uuid NOT NULL CONSTRAINT uq_payments_transfer_id UNIQUE
            CONSTRAINT fk_payments_transfer_id REFERENCES transfers (id),
        received_at timestamptz NOT NULL,
        received_by uuid
    )
    """,
    "CREATE INDEX ix_payments_member_id ON payments (member_id, id)",
    """
    CREATE TABLE payment_reversals (
        payment_id uuid CONSTRAINT pk_payment_reversals PRIMARY KEY
            CONSTRAINT fk_payment_reversals_payment_id REFERENCES payments (id),
        transfer_id uuid NOT NULL CONSTRAINT uq_payment_reversals_transfer_id UNIQUE
            CONSTRAINT fk_payment_reversals_transfer_id REFERENCES transfers (id),
        reversed_on date NOT NULL,
        reason text NOT NULL CONSTRAINT ck_payment_reversals_reason CHECK (reason <> ''),
        reversed_at timestamptz NOT NULL,
        reversed_by uuid NOT NULL
    )
    """,
    # What was paid of an invoice; an entry that undoes another has its amount below zero. Without a payment it was
    # paid from what lay on the member's account.
    """
    CREATE TABLE allocations (
        id uuid CONSTRAINT pk_allocations PRIMARY KEY,
        invoice_id uuid NOT NULL CONSTRAINT fk_allocations_invoice_id REFERENCES invoices (id),
        payment_id uuid CONSTRAINT fk_allocations_payment_id REFERENCES payments (id),
        amount bigint NOT NULL,
        booked_on date NOT NULL,
        transfer_id uuid NOT NULL CONSTRAINT uq_allocations_transfer_id UNIQUE
            CONSTRAINT fk_allocations_transfer_id REFERENCES transfers (id),
        undoes uuid CONSTRAINT uq_allocations_undoes UNIQUE
            CONSTRAINT fk_allocations_undoes REFERENCES allocations (id),
        made_at timestamptz NOT NULL,
        made_by uuid,
        CONSTRAINT ck_allocations_amount CHECK (amount <> 0 AND (amount < 0) = (undoes IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_allocations_invoice_id ON allocations (invoice_id)",
    "CREATE INDEX ix_allocations_payment_id ON allocations (payment_id)",
    # The counter on the invoice is moved in the order of the invoices' ids; its CHECK refuses to pay more than is owed.
    """
    CREATE FUNCTION dues_allocated() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM inserted AS i JOIN transfers AS t ON t.id = i.transfer_id
                   WHERE t.amount <> abs(i.amount) OR t.cause_id <> i.invoice_id)
           OR EXISTS (SELECT FROM inserted AS i JOIN allocations AS o ON o.id = i.undoes
                      WHERE o.amount <> -i.amount OR o.invoice_id <> i.invoice_id) THEN
            RAISE EXCEPTION 'an allocation is what its transfer is' USING ERRCODE = 'restrict_violation';
        END IF;
        PERFORM 1 FROM invoices WHERE id IN (SELECT invoice_id FROM inserted) ORDER BY id FOR NO KEY UPDATE;
        UPDATE invoices AS v SET allocated = v.allocated + s.amount, version = v.version + 1
        FROM (SELECT invoice_id, sum(amount) AS amount FROM inserted GROUP BY invoice_id) AS s
        WHERE v.id = s.invoice_id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER count_inserted AFTER INSERT ON allocations REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION dues_allocated()
    """,
    """
    CREATE TABLE invoice_letters (
        invoice_id uuid NOT NULL CONSTRAINT fk_invoice_letters_invoice_id REFERENCES invoices (id),
        occasion text NOT NULL CONSTRAINT ck_invoice_letters_occasion CHECK (occasion IN ('issued', 'reminder')),
        days integer NOT NULL,
        sent_to text NOT NULL,
        sent_at timestamptz NOT NULL,
        CONSTRAINT pk_invoice_letters PRIMARY KEY (invoice_id, occasion, days)
    )
    """,
)

APPEND_ONLY = tuple(
    f"""
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """
    for table in ("dues_prices", "dues_billings", "allocations")
)
NEVER_DELETED = tuple(
    f"""
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """
    for table in ("invoices", "credit_notes", "payments", "payment_reversals", "dues_choices", "dues_exemptions")
)
# Free text in which somebody may be named can be erased; nothing else changes.
ONLY_ERASED = tuple(
    f"""
    CREATE TRIGGER only_words_forgotten BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION only_words_forgotten('{column}')
    """
    for table, column in (("credit_notes", "reason"), ("payments", "reference"), ("payment_reversals", "reason"))
)
# An exemption or a choice can be ended, once and earlier, and its reason erased; nothing else about it changes.
ENDED_ONCE = (
    """
    CREATE FUNCTION dues_guard_ending() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.reason = '—' AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
            RETURN NEW;
        END IF;
        IF OLD.ended_at IS NOT NULL
           OR to_jsonb(NEW) - ARRAY['before', 'ended_at', 'ended_by']
              IS DISTINCT FROM to_jsonb(OLD) - ARRAY['before', 'ended_at', 'ended_by']
           OR NEW.before IS NULL OR NEW.before > OLD.before OR NEW.ended_at IS NULL OR NEW.ended_by IS NULL THEN
            RAISE EXCEPTION '% can only be ended, once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_update BEFORE UPDATE ON dues_exemptions FOR EACH ROW EXECUTE FUNCTION dues_guard_ending()
    """,
    """
    CREATE TRIGGER guard_update BEFORE UPDATE ON dues_choices FOR EACH ROW EXECUTE FUNCTION dues_guard_ending()
    """,
)

STATEMENTS: tuple[str, ...] = (
    *PLANS,
    *INVOICES,
    *PAYMENTS,
    *APPEND_ONLY,
    *NEVER_DELETED,
    *ONLY_ERASED,
    *ENDED_ONCE,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
