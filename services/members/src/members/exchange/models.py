"""The table of payments that were asked for; those that were made are transfers of the ledger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.membership.models import Member


class PaymentRequest(Base):
    """Somebody asks to be paid. Answered once; the transfer that pays it has the same id."""

    __tablename__ = "payment_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payee_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    payer_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    offer_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    asked_by: Mapped[UUID]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    status: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Nobody's for what expired.
    answered_by: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text, server_default="")

    __table_args__ = (
        CheckConstraint("payee_id <> payer_id", name="two_members"),
        CheckConstraint("amount > 0 AND amount < 1000000000000000", name="amount"),
        CheckConstraint("status IN ('open', 'paid', 'declined', 'withdrawn', 'expired')", name="status"),
        CheckConstraint("(status = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("expires_at > asked_at", name="expiry"),
        Index("ix_payment_requests_payer_id_asked_at_id", "payer_id", "asked_at", "id"),
        Index("ix_payment_requests_payee_id_asked_at_id", "payee_id", "asked_at", "id"),
        Index("ix_payment_requests_expires_at", "expires_at", postgresql_where=sql("status = 'open'")),
    )
