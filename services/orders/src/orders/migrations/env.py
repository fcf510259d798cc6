"""Alembic's entry."""

from kit import migrations
from orders import tables

migrations.run(tables.METADATA)
