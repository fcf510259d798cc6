"""Users, members, sessions."""

from alembic import op

from kit import tables

revision = "0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE users (
        id uuid CONSTRAINT pk_users PRIMARY KEY,
        email text NOT NULL,
        name text NOT NULL,
        password_hash text NOT NULL,
        made_at timestamptz NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX uq_users_email_key ON users (lower(email))",
    """
    CREATE TABLE role_grants (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_role_grants PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_role_grants_user_id REFERENCES users (id),
        role text NOT NULL
            CONSTRAINT ck_role_grants_role CHECK (role IN ('coordinator', 'treasurer', 'advisor', 'steward', 'admin')),
        granted boolean NOT NULL,
        reason text NOT NULL,
        by uuid,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX ix_role_grants_user_id_id ON role_grants (user_id, id)",
    """
    CREATE TABLE members (
        id uuid CONSTRAINT pk_members PRIMARY KEY,
        number text CONSTRAINT uq_members_number UNIQUE,
        kind text NOT NULL CONSTRAINT ck_members_kind CHECK (kind IN (
            'household', 'person', 'producer', 'transformer', 'trader',
            'cooperative', 'enterprise', 'professional', 'association', 'public_body')),
        name text NOT NULL,
        email text NOT NULL,
        phone text,
        tax_id text,
        language text NOT NULL,
        applied_at timestamptz NOT NULL,
        version integer NOT NULL
    )
    """,
    """
    CREATE TABLE acting (
        user_id uuid NOT NULL CONSTRAINT fk_acting_user_id REFERENCES users (id),
        member_id uuid NOT NULL CONSTRAINT fk_acting_member_id REFERENCES members (id),
        CONSTRAINT pk_acting PRIMARY KEY (user_id, member_id)
    )
    """,
    "CREATE INDEX ix_acting_member_id ON acting (member_id)",
    """
    CREATE TABLE standing_facts (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_standing_facts PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_standing_facts_member_id REFERENCES members (id),
        kind text NOT NULL CONSTRAINT ck_standing_facts_kind CHECK (kind IN (
            'applied', 'admitted', 'declined', 'suspended', 'reinstated', 'left', 'excluded')),
        effective_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        recorded_by uuid,
        reason text NOT NULL
    )
    """,
    """
    CREATE INDEX ix_standing_facts_member_id_effective_at_id ON standing_facts (member_id, effective_at, id)
    """,
    """
    CREATE TABLE counters (
        series text CONSTRAINT pk_counters PRIMARY KEY,
        last integer NOT NULL
    )
    """,
    """
    CREATE TABLE sessions (
        id uuid CONSTRAINT pk_sessions PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_sessions_user_id REFERENCES users (id),
        salt bytea NOT NULL,
        current_hash bytea NOT NULL,
        previous_hash bytea,
        started_at timestamptz NOT NULL,
        rotated_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
    )
    """,
    "CREATE INDEX ix_sessions_user_id ON sessions (user_id)",
    "CREATE INDEX ix_sessions_expires_at ON sessions (expires_at)",
    """
    CREATE TABLE sign_in_attempts (
        account bytea NOT NULL,
        address text NOT NULL,
        failures integer NOT NULL,
        closed_until timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        CONSTRAINT pk_sign_in_attempts PRIMARY KEY (account, address)
    )
    """,
    """
    CREATE TABLE signing_keys (
        kid text CONSTRAINT pk_signing_keys PRIMARY KEY,
        private_pem text NOT NULL,
        public_jwk jsonb NOT NULL,
        made_at timestamptz NOT NULL,
        signs_from timestamptz NOT NULL
    )
    """,
    # What happened stays as it was written.
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON role_grants
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON standing_facts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    tables.create_all(op)
    for statement in STATEMENTS:
        op.execute(statement)
