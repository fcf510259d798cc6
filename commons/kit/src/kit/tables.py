"""The kit's own tables, which every service's database has."""

from typing import Any

from alembic.operations import Operations
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_metadata = MetaData(naming_convention=NAMING)

#: Events written with the work, waiting to be numbered and published in the order of their ids.
outbox = Table(
    "outbox",
    _metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("audience", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("envelope", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("sequence", BigInteger),
    Column("published_at", DateTime(timezone=True)),
    UniqueConstraint("event_id"),
    UniqueConstraint("audience", "sequence"),
    CheckConstraint("audience IN ('pub', 'int')", name="audience"),
    CheckConstraint("published_at IS NULL OR sequence IS NOT NULL", name="published_is_numbered"),
    Index("ix_outbox_waiting", "id", postgresql_where=text("published_at IS NULL")),
    # Only for forgetting what is old: BRIN costs a writer next to nothing.
    Index("ix_outbox_created_at", "created_at", postgresql_using="brin"),
)

#: The last number given to an event of each audience: survives the pruning of sent events.
outbox_counter = Table(
    "outbox_counter",
    _metadata,
    Column("audience", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

#: Events that were handled, so that each is handled once.
inbox = Table(
    "inbox",
    _metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_inbox_handled_at", "handled_at", postgresql_using="brin"),
)

#: The newest version seen of every thing that another service speaks of.
latest = Table(
    "latest",
    _metadata,
    Column("thing", Text, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

#: Answers to requests that carried an Idempotency-Key, kept for a day.
idempotency = Table(
    "idempotency",
    _metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_idempotency_created_at", "created_at", postgresql_using="brin"),
)


def service_metadata() -> MetaData:
    """Metadata for a service's own tables, with a copy of the kit's in it."""
    metadata = MetaData(naming_convention=NAMING)
    for table in _metadata.sorted_tables:
        table.to_metadata(metadata)
    return metadata


def create_all(op: Operations | Any) -> None:
    """Creates the kit's tables; called by the first migration of each service with Alembic's ``op``."""
    _metadata.create_all(op.get_bind())
    op.execute("INSERT INTO outbox_counter (audience, last) VALUES ('pub', 0), ('int', 0)")
