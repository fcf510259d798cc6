"""The ledger, which the database itself keeps true.

A transfer is one row. When it is written, a trigger moves both balances and writes both entries, set-based for all
transfers of the statement and in the order of the accounts' ids: nobody can book one side alone, a hot account gets one
update per statement, and two statements can't wait for each other. The reasons are in docs/decisions/0007.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    """
    CREATE TABLE accounts (
        id uuid CONSTRAINT pk_accounts PRIMARY KEY,
        member_id uuid CONSTRAINT fk_accounts_member_id REFERENCES members (id),
        name text,
        currency text NOT NULL,
        posted bigint NOT NULL DEFAULT 0,
        held bigint NOT NULL DEFAULT 0,
        credit_limit bigint,
        excess bigint NOT NULL DEFAULT 0,
        CONSTRAINT uq_accounts_id_currency UNIQUE (id, currency),
        CONSTRAINT uq_accounts_member_id_currency UNIQUE (member_id, currency),
        CONSTRAINT uq_accounts_name_currency UNIQUE (name, currency),
        CONSTRAINT ck_accounts_owner CHECK ((member_id IS NULL) <> (name IS NULL)),
        CONSTRAINT ck_accounts_limited CHECK ((member_id IS NULL) = (credit_limit IS NULL)),
        CONSTRAINT ck_accounts_not_negative CHECK (held >= 0 AND credit_limit >= 0 AND excess >= 0),
        CONSTRAINT ck_accounts_within_limit CHECK (posted - held >= -credit_limit - excess)
    ) WITH (fillfactor = 70)
    """,
    """
    CREATE TABLE transfers (
        id uuid CONSTRAINT pk_transfers PRIMARY KEY,
        debit_id uuid NOT NULL,
        credit_id uuid NOT NULL,
        currency text NOT NULL,
        amount bigint NOT NULL,
        status text NOT NULL,
        beyond_limit boolean NOT NULL,
        cause text NOT NULL,
        cause_id uuid NOT NULL,
        text text NOT NULL,
        reverses uuid CONSTRAINT fk_transfers_reverses REFERENCES transfers (id),
        made_at timestamptz NOT NULL,
        made_by uuid,
        expires_at timestamptz,
        closed_at timestamptz,
        ended text,
        CONSTRAINT fk_transfers_debit_id_currency FOREIGN KEY (debit_id, currency) REFERENCES accounts (id, currency),
        CONSTRAINT fk_transfers_credit_id_currency FOREIGN KEY (credit_id, currency) REFERENCES accounts (id, currency),
        CONSTRAINT ck_transfers_two_accounts CHECK (debit_id <> credit_id),
        CONSTRAINT ck_transfers_amount CHECK (amount > 0 AND amount < 1000000000000000),
        CONSTRAINT ck_transfers_status CHECK (status IN ('pending', 'posted', 'voided')),
        CONSTRAINT ck_transfers_closed CHECK ((status = 'pending') = (closed_at IS NULL)),
        CONSTRAINT ck_transfers_ended CHECK ((status = 'voided') = (ended IS NOT NULL))
    )
    """,
    "CREATE UNIQUE INDEX uq_transfers_reverses ON transfers (reverses) WHERE reverses IS NOT NULL",
    "CREATE UNIQUE INDEX uq_transfers_pending ON transfers (cause_id, debit_id) WHERE status = 'pending'",
    "CREATE INDEX ix_transfers_expires_at ON transfers (expires_at) WHERE status = 'pending'",
    "CREATE INDEX ix_transfers_settled ON transfers (cause_id) WHERE ended = 'settled'",
    """
    CREATE TABLE entries (
        account_id uuid NOT NULL,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        transfer_id uuid NOT NULL,
        amount bigint NOT NULL,
        balance bigint NOT NULL,
        CONSTRAINT pk_entries PRIMARY KEY (account_id, seq)
    )
    """,
    """
    CREATE TABLE limit_changes (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_limit_changes PRIMARY KEY,
        account_id uuid NOT NULL CONSTRAINT fk_limit_changes_account_id REFERENCES accounts (id),
        credit_limit bigint NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL
    )
    """,
    "CREATE INDEX ix_limit_changes_account_id ON limit_changes (account_id)",
)

BOOKING = (
    """
    CREATE TYPE ledger_change AS (account_id uuid, transfer_id uuid, posted bigint, held bigint, beyond bigint)
    """,
    # The excess grows by no more than what had to be booked past the limit, and shrinks as soon as the account recovers;
    # the CHECK on the table refuses whatever else would pass the limit.
    """
    CREATE FUNCTION ledger_book(changes ledger_change[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM accounts WHERE id IN (SELECT c.account_id FROM unnest(changes) AS c)
        ORDER BY id FOR NO KEY UPDATE;

        UPDATE accounts AS a SET
            posted = a.posted + s.posted,
            held = a.held + s.held,
            excess = CASE WHEN a.credit_limit IS NULL THEN 0 ELSE least(
                a.excess + s.beyond, greatest(0, (a.held + s.held) - (a.posted + s.posted) - a.credit_limit)) END
        FROM (
            SELECT c.account_id, sum(c.posted) AS posted, sum(c.held) AS held, sum(c.beyond) AS beyond
            FROM unnest(changes) AS c GROUP BY c.account_id
        ) AS s
        WHERE a.id = s.account_id;

        INSERT INTO entries (account_id, transfer_id, amount, balance)
        SELECT c.account_id, c.transfer_id, c.posted,
               a.posted - sum(c.posted) OVER (PARTITION BY c.account_id)
                        + sum(c.posted) OVER (PARTITION BY c.account_id ORDER BY c.place)
        FROM unnest(changes) WITH ORDINALITY AS c (account_id, transfer_id, posted, held, beyond, place)
        JOIN accounts AS a ON a.id = c.account_id
        WHERE c.posted <> 0
        ORDER BY c.place;
    END $$
    """,
    # A hold touches the account that pays and never the one, hot, that is to be paid.
    """
    CREATE FUNCTION ledger_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM ledger_book(ARRAY(
            SELECT side.change FROM inserted AS t CROSS JOIN LATERAL (VALUES
                (1, ROW(t.debit_id, t.id,
                        CASE t.status WHEN 'posted' THEN -t.amount ELSE 0 END,
                        CASE t.status WHEN 'pending' THEN t.amount ELSE 0 END,
                        CASE WHEN t.beyond_limit THEN t.amount ELSE 0 END)::ledger_change),
                (2, ROW(t.credit_id, t.id, t.amount, 0, 0)::ledger_change)
            ) AS side (place, change)
            WHERE t.status = 'posted' OR (t.status = 'pending' AND side.place = 1)
            ORDER BY t.made_at, t.id, side.place
        ));
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION ledger_updated() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM ledger_book(ARRAY(
            SELECT side.change FROM after AS t JOIN before USING (id) CROSS JOIN LATERAL (VALUES
                (1, ROW(t.debit_id, t.id,
                        CASE t.status WHEN 'posted' THEN -t.amount ELSE 0 END, -t.amount, 0)::ledger_change),
                (2, ROW(t.credit_id, t.id, t.amount, 0, 0)::ledger_change)
            ) AS side (place, change)
            WHERE before.status = 'pending' AND (t.status = 'posted' OR (t.status = 'voided' AND side.place = 1))
            ORDER BY t.closed_at, t.id, side.place
        ));
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER book_inserted AFTER INSERT ON transfers REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_inserted()
    """,
    """
    CREATE TRIGGER book_updated AFTER UPDATE ON transfers REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_updated()
    """,
)

GUARDS = (
    """
    CREATE FUNCTION ledger_guard_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.status <> 'pending' THEN
            RAISE EXCEPTION 'transfer % is %; it is reversed by another, never changed', OLD.id, OLD.status
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF (NEW.id, NEW.debit_id, NEW.credit_id, NEW.currency, NEW.amount, NEW.beyond_limit, NEW.cause, NEW.cause_id,
            NEW.text, NEW.reverses, NEW.made_at, NEW.made_by)
           IS DISTINCT FROM
           (OLD.id, OLD.debit_id, OLD.credit_id, OLD.currency, OLD.amount, OLD.beyond_limit, OLD.cause, OLD.cause_id,
            OLD.text, OLD.reverses, OLD.made_at, OLD.made_by) THEN
            RAISE EXCEPTION 'of a pending transfer only its end can be written' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_update BEFORE UPDATE ON transfers FOR EACH ROW EXECUTE FUNCTION ledger_guard_transfer()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON limit_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE FUNCTION ledger_guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'only a transfer writes %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    # pg_trigger_depth() is 0 for a statement of a client and 1 for one of a trigger on transfers.
    """
    CREATE TRIGGER guard_entries BEFORE INSERT ON entries FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_guard_balance()
    """,
    """
    CREATE TRIGGER guard_opening BEFORE INSERT ON accounts FOR EACH ROW
    WHEN (NEW.posted <> 0 OR NEW.held <> 0 OR NEW.excess <> 0) EXECUTE FUNCTION ledger_guard_balance()
    """,
    """
    CREATE TRIGGER guard_balance BEFORE UPDATE ON accounts FOR EACH ROW
    WHEN (pg_trigger_depth() = 0
          AND (NEW.posted, NEW.held, NEW.excess, NEW.member_id, NEW.name, NEW.currency)
              IS DISTINCT FROM (OLD.posted, OLD.held, OLD.excess, OLD.member_id, OLD.name, OLD.currency))
    EXECUTE FUNCTION ledger_guard_balance()
    """,
    # A lower limit closes the account to new spending; it can't undo what was spent.
    """
    CREATE FUNCTION ledger_limit_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.excess := greatest(0, NEW.held - NEW.posted - NEW.credit_limit);
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER limit_changed BEFORE UPDATE OF credit_limit ON accounts FOR EACH ROW
    EXECUTE FUNCTION ledger_limit_changed()
    """,
)


def upgrade() -> None:
    for statement in (*TABLES, *BOOKING, *GUARDS):
        op.execute(statement)
