"""Who was erased, and whether the papers that the law keeps are, too."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.membership.models import Member


class Erasure(Base):
    """A member whose person was taken out of the books."""

    __tablename__ = "erasures"

    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]
    papers_erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("ix_erasures_waiting", "member_id", postgresql_where=text("papers_erased_at IS NULL")),)
