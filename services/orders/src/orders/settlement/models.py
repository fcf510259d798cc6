"""The transfers of a cycle, and which part of them the ledger has posted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orders.base import Base
from orders.cycles.models import Instant


class SettlementPart(Base):
    """A part small enough for one message. `posted_at` is when the ledger said that it has it."""

    __tablename__ = "settlement_part"
    __table_args__ = (
        UniqueConstraint("cycle_id", "part"),
        CheckConstraint("part BETWEEN 1 AND parts", name="part"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"))
    part: Mapped[int]
    parts: Mapped[int]
    posted_at: Mapped[datetime | None] = mapped_column(Instant)


class SettlementEntry(Base):
    """A transfer of `minor` units from the debited to the credited account."""

    __tablename__ = "settlement_entry"
    __table_args__ = (
        CheckConstraint("minor > 0 AND debit <> credit", name="transfer"),
        CheckConstraint("cause IN ('order', 'payable', 'fee', 'payment', 'difference')", name="cause"),
        Index("ix_settlement_entry_part_id", "part_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    part_id: Mapped[UUID] = mapped_column(ForeignKey("settlement_part.id"))
    position: Mapped[int]
    debit: Mapped[str] = mapped_column(Text)
    credit: Mapped[str] = mapped_column(Text)
    minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    cause_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(Text)
