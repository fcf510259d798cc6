"""Products that are not on offer while their member is suspended."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE products DROP CONSTRAINT ck_products_status, ADD CONSTRAINT ck_products_status
            CHECK (status IN ('draft', 'published', 'paused', 'withdrawn'))
    """)
