"""Tables of users and the roles given to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.identity.rules import GRANTABLE


class User(Base):
    """Somebody who can sign in. No two have the same address, however it is capitalised."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("uq_users_email_key", text("lower(email)"), unique=True),)


class Grant(Base):
    """A role given or withdrawn; rows are added and never changed."""

    __tablename__ = "role_grants"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    role: Mapped[str] = mapped_column(Text)
    granted: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    #: Nobody's when the network was set up. Not always a user of ours: tokens may come from another issuer.
    by: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("role IN ({})".format(", ".join(f"'{role}'" for role in GRANTABLE)), name="role"),
        Index("ix_role_grants_user_id_id", "user_id", "id"),
    )
