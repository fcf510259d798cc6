"""Photos of products."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE photos (
        id uuid CONSTRAINT pk_photos PRIMARY KEY,
        member_id uuid NOT NULL,
        hash bytea NOT NULL CONSTRAINT ck_photos_hash CHECK (octet_length(hash) = 32),
        state text NOT NULL CONSTRAINT ck_photos_state CHECK (state IN ('arriving', 'kept', 'gone')),
        width integer NOT NULL,
        height integer NOT NULL,
        created_at timestamptz NOT NULL,
        idle_since timestamptz NOT NULL,
        CONSTRAINT ck_photos_size CHECK (width BETWEEN 1 AND 1600 AND height BETWEEN 1 AND 1600),
        CONSTRAINT uq_photos_id_state UNIQUE (id, state)
    )
    """,
    "CREATE UNIQUE INDEX uq_photos_member_id_hash ON photos (member_id, hash) WHERE state <> 'gone'",
    "CREATE INDEX ix_photos_member_id_id ON photos (member_id, id)",
    "CREATE INDEX ix_photos_idle_since ON photos (idle_since) WHERE state <> 'gone'",
    "CREATE INDEX ix_photos_gone ON photos (id) WHERE state = 'gone'",
    """
    CREATE TABLE photo_uses (
        thing_id uuid NOT NULL,
        photo_id uuid NOT NULL,
        state text NOT NULL DEFAULT 'kept' CONSTRAINT ck_photo_uses_state CHECK (state = 'kept'),
        CONSTRAINT pk_photo_uses PRIMARY KEY (thing_id, photo_id),
        CONSTRAINT fk_photo_uses_photo_id_state FOREIGN KEY (photo_id, state) REFERENCES photos (id, state)
    )
    """,
    "CREATE INDEX ix_photo_uses_photo_id ON photo_uses (photo_id)",
    """
    ALTER TABLE products
        ADD photos jsonb NOT NULL DEFAULT '[]',
        ADD CONSTRAINT ck_products_photos CHECK (jsonb_typeof(photos) = 'array' AND jsonb_array_length(photos) <= 8)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
