"""Proposals, rolls and ballots, which the database itself keeps honest (docs/decisions/0021).

Whoever votes holds the proposal's row with FOR SHARE and reads the clock only then; whoever opens, changes, cancels or
counts it needs the row alone. So no ballot comes in beside the count, and none before or after its time.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = (
    """
    CREATE TABLE proposals (
        id uuid CONSTRAINT pk_proposals PRIMARY KEY,
        title text NOT NULL,
        text text NOT NULL,
        method text NOT NULL CONSTRAINT ck_proposals_method CHECK (method IN ('consent', 'majority', 'approval')),
        majority text CONSTRAINT ck_proposals_majority CHECK (majority IN ('simple', 'absolute', 'two_thirds')),
        ballot text NOT NULL CONSTRAINT ck_proposals_ballot CHECK (ballot IN ('open', 'secret')),
        options jsonb NOT NULL,
        max_choices integer NOT NULL,
        seats integer NOT NULL,
        quorum_percent integer,
        quorum_number integer,
        kinds text[],
        in_arrears boolean NOT NULL,
        weights jsonb NOT NULL,
        delegation boolean NOT NULL,
        matter text CONSTRAINT ck_proposals_matter CHECK (matter IN ('admission', 'loan', 'initiative')),
        matter_id uuid,
        opens_at timestamptz,
        closes_at timestamptz NOT NULL,
        made_at timestamptz NOT NULL,
        made_by uuid,
        proposed_by uuid CONSTRAINT fk_proposals_proposed_by REFERENCES members (id),
        announced_at timestamptz,
        opened_at timestamptz,
        entitled integer,
        cancelled_at timestamptz,
        cancelled_by uuid,
        cancelled_because text,
        counted_at timestamptz,
        result jsonb,
        version integer NOT NULL,
        CONSTRAINT ck_proposals_majority_of CHECK ((majority IS NOT NULL) = (method = 'majority')),
        CONSTRAINT ck_proposals_choices CHECK (
            max_choices BETWEEN 1 AND jsonb_array_length(options)
            AND seats BETWEEN 1 AND jsonb_array_length(options)
            AND (method = 'approval' OR (max_choices = 1 AND seats = 1))),
        CONSTRAINT ck_proposals_quorum CHECK (
            (quorum_percent BETWEEN 1 AND 100 AND quorum_number IS NULL)
            OR (quorum_percent IS NULL AND (quorum_number IS NULL OR quorum_number >= 1))),
        CONSTRAINT ck_proposals_secret CHECK (ballot = 'open' OR (weights = '{}' AND NOT delegation)),
        CONSTRAINT ck_proposals_matter_of CHECK ((matter IS NULL) = (matter_id IS NULL)),
        CONSTRAINT ck_proposals_dates CHECK (opens_at < closes_at),
        CONSTRAINT ck_proposals_announced CHECK (announced_at IS NULL OR opens_at IS NOT NULL),
        CONSTRAINT ck_proposals_opened CHECK (
            (opened_at IS NULL) = (entitled IS NULL) AND (opened_at IS NULL OR announced_at IS NOT NULL)),
        CONSTRAINT ck_proposals_counted CHECK (
            (counted_at IS NULL) = (result IS NULL) AND (counted_at IS NULL OR opened_at IS NOT NULL)),
        CONSTRAINT ck_proposals_cancelled CHECK (
            (cancelled_at IS NULL) = (cancelled_because IS NULL) AND (cancelled_at IS NULL OR counted_at IS NULL))
    )
    """,
    # An application has one vote under way, however often it is heard of.
    """
    CREATE UNIQUE INDEX uq_proposals_under_way ON proposals (matter, matter_id)
    WHERE matter IN ('admission', 'loan') AND counted_at IS NULL AND cancelled_at IS NULL
    """,
    "CREATE INDEX ix_proposals_matter_id ON proposals (matter_id) WHERE matter_id IS NOT NULL",
    """
    CREATE INDEX ix_proposals_waiting ON proposals (closes_at)
    WHERE announced_at IS NOT NULL AND counted_at IS NULL AND cancelled_at IS NULL
    """,
    """
    CREATE TABLE proposal_signatures (
        proposal_id uuid NOT NULL CONSTRAINT fk_proposal_signatures_proposal_id REFERENCES proposals (id),
        member_id uuid NOT NULL CONSTRAINT fk_proposal_signatures_member_id REFERENCES members (id),
        signed_at timestamptz NOT NULL,
        signed_by uuid NOT NULL,
        CONSTRAINT pk_proposal_signatures PRIMARY KEY (proposal_id, member_id)
    )
    """,
    """
    CREATE TABLE electoral_roll (
        proposal_id uuid NOT NULL CONSTRAINT fk_electoral_roll_proposal_id REFERENCES proposals (id),
        member_id uuid NOT NULL CONSTRAINT fk_electoral_roll_member_id REFERENCES members (id),
        kind text NOT NULL,
        weight integer NOT NULL CONSTRAINT ck_electoral_roll_weight CHECK (weight > 0),
        CONSTRAINT pk_electoral_roll PRIMARY KEY (proposal_id, member_id)
    )
    """,
    """
    CREATE TABLE ballots (
        proposal_id uuid NOT NULL,
        member_id uuid NOT NULL,
        place integer NOT NULL,
        choices text[] NOT NULL,
        reason text NOT NULL,
        cast_at timestamptz NOT NULL,
        cast_by uuid NOT NULL,
        CONSTRAINT pk_ballots PRIMARY KEY (proposal_id, member_id, place),
        CONSTRAINT fk_ballots_proposal_id_member_id FOREIGN KEY (proposal_id, member_id)
            REFERENCES electoral_roll (proposal_id, member_id)
    )
    """,
    # Secret: that a member voted, and what was voted, with nothing that leads from one to the other.
    """
    CREATE TABLE voted_secretly (
        proposal_id uuid NOT NULL,
        member_id uuid NOT NULL,
        CONSTRAINT pk_voted_secretly PRIMARY KEY (proposal_id, member_id),
        CONSTRAINT fk_voted_secretly_proposal_id_member_id FOREIGN KEY (proposal_id, member_id)
            REFERENCES electoral_roll (proposal_id, member_id)
    )
    """,
    """
    CREATE TABLE ballot_box (
        proposal_id uuid NOT NULL CONSTRAINT fk_ballot_box_proposal_id REFERENCES proposals (id),
        receipt_hash bytea NOT NULL,
        choices text[] NOT NULL,
        reason text NOT NULL,
        CONSTRAINT pk_ballot_box PRIMARY KEY (proposal_id, receipt_hash)
    )
    """,
    """
    CREATE TABLE counted_ballots (
        proposal_id uuid NOT NULL CONSTRAINT fk_counted_ballots_proposal_id REFERENCES proposals (id),
        receipt_hash bytea NOT NULL,
        choices text[] NOT NULL,
        reason text NOT NULL,
        CONSTRAINT pk_counted_ballots PRIMARY KEY (proposal_id, receipt_hash)
    )
    """,
    """
    CREATE TABLE delegations (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_delegations PRIMARY KEY,
        member_id uuid NOT NULL CONSTRAINT fk_delegations_member_id REFERENCES members (id),
        delegate_id uuid CONSTRAINT fk_delegations_delegate_id REFERENCES members (id),
        proposal_id uuid CONSTRAINT fk_delegations_proposal_id REFERENCES proposals (id),
        said_at timestamptz NOT NULL,
        said_by uuid NOT NULL,
        CONSTRAINT ck_delegations_another CHECK (member_id <> delegate_id)
    )
    """,
    "CREATE INDEX ix_delegations_member_id_proposal_id_id ON delegations (member_id, proposal_id, id)",
    """
    CREATE TABLE representations (
        proposal_id uuid NOT NULL,
        member_id uuid NOT NULL,
        delegate_id uuid NOT NULL,
        CONSTRAINT pk_representations PRIMARY KEY (proposal_id, member_id),
        CONSTRAINT fk_representations_proposal_id_member_id FOREIGN KEY (proposal_id, member_id)
            REFERENCES electoral_roll (proposal_id, member_id)
    )
    """,
    """
    CREATE TABLE proposal_letters (
        proposal_id uuid NOT NULL,
        member_id uuid NOT NULL,
        kind text NOT NULL CONSTRAINT ck_proposal_letters_kind CHECK (kind IN ('opened', 'reminder')),
        written_at timestamptz NOT NULL,
        CONSTRAINT pk_proposal_letters PRIMARY KEY (proposal_id, member_id, kind),
        CONSTRAINT fk_proposal_letters_proposal_id_member_id FOREIGN KEY (proposal_id, member_id)
            REFERENCES electoral_roll (proposal_id, member_id)
    )
    """,
)

GUARDS = (
    """
    CREATE FUNCTION decisions_refuse(why text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%', why USING ERRCODE = 'restrict_violation';
    END $$
    """,
    # What is put to the vote stays as it was from the opening on; how it ended is written once.
    """
    CREATE FUNCTION decisions_guard_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.counted_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL THEN
            PERFORM decisions_refuse('this proposal is decided or cancelled');
        END IF;
        IF (OLD.opened_at IS NOT NULL OR (OLD.announced_at IS NOT NULL AND OLD.opens_at <= clock_timestamp()))
           AND (NEW.id, NEW.title, NEW.text, NEW.method, NEW.majority, NEW.ballot, NEW.options, NEW.max_choices,
                NEW.seats, NEW.quorum_percent, NEW.quorum_number, NEW.kinds, NEW.in_arrears, NEW.weights,
                NEW.delegation, NEW.matter, NEW.matter_id, NEW.opens_at, NEW.closes_at, NEW.proposed_by,
                NEW.announced_at)
               IS DISTINCT FROM
               (OLD.id, OLD.title, OLD.text, OLD.method, OLD.majority, OLD.ballot, OLD.options, OLD.max_choices,
                OLD.seats, OLD.quorum_percent, OLD.quorum_number, OLD.kinds, OLD.in_arrears, OLD.weights,
                OLD.delegation, OLD.matter, OLD.matter_id, OLD.opens_at, OLD.closes_at, OLD.proposed_by,
                OLD.announced_at) THEN
            PERFORM decisions_refuse('an open proposal does not change');
        END IF;
        IF OLD.opened_at IS NOT NULL
           AND (NEW.opened_at, NEW.entitled) IS DISTINCT FROM (OLD.opened_at, OLD.entitled) THEN
            PERFORM decisions_refuse('the roll is frozen');
        END IF;
        IF OLD.opened_at IS NULL AND NEW.opened_at IS NOT NULL AND (
               NEW.announced_at IS NULL OR NEW.opens_at > clock_timestamp()
               OR NEW.entitled <> (SELECT count(*) FROM electoral_roll AS r WHERE r.proposal_id = NEW.id)) THEN
            PERFORM decisions_refuse('voting opens at its time, with its roll');
        END IF;
        IF NEW.counted_at IS NOT NULL AND (
               NEW.closes_at > clock_timestamp()
               OR EXISTS (SELECT FROM ballot_box AS b WHERE b.proposal_id = NEW.id)
               OR (SELECT count(*) FROM counted_ballots AS b WHERE b.proposal_id = NEW.id)
                  <> (SELECT count(*) FROM voted_secretly AS v WHERE v.proposal_id = NEW.id)) THEN
            PERFORM decisions_refuse('votes are counted after closing, each and all of them');
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_proposal BEFORE UPDATE ON proposals FOR EACH ROW EXECUTE FUNCTION decisions_guard_proposal()
    """,
    """
    CREATE FUNCTION decisions_guard_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM proposals WHERE id IN (SELECT proposal_id FROM inserted) ORDER BY id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT FROM proposals AS p WHERE p.id IN (SELECT proposal_id FROM inserted)
            AND CASE TG_TABLE_NAME WHEN 'electoral_roll' THEN p.opened_at IS NOT NULL
                                   ELSE p.counted_at IS NOT NULL OR p.closes_at > clock_timestamp() END
        ) THEN
            PERFORM decisions_refuse(TG_TABLE_NAME || ' is frozen');
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER guard_frozen AFTER INSERT ON electoral_roll REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION decisions_guard_frozen()
    """,
    """
    CREATE TRIGGER guard_frozen AFTER INSERT ON representations REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION decisions_guard_frozen()
    """,
    """
    CREATE TRIGGER guard_frozen AFTER INSERT ON counted_ballots REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION decisions_guard_frozen()
    """,
    # The clock is read when the lock is there, not before: what waited for the count comes too late.
    """
    CREATE FUNCTION decisions_check_voting(wanted uuid, ballot_kind text) RETURNS proposals LANGUAGE plpgsql AS $$
    DECLARE p proposals;
    BEGIN
        SELECT * INTO p FROM proposals WHERE id = wanted FOR SHARE;
        IF p.id IS NULL OR p.opened_at IS NULL OR p.cancelled_at IS NOT NULL OR p.counted_at IS NOT NULL
           OR clock_timestamp() < p.opens_at OR clock_timestamp() >= p.closes_at THEN
            PERFORM decisions_refuse('nobody votes outside the time for it');
        END IF;
        IF p.ballot <> ballot_kind THEN
            PERFORM decisions_refuse('this ballot is ' || p.ballot);
        END IF;
        RETURN p;
    END $$
    """,
    """
    CREATE FUNCTION decisions_check_choices(p proposals, choices text[], reason text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT choices <@ ARRAY(SELECT o ->> 'key' FROM jsonb_array_elements(p.options) AS o)
           OR cardinality(choices) > p.max_choices
           OR cardinality(choices) <> (SELECT count(DISTINCT c) FROM unnest(choices) AS c)
           OR (p.method <> 'approval' AND cardinality(choices) <> 1)
           OR (p.method = 'consent' AND 'object' = ANY (choices) AND btrim(reason) = '') THEN
            PERFORM decisions_refuse('this is no ballot of that proposal');
        END IF;
    END $$
    """,
    # Two who vote for one member take turns at its line of the roll; the later one gets the later place.
    """
    CREATE FUNCTION decisions_guard_ballot() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE p proposals;
    BEGIN
        p := decisions_check_voting(NEW.proposal_id, 'open');
        PERFORM decisions_check_choices(p, NEW.choices, NEW.reason);
        PERFORM 1 FROM electoral_roll AS r
        WHERE r.proposal_id = NEW.proposal_id AND r.member_id = NEW.member_id FOR NO KEY UPDATE;
        NEW.cast_at := clock_timestamp();
        NEW.place := 1 + coalesce((SELECT max(b.place) FROM ballots AS b WHERE b.proposal_id = NEW.proposal_id
                                   AND b.member_id = NEW.member_id), 0);
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_ballot BEFORE INSERT ON ballots FOR EACH ROW EXECUTE FUNCTION decisions_guard_ballot()
    """,
    """
    CREATE FUNCTION decisions_guard_mark() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM decisions_check_voting(NEW.proposal_id, 'secret');
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_mark BEFORE INSERT ON voted_secretly FOR EACH ROW EXECUTE FUNCTION decisions_guard_mark()
    """,
    """
    CREATE FUNCTION decisions_guard_box() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE p proposals;
    BEGIN
        IF TG_OP = 'UPDATE' AND (NEW.proposal_id, NEW.receipt_hash) IS DISTINCT FROM (OLD.proposal_id, OLD.receipt_hash) THEN
            PERFORM decisions_refuse('a ballot keeps its receipt');
        END IF;
        p := decisions_check_voting(NEW.proposal_id, 'secret');
        PERFORM decisions_check_choices(p, NEW.choices, NEW.reason);
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER guard_put BEFORE INSERT ON ballot_box FOR EACH ROW EXECUTE FUNCTION decisions_guard_box()",
    # Writing a ballot again as it is, is shuffling the box, and changes nothing.
    """
    CREATE TRIGGER guard_change BEFORE UPDATE ON ballot_box FOR EACH ROW
    WHEN (ROW(NEW.*) IS DISTINCT FROM ROW(OLD.*)) EXECUTE FUNCTION decisions_guard_box()
    """,
    """
    CREATE FUNCTION decisions_guard_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM taken AS t WHERE NOT EXISTS (
            SELECT FROM counted_ballots AS c WHERE c.proposal_id = t.proposal_id AND c.receipt_hash = t.receipt_hash
            AND c.choices = t.choices AND c.reason = t.reason)) THEN
            PERFORM decisions_refuse('a ballot leaves the box to be counted');
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER guard_emptying AFTER DELETE ON ballot_box REFERENCING OLD TABLE AS taken
    FOR EACH STATEMENT EXECUTE FUNCTION decisions_guard_emptying()
    """,
    """
    CREATE TRIGGER append_only BEFORE TRUNCATE ON ballot_box FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    # As many ballots as marks, at the end of every transaction that adds one.
    """
    CREATE FUNCTION decisions_guard_pairs() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM voted_secretly AS v WHERE v.proposal_id = NEW.proposal_id)
           <> (SELECT count(*) FROM ballot_box AS b WHERE b.proposal_id = NEW.proposal_id) THEN
            PERFORM decisions_refuse('there are as many ballots as marks');
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER guard_pairs AFTER INSERT ON voted_secretly DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_pairs()
    """,
    """
    CREATE CONSTRAINT TRIGGER guard_pairs AFTER INSERT ON ballot_box DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_pairs()
    """,
    """
    CREATE FUNCTION decisions_guard_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE p proposals;
    BEGIN
        IF NEW.proposal_id IS NOT NULL THEN
            SELECT * INTO p FROM proposals WHERE id = NEW.proposal_id FOR SHARE;
            IF NOT p.delegation OR p.cancelled_at IS NOT NULL OR p.counted_at IS NOT NULL
               OR clock_timestamp() >= p.closes_at THEN
                PERFORM decisions_refuse('nobody delegates this vote, or not any more');
            END IF;
        END IF;
        NEW.said_at := clock_timestamp();
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER guard_delegation BEFORE INSERT ON delegations FOR EACH ROW
    EXECUTE FUNCTION decisions_guard_delegation()
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON proposals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    *(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in (
            "proposal_signatures",
            "electoral_roll",
            "ballots",
            "voted_secretly",
            "counted_ballots",
            "delegations",
            "representations",
            "proposal_letters",
        )
    ),
)


def upgrade() -> None:
    for statement in (*TABLES, *GUARDS):
        op.execute(statement)
