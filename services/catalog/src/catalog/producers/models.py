"""The producers' table: a copy of what the members service says."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class Producer(Base):
    """A member, with the name and standing that its offers depend on."""

    __tablename__ = "producers"
    __table_args__ = (Index("ix_producers_folded_name", "folded_name"),)

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    #: The name without case and accents, for matching what spreadsheets say.
    folded_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)


class ProducerPage(Base):
    """What a producer tells of itself, for everyone to read."""

    __tablename__ = "producer_pages"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    story: Mapped[str] = mapped_column(Text)
    #: Name and location.
    place: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
