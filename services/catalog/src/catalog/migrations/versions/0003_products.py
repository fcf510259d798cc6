"""Products in all their particulars."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS: tuple[str, ...] = (
    """
    ALTER TABLE products
        ADD shown_practices text[] NOT NULL DEFAULT '{}',
        ADD translations jsonb NOT NULL DEFAULT '{}',
        ADD contains text[],
        ADD may_contain text[],
        ADD storage text,
        ADD shelf_life_days integer,
        ADD conservation text,
        ADD place jsonb
    """,
    "UPDATE products SET shown_practices = practices",
    """
    ALTER TABLE products
        ADD CONSTRAINT ck_products_allergens
            CHECK ((contains IS NULL) = (may_contain IS NULL) AND NOT contains && may_contain),
        ADD CONSTRAINT ck_products_storage CHECK (storage IN ('ambient', 'chilled', 'frozen')),
        ADD CONSTRAINT ck_products_shelf_life_days CHECK (shelf_life_days BETWEEN 1 AND 3650)
    """,
    """
    ALTER TABLE variants
        ADD net_quantity numeric(12, 3),
        ADD net_unit text,
        ADD tax_rate numeric(6, 3),
        ADD tax_included boolean NOT NULL DEFAULT true,
        ADD deposit_name text,
        ADD deposit numeric,
        ADD piece_min numeric(12, 3),
        ADD piece_max numeric(12, 3),
        ADD season jsonb NOT NULL DEFAULT '[]',
        ADD in_season boolean NOT NULL DEFAULT true,
        ADD season_changes_on date,
        ADD session_starts_at timestamptz,
        ADD session_ends_at timestamptz,
        ADD session_place jsonb,
        ADD CONSTRAINT ck_variants_net_content
            CHECK ((net_quantity IS NULL) = (net_unit IS NULL) AND net_quantity > 0),
        ADD CONSTRAINT ck_variants_net_unit CHECK (net_unit IN ('KGM', 'GRM', 'LTR', 'MLT', 'H87')),
        ADD CONSTRAINT ck_variants_tax_rate CHECK (tax_rate BETWEEN 0 AND 100),
        ADD CONSTRAINT ck_variants_deposit
            CHECK ((deposit IS NULL) = (deposit_name IS NULL) AND (deposit IS NULL OR deposit > 0 AND unit = 'H87')),
        ADD CONSTRAINT ck_variants_piece_weight
            CHECK ((piece_min IS NULL) = (piece_max IS NULL) AND (piece_min IS NULL OR piece_min > 0
                   AND piece_min <= piece_max AND variable_weight AND unit = 'KGM')),
        ADD CONSTRAINT ck_variants_session
            CHECK ((session_starts_at IS NULL) = (session_ends_at IS NULL) AND session_starts_at < session_ends_at)
    """,
    "CREATE INDEX ix_variants_listed ON variants (product_id, position) WHERE NOT retired",
    "CREATE INDEX ix_variants_season ON variants (season_changes_on) WHERE NOT retired",
    """
    CREATE TABLE withheld_practices (
        member_id uuid NOT NULL,
        practice text NOT NULL,
        since timestamptz NOT NULL,
        CONSTRAINT pk_withheld_practices PRIMARY KEY (member_id, practice)
    )
    """,
    """
    CREATE TABLE producer_pages (
        member_id uuid NOT NULL,
        story text NOT NULL,
        place jsonb,
        version integer NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT pk_producer_pages PRIMARY KEY (member_id),
        CONSTRAINT ck_producer_pages_version CHECK (version >= 1)
    )
    """,
    # What is found by words, seasons, prices.
    """
    ALTER TABLE products
        ADD document tsvector NOT NULL DEFAULT '',
        ADD head tsvector NOT NULL DEFAULT '',
        ADD season text NOT NULL DEFAULT 'all_year',
        ADD next_season date,
        ADD lowest_price numeric,
        ADD units text[] NOT NULL DEFAULT '{}',
        ALTER search_text SET DEFAULT '',
        ADD CONSTRAINT ck_products_season CHECK (season IN ('all_year', 'now', 'later'))
    """,
    """
    UPDATE products SET
        head = setweight(to_tsvector('simple', sort_name), 'A'),
        document = setweight(to_tsvector('simple', sort_name), 'A') || to_tsvector('simple', search_text),
        lowest_price = (SELECT min(price) FROM variants WHERE product_id = products.id AND NOT retired),
        units = ARRAY(SELECT DISTINCT unit FROM variants WHERE product_id = products.id AND NOT retired ORDER BY unit)
    """,
    "DROP INDEX ix_products_search_text",
    """
    CREATE TABLE words (
        word text COLLATE "C" NOT NULL,
        near text[] NOT NULL,
        CONSTRAINT pk_words PRIMARY KEY (word)
    )
    """,
    """
    INSERT INTO words (word, near)
    SELECT word, ARRAY(SELECT word UNION SELECT overlay(word placing '' from place for 1)
                       FROM generate_series(1, length(word)) AS each(place) WHERE length(word) > 3)
    FROM ts_stat('SELECT document FROM products')
    """,
    "CREATE INDEX ix_words_near ON words USING gin (near) WITH (fastupdate = off)",
    """
    CREATE INDEX ix_products_document ON products USING gin (document)
        WITH (fastupdate = off) WHERE status = 'published'
    """,
    """
    CREATE INDEX ix_products_shown_practices ON products USING gin (shown_practices)
        WITH (fastupdate = off) WHERE status = 'published'
    """,
    "CREATE INDEX ix_products_listing_by_kind ON products (kind, sort_name, id) WHERE status = 'published'",
    "CREATE INDEX ix_products_listing_by_season ON products (season, sort_name, id) WHERE status = 'published'",
    "CREATE INDEX ix_products_lowest_price ON products (lowest_price) WHERE status = 'published'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
