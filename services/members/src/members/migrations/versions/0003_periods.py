"""The date that each transfer counts for, what each day brought to the network's accounts, and periods that are closed.

A closing takes the table ``closings`` for itself; whatever books reads it in its trigger and keeps that until it
commits. So a closing sees everything that was booked before it, whatever is booked after it sees the closing, and
bookings neither wait for each other nor pay for a lock of their own (docs/decisions/0013).
"""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = (
    """
    CREATE TABLE closings (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_closings PRIMARY KEY,
        kind text NOT NULL CONSTRAINT ck_closings_kind CHECK (kind IN ('closed', 'reopened')),
        through date NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL,
        reason text NOT NULL,
        CONSTRAINT ck_closings_past CHECK (through <= (at AT TIME ZONE 'UTC')::date),
        CONSTRAINT ck_closings_reason CHECK (kind = 'closed' OR reason <> '')
    )
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON closings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    # What a version before this one books gets its date by the default.
    "ALTER TABLE transfers ADD COLUMN booked_on date DEFAULT (now() AT TIME ZONE 'UTC')::date",
    "ALTER TABLE transfers DISABLE TRIGGER USER",
    "UPDATE transfers SET booked_on = (made_at AT TIME ZONE 'UTC')::date",
    "ALTER TABLE transfers ENABLE TRIGGER USER",
    "ALTER TABLE transfers ALTER COLUMN booked_on SET NOT NULL",
    # Nowhere is it later than in UTC by more than a day.
    """
    ALTER TABLE transfers ADD CONSTRAINT ck_transfers_not_ahead
    CHECK (booked_on <= (coalesce(closed_at, made_at) AT TIME ZONE 'UTC')::date + 1)
    """,
    """
    CREATE TABLE account_days (
        account_id uuid NOT NULL,
        booked_on date NOT NULL,
        came_in bigint NOT NULL,
        went_out bigint NOT NULL,
        CONSTRAINT pk_account_days PRIMARY KEY (account_id, booked_on),
        CONSTRAINT ck_account_days_not_negative CHECK (came_in >= 0 AND went_out >= 0)
    ) WITH (fillfactor = 50)
    """,
    """
    INSERT INTO account_days (account_id, booked_on, came_in, went_out)
    SELECT e.account_id, t.booked_on,
           coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0), coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0)
    FROM entries AS e JOIN transfers AS t ON t.id = e.transfer_id JOIN accounts AS a ON a.id = e.account_id
    WHERE a.name IS NOT NULL
    GROUP BY e.account_id, t.booked_on
    """,
    """
    CREATE TRIGGER guard_days BEFORE INSERT OR UPDATE ON account_days FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_guard_balance()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON account_days
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)

BOOKING = (
    "ALTER TYPE ledger_change ADD ATTRIBUTE booked_on date",
    # As in 0002, and what came in and went out of the network's own accounts is added up by day: their rows are locked,
    # so nobody else writes the same day.
    """
    CREATE OR REPLACE FUNCTION ledger_book(changes ledger_change[]) RETURNS void LANGUAGE plpgsql AS $$
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
    CREATE FUNCTION ledger_check_open(earliest date) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        closed date;
    BEGIN
        SELECT c.through INTO closed FROM closings AS c ORDER BY c.id DESC LIMIT 1;
        IF earliest <= closed THEN
            RAISE EXCEPTION 'the books are closed through %', closed
                USING ERRCODE = 'check_violation', CONSTRAINT = 'period_closed', TABLE = 'transfers';
        END IF;
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
                (2, ROW(t.credit_id, t.id, t.amount, 0, 0, t.booked_on)::ledger_change)
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
                (2, ROW(t.credit_id, t.id, t.amount, 0, 0, t.booked_on)::ledger_change)
            ) AS side (place, change)
            WHERE before.status = 'pending' AND (t.status = 'posted' OR (t.status = 'voided' AND side.place = 1))
            ORDER BY t.closed_at, t.id, side.place
        ));
        RETURN NULL;
    END $$
    """,
    # A hold counts for the day on which it is posted.
    """
    CREATE OR REPLACE FUNCTION ledger_guard_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.status <> 'pending' THEN
            RAISE EXCEPTION 'transfer % is %; it is reversed by another, never changed', OLD.id, OLD.status
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF (NEW.id, NEW.debit_id, NEW.credit_id, NEW.currency, NEW.amount, NEW.beyond_limit, NEW.cause, NEW.cause_id,
            NEW.text, NEW.reverses, NEW.made_at, NEW.made_by)
           IS DISTINCT FROM
           (OLD.id, OLD.debit_id, OLD.credit_id, OLD.currency, OLD.amount, OLD.beyond_limit, OLD.cause, OLD.cause_id,
            OLD.text, OLD.reverses, OLD.made_at, OLD.made_by)
           OR (NEW.status <> 'posted' AND NEW.booked_on <> OLD.booked_on) THEN
            RAISE EXCEPTION 'of a pending transfer only its end can be written' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
)


def upgrade() -> None:
    for statement in (*TABLES, *BOOKING):
        op.execute(statement)
