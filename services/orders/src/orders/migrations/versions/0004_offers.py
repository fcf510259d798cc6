"""What the catalog says of offers beyond name and price: what they cost to make, and prices of a place."""

from alembic import op

revision = "0004_offers"
down_revision = "0003_books"

_DIAGNOSIS = """
CREATE TABLE diagnosis (
    id uuid NOT NULL,
    product_id uuid NOT NULL,
    producer_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    unit text NOT NULL,
    season text NOT NULL,
    season_starts date NOT NULL,
    costs jsonb NOT NULL,
    cost bigint NOT NULL,
    fair_price bigint NOT NULL,
    CONSTRAINT pk_diagnosis PRIMARY KEY (id)
)
"""
_HUB_OFFER = """
CREATE TABLE hub_offer (
    id uuid NOT NULL,
    variant_id uuid NOT NULL,
    producer_id uuid NOT NULL,
    pickup_point_id uuid,
    cycle_id uuid,
    price bigint NOT NULL,
    fees jsonb NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz,
    exclusive boolean NOT NULL,
    rank smallint NOT NULL,
    CONSTRAINT pk_hub_offer PRIMARY KEY (id),
    CONSTRAINT ck_hub_offer_somewhere CHECK (num_nonnulls(pickup_point_id, cycle_id) >= 1),
    CONSTRAINT ck_hub_offer_price CHECK (price > 0),
    CONSTRAINT ck_hub_offer_rank
        CHECK (rank = 2 * (cycle_id IS NOT NULL)::int + (pickup_point_id IS NOT NULL)::int)
)
"""
_HUB_PRICE = """
CREATE TABLE hub_price (
    cycle_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    hub_offer_id uuid NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT pk_hub_price PRIMARY KEY (cycle_id, variant_id, hub_offer_id),
    CONSTRAINT fk_hub_price_offer FOREIGN KEY (cycle_id, variant_id)
        REFERENCES cycle_offer (cycle_id, variant_id) ON DELETE CASCADE,
    CONSTRAINT fk_hub_price_hub_offer_id FOREIGN KEY (hub_offer_id) REFERENCES hub_offer (id) ON DELETE CASCADE
)
"""

STATEMENTS: tuple[str, ...] = (
    # The version before writes rows without these columns.
    "ALTER TABLE variant ADD COLUMN extras jsonb NOT NULL DEFAULT '{}'",
    "ALTER TABLE cycle_offer ADD COLUMN diagnosis jsonb",
    "ALTER TABLE order_line ADD COLUMN hub_offer_id uuid, ADD COLUMN hub_fees jsonb NOT NULL DEFAULT '[]'",
    "ALTER TABLE order_line ADD COLUMN diagnosis jsonb, ADD COLUMN parts jsonb",
    _DIAGNOSIS,
    "CREATE INDEX ix_diagnosis_product_id ON diagnosis (product_id)",
    "CREATE INDEX ix_diagnosis_producer_id ON diagnosis (producer_id)",
    _HUB_OFFER,
    "CREATE INDEX ix_hub_offer_variant_id ON hub_offer (variant_id)",
    "CREATE INDEX ix_hub_offer_exclusive ON hub_offer (variant_id) WHERE exclusive",
    "CREATE INDEX ix_hub_offer_producer_id ON hub_offer (producer_id)",
    _HUB_PRICE,
    "CREATE INDEX ix_hub_price_hub_offer_id ON hub_price (hub_offer_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
