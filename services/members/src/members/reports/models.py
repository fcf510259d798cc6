"""Tables of published reports."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, DateTime, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base


class PublishedReport(Base):
    """A report as it was when it was published; rows are added and never changed."""

    __tablename__ = "published_reports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(Text)
    #: The bytes that are answered, and their SHA-256 as hexadecimal digits.
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_by: Mapped[UUID]

    __table_args__ = (
        CheckConstraint("until >= since", name="days"),
        CheckConstraint("digest = encode(sha256(content), 'hex')", name="digest"),
        Index("ix_published_reports_published_at", "published_at", "id"),
    )
