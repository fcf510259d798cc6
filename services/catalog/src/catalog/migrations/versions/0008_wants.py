"""What members look for, and what was found for them."""

from alembic import op

revision = "0008"
down_revision = "0007"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE wants (
        id UUID NOT NULL,
        member_id UUID NOT NULL,
        text TEXT NOT NULL,
        note TEXT NOT NULL,
        kind TEXT,
        category TEXT,
        practices TEXT[] NOT NULL,
        quantity NUMERIC(12, 3),
        unit TEXT,
        needed_by DATE,
        place TEXT NOT NULL,
        lat DOUBLE PRECISION,
        lon DOUBLE PRECISION,
        radius_km INTEGER,
        max_price NUMERIC,
        currency TEXT,
        audience TEXT NOT NULL,
        status TEXT NOT NULL,
        worded BOOLEAN NOT NULL,
        expires_on DATE NOT NULL,
        met_by UUID,
        user_id UUID NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_wants PRIMARY KEY (id),
        CONSTRAINT ck_wants_status CHECK (status IN ('open', 'met', 'withdrawn', 'expired')),
        CONSTRAINT ck_wants_ended CHECK ((status = 'open') = (ended_at IS NULL)),
        CONSTRAINT ck_wants_audience CHECK (audience IN ('members', 'public')),
        CONSTRAINT ck_wants_kind CHECK (kind IN ('good', 'service', 'knowledge')),
        CONSTRAINT ck_wants_unit CHECK (unit IN ('KGM', 'LTR', 'H87', 'HUR')),
        CONSTRAINT ck_wants_quantity CHECK (quantity > 0 AND (quantity IS NULL OR unit IS NOT NULL)),
        CONSTRAINT ck_wants_max_price CHECK (max_price > 0 AND (max_price IS NULL) = (currency IS NULL)),
        CONSTRAINT ck_wants_location CHECK ((lat IS NULL) = (lon IS NULL) AND lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180),
        CONSTRAINT ck_wants_radius CHECK (radius_km BETWEEN 1 AND 1000 AND (radius_km IS NULL OR lat IS NOT NULL)),
        CONSTRAINT ck_wants_says_something CHECK (status <> 'open' OR category IS NOT NULL OR worded),
        CONSTRAINT fk_wants_met_by FOREIGN KEY(met_by) REFERENCES products (id)
    )
    """,
    """
    CREATE INDEX ix_wants_expires_on ON wants (expires_on) WHERE status = 'open'
    """,
    """
    CREATE INDEX ix_wants_listing ON wants (created_at, id) WHERE status = 'open'
    """,
    """
    CREATE INDEX ix_wants_member_id ON wants (member_id, created_at, id)
    """,
    """
    CREATE INDEX ix_wants_wordless ON wants (category) WHERE status = 'open' AND NOT worded
    """,
    """
    CREATE TABLE want_keys (
        key TEXT NOT NULL,
        want_id UUID NOT NULL,
        CONSTRAINT pk_want_keys PRIMARY KEY (key, want_id),
        CONSTRAINT fk_want_keys_want_id FOREIGN KEY(want_id) REFERENCES wants (id)
    )
    """,
    """
    CREATE INDEX ix_want_keys_want_id ON want_keys (want_id)
    """,
    """
    CREATE TABLE want_matches (
        id UUID NOT NULL,
        want_id UUID NOT NULL,
        product_id UUID NOT NULL,
        seeker_id UUID NOT NULL,
        provider_id UUID NOT NULL,
        category TEXT,
        words TEXT[] NOT NULL,
        practices TEXT[] NOT NULL,
        distance_km NUMERIC(7, 1),
        score INTEGER NOT NULL,
        found_at TIMESTAMP WITH TIME ZONE NOT NULL,
        told_at TIMESTAMP WITH TIME ZONE,
        gone_at TIMESTAMP WITH TIME ZONE,
        dismissed_by_seeker TIMESTAMP WITH TIME ZONE,
        dismissed_by_provider TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_want_matches PRIMARY KEY (id),
        CONSTRAINT ck_want_matches_two_members CHECK (seeker_id <> provider_id),
        CONSTRAINT ck_want_matches_category CHECK (category IN ('same', 'under', 'wider')),
        CONSTRAINT ck_want_matches_score CHECK (score BETWEEN 0 AND 100),
        CONSTRAINT fk_want_matches_want_id FOREIGN KEY(want_id) REFERENCES wants (id),
        CONSTRAINT fk_want_matches_product_id FOREIGN KEY(product_id) REFERENCES products (id)
    )
    """,
    """
    CREATE INDEX ix_want_matches_product_id ON want_matches (product_id)
    """,
    """
    CREATE INDEX ix_want_matches_provider_id ON want_matches (provider_id, id)
    """,
    """
    CREATE INDEX ix_want_matches_seeker_id ON want_matches (seeker_id, id)
    """,
    """
    CREATE INDEX ix_want_matches_untold ON want_matches (id) WHERE told_at IS NULL AND gone_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX uq_want_matches_want_id_product_id ON want_matches (want_id, product_id)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
