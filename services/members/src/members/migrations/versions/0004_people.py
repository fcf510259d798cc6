"""Signing in by other means than a password: phone, codes, invitations, letters."""

from alembic import op

from kit.mail import table as letters

revision = "0004"
down_revision = "0003"

STATEMENTS: tuple[str, ...] = (
    # A user of another issuer has no password, and no address unless the issuer vouches for it.
    """
    ALTER TABLE users
        ALTER COLUMN email DROP NOT NULL,
        ALTER COLUMN password_hash DROP NOT NULL,
        ADD COLUMN phone text CONSTRAINT uq_users_phone UNIQUE
            CONSTRAINT ck_users_phone CHECK (phone ~ '^\\+[1-9][0-9]{6,14}$'),
        ADD COLUMN language text,
        ADD COLUMN email_confirmed_at timestamptz,
        ADD CONSTRAINT ck_users_password_has_name CHECK (password_hash IS NULL OR email IS NOT NULL OR phone IS NOT NULL)
    """,
    "CREATE INDEX ix_users_name ON users (lower(name), id)",
    """
    CREATE TABLE external_subjects (
        issuer text NOT NULL,
        subject text NOT NULL,
        user_id uuid NOT NULL CONSTRAINT fk_external_subjects_user_id REFERENCES users (id),
        seen_at timestamptz NOT NULL,
        CONSTRAINT pk_external_subjects PRIMARY KEY (issuer, subject)
    )
    """,
    "CREATE INDEX ix_external_subjects_user_id ON external_subjects (user_id)",
    # What was sent to an address to prove that it is read there: of the secret only a hash is here.
    """
    CREATE TABLE tickets (
        id uuid CONSTRAINT pk_tickets PRIMARY KEY,
        user_id uuid CONSTRAINT fk_tickets_user_id REFERENCES users (id),
        purpose text NOT NULL CONSTRAINT ck_tickets_purpose CHECK (purpose IN ('code', 'reset', 'email', 'join')),
        secret_hash bytea NOT NULL,
        email text,
        member_id uuid,
        made_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        tries integer NOT NULL CONSTRAINT ck_tickets_tries CHECK (tries BETWEEN 0 AND 5),
        ended_at timestamptz,
        CONSTRAINT ck_tickets_email CHECK ((purpose = 'email') = (email IS NOT NULL)),
        CONSTRAINT ck_tickets_member_id CHECK ((purpose = 'join') = (member_id IS NOT NULL))
    )
    """,
    "CREATE UNIQUE INDEX uq_tickets_secret_hash ON tickets (secret_hash) WHERE purpose <> 'code'",
    "CREATE UNIQUE INDEX uq_tickets_open_code ON tickets (user_id) WHERE purpose = 'code' AND ended_at IS NULL",
    "CREATE INDEX ix_tickets_user_id_purpose ON tickets (user_id, purpose)",
    "CREATE INDEX ix_tickets_expires_at ON tickets (expires_at)",
    # What an applicant said to be recognised by, whoever the address belongs to.
    """
    CREATE TABLE enrolments (
        member_id uuid CONSTRAINT pk_enrolments PRIMARY KEY,
        email_key text NOT NULL,
        phone text,
        password_hash text NOT NULL,
        made_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX ix_enrolments_email_key ON enrolments (email_key)",
    "CREATE INDEX ix_enrolments_phone ON enrolments (phone)",
    "CREATE INDEX ix_enrolments_made_at ON enrolments (made_at)",
    # Who acts for whom, since when and until when.
    """
    ALTER TABLE acting
        DROP CONSTRAINT pk_acting,
        ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_acting PRIMARY KEY,
        ADD COLUMN since timestamptz,
        ADD COLUMN by uuid,
        ADD COLUMN ended_at timestamptz,
        ADD COLUMN ended_by uuid
    """,
    "UPDATE acting SET since = (SELECT applied_at FROM members WHERE id = acting.member_id)",
    """
    ALTER TABLE acting
        ALTER COLUMN since SET NOT NULL,
        ADD CONSTRAINT ck_acting_ends_after_since CHECK (ended_at >= since)
    """,
    "CREATE UNIQUE INDEX uq_acting_now ON acting (user_id, member_id) WHERE ended_at IS NULL",
    """
    CREATE FUNCTION keep_acting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
           OR (NEW.id, NEW.user_id, NEW.member_id, NEW.since, NEW."by")
              IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.member_id, OLD.since, OLD."by") THEN
            RAISE EXCEPTION 'who acted for whom is only ever ended' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON acting FOR EACH ROW EXECUTE FUNCTION keep_acting()
    """,
    """
    CREATE TABLE invitations (
        id uuid CONSTRAINT pk_invitations PRIMARY KEY,
        purpose text NOT NULL CONSTRAINT ck_invitations_purpose CHECK (purpose IN ('acting', 'membership', 'role')),
        member_id uuid CONSTRAINT fk_invitations_member_id REFERENCES members (id),
        kind text,
        admitted boolean NOT NULL,
        role text,
        note text NOT NULL,
        salt bytea NOT NULL,
        code_hash bytea NOT NULL CONSTRAINT uq_invitations_code_hash UNIQUE,
        max_uses integer NOT NULL CONSTRAINT ck_invitations_max_uses CHECK (max_uses BETWEEN 1 AND 1000),
        uses integer NOT NULL,
        made_by uuid NOT NULL,
        made_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        withdrawn_at timestamptz,
        withdrawn_by uuid,
        CONSTRAINT ck_invitations_uses CHECK (uses BETWEEN 0 AND max_uses),
        CONSTRAINT ck_invitations_member_id CHECK ((purpose = 'acting') = (member_id IS NOT NULL)),
        CONSTRAINT ck_invitations_role CHECK ((purpose = 'role') = (role IS NOT NULL)),
        CONSTRAINT ck_invitations_kind CHECK (kind IS NULL OR purpose = 'membership'),
        CONSTRAINT ck_invitations_admitted CHECK (NOT admitted OR purpose = 'membership')
    )
    """,
    "CREATE INDEX ix_invitations_made_by_id ON invitations (made_by, id)",
    "CREATE INDEX ix_invitations_member_id ON invitations (member_id)",
    """
    CREATE TABLE invitation_uses (
        invitation_id uuid NOT NULL CONSTRAINT fk_invitation_uses_invitation_id REFERENCES invitations (id),
        used_by uuid NOT NULL,
        used_at timestamptz NOT NULL,
        CONSTRAINT pk_invitation_uses PRIMARY KEY (invitation_id, used_by)
    )
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invitation_uses
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    letters.create(op)
    for statement in STATEMENTS:
        op.execute(statement)
