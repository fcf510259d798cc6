"""What it costs to make: diagnoses and fair prices."""

from alembic import op

revision = "0006"
down_revision = "0005"

_DIAGNOSES = """
CREATE TABLE diagnoses (
    id uuid NOT NULL,
    product_id uuid NOT NULL,
    member_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    unit text NOT NULL,
    season text NOT NULL,
    season_key text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    revision integer NOT NULL,
    newest integer NOT NULL,
    published integer,
    withdrawn boolean NOT NULL,
    shared boolean NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_diagnoses PRIMARY KEY (id),
    CONSTRAINT fk_diagnoses_product_id FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT fk_diagnoses_variant_id FOREIGN KEY (variant_id) REFERENCES variants (id),
    CONSTRAINT uq_diagnoses_product_id_season_key UNIQUE (product_id, season_key),
    CONSTRAINT ck_diagnoses_unit CHECK (unit IN ('KGM', 'LTR', 'H87', 'HUR')),
    CONSTRAINT ck_diagnoses_season CHECK (ends_on >= starts_on),
    CONSTRAINT ck_diagnoses_versions CHECK (newest >= 1 AND published BETWEEN 1 AND newest),
    CONSTRAINT ck_diagnoses_revision CHECK (revision >= newest),
    CONSTRAINT ck_diagnoses_withdrawn_was_published CHECK (NOT withdrawn OR published IS NOT NULL)
)
"""
_VERSIONS = """
CREATE TABLE diagnosis_versions (
    diagnosis_id uuid NOT NULL,
    version integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL,
    currency text NOT NULL,
    expected numeric(9, 3) NOT NULL,
    actual numeric(9, 3),
    losses numeric(9, 3) NOT NULL,
    margin numeric(9, 3) NOT NULL,
    note text NOT NULL,
    CONSTRAINT pk_diagnosis_versions PRIMARY KEY (diagnosis_id, version),
    CONSTRAINT fk_diagnosis_versions_diagnosis_id FOREIGN KEY (diagnosis_id) REFERENCES diagnoses (id),
    CONSTRAINT ck_diagnosis_versions_yield CHECK (expected > 0 AND actual > 0 AND losses >= 0),
    CONSTRAINT ck_diagnosis_versions_something_is_left CHECK (losses < coalesce(actual, expected)),
    CONSTRAINT ck_diagnosis_versions_margin CHECK (margin BETWEEN 0 AND 1000),
    CONSTRAINT ck_diagnosis_versions_version CHECK (version >= 1)
)
"""
_COSTS = """
CREATE TABLE diagnosis_costs (
    diagnosis_id uuid NOT NULL,
    version integer NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    quantity numeric(9, 3),
    unit text NOT NULL,
    price numeric,
    asset_value numeric,
    life_years numeric(9, 3),
    share numeric(9, 3),
    CONSTRAINT pk_diagnosis_costs PRIMARY KEY (diagnosis_id, version, position),
    CONSTRAINT fk_diagnosis_costs_diagnosis_id FOREIGN KEY (diagnosis_id, version)
        REFERENCES diagnosis_versions (diagnosis_id, version),
    CONSTRAINT ck_diagnosis_costs_kind
        CHECK (kind IN ('labour', 'inputs', 'energy', 'transport', 'depreciation', 'other')),
    CONSTRAINT ck_diagnosis_costs_whole CHECK (
        CASE WHEN kind = 'depreciation' THEN num_nulls(asset_value, life_years, share) = 0
            AND num_nonnulls(quantity, price) = 0
        ELSE num_nulls(quantity, price) = 0 AND num_nonnulls(asset_value, life_years, share) = 0 END),
    CONSTRAINT ck_diagnosis_costs_amounts CHECK (quantity >= 0 AND price >= 0 AND asset_value >= 0),
    CONSTRAINT ck_diagnosis_costs_wear CHECK (life_years > 0 AND share > 0 AND share <= 100)
)
"""
_OBSERVATIONS = """
CREATE TABLE diagnosis_observations (
    diagnosis_id uuid NOT NULL,
    version integer NOT NULL,
    position integer NOT NULL,
    channel text NOT NULL,
    price numeric NOT NULL,
    seen_on date NOT NULL,
    source text NOT NULL,
    CONSTRAINT pk_diagnosis_observations PRIMARY KEY (diagnosis_id, version, position),
    CONSTRAINT fk_diagnosis_observations_diagnosis_id FOREIGN KEY (diagnosis_id, version)
        REFERENCES diagnosis_versions (diagnosis_id, version),
    CONSTRAINT ck_diagnosis_observations_channel CHECK (channel IN ('paid_now', 'local', 'national', 'export')),
    CONSTRAINT ck_diagnosis_observations_price CHECK (price > 0)
)
"""
# What was written down is never changed; a draft is thrown away whole, and all of who is erased.
_KEPT = "CREATE TRIGGER never_changed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"

STATEMENTS: tuple[str, ...] = (
    _DIAGNOSES,
    "CREATE INDEX ix_diagnoses_product_id ON diagnoses (product_id, starts_on, id)",
    "CREATE INDEX ix_diagnoses_member_id ON diagnoses (member_id)",
    _VERSIONS,
    _COSTS,
    _OBSERVATIONS,
    *(_KEPT.format(table=table) for table in ("diagnosis_versions", "diagnosis_costs", "diagnosis_observations")),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
