"""Tables of departures. What was paid out or waived is in the ledger."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.membership.models import Member


class AgreementRow(Base):
    """What was agreed with a member who left; rows are added and never changed."""

    __tablename__ = "departure_agreements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    how: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    due_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]

    __table_args__ = (
        CheckConstraint("how IN ('keep', 'agree')", name="how"),
        CheckConstraint("(how = 'agree') = (due_on IS NOT NULL)", name="due_on"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_departure_agreements_member_id_id", "member_id", "id"),
    )


class DepartureRow(Base):
    """A departure in which all is settled: of a member, as of the instant from which it was gone."""

    __tablename__ = "departures"

    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id), primary_key=True)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[UUID]
