"""Tables of invitations and who followed them."""

from datetime import datetime
from typing import get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.invitations.rules import MOST_USES, Purpose
from members.membership.models import Member


class Invitation(Base):
    """What a code is good for, until when, how often. Of the code only a hash is here."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    #: For whom one is invited to act.
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey(Member.id))
    #: The kind that an applicant will be, if that was decided.
    kind: Mapped[str | None] = mapped_column(Text)
    #: Whether applying with it is being admitted.
    admitted: Mapped[bool]
    role: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    #: The code follows from this and a secret that is not in the database.
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    max_uses: Mapped[int] = mapped_column(Integer)
    uses: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("purpose IN ({})".format(", ".join(f"'{p}'" for p in get_args(Purpose))), name="purpose"),
        CheckConstraint(f"max_uses BETWEEN 1 AND {MOST_USES}", name="max_uses"),
        CheckConstraint("uses BETWEEN 0 AND max_uses", name="uses"),
        CheckConstraint("(purpose = 'acting') = (member_id IS NOT NULL)", name="member_id"),
        CheckConstraint("(purpose = 'role') = (role IS NOT NULL)", name="role"),
        CheckConstraint("kind IS NULL OR purpose = 'membership'", name="kind"),
        CheckConstraint("NOT admitted OR purpose = 'membership'", name="admitted"),
        Index("ix_invitations_made_by_id", "made_by", "id"),
        Index("ix_invitations_member_id", "member_id"),
    )


class Use(Base):
    """Somebody followed an invitation: a user, or the member that applied with it. Rows are only added."""

    __tablename__ = "invitation_uses"

    invitation_id: Mapped[UUID] = mapped_column(ForeignKey(Invitation.id), primary_key=True)
    used_by: Mapped[UUID] = mapped_column(primary_key=True)
    used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
