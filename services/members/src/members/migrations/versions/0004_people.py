"""Signing in by other means than a password: phone, codes, invitations, letters."""

from alembic import op

from kit.mail import table as letters

revision = "0004"
down_revision = "0003"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    letters.create(op)
    for statement in STATEMENTS:
        op.execute(statement)
