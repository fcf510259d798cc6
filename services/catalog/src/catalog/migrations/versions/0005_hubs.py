"""Prices of a pickup point or a cycle."""

from alembic import op

revision = "0005"
down_revision = "0004"

_OFFERS = """
CREATE TABLE hub_offers (
    id uuid NOT NULL,
    variant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    pickup_point_id uuid,
    cycle_id uuid,
    price numeric NOT NULL,
    currency text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz,
    exclusive boolean NOT NULL,
    version integer NOT NULL,
    withdrawn_at timestamptz,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_hub_offers PRIMARY KEY (id),
    CONSTRAINT fk_hub_offers_variant_id FOREIGN KEY (variant_id) REFERENCES variants (id),
    CONSTRAINT ck_hub_offers_somewhere CHECK (num_nonnulls(pickup_point_id, cycle_id) >= 1),
    CONSTRAINT ck_hub_offers_dates CHECK (valid_until > valid_from),
    CONSTRAINT ck_hub_offers_price CHECK (price > 0),
    CONSTRAINT ck_hub_offers_version CHECK (version >= 1),
    CONSTRAINT ex_hub_offers_one_price EXCLUDE USING gist (
        variant_id WITH =,
        (coalesce(pickup_point_id, '00000000-0000-0000-0000-000000000000'::uuid)) WITH =,
        (coalesce(cycle_id, '00000000-0000-0000-0000-000000000000'::uuid)) WITH =,
        tstzrange(valid_from, valid_until) WITH &&
    ) WHERE (withdrawn_at IS NULL)
)
"""
_FEES = """
CREATE TABLE hub_offer_fees (
    hub_offer_id uuid NOT NULL,
    position integer NOT NULL,
    name text NOT NULL,
    amount numeric NOT NULL,
    payee text NOT NULL,
    CONSTRAINT pk_hub_offer_fees PRIMARY KEY (hub_offer_id, position),
    CONSTRAINT fk_hub_offer_fees_hub_offer_id FOREIGN KEY (hub_offer_id) REFERENCES hub_offers (id),
    CONSTRAINT uq_hub_offer_fees_hub_offer_id_name UNIQUE (hub_offer_id, name),
    CONSTRAINT ck_hub_offer_fees_amount CHECK (amount > 0)
)
"""
_CYCLES = """
CREATE TABLE known_cycles (
    id uuid NOT NULL,
    name text NOT NULL,
    closes_at timestamptz NOT NULL,
    CONSTRAINT pk_known_cycles PRIMARY KEY (id)
)
"""
_PICKUPS = """
CREATE TABLE known_pickups (
    cycle_id uuid NOT NULL,
    pickup_point_id uuid NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_known_pickups PRIMARY KEY (cycle_id, pickup_point_id),
    CONSTRAINT fk_known_pickups_cycle_id FOREIGN KEY (cycle_id) REFERENCES known_cycles (id)
)
"""

STATEMENTS: tuple[str, ...] = (
    # Trusted since PostgreSQL 13: the owner of the database may create it.
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    _OFFERS,
    "CREATE INDEX ix_hub_offers_variant_id ON hub_offers (variant_id, id)",
    "CREATE INDEX ix_hub_offers_pickup_point_id ON hub_offers (pickup_point_id, id)",
    "CREATE INDEX ix_hub_offers_cycle_id ON hub_offers (cycle_id, id)",
    "CREATE INDEX ix_hub_offers_member_id ON hub_offers (member_id)",
    _FEES,
    _CYCLES,
    _PICKUPS,
    "CREATE INDEX ix_known_pickups_pickup_point_id ON known_pickups (pickup_point_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
