"""Lots that were delivered, and recalls."""

from alembic import op

revision = "0005_lots"
down_revision = "0004_offers"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
