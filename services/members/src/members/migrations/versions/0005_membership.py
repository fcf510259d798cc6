"""Applications, obligations, representatives."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS: tuple[str, ...] = (
    # Rows that are only ever added keep their figures, dates and ids. The words that a trigger names may give way to a
    # dash, when somebody is erased, and to nothing else.
    """
    CREATE FUNCTION only_words_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        was jsonb := to_jsonb(OLD);
        becomes jsonb := to_jsonb(NEW);
        words text;
    BEGIN
        FOREACH words IN ARRAY TG_ARGV LOOP
            IF becomes ->> words = '—' THEN
                was := was - words;
                becomes := becomes - words;
            END IF;
        END LOOP;
        IF was <> becomes THEN
            RAISE EXCEPTION '% is append-only; only words can be forgotten', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "DROP TRIGGER append_only ON standing_facts",
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON standing_facts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER only_words_forgotten BEFORE UPDATE ON standing_facts
    FOR EACH ROW EXECUTE FUNCTION only_words_forgotten('reason')
    """,
    # Facts that correct others. What was recorded before has the day of its instant in UTC.
    "ALTER TABLE standing_facts DISABLE TRIGGER append_only",
    "ALTER TABLE standing_facts ADD COLUMN effective_on date",
    "UPDATE standing_facts SET effective_on = (effective_at AT TIME ZONE 'UTC')::date",
    "ALTER TABLE standing_facts ENABLE TRIGGER append_only",
    """
    ALTER TABLE standing_facts
        ALTER COLUMN effective_on SET NOT NULL,
        ADD COLUMN corrects bigint
            CONSTRAINT uq_standing_facts_corrects UNIQUE
            CONSTRAINT ck_standing_facts_corrects CHECK (corrects < id),
        DROP CONSTRAINT ck_standing_facts_kind,
        ADD CONSTRAINT ck_standing_facts_kind CHECK (kind IN (
            'applied', 'admitted', 'declined', 'withdrawn', 'suspended', 'reinstated', 'left', 'excluded', 'revoked')),
        ADD CONSTRAINT ck_standing_facts_revokes CHECK (corrects IS NOT NULL OR kind <> 'revoked'),
        ADD CONSTRAINT uq_standing_facts_id_member_id UNIQUE (id, member_id),
        ADD CONSTRAINT fk_standing_facts_corrects_member_id FOREIGN KEY (corrects, member_id)
            REFERENCES standing_facts (id, member_id)
    """,
    # What others were last told of a standing.
    """
    ALTER TABLE members ADD COLUMN told text NOT NULL DEFAULT 'applied' CONSTRAINT ck_members_told CHECK (told IN (
        'applied', 'active', 'in_arrears', 'suspended', 'left', 'excluded', 'declined'))
    """,
    """
    UPDATE members SET told = coalesce((
        SELECT CASE kind WHEN 'admitted' THEN 'active' WHEN 'reinstated' THEN 'active' ELSE kind END
        FROM standing_facts WHERE member_id = members.id ORDER BY effective_at DESC, id DESC LIMIT 1), 'applied')
    """,
    """
    CREATE TABLE obligations (
        id uuid CONSTRAINT pk_obligations PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_obligations_member_id REFERENCES members (id),
        cause_id uuid NOT NULL,
        arrears_from date NOT NULL,
        arrears_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        cleared_at timestamptz
    )
    """,
    "CREATE UNIQUE INDEX uq_obligations_cause_id ON obligations (cause_id) WHERE cleared_at IS NULL",
    "CREATE INDEX ix_obligations_member_id ON obligations (member_id)",
    """
    CREATE FUNCTION keep_obligation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.cleared_at IS NOT NULL
           OR (NEW.id, NEW.member_id, NEW.cause_id, NEW.arrears_from, NEW.arrears_at, NEW.recorded_at)
              IS DISTINCT FROM
              (OLD.id, OLD.member_id, OLD.cause_id, OLD.arrears_from, OLD.arrears_at, OLD.recorded_at) THEN
            RAISE EXCEPTION 'an obligation is only ever cleared' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER only_cleared BEFORE UPDATE OR DELETE ON obligations
    FOR EACH ROW EXECUTE FUNCTION keep_obligation()
    """,
    # Numbers ever given, the questions of an application, and what is known of a member besides.
    """
    CREATE TABLE member_numbers (
        number text CONSTRAINT pk_member_numbers PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_member_numbers_member_id REFERENCES members (id),
        given_at timestamptz NOT NULL
    )
    """,
    "INSERT INTO member_numbers SELECT number, id, applied_at FROM members WHERE number IS NOT NULL",
    """
    CREATE TABLE application_forms (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_application_forms PRIMARY KEY,
        kind text NOT NULL CONSTRAINT ck_application_forms_kind CHECK (kind IN (
            'household', 'person', 'producer', 'transformer', 'trader',
            'cooperative', 'enterprise', 'professional', 'association', 'public_body')),
        version integer NOT NULL CONSTRAINT ck_application_forms_version CHECK (version > 0),
        asked jsonb NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid NOT NULL,
        CONSTRAINT uq_application_forms_kind_version UNIQUE (kind, version)
    )
    """,
    """
    ALTER TABLE members
        ADD COLUMN country text,
        ADD COLUMN address jsonb,
        ADD COLUMN representative jsonb,
        ADD COLUMN notes text NOT NULL DEFAULT '',
        ADD COLUMN search_key text NOT NULL DEFAULT '',
        ADD COLUMN form_id bigint CONSTRAINT fk_members_form_id REFERENCES application_forms (id),
        ADD COLUMN answers jsonb NOT NULL DEFAULT '{}'
    """,
    """
    UPDATE members SET search_key = translate(
        lower(concat_ws(' ', name, number, email)), 'áàäâãéèëêíìïîóòöôõúùüûñç', 'aaaaaeeeeiiiiooooouuuunc')
    """,
    """
    CREATE TABLE member_changes (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_member_changes PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_member_changes_member_id REFERENCES members (id),
        field text NOT NULL,
        before jsonb,
        after jsonb,
        at timestamptz NOT NULL,
        by uuid
    )
    """,
    "CREATE INDEX ix_member_changes_member_id_id ON member_changes (member_id, id)",
    *(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in ("member_numbers", "application_forms")
    ),
    # Departures: what was agreed with those who left, and when all was settled.
    """
    CREATE TABLE departure_agreements (
        id uuid CONSTRAINT pk_departure_agreements PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_departure_agreements_member_id REFERENCES members (id),
        how text NOT NULL CONSTRAINT ck_departure_agreements_how CHECK (how IN ('keep', 'agree')),
        currency text NOT NULL,
        amount bigint NOT NULL CONSTRAINT ck_departure_agreements_amount CHECK (amount > 0),
        due_on date,
        reason text NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL,
        CONSTRAINT ck_departure_agreements_due_on CHECK ((how = 'agree') = (due_on IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_departure_agreements_member_id_id ON departure_agreements (member_id, id)",
    """
    CREATE TABLE departures (
        member_id uuid NOT NULL CONSTRAINT fk_departures_member_id REFERENCES members (id),
        since timestamptz NOT NULL,
        closed_at timestamptz NOT NULL,
        closed_by uuid NOT NULL,
        CONSTRAINT pk_departures PRIMARY KEY (member_id, since)
    )
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON departures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON departure_agreements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER only_words_forgotten BEFORE UPDATE ON departure_agreements
    FOR EACH ROW EXECUTE FUNCTION only_words_forgotten('reason')
    """,
    # What was changed stays, but for what it was changed from and to where a member is erased.
    """
    CREATE FUNCTION keep_member_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR NEW.before IS NOT NULL OR NEW.after IS NOT NULL
           OR to_jsonb(NEW) - 'before' - 'after' <> to_jsonb(OLD) - 'before' - 'after' THEN
            RAISE EXCEPTION 'member_changes is append-only' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON member_changes
    FOR EACH ROW EXECUTE FUNCTION keep_member_change()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
