"""The tables of recalls. What was found stays: only more is added to it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base
from catalog.lots.models import Lot

_INSTANT = DateTime(timezone=True)


class Recall(Base):
    __tablename__ = "recalls"
    __table_args__ = (
        CheckConstraint("severity IN ('recall', 'warning')", name="severity"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("advice <> ''", name="advice"),
        CheckConstraint("parts >= 0", name="parts"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        UniqueConstraint("number"),
        Index("ix_recalls_issued_at_id", "issued_at", "id"),
        Index("ix_recalls_open", "id", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text)
    issued_by: Mapped[UUID]
    issued_at: Mapped[datetime] = mapped_column(_INSTANT)
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None] = mapped_column(_INSTANT)
    outcome: Mapped[str] = mapped_column(Text)
    #: Messages that told whom it reaches.
    parts: Mapped[int]
    #: The last event of lots that was there when it was traced.
    traced_to: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]


class RecallLot(Base):
    """A lot that is recalled: named, or made of one that is."""

    __tablename__ = "recall_lots"
    __table_args__ = (Index("ix_recall_lots_lot_id", "lot_id"),)

    recall_id: Mapped[UUID] = mapped_column(ForeignKey(Recall.id), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey(Lot.id), primary_key=True)
    named: Mapped[bool]


class RecallLine(Base):
    """A line of an order that got some of a recalled lot, and the message that told of it."""

    __tablename__ = "recall_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_recall_lines_member_id", "member_id"),
    )

    recall_id: Mapped[UUID] = mapped_column(ForeignKey(Recall.id), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey(Lot.id), primary_key=True)
    order_id: Mapped[UUID]
    member_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    unit: Mapped[str] = mapped_column(Text)
    part: Mapped[int]
