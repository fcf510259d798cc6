"""Recalls that the catalog issued, whom they reach, and what those answered."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from orders.base import Base
from orders.cycles.models import Instant, QuantityType


class Recall(Base):
    __tablename__ = "recall"
    __table_args__ = (
        CheckConstraint("severity IN ('recall', 'warning')", name="severity"),
        Index("ix_recall_issued_at_id", "issued_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class RecallLine(Base):
    """What a line got of a recalled lot, as the catalog traced it."""

    __tablename__ = "recall_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_recall_line_member_id", "member_id", "recall_id"),
    )

    recall_id: Mapped[UUID] = mapped_column(ForeignKey("recall.id"), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    lot: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[UUID]
    member_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    product: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QuantityType)
    unit: Mapped[str] = mapped_column(Text)


class RecallAnswer(Base):
    """What a member says has become of it; the last word counts."""

    __tablename__ = "recall_answer"
    __table_args__ = (CheckConstraint("answer IN ('eaten', 'kept', 'returned', 'discarded')", name="answer"),)

    recall_id: Mapped[UUID] = mapped_column(ForeignKey("recall.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    answer: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(Instant)
