"""Profiles, the words they are found by, and their owners' standing."""

from alembic import op

from kit import tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RADIUS = "6371008.8"


def upgrade() -> None:
    tables.create_all(op)
    # Trusted since PostgreSQL 13: the owner of the database may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS cube")
    op.execute(f"""
        CREATE TABLE entities (
            id uuid CONSTRAINT pk_entities PRIMARY KEY,
            status text NOT NULL CONSTRAINT ck_entities_status CHECK (status IN ('draft', 'published', 'withdrawn')),
            version integer NOT NULL,
            owner_id uuid,
            source text,
            external_id text,
            import_hash text,
            name text NOT NULL CONSTRAINT ck_entities_named CHECK (name <> ''),
            description text NOT NULL,
            translations jsonb NOT NULL,
            country text,
            city text,
            postcode text,
            street text,
            house_number text,
            website text,
            image text,
            opening_hours text,
            activities text[] NOT NULL,
            keywords text[] NOT NULL,
            offers text[] NOT NULL,
            qualifiers jsonb NOT NULL,
            lat double precision,
            lon double precision,
            place cube GENERATED ALWAYS AS (CASE WHEN lat IS NOT NULL THEN cube(ARRAY[
                {RADIUS} * cos(radians(lat)) * cos(radians(lon)),
                {RADIUS} * cos(radians(lat)) * sin(radians(lon)),
                {RADIUS} * sin(radians(lat))
            ]) END) STORED,
            document tsvector NOT NULL,
            head tsvector NOT NULL,
            name_key text COLLATE "C" NOT NULL,
            name_words smallint NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            published_at timestamptz,
            CONSTRAINT ck_entities_on_earth CHECK (lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180),
            CONSTRAINT ck_entities_whole_point CHECK ((lat IS NULL) = (lon IS NULL)),
            CONSTRAINT ck_entities_origin CHECK ((source IS NULL) = (external_id IS NULL))
        )
    """)
    op.execute("CREATE UNIQUE INDEX uq_entities_origin ON entities (source, external_id)")
    op.execute("CREATE INDEX ix_entities_owner_id ON entities (owner_id) WHERE owner_id IS NOT NULL")
    # Read far more often than written: no list of pending entries to look through at every search.
    ready = "WITH (fastupdate = off)"
    shown = "WHERE status = 'published'"
    op.execute(f"CREATE INDEX ix_entities_by_name ON entities (name_key, id) {shown}")
    op.execute(f"CREATE INDEX ix_entities_document ON entities USING gin (document) {ready} {shown}")
    op.execute(f"CREATE INDEX ix_entities_activities ON entities USING gin (activities) {ready} {shown}")
    op.execute(f"CREATE INDEX ix_entities_place ON entities USING gist (place) {shown}")
    op.execute(f"CREATE INDEX ix_entities_point ON entities USING gist (point(lon, lat)) {shown}")
    op.execute("""
        CREATE TABLE words (
            word text COLLATE "C" CONSTRAINT pk_words PRIMARY KEY,
            near text[] NOT NULL,
            endings tsvector NOT NULL
        )
    """)
    op.execute(f"CREATE INDEX ix_words_near ON words USING gin (near) {ready}")
    op.execute(f"CREATE INDEX ix_words_endings ON words USING gin (endings) {ready}")
    op.execute("""
        CREATE TABLE owners (
            member_id uuid CONSTRAINT pk_owners PRIMARY KEY,
            status text NOT NULL
        )
    """)
