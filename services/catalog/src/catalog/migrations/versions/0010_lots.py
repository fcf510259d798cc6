"""Lots, and what becomes of them.

The database itself holds that a lot's balance is what its flows add up to and never less than nothing, that no event,
flow or loss is changed, that no lot comes from itself, that what is split, merged or delivered stays as much as it was,
that a transformation whose lots can be weighed weighs as much before as after with its losses, and that no more comes
back than was packed.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = (
    """
    CREATE TABLE lot_series (
        series text NOT NULL,
        last integer NOT NULL,
        CONSTRAINT pk_lot_series PRIMARY KEY (series),
        CONSTRAINT ck_lot_series_last CHECK (last > 0)
    )
    """,
    """
    CREATE TABLE lot_recipes (
        id uuid NOT NULL,
        member_id uuid,
        name text NOT NULL,
        input text NOT NULL,
        input_unit text NOT NULL,
        output text NOT NULL,
        output_unit text NOT NULL,
        least numeric(12, 4) NOT NULL,
        most numeric(12, 4) NOT NULL,
        note text NOT NULL,
        retired boolean NOT NULL,
        version integer NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT pk_lot_recipes PRIMARY KEY (id),
        CONSTRAINT ck_lot_recipes_range CHECK (least > 0 AND most >= least),
        CONSTRAINT ck_lot_recipes_input_unit CHECK (input_unit IN ('KGM', 'LTR', 'H87')),
        CONSTRAINT ck_lot_recipes_output_unit CHECK (output_unit IN ('KGM', 'LTR', 'H87'))
    )
    """,
    "CREATE INDEX ix_lot_recipes_member_id ON lot_recipes (member_id)",
    """
    CREATE TABLE lot_events (
        seq bigint GENERATED ALWAYS AS IDENTITY,
        id uuid NOT NULL,
        kind text NOT NULL,
        cause text,
        happened_on date NOT NULL,
        place text NOT NULL,
        note text NOT NULL,
        recipe_id uuid,
        made_of_one numeric(15, 4),
        recorded_at timestamptz NOT NULL,
        recorded_by uuid,
        CONSTRAINT pk_lot_events PRIMARY KEY (seq),
        CONSTRAINT uq_lot_events_id UNIQUE (id),
        CONSTRAINT uq_lot_events_seq_kind UNIQUE (seq, kind),
        CONSTRAINT ck_lot_events_kind CHECK (kind IN (
            'harvested', 'produced', 'received', 'split', 'merged', 'transformed',
            'composted', 'delivered', 'packed', 'lost', 'returned', 'corrected')),
        CONSTRAINT ck_lot_events_cause CHECK ((kind = 'lost') = (cause IS NOT NULL) AND cause IN (
            'spoiled', 'spilled', 'broken', 'pests', 'stolen',
            'sampled', 'fed', 'given_away', 'sold_elsewhere', 'other')),
        CONSTRAINT ck_lot_events_made_of_one CHECK (made_of_one >= 0),
        CONSTRAINT fk_lot_events_recipe_id FOREIGN KEY(recipe_id) REFERENCES lot_recipes (id)
    )
    """,
    "CREATE INDEX ix_lot_events_recipe_id ON lot_events (recipe_id, seq) WHERE recipe_id IS NOT NULL",
    """
    CREATE TABLE lots (
        id uuid NOT NULL,
        number text NOT NULL,
        made_in bigint NOT NULL,
        code text,
        member_id uuid,
        producer_id uuid,
        product_id uuid,
        variant_id uuid,
        name text NOT NULL,
        unit text NOT NULL,
        kg_per_unit numeric(9, 3),
        container boolean NOT NULL,
        byproduct boolean NOT NULL,
        stocked boolean NOT NULL,
        balance numeric(15, 3) NOT NULL,
        place text NOT NULL,
        plot_id uuid,
        harvested_on date,
        produced_on date,
        best_before date,
        certificates text[] NOT NULL,
        cycle_id uuid,
        purchase_order_id uuid,
        note text NOT NULL,
        version integer NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT pk_lots PRIMARY KEY (id),
        CONSTRAINT uq_lots_number UNIQUE (number),
        CONSTRAINT uq_lots_id_made_in UNIQUE (id, made_in),
        CONSTRAINT ck_lots_balance CHECK (balance >= 0),
        CONSTRAINT ck_lots_unit CHECK (unit IN ('KGM', 'LTR', 'H87')),
        CONSTRAINT ck_lots_kg_per_unit CHECK (
            CASE WHEN unit = 'KGM' THEN coalesce(kg_per_unit = 1, false) ELSE kg_per_unit > 0 END),
        CONSTRAINT ck_lots_variant_has_product CHECK (variant_id IS NULL OR product_id IS NOT NULL),
        CONSTRAINT ck_lots_stocked_has_variant CHECK (NOT stocked OR variant_id IS NOT NULL),
        CONSTRAINT ck_lots_delivered_for CHECK ((cycle_id IS NULL) = (purchase_order_id IS NULL)),
        CONSTRAINT ck_lots_version CHECK (version >= 1),
        CONSTRAINT fk_lots_made_in FOREIGN KEY(made_in) REFERENCES lot_events (seq),
        CONSTRAINT fk_lots_product_id FOREIGN KEY(product_id) REFERENCES products (id),
        CONSTRAINT fk_lots_variant_id FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    "CREATE INDEX ix_lots_cycle_id_variant_id ON lots (cycle_id, variant_id) WHERE cycle_id IS NOT NULL",
    "CREATE INDEX ix_lots_container ON lots (id) WHERE container",
    "CREATE INDEX ix_lots_member_id_id ON lots (member_id, id)",
    "CREATE INDEX ix_lots_producer_id_code ON lots (producer_id, code) WHERE code IS NOT NULL",
    "CREATE INDEX ix_lots_producer_id_id ON lots (producer_id, id)",
    "CREATE INDEX ix_lots_product_id ON lots (product_id)",
    "CREATE INDEX ix_lots_purchase_order_id ON lots (purchase_order_id) WHERE purchase_order_id IS NOT NULL",
    """
    CREATE TABLE lot_lines (
        line_id uuid NOT NULL,
        order_id uuid NOT NULL,
        cycle_id uuid NOT NULL,
        member_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        name text NOT NULL,
        packed numeric(15, 3),
        CONSTRAINT pk_lot_lines PRIMARY KEY (line_id),
        CONSTRAINT ck_lot_lines_packed CHECK (packed >= 0)
    )
    """,
    "CREATE INDEX ix_lot_lines_member_id ON lot_lines (member_id)",
    "CREATE INDEX ix_lot_lines_cycle_id_variant_id ON lot_lines (cycle_id, variant_id)",
    "CREATE INDEX ix_lot_lines_order_id ON lot_lines (order_id)",
    """
    CREATE TABLE lot_deliveries (
        purchase_order_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        supplier_id uuid NOT NULL,
        accepted numeric(15, 3) NOT NULL,
        stated text,
        lot_id uuid,
        source_id uuid,
        CONSTRAINT pk_lot_deliveries PRIMARY KEY (purchase_order_id, variant_id),
        CONSTRAINT ck_lot_deliveries_accepted CHECK (accepted >= 0),
        CONSTRAINT fk_lot_deliveries_lot_id FOREIGN KEY (lot_id) REFERENCES lots (id),
        CONSTRAINT fk_lot_deliveries_source_id FOREIGN KEY (source_id) REFERENCES lots (id)
    )
    """,
    "CREATE INDEX ix_lot_deliveries_supplier_id ON lot_deliveries (supplier_id)",
    """
    CREATE TABLE lot_flows (
        id bigint GENERATED ALWAYS AS IDENTITY,
        event_seq bigint NOT NULL,
        kind text NOT NULL,
        lot_id uuid NOT NULL,
        made_in bigint NOT NULL,
        quantity numeric(15, 3) NOT NULL,
        line_id uuid,
        returns bigint,
        emptied boolean NOT NULL,
        CONSTRAINT pk_lot_flows PRIMARY KEY (id),
        CONSTRAINT fk_lot_flows_event_seq_kind FOREIGN KEY(event_seq, kind) REFERENCES lot_events (seq, kind),
        CONSTRAINT fk_lot_flows_lot_id_made_in FOREIGN KEY(lot_id, made_in) REFERENCES lots (id, made_in),
        CONSTRAINT uq_lot_flows_event_seq_lot_id_line_id_returns
            UNIQUE NULLS NOT DISTINCT (event_seq, lot_id, line_id, returns),
        CONSTRAINT ck_lot_flows_quantity CHECK (quantity <> 0),
        CONSTRAINT ck_lot_flows_links_run_forward CHECK (
            CASE WHEN quantity < 0 OR kind = 'corrected' THEN made_in < event_seq ELSE made_in = event_seq END),
        CONSTRAINT ck_lot_flows_comes_in CHECK (kind NOT IN (
            'harvested', 'produced',
            'received', 'returned') OR quantity > 0),
        CONSTRAINT ck_lot_flows_goes_out CHECK (kind NOT IN ('packed', 'lost') OR quantity < 0),
        CONSTRAINT ck_lot_flows_packed_for_a_line CHECK ((kind = 'packed') = (line_id IS NOT NULL)),
        CONSTRAINT ck_lot_flows_returns_what_was_packed CHECK ((kind = 'returned') = (returns IS NOT NULL)),
        CONSTRAINT ck_lot_flows_emptied CHECK (NOT emptied OR kind = 'returned'),
        CONSTRAINT fk_lot_flows_line_id FOREIGN KEY(line_id) REFERENCES lot_lines (line_id),
        CONSTRAINT fk_lot_flows_returns FOREIGN KEY(returns) REFERENCES lot_flows (id)
    )
    """,
    "CREATE INDEX ix_lot_flows_line_id ON lot_flows (line_id) WHERE line_id IS NOT NULL",
    "CREATE INDEX ix_lot_flows_lot_id ON lot_flows (lot_id)",
    "CREATE INDEX ix_lot_flows_returns ON lot_flows (returns) WHERE returns IS NOT NULL",
    """
    CREATE TABLE lot_losses (
        event_seq bigint NOT NULL,
        name text NOT NULL,
        kg numeric(18, 6) NOT NULL,
        CONSTRAINT pk_lot_losses PRIMARY KEY (event_seq, name),
        CONSTRAINT ck_lot_losses_kg CHECK (kg > 0),
        CONSTRAINT ck_lot_losses_name CHECK (name IN (
            'evaporation', 'fermentation', 'filtering', 'trimming',
            'spilling', 'rotting', 'cleaning', 'breakage', 'other')),
        CONSTRAINT fk_lot_losses_event_seq FOREIGN KEY(event_seq) REFERENCES lot_events (seq)
    )
    """,
)

_BOOK = """
CREATE FUNCTION book_lot_flows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lots SET balance = lots.balance + moved.quantity, version = lots.version + 1
    FROM (SELECT lot_id, sum(quantity) AS quantity FROM added GROUP BY lot_id) AS moved WHERE lots.id = moved.lot_id;
    RETURN NULL;
END $$
"""
_KEEP = """
CREATE FUNCTION keep_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.number, NEW.made_in, NEW.member_id, NEW.producer_id, NEW.product_id, NEW.variant_id, NEW.name,
        NEW.unit, NEW.kg_per_unit, NEW.container, NEW.stocked, NEW.place, NEW.cycle_id, NEW.purchase_order_id)
       IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.made_in, OLD.member_id, OLD.producer_id, OLD.product_id, OLD.variant_id, OLD.name,
        OLD.unit, OLD.kg_per_unit, OLD.container, OLD.stocked, OLD.place, OLD.cycle_id, OLD.purchase_order_id) THEN
        RAISE EXCEPTION 'what a lot is stays as it is' USING ERRCODE = 'check_violation';
    END IF;
    -- One trigger deep is this one alone; two, and it is book_lot_flows that changes the balance.
    IF NEW.balance <> OLD.balance AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a balance follows from flows' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
_CHECK_EVENT = """
CREATE FUNCTION check_lot_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved record;
    lost numeric;
BEGIN
    SELECT count(*) AS flows, count(DISTINCT (l.product_id, l.name, l.unit)) AS things, sum(f.quantity) AS quantity,
           sum(f.quantity * l.kg_per_unit) AS kg, bool_and(l.kg_per_unit IS NOT NULL) AS weighed
    INTO moved FROM lot_flows AS f JOIN lots AS l ON l.id = f.lot_id WHERE f.event_seq = NEW.seq;
    IF moved.flows = 0 THEN
        RAISE EXCEPTION 'event % moves nothing', NEW.seq USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind IN ('split', 'merged', 'delivered') AND (moved.things <> 1 OR moved.quantity <> 0) THEN
        RAISE EXCEPTION 'event % makes another amount or thing than it takes', NEW.seq
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind IN ('transformed', 'composted') AND moved.weighed THEN
        SELECT coalesce(sum(kg), 0) INTO lost FROM lot_losses WHERE event_seq = NEW.seq;
        IF moved.kg + lost <> 0 THEN
            RAISE EXCEPTION 'event %: % kg appear from nowhere', NEW.seq, moved.kg + lost
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$
"""
_CHECK_RETURN = """
CREATE FUNCTION check_lot_return() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    packed record;
    back numeric;
BEGIN
    -- Locked, so that two who bring back the last of it come one after the other.
    SELECT kind, event_seq, quantity INTO packed FROM lot_flows WHERE id = NEW.returns FOR UPDATE;
    SELECT sum(quantity) INTO back FROM lot_flows WHERE returns = NEW.returns;
    IF packed.kind <> 'packed' OR packed.event_seq >= NEW.event_seq OR back > -packed.quantity THEN
        RAISE EXCEPTION 'more comes back than was packed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    _BOOK,
    """
    CREATE TRIGGER book AFTER INSERT ON lot_flows REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book_lot_flows()
    """,
    _KEEP,
    "CREATE TRIGGER keep BEFORE UPDATE ON lots FOR EACH ROW EXECUTE FUNCTION keep_lot()",
    "CREATE TRIGGER never_deleted BEFORE DELETE ON lots FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    _CHECK_EVENT,
    """
    CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON lot_events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_lot_event()
    """,
    _CHECK_RETURN,
    """
    CREATE TRIGGER returned AFTER INSERT ON lot_flows
    FOR EACH ROW WHEN (NEW.returns IS NOT NULL) EXECUTE FUNCTION check_lot_return()
    """,
    *(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in ("lot_flows", "lot_losses")
    ),
    # What was noted beside an event may be forgotten with who noted it.
    """
    CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF seq, id, kind, cause, happened_on, place, recipe_id, made_of_one,
        recorded_at, recorded_by ON lot_events FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    for statement in (*TABLES, *TRIGGERS):
        op.execute(statement)
