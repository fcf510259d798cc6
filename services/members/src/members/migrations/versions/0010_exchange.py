"""Limits both ways, and payments that a payee asks for.

A member's account has a limit on what may be owed, and may have one on what may be accumulated (``balance_limit``). As
``excess`` lets through what has to be booked past the first, ``surplus`` does for the second (docs/decisions/0007).
"""

from alembic import op

revision = "0010"
down_revision = "0009"

LIMITS = (
    """
    ALTER TABLE accounts
        ADD COLUMN balance_limit bigint,
        ADD COLUMN surplus bigint NOT NULL DEFAULT 0,
        ADD CONSTRAINT ck_accounts_ceiling_of_members CHECK (balance_limit IS NULL OR member_id IS NOT NULL),
        ADD CONSTRAINT ck_accounts_ceiling_not_negative CHECK (balance_limit >= 0 AND surplus >= 0),
        ADD CONSTRAINT ck_accounts_within_ceiling CHECK (posted <= balance_limit + surplus)
    """,
    "ALTER TABLE limit_changes ADD COLUMN balance_limit bigint",
    """
    CREATE TABLE default_limits (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_default_limits PRIMARY KEY,
        kind text NOT NULL,
        currency text NOT NULL,
        credit_limit bigint NOT NULL,
        balance_limit bigint,
        at timestamptz NOT NULL,
        by uuid NOT NULL,
        CONSTRAINT ck_default_limits_not_negative CHECK (credit_limit >= 0 AND balance_limit >= 0)
    )
    """,
    "CREATE INDEX ix_default_limits_kind_currency_id ON default_limits (kind, currency, id)",
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON default_limits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    "DROP TRIGGER guard_opening ON accounts",
    """
    CREATE TRIGGER guard_opening BEFORE INSERT ON accounts FOR EACH ROW
    WHEN (NEW.posted <> 0 OR NEW.held <> 0 OR NEW.excess <> 0 OR NEW.surplus <> 0)
    EXECUTE FUNCTION ledger_guard_balance()
    """,
    "DROP TRIGGER guard_balance ON accounts",
    """
    CREATE TRIGGER guard_balance BEFORE UPDATE ON accounts FOR EACH ROW
    WHEN (pg_trigger_depth() = 0
          AND (NEW.id, NEW.posted, NEW.held, NEW.excess, NEW.surplus, NEW.member_id, NEW.name, NEW.currency)
              IS DISTINCT FROM
              (OLD.id, OLD.posted, OLD.held, OLD.excess, OLD.surplus, OLD.member_id, OLD.name, OLD.currency))
    EXECUTE FUNCTION ledger_guard_balance()
    """,
    # A lower limit, or a lower ceiling, closes the account on that side; it can't undo what was booked.
    """
    CREATE OR REPLACE FUNCTION ledger_limit_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.excess := greatest(0, NEW.held - NEW.posted - NEW.credit_limit);
        NEW.surplus := greatest(0, NEW.posted - coalesce(NEW.balance_limit, NEW.posted));
        RETURN NEW;
    END $$
    """,
    "DROP TRIGGER limit_changed ON accounts",
    """
    CREATE TRIGGER limit_changed BEFORE UPDATE OF credit_limit, balance_limit ON accounts FOR EACH ROW
    EXECUTE FUNCTION ledger_limit_changed()
    """,
)

BOOKING = (
    # What goes past a limit for a reason counts on the side on which it is booked.
    """
    CREATE OR REPLACE FUNCTION ledger_book(changes ledger_change[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM accounts WHERE id IN (SELECT c.account_id FROM unnest(changes) AS c)
        ORDER BY id FOR NO KEY UPDATE;

        UPDATE accounts AS a SET
            posted = a.posted + s.posted,
            held = a.held + s.held,
            excess = CASE WHEN a.credit_limit IS NULL THEN 0 ELSE least(
                a.excess + s.beyond_out, greatest(0, (a.held + s.held) - (a.posted + s.posted) - a.credit_limit)) END,
            surplus = CASE WHEN a.balance_limit IS NULL THEN 0 ELSE least(
                a.surplus + s.beyond_in, greatest(0, a.posted + s.posted - a.balance_limit)) END
        FROM (
            SELECT c.account_id, sum(c.posted) AS posted, sum(c.held) AS held,
                   sum(CASE WHEN c.posted > 0 THEN 0 ELSE c.beyond END) AS beyond_out,
                   sum(CASE WHEN c.posted > 0 THEN c.beyond ELSE 0 END) AS beyond_in
            FROM unnest(changes) AS c GROUP BY c.account_id
        ) AS s
        WHERE a.id = s.account_id;

        INSERT INTO entries (account_id, transfer_id, amount, balance)
        SELECT c.account_id, c.transfer_id, c.posted,
               a.posted - sum(c.posted) OVER (PARTITION BY c.account_id)
                        + sum(c.posted) OVER (PARTITION BY c.account_id ORDER BY c.place)
        FROM unnest(changes) WITH ORDINALITY AS c (account_id, transfer_id, posted, held, beyond, booked_on, place)
        JOIN accounts AS a ON a.id = c.account_id
        WHERE c.posted <> 0
        ORDER BY c.place;

        INSERT INTO account_days AS d (account_id, booked_on, came_in, went_out)
        SELECT c.account_id, c.booked_on, sum(greatest(c.posted, 0)), sum(greatest(-c.posted, 0))
        FROM unnest(changes) AS c JOIN accounts AS a ON a.id = c.account_id
        WHERE c.posted <> 0 AND a.name IS NOT NULL
        GROUP BY c.account_id, c.booked_on
        ORDER BY c.account_id, c.booked_on
        ON CONFLICT (account_id, booked_on) DO UPDATE SET
            came_in = d.came_in + excluded.came_in, went_out = d.went_out + excluded.went_out;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM ledger_check_open((SELECT min(t.booked_on) FROM inserted AS t WHERE t.status = 'posted'));
        PERFORM ledger_book(ARRAY(
            SELECT side.change FROM inserted AS t CROSS JOIN LATERAL (VALUES
                (1, ROW(t.debit_id, t.id,
                        CASE t.status WHEN 'posted' THEN -t.amount ELSE 0 END,
                        CASE t.status WHEN 'pending' THEN t.amount ELSE 0 END,
                        CASE WHEN t.beyond_limit THEN t.amount ELSE 0 END, t.booked_on)::ledger_change),
                (2, ROW(t.credit_id, t.id, t.amount, 0,
                        CASE WHEN t.beyond_limit THEN t.amount ELSE 0 END, t.booked_on)::ledger_change)
            ) AS side (place, change)
            WHERE t.status = 'posted' OR (t.status = 'pending' AND side.place = 1)
            ORDER BY t.made_at, t.id, side.place
        ));
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_updated() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM ledger_check_open((
            SELECT min(t.booked_on) FROM after AS t JOIN before USING (id)
            WHERE before.status = 'pending' AND t.status = 'posted'));
        PERFORM ledger_book(ARRAY(
            SELECT side.change FROM after AS t JOIN before USING (id) CROSS JOIN LATERAL (VALUES
                (1, ROW(t.debit_id, t.id,
                        CASE t.status WHEN 'posted' THEN -t.amount ELSE 0 END, -t.amount, 0, t.booked_on)::ledger_change),
                (2, ROW(t.credit_id, t.id, t.amount, 0,
                        CASE WHEN t.beyond_limit THEN t.amount ELSE 0 END, t.booked_on)::ledger_change)
            ) AS side (place, change)
            WHERE before.status = 'pending' AND (t.status = 'posted' OR (t.status = 'voided' AND side.place = 1))
            ORDER BY t.closed_at, t.id, side.place
        ));
        RETURN NULL;
    END $$
    """,
)

REQUESTS = (
    """
    CREATE TABLE payment_requests (
        id uuid CONSTRAINT pk_payment_requests PRIMARY KEY,
        payee_id uuid NOT NULL CONSTRAINT fk_payment_requests_payee_id REFERENCES members (id),
        payer_id uuid NOT NULL CONSTRAINT fk_payment_requests_payer_id REFERENCES members (id),
        currency text NOT NULL,
        amount bigint NOT NULL,
        text text NOT NULL,
        offer_id uuid,
        asked_at timestamptz NOT NULL,
        asked_by uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        status text NOT NULL,
        answered_at timestamptz,
        answered_by uuid,
        reason text NOT NULL DEFAULT '',
        CONSTRAINT ck_payment_requests_two_members CHECK (payee_id <> payer_id),
        CONSTRAINT ck_payment_requests_amount CHECK (amount > 0 AND amount < 1000000000000000),
        CONSTRAINT ck_payment_requests_status CHECK (status IN ('open', 'paid', 'declined', 'withdrawn', 'expired')),
        CONSTRAINT ck_payment_requests_answered CHECK ((status = 'open') = (answered_at IS NULL)),
        CONSTRAINT ck_payment_requests_expiry CHECK (expires_at > asked_at)
    )
    """,
    "CREATE INDEX ix_payment_requests_payer_id_asked_at_id ON payment_requests (payer_id, asked_at, id)",
    "CREATE INDEX ix_payment_requests_payee_id_asked_at_id ON payment_requests (payee_id, asked_at, id)",
    "CREATE INDEX ix_payment_requests_expires_at ON payment_requests (expires_at) WHERE status = 'open'",
    # An answer is given once; what was asked stays as it was asked. A text may be taken out, as erasure asks.
    """
    CREATE FUNCTION guard_payment_request() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (OLD.status <> 'open' AND (NEW.status, NEW.answered_at, NEW.answered_by)
                                     IS DISTINCT FROM (OLD.status, OLD.answered_at, OLD.answered_by))
           OR (NEW.id, NEW.payee_id, NEW.payer_id, NEW.currency, NEW.amount, NEW.offer_id, NEW.asked_at, NEW.asked_by,
               NEW.expires_at)
              IS DISTINCT FROM
              (OLD.id, OLD.payee_id, OLD.payer_id, OLD.currency, OLD.amount, OLD.offer_id, OLD.asked_at, OLD.asked_by,
               OLD.expires_at) THEN
            RAISE EXCEPTION 'payment request % is answered once, and nothing else of it changes', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        -- Paid means that the transfer of the same id is in the books.
        IF NEW.status = 'paid' AND NOT EXISTS (
            SELECT FROM transfers AS t
            JOIN accounts AS debit ON debit.id = t.debit_id JOIN accounts AS credit ON credit.id = t.credit_id
            WHERE t.id = NEW.id AND t.status = 'posted' AND t.amount = NEW.amount AND t.currency = NEW.currency
              AND debit.member_id = NEW.payer_id AND credit.member_id = NEW.payee_id
        ) THEN
            RAISE EXCEPTION 'payment request % has not been paid', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_update BEFORE UPDATE ON payment_requests FOR EACH ROW
    EXECUTE FUNCTION guard_payment_request()
    """,
    """
    CREATE TRIGGER guard_asking BEFORE INSERT ON payment_requests FOR EACH ROW
    WHEN (NEW.status <> 'open') EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON payment_requests
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    for statement in (*LIMITS, *BOOKING, *REQUESTS):
        op.execute(statement)
