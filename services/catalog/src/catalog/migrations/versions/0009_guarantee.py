"""The participatory guarantee, whose promises the database itself keeps (docs/decisions/0027)."""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES: tuple[str, ...] = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    # In conversion, another word stands in the place of the one that needs a certificate.
    "ALTER TABLE withheld_practices ADD COLUMN shown_as text",
    """
    CREATE TABLE standards (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        made_by UUID NOT NULL,
        CONSTRAINT pk_standards PRIMARY KEY (id),
        CONSTRAINT uq_standards_code UNIQUE (code)
    )
    """,
    """
    CREATE TABLE standard_versions (
        id UUID NOT NULL,
        standard_id UUID NOT NULL,
        number INTEGER NOT NULL,
        text JSONB NOT NULL,
        pledge JSONB NOT NULL,
        checklist JSONB NOT NULL,
        practices TEXT[] NOT NULL,
        conversion_practice TEXT,
        required BOOLEAN NOT NULL,
        conversion_years SMALLINT NOT NULL,
        validity_months SMALLINT NOT NULL,
        visit_months SMALLINT NOT NULL,
        committee_size SMALLINT NOT NULL,
        correction_days JSONB NOT NULL,
        valid_from DATE NOT NULL,
        edition INTEGER NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        published_at TIMESTAMP WITH TIME ZONE,
        published_by UUID,
        CONSTRAINT pk_standard_versions PRIMARY KEY (id),
        CONSTRAINT uq_standard_versions_standard_id_number UNIQUE (standard_id, number),
        CONSTRAINT ck_standard_versions_practices CHECK (cardinality(practices) > 0),
        CONSTRAINT ck_standard_versions_conversion_years CHECK (conversion_years BETWEEN 0 AND 3),
        CONSTRAINT ck_standard_versions_months CHECK (validity_months BETWEEN 1 AND 60
            AND visit_months BETWEEN 1 AND 60),
        CONSTRAINT ck_standard_versions_committee_size CHECK (committee_size BETWEEN 2 AND 20),
        CONSTRAINT ck_standard_versions_checklist CHECK (jsonb_array_length(checklist) BETWEEN 1 AND 200),
        CONSTRAINT ck_standard_versions_published CHECK ((published_at IS NULL) = (published_by IS NULL)),
        CONSTRAINT fk_standard_versions_standard_id FOREIGN KEY(standard_id) REFERENCES standards (id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_standard_versions_draft ON standard_versions (standard_id)
    WHERE published_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX uq_standard_versions_valid_from ON standard_versions (standard_id, valid_from)
    WHERE published_at IS NOT NULL
    """,
    """
    CREATE TABLE plots (
        id UUID NOT NULL,
        member_id UUID NOT NULL,
        name TEXT NOT NULL,
        geometry JSONB NOT NULL,
        hectares NUMERIC(9, 4),
        lat FLOAT NOT NULL,
        lon FLOAT NOT NULL,
        crops TEXT[] NOT NULL,
        without JSONB NOT NULL,
        clean_since DATE,
        published BOOLEAN NOT NULL,
        retired_at TIMESTAMP WITH TIME ZONE,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        made_by UUID NOT NULL,
        CONSTRAINT pk_plots PRIMARY KEY (id),
        CONSTRAINT ck_plots_hectares CHECK (hectares > 0 AND hectares <= 10000),
        CONSTRAINT ck_plots_place CHECK (lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180)
    )
    """,
    "CREATE INDEX ix_plots_member_id ON plots (member_id, id)",
    "CREATE INDEX ix_plots_published ON plots (id) WHERE published AND retired_at IS NULL",
    """
    CREATE TABLE guarantee_applications (
        id UUID NOT NULL,
        member_id UUID NOT NULL,
        standard_id UUID NOT NULL,
        version_id UUID NOT NULL,
        products TEXT[] NOT NULL,
        signed_name TEXT NOT NULL,
        signed_by UUID NOT NULL,
        signed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        decided_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_guarantee_applications PRIMARY KEY (id),
        CONSTRAINT uq_guarantee_applications_id_member_id UNIQUE (id, member_id),
        CONSTRAINT fk_guarantee_applications_standard_id FOREIGN KEY(standard_id) REFERENCES standards (id),
        CONSTRAINT fk_guarantee_applications_version_id FOREIGN KEY(version_id) REFERENCES standard_versions (id)
    )
    """,
    "CREATE INDEX ix_guarantee_applications_member_id ON guarantee_applications (member_id, id)",
    """
    CREATE UNIQUE INDEX uq_guarantee_applications_open ON guarantee_applications (member_id, standard_id)
    WHERE withdrawn_at IS NULL AND decided_at IS NULL
    """,
    """
    CREATE TABLE application_plots (
        application_id UUID NOT NULL,
        plot_id UUID NOT NULL,
        CONSTRAINT pk_application_plots PRIMARY KEY (application_id, plot_id),
        CONSTRAINT fk_application_plots_application_id FOREIGN KEY(application_id)
            REFERENCES guarantee_applications (id),
        CONSTRAINT fk_application_plots_plot_id FOREIGN KEY(plot_id) REFERENCES plots (id)
    )
    """,
    """
    CREATE TABLE visits (
        id UUID NOT NULL,
        application_id UUID NOT NULL,
        member_id UUID NOT NULL,
        planned_on DATE NOT NULL,
        planned_by UUID NOT NULL,
        planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
        cancelled_at TIMESTAMP WITH TIME ZONE,
        cancelled_because TEXT,
        report_id UUID,
        happened_on DATE,
        answers JSONB,
        note TEXT,
        reported_at TIMESTAMP WITH TIME ZONE,
        reported_by UUID,
        completed_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_visits PRIMARY KEY (id),
        CONSTRAINT uq_visits_id_member_id UNIQUE (id, member_id),
        CONSTRAINT fk_visits_application_id_member_id FOREIGN KEY(application_id, member_id)
            REFERENCES guarantee_applications (id, member_id),
        CONSTRAINT ck_visits_cancelled CHECK ((cancelled_at IS NULL) = (cancelled_because IS NULL)),
        CONSTRAINT ck_visits_reported
            CHECK (num_nulls(report_id, happened_on, answers, note, reported_at, reported_by) IN (0, 6)),
        CONSTRAINT ck_visits_completed CHECK (completed_at IS NULL OR (reported_at IS NOT NULL
            AND cancelled_at IS NULL)),
        CONSTRAINT uq_visits_report_id UNIQUE (report_id)
    )
    """,
    "CREATE INDEX ix_visits_application_id ON visits (application_id)",
    "CREATE INDEX ix_visits_member_id ON visits (member_id, id)",
    """
    CREATE TABLE visit_peers (
        visit_id UUID NOT NULL,
        peer_id UUID NOT NULL,
        visited_id UUID NOT NULL,
        span DATERANGE NOT NULL,
        counts BOOLEAN NOT NULL,
        signed_at TIMESTAMP WITH TIME ZONE,
        signed_by UUID,
        remark TEXT NOT NULL,
        CONSTRAINT pk_visit_peers PRIMARY KEY (visit_id, peer_id),
        CONSTRAINT fk_visit_peers_visit_id_visited_id FOREIGN KEY(visit_id, visited_id)
            REFERENCES visits (id, member_id),
        CONSTRAINT ck_visit_peers_another CHECK (peer_id <> visited_id),
        CONSTRAINT ck_visit_peers_signed CHECK ((signed_at IS NULL) = (signed_by IS NULL)),
        CONSTRAINT ex_visit_peers_no_mutual_reviews
            EXCLUDE USING gist (LEAST(visited_id, peer_id) WITH =,
            GREATEST(visited_id, peer_id) WITH =, visited_id WITH <>, span WITH &&) WHERE (counts)
    )
    """,
    "CREATE INDEX ix_visit_peers_owed ON visit_peers (peer_id, visit_id)",
    "CREATE INDEX ix_visit_peers_visited_id ON visit_peers (visited_id, peer_id)",
    """
    CREATE TABLE nonconformities (
        id UUID NOT NULL,
        application_id UUID NOT NULL,
        member_id UUID NOT NULL,
        visit_id UUID,
        item TEXT,
        severity TEXT NOT NULL,
        finding TEXT NOT NULL,
        action TEXT NOT NULL,
        due_on DATE NOT NULL,
        opened_on DATE NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        opened_by UUID,
        closed_at TIMESTAMP WITH TIME ZONE,
        closed_by UUID,
        reminded_of DATE,
        suspended_of DATE,
        CONSTRAINT pk_nonconformities PRIMARY KEY (id),
        CONSTRAINT fk_nonconformities_application_id_member_id FOREIGN KEY(application_id, member_id)
            REFERENCES guarantee_applications (id, member_id),
        CONSTRAINT uq_nonconformities_visit_id_item UNIQUE (visit_id, item),
        CONSTRAINT ck_nonconformities_severity CHECK (severity IN ('minor', 'major', 'critical')),
        CONSTRAINT ck_nonconformities_due CHECK (due_on >= opened_on),
        CONSTRAINT ck_nonconformities_closed CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
        CONSTRAINT fk_nonconformities_visit_id FOREIGN KEY(visit_id) REFERENCES visits (id)
    )
    """,
    "CREATE INDEX ix_nonconformities_application_id ON nonconformities (application_id)",
    "CREATE INDEX ix_nonconformities_member_id ON nonconformities (member_id, id)",
    "CREATE INDEX ix_nonconformities_open ON nonconformities (due_on, id) WHERE closed_at IS NULL",
    """
    CREATE TABLE nonconformity_entries (
        id UUID NOT NULL,
        nonconformity_id UUID NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        photos UUID[] NOT NULL,
        due_on DATE,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        by UUID NOT NULL,
        CONSTRAINT pk_nonconformity_entries PRIMARY KEY (id),
        CONSTRAINT ck_nonconformity_entries_kind CHECK (kind IN ('evidence', 'extended', 'closed')),
        CONSTRAINT ck_nonconformity_entries_due CHECK ((kind = 'extended') = (due_on IS NOT NULL)),
        CONSTRAINT fk_nonconformity_entries_nonconformity_id FOREIGN KEY(nonconformity_id)
            REFERENCES nonconformities (id)
    )
    """,
    "CREATE INDEX ix_nonconformity_entries_nonconformity_id ON nonconformity_entries (nonconformity_id, id)",
    """
    CREATE TABLE certificates (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        member_id UUID NOT NULL,
        standard_id UUID NOT NULL,
        version_id UUID NOT NULL,
        products TEXT[] NOT NULL,
        issued_on DATE NOT NULL,
        status TEXT NOT NULL,
        stage SMALLINT,
        valid_until DATE,
        told_name TEXT NOT NULL,
        version INTEGER NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_certificates PRIMARY KEY (id),
        CONSTRAINT uq_certificates_member_id_standard_id UNIQUE (member_id, standard_id),
        CONSTRAINT ck_certificates_status
            CHECK (status IN ('in_conversion', 'certified', 'conditional', 'refused', 'suspended', 'lapsed',
            'ended')),
        CONSTRAINT uq_certificates_code UNIQUE (code),
        CONSTRAINT fk_certificates_standard_id FOREIGN KEY(standard_id) REFERENCES standards (id),
        CONSTRAINT fk_certificates_version_id FOREIGN KEY(version_id) REFERENCES standard_versions (id)
    )
    """,
    """
    CREATE INDEX ix_certificates_valid_until ON certificates (valid_until)
    WHERE status IN ('in_conversion', 'certified', 'conditional')
    """,
    """
    CREATE TABLE guarantee_decisions (
        id UUID NOT NULL,
        application_id UUID NOT NULL,
        place INTEGER NOT NULL,
        visit_id UUID,
        outcome TEXT NOT NULL,
        stage SMALLINT,
        decided_on DATE NOT NULL,
        valid_until DATE,
        reasons TEXT NOT NULL,
        products TEXT[] NOT NULL,
        recorded_by UUID NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_guarantee_decisions PRIMARY KEY (id),
        CONSTRAINT uq_guarantee_decisions_application_id_place UNIQUE (application_id, place),
        CONSTRAINT ck_guarantee_decisions_outcome
            CHECK (outcome IN ('in_conversion', 'certified', 'conditional', 'refused')),
        CONSTRAINT ck_guarantee_decisions_stage CHECK ((outcome = 'in_conversion') = (stage IS NOT NULL)
            AND stage BETWEEN 0 AND 2),
        CONSTRAINT ck_guarantee_decisions_validity CHECK ((outcome = 'refused') = (valid_until IS NULL)
            AND valid_until >= decided_on),
        CONSTRAINT ck_guarantee_decisions_visited CHECK (outcome = 'refused' OR visit_id IS NOT NULL),
        CONSTRAINT fk_guarantee_decisions_application_id FOREIGN KEY(application_id)
            REFERENCES guarantee_applications (id),
        CONSTRAINT fk_guarantee_decisions_visit_id FOREIGN KEY(visit_id) REFERENCES visits (id)
    )
    """,
    """
    CREATE TABLE decision_makers (
        decision_id UUID NOT NULL,
        member_id UUID NOT NULL,
        stood_aside BOOLEAN NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT pk_decision_makers PRIMARY KEY (decision_id, member_id),
        CONSTRAINT fk_decision_makers_decision_id FOREIGN KEY(decision_id) REFERENCES guarantee_decisions (id)
    )
    """,
    "CREATE INDEX ix_decision_makers_member_id ON decision_makers (member_id)",
    """
    CREATE TABLE certificate_facts (
        certificate_id UUID NOT NULL,
        place INTEGER NOT NULL,
        kind TEXT NOT NULL,
        held_on DATE NOT NULL,
        cause TEXT NOT NULL,
        cause_id UUID,
        version_id UUID,
        outcome TEXT,
        stage SMALLINT,
        valid_until DATE,
        reason TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        by UUID,
        CONSTRAINT pk_certificate_facts PRIMARY KEY (certificate_id, place),
        CONSTRAINT ck_certificate_facts_kind CHECK (kind IN ('decided', 'suspended', 'reinstated', 'ended')),
        CONSTRAINT ck_certificate_facts_cause CHECK (cause IN ('committee', 'nonconformity', 'member')),
        CONSTRAINT ck_certificate_facts_decided CHECK ((kind = 'decided') = (outcome IS NOT NULL
            AND version_id IS NOT NULL)),
        CONSTRAINT fk_certificate_facts_certificate_id FOREIGN KEY(certificate_id) REFERENCES certificates (id),
        CONSTRAINT fk_certificate_facts_version_id FOREIGN KEY(version_id) REFERENCES standard_versions (id)
    )
    """,
    """
    CREATE TABLE renewal_reminders (
        certificate_id UUID NOT NULL,
        valid_until DATE NOT NULL,
        days SMALLINT NOT NULL,
        sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_renewal_reminders PRIMARY KEY (certificate_id, valid_until, days),
        CONSTRAINT fk_renewal_reminders_certificate_id FOREIGN KEY(certificate_id) REFERENCES certificates (id)
    )
    """,
    """
    CREATE TABLE certificate_numbers (
        year SMALLINT NOT NULL,
        last INTEGER NOT NULL,
        CONSTRAINT pk_certificate_numbers PRIMARY KEY (year),
        CONSTRAINT ck_certificate_numbers_last CHECK (last > 0)
    )
    """,
)

#: What a row may not become, whoever writes it.
GUARDS = (
    """
    CREATE FUNCTION guarantee_refuse(why text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%', why USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE FUNCTION guarantee_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.published_at IS NOT NULL THEN
            PERFORM guarantee_refuse('a published version never changes; publish another');
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER published BEFORE UPDATE ON standard_versions
    FOR EACH ROW EXECUTE FUNCTION guarantee_keep_version()
    """,
    "CREATE TRIGGER kept BEFORE DELETE ON standard_versions FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    # A report is written once; a visit is complete when three peers have signed it, and not called off after that.
    """
    CREATE FUNCTION guarantee_keep_visit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.reported_at IS NOT NULL
           AND (NEW.report_id, NEW.happened_on, NEW.answers, NEW.reported_at, NEW.reported_by, NEW.cancelled_at)
               IS DISTINCT FROM
               (OLD.report_id, OLD.happened_on, OLD.answers, OLD.reported_at, OLD.reported_by, OLD.cancelled_at) THEN
            PERFORM guarantee_refuse('a report is written once');
        END IF;
        IF OLD.completed_at IS NOT NULL AND NEW.completed_at IS DISTINCT FROM OLD.completed_at THEN
            PERFORM guarantee_refuse('a complete visit stays complete');
        END IF;
        IF OLD.completed_at IS NULL AND NEW.completed_at IS NOT NULL AND 3 > (
            SELECT count(*) FROM visit_peers WHERE visit_id = NEW.id AND signed_at IS NOT NULL
        ) THEN
            PERFORM guarantee_refuse('a visit needs the signatures of three peers');
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER kept BEFORE UPDATE ON visits FOR EACH ROW EXECUTE FUNCTION guarantee_keep_visit()",
    """
    CREATE FUNCTION guarantee_enough_peers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF 3 > (SELECT count(*) FROM visit_peers WHERE visit_id = NEW.id) THEN
            PERFORM guarantee_refuse('at least three peers visit');
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER enough_peers AFTER INSERT ON visits DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION guarantee_enough_peers()
    """,
    # Who visits is settled when the visit is planned; who signed has signed, and only what was reported.
    """
    CREATE FUNCTION guarantee_keep_peer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            PERFORM guarantee_refuse('a visit keeps its peers');
        END IF;
        IF (NEW.visit_id, NEW.peer_id, NEW.visited_id) IS DISTINCT FROM (OLD.visit_id, OLD.peer_id, OLD.visited_id)
           OR (OLD.signed_at IS NOT NULL
               AND (NEW.signed_at, NEW.signed_by, NEW.counts) IS DISTINCT FROM
                   (OLD.signed_at, OLD.signed_by, OLD.counts)) THEN
            PERFORM guarantee_refuse('who signed has signed');
        END IF;
        IF NEW.signed_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM visits WHERE id = NEW.visit_id AND reported_at IS NOT NULL
        ) THEN
            PERFORM guarantee_refuse('there is nothing to sign yet');
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON visit_peers FOR EACH ROW EXECUTE FUNCTION guarantee_keep_peer()",
    # Nobody is certified whom three peers have not visited, and nobody decides on its own case or on what it visited.
    """
    CREATE FUNCTION guarantee_check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.visit_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM visits
            WHERE id = NEW.visit_id AND application_id = NEW.application_id AND completed_at IS NOT NULL
        ) THEN
            PERFORM guarantee_refuse('a decision rests on a complete visit of its own application');
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER visited BEFORE INSERT ON guarantee_decisions
    FOR EACH ROW EXECUTE FUNCTION guarantee_check_decision()
    """,
    """
    CREATE FUNCTION guarantee_check_decider() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT NEW.stood_aside AND EXISTS (
            SELECT 1 FROM guarantee_decisions d JOIN guarantee_applications a ON a.id = d.application_id
            LEFT JOIN visits v ON v.application_id = a.id
            LEFT JOIN visit_peers p ON p.visit_id = v.id AND p.counts
            WHERE d.id = NEW.decision_id AND NEW.member_id IN (a.member_id, p.peer_id)
        ) THEN
            PERFORM guarantee_refuse('nobody decides on its own case, or on what it visited');
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER without_interest BEFORE INSERT ON decision_makers
    FOR EACH ROW EXECUTE FUNCTION guarantee_check_decider()
    """,
    """
    CREATE FUNCTION guarantee_enough_deciders() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM decision_makers WHERE decision_id = NEW.id AND NOT stood_aside) < (
            SELECT v.committee_size FROM guarantee_applications a JOIN standard_versions v ON v.id = a.version_id
            WHERE a.id = NEW.application_id
        ) THEN
            PERFORM guarantee_refuse('too few decided');
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER enough_deciders AFTER INSERT ON guarantee_decisions DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION guarantee_enough_deciders()
    """,
    *(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in ("guarantee_decisions", "decision_makers", "certificate_facts")
    ),
    # What was said stays said; its words may be forgotten.
    """
    CREATE FUNCTION guarantee_keep_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR NEW.text <> '' OR cardinality(NEW.photos) > 0
           OR (NEW.id, NEW.nonconformity_id, NEW.kind, NEW.due_on, NEW.at, NEW.by) IS DISTINCT FROM
              (OLD.id, OLD.nonconformity_id, OLD.kind, OLD.due_on, OLD.at, OLD.by) THEN
            PERFORM guarantee_refuse('what was said stays');
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON nonconformity_entries
    FOR EACH ROW EXECUTE FUNCTION guarantee_keep_entry()
    """,
    # A number, once given, is this certificate's for ever.
    """
    CREATE FUNCTION guarantee_keep_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR (NEW.id, NEW.code, NEW.member_id, NEW.standard_id, NEW.issued_on) IS DISTINCT FROM
           (OLD.id, OLD.code, OLD.member_id, OLD.standard_id, OLD.issued_on) THEN
            PERFORM guarantee_refuse('a certificate keeps its number');
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON certificates
    FOR EACH ROW EXECUTE FUNCTION guarantee_keep_certificate()
    """,
)


def upgrade() -> None:
    for statement in (*TABLES, *GUARDS):
        op.execute(statement)
