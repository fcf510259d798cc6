"""What the catalog says of offers beyond name and price."""

from alembic import op

revision = "0004_offers"
down_revision = "0003_books"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
