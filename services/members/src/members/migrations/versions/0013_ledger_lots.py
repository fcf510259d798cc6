"""What a lot of transfers costs: as 0010 books, with fewer looks and the same guarantees (docs/decisions/0012).

Whether both accounts are there, in the transfer's currency, was asked for each row by two foreign keys; now the booking
itself finds each side's account by id and currency, and an entry without one has no balance, which its column refuses.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

STATEMENTS = (
    "ALTER TABLE transfers DROP CONSTRAINT fk_transfers_debit_id_currency",
    "ALTER TABLE transfers DROP CONSTRAINT fk_transfers_credit_id_currency",
    "ALTER TABLE accounts DROP CONSTRAINT uq_accounts_id_currency",
    "ALTER TYPE ledger_change ADD ATTRIBUTE currency text",
    # A side that neither moves nor holds anything is in `changes` for its account to be looked for, which is not locked.
    # Each account is looked for and changed once, however many of its transfers there are. Plans are made once, for a few
    # changes: they go by index however many there are, and are not made anew for each booking.
    """
    CREATE OR REPLACE FUNCTION ledger_book(changes ledger_change[]) RETURNS void LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
    BEGIN
        PERFORM 1 FROM accounts
        WHERE id = ANY(ARRAY(SELECT c.account_id FROM unnest(changes) AS c WHERE c.posted <> 0 OR c.held <> 0))
        ORDER BY id FOR NO KEY UPDATE;

        WITH sides AS MATERIALIZED (
            SELECT * FROM unnest(changes) WITH ORDINALITY
                 AS c (account_id, transfer_id, posted, held, beyond, booked_on, currency, place)
        ), moved AS (
            UPDATE accounts AS a SET
                posted = a.posted + s.posted,
                held = a.held + s.held,
                excess = CASE WHEN a.credit_limit IS NULL THEN 0 ELSE least(
                    a.excess + s.beyond_out, greatest(0, (a.held + s.held) - (a.posted + s.posted) - a.credit_limit)) END,
                surplus = CASE WHEN a.balance_limit IS NULL THEN 0 ELSE least(
                    a.surplus + s.beyond_in, greatest(0, a.posted + s.posted - a.balance_limit)) END
            FROM (
                SELECT account_id, currency, sum(posted) AS posted, sum(held) AS held,
                       sum(CASE WHEN posted > 0 THEN 0 ELSE beyond END) AS beyond_out,
                       sum(CASE WHEN posted > 0 THEN beyond ELSE 0 END) AS beyond_in
                FROM sides WHERE posted <> 0 OR held <> 0 GROUP BY account_id, currency
            ) AS s
            WHERE a.id = s.account_id AND a.currency = s.currency
            RETURNING a.id, a.currency, a.name, a.posted - s.posted AS before
        ), daily AS (
            INSERT INTO account_days AS d (account_id, booked_on, came_in, went_out)
            SELECT s.account_id, s.booked_on, sum(greatest(s.posted, 0)), sum(greatest(-s.posted, 0))
            FROM sides AS s JOIN moved AS m ON m.id = s.account_id
            WHERE s.posted <> 0 AND m.name IS NOT NULL
            GROUP BY s.account_id, s.booked_on
            ORDER BY s.account_id, s.booked_on
            ON CONFLICT (account_id, booked_on) DO UPDATE SET
                came_in = d.came_in + excluded.came_in, went_out = d.went_out + excluded.went_out
        )
        INSERT INTO entries (account_id, transfer_id, amount, balance)
        SELECT s.account_id, s.transfer_id, s.posted,
               m.before + sum(s.posted) OVER (PARTITION BY s.account_id ORDER BY s.place ROWS UNBOUNDED PRECEDING)
        FROM sides AS s LEFT JOIN moved AS m ON m.id = s.account_id AND m.currency = s.currency
        WHERE s.posted <> 0 OR (m.id IS NULL AND NOT EXISTS (
            SELECT FROM accounts AS a WHERE a.id = s.account_id AND a.currency = s.currency));
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        earliest date;
        changes ledger_change[];
    BEGIN
        SELECT min(t.booked_on) FILTER (WHERE t.status = 'posted'),
               array_agg(side.change)
        INTO earliest, changes
        FROM inserted AS t CROSS JOIN LATERAL (VALUES
            (1, ROW(t.debit_id, t.id,
                    CASE t.status WHEN 'posted' THEN -t.amount ELSE 0 END,
                    CASE t.status WHEN 'pending' THEN t.amount ELSE 0 END,
                    CASE WHEN t.beyond_limit THEN t.amount ELSE 0 END, t.booked_on, t.currency)::ledger_change),
            (2, ROW(t.credit_id, t.id,
                    CASE t.status WHEN 'posted' THEN t.amount ELSE 0 END, 0,
                    CASE WHEN t.beyond_limit THEN t.amount ELSE 0 END, t.booked_on, t.currency)::ledger_change)
        ) AS side (place, change);
        PERFORM ledger_check_open(earliest);
        PERFORM ledger_book(changes);
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_updated() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        earliest date;
        changes ledger_change[];
    BEGIN
        SELECT min(t.booked_on) FILTER (WHERE t.status = 'posted'),
               array_agg(side.change ORDER BY t.closed_at, t.id, side.place)
        INTO earliest, changes
        FROM after AS t JOIN before USING (id) CROSS JOIN LATERAL (VALUES
            (1, ROW(t.debit_id, t.id,
                    CASE t.status WHEN 'posted' THEN -t.amount ELSE 0 END, -t.amount, 0, t.booked_on,
                    t.currency)::ledger_change),
            (2, ROW(t.credit_id, t.id, t.amount, 0,
                    CASE WHEN t.beyond_limit THEN t.amount ELSE 0 END, t.booked_on, t.currency)::ledger_change)
        ) AS side (place, change)
        WHERE before.status = 'pending' AND (t.status = 'posted' OR (t.status = 'voided' AND side.place = 1));
        IF changes IS NOT NULL THEN
            PERFORM ledger_check_open(earliest);
            PERFORM ledger_book(changes);
        END IF;
        RETURN NULL;
    END $$
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
