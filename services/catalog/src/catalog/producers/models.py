"""The producers' table: a copy of what the members service says."""

from uuid import UUID

from sqlalchemy import Index, Text
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
