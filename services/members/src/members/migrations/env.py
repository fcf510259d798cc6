"""Alembic's entry: every table of the service, whichever room declares it."""

from kit import migrations
from members import tables

migrations.run(tables.METADATA)
