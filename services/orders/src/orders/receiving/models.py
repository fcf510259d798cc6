"""What was delivered. Append-only: a correction is a newer receipt of the same variant."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from orders.base import Base
from orders.cycles.models import Instant
from orders.purchasing.models import SumType


class Receipt(Base):
    """The newest receipt of a variant counts; `corrects` names the one that it takes the place of."""

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("accepted >= 0 AND rejected >= 0", name="quantities"),
        CheckConstraint("corrects < id", name="corrects_an_earlier_one"),
        ForeignKeyConstraint(
            ["purchase_order_id", "variant_id"],
            ["purchase_order_line.purchase_order_id", "purchase_order_line.variant_id"],
            name="fk_receipt_line",
        ),
        Index("ix_receipt_line", "purchase_order_id", "variant_id", "id"),
        Index("uq_receipt_corrects", "corrects", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    purchase_order_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    accepted: Mapped[Decimal] = mapped_column(SumType)
    rejected: Mapped[Decimal] = mapped_column(SumType)
    reason: Mapped[str | None] = mapped_column(Text)
    lot: Mapped[str | None] = mapped_column(Text)
    corrects: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    received_at: Mapped[datetime] = mapped_column(Instant)
    received_by: Mapped[UUID]
