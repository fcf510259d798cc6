"""Dated occasions of services and workshops: series, sessions, bookings, waiting lists, attendance."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS: tuple[str, ...] = (
    """
    ALTER TABLE stock ADD COLUMN awaited numeric(15, 3), ADD CONSTRAINT ck_stock_awaited CHECK (awaited > 0)
    """,
    """
    ALTER TABLE reservations DROP CONSTRAINT ck_reservations_origin, ADD CONSTRAINT ck_reservations_origin
        CHECK (origin IN ('order', 'client', 'booking'))
    """,
    """
    CREATE TABLE session_series (
        id UUID NOT NULL,
        product_id UUID NOT NULL,
        member_id UUID NOT NULL,
        follows UUID,
        template_id UUID NOT NULL,
        rule TEXT NOT NULL,
        starts_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        without DATE[] NOT NULL,
        minutes INTEGER NOT NULL,
        capacity INTEGER NOT NULL,
        place TEXT NOT NULL,
        lat DOUBLE PRECISION,
        lon DOUBLE PRECISION,
        opens_before INTEGER,
        closes_before INTEGER NOT NULL,
        cancel_before INTEGER NOT NULL,
        note TEXT NOT NULL,
        ahead_until TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        ends_on DATE,
        version INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_session_series PRIMARY KEY (id),
        CONSTRAINT ck_session_series_minutes CHECK (minutes BETWEEN 5 AND 44640),
        CONSTRAINT ck_session_series_capacity CHECK (capacity BETWEEN 1 AND 1000),
        CONSTRAINT ck_session_series_location CHECK ((lat IS NULL) = (lon IS NULL) AND lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180),
        CONSTRAINT ck_session_series_before CHECK (closes_before >= 0 AND cancel_before >= 0),
        CONSTRAINT ck_session_series_opens_first CHECK (opens_before > closes_before),
        CONSTRAINT fk_session_series_product_id FOREIGN KEY(product_id) REFERENCES products (id),
        CONSTRAINT fk_session_series_template_id FOREIGN KEY(template_id) REFERENCES variants (id)
    )
    """,
    """
    CREATE INDEX ix_session_series_ahead_until ON session_series (ahead_until, id)
    """,
    """
    CREATE INDEX ix_session_series_product_id ON session_series (product_id)
    """,
    """
    CREATE TABLE sessions (
        id UUID NOT NULL,
        product_id UUID NOT NULL,
        member_id UUID NOT NULL,
        series_id UUID,
        slot TIMESTAMP WITHOUT TIME ZONE,
        template_id UUID NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
        capacity INTEGER NOT NULL,
        place TEXT NOT NULL,
        lat DOUBLE PRECISION,
        lon DOUBLE PRECISION,
        opens_at TIMESTAMP WITH TIME ZONE,
        closes_at TIMESTAMP WITH TIME ZONE NOT NULL,
        cancel_until TIMESTAMP WITH TIME ZONE NOT NULL,
        note TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        listed BOOLEAN NOT NULL,
        done BOOLEAN NOT NULL,
        moved_at TIMESTAMP WITH TIME ZONE,
        attended_at TIMESTAMP WITH TIME ZONE,
        version INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_sessions PRIMARY KEY (id),
        CONSTRAINT ck_sessions_state CHECK (state IN ('planned', 'cancelled')),
        CONSTRAINT ck_sessions_ends_after CHECK (ends_at > starts_at),
        CONSTRAINT ck_sessions_closes_before CHECK (closes_at <= starts_at AND cancel_until <= starts_at),
        CONSTRAINT ck_sessions_opens_first CHECK (opens_at < closes_at),
        CONSTRAINT ck_sessions_capacity CHECK (capacity BETWEEN 0 AND 1000),
        CONSTRAINT ck_sessions_location CHECK ((lat IS NULL) = (lon IS NULL) AND lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180),
        CONSTRAINT ck_sessions_slot CHECK ((series_id IS NULL) = (slot IS NULL)),
        CONSTRAINT fk_sessions_product_id FOREIGN KEY(product_id) REFERENCES products (id),
        CONSTRAINT fk_sessions_series_id FOREIGN KEY(series_id) REFERENCES session_series (id),
        CONSTRAINT fk_sessions_template_id FOREIGN KEY(template_id) REFERENCES variants (id)
    )
    """,
    """
    CREATE INDEX ix_sessions_attended ON sessions (starts_at) WHERE attended_at IS NOT NULL
    """,
    """
    CREATE INDEX ix_sessions_closes_at ON sessions (closes_at) WHERE NOT done
    """,
    """
    CREATE INDEX ix_sessions_coming ON sessions (starts_at, id) WHERE state = 'planned'
    """,
    """
    CREATE INDEX ix_sessions_opens_at ON sessions (opens_at) WHERE NOT listed AND state = 'planned'
    """,
    """
    CREATE INDEX ix_sessions_product_id ON sessions (product_id, starts_at, id)
    """,
    """
    CREATE INDEX ix_sessions_unattended ON sessions (ends_at) WHERE attended_at IS NULL AND state = 'planned'
    """,
    """
    CREATE UNIQUE INDEX uq_sessions_series_id_slot ON sessions (series_id, slot)
    """,
    """
    CREATE TABLE bookings (
        id UUID NOT NULL,
        session_id UUID NOT NULL,
        member_id UUID NOT NULL,
        seats INTEGER NOT NULL,
        for_whom TEXT NOT NULL,
        state TEXT NOT NULL,
        cause TEXT NOT NULL,
        price NUMERIC NOT NULL,
        currency TEXT NOT NULL,
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        user_id UUID NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        booked_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_bookings PRIMARY KEY (id),
        CONSTRAINT ck_bookings_seats CHECK (seats BETWEEN 1 AND 1000),
        CONSTRAINT ck_bookings_state CHECK (state IN ('waiting', 'booked', 'cancelled', 'missed')),
        CONSTRAINT ck_bookings_cause CHECK (cause IN ('', 'member', 'provider', 'session', 'left')),
        CONSTRAINT ck_bookings_ended CHECK ((state IN ('waiting', 'booked')) = (ended_at IS NULL)),
        CONSTRAINT ck_bookings_booked CHECK (state <> 'booked' OR booked_at IS NOT NULL),
        CONSTRAINT fk_bookings_session_id FOREIGN KEY(session_id) REFERENCES sessions (id)
    )
    """,
    """
    CREATE INDEX ix_bookings_member_id ON bookings (member_id, number)
    """,
    """
    CREATE INDEX ix_bookings_session_id ON bookings (session_id)
    """,
    """
    CREATE INDEX ix_bookings_waiting ON bookings (session_id, number) WHERE state = 'waiting'
    """,
    """
    CREATE UNIQUE INDEX uq_bookings_session_id_member_id ON bookings (session_id, member_id) WHERE state IN ('waiting', 'booked')
    """,
    """
    CREATE TABLE ordered_places (
        order_id UUID NOT NULL,
        session_id UUID NOT NULL,
        member_id UUID NOT NULL,
        number TEXT NOT NULL,
        CONSTRAINT pk_ordered_places PRIMARY KEY (order_id, session_id),
        CONSTRAINT fk_ordered_places_session_id FOREIGN KEY(session_id) REFERENCES sessions (id)
    )
    """,
    """
    CREATE INDEX ix_ordered_places_member_id ON ordered_places (member_id)
    """,
    """
    CREATE INDEX ix_ordered_places_session_id ON ordered_places (session_id)
    """,
    """
    CREATE TABLE attendance (
        session_id UUID NOT NULL,
        guest_id UUID NOT NULL,
        member_id UUID NOT NULL,
        outcome TEXT NOT NULL,
        people INTEGER NOT NULL,
        hours NUMERIC(6, 2) NOT NULL,
        user_id UUID,
        noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_attendance PRIMARY KEY (session_id, guest_id),
        CONSTRAINT ck_attendance_outcome CHECK (outcome IN ('came', 'missed', 'partly')),
        CONSTRAINT ck_attendance_people CHECK ((outcome = 'missed') = (people = 0)),
        CONSTRAINT ck_attendance_counts CHECK (people BETWEEN 0 AND 1000 AND hours BETWEEN 0 AND 744),
        CONSTRAINT fk_attendance_session_id FOREIGN KEY(session_id) REFERENCES sessions (id)
    )
    """,
    """
    CREATE INDEX ix_attendance_member_id ON attendance (member_id)
    """,
    """
    CREATE FUNCTION refuse_closed_attendance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM sessions WHERE id = coalesce(NEW.session_id, OLD.session_id) AND attended_at IS NOT NULL) THEN
            RAISE EXCEPTION 'the attendance of this session is closed';
        END IF;
        RETURN coalesce(NEW, OLD);
    END $$
    """,
    """
    CREATE TRIGGER closed BEFORE INSERT OR UPDATE OR DELETE ON attendance
        FOR EACH ROW EXECUTE FUNCTION refuse_closed_attendance()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
