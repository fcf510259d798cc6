"""Tables of users, the roles given to them, what proves an address, and failed attempts."""

from datetime import datetime
from typing import get_args
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.identity.rules import GRANTABLE, MOST_TRIES, Purpose


class User(Base):
    """Somebody who can sign in. No two have the same address, however it is capitalised, or phone number.

    One who signs in elsewhere has no password here, and an address only if the other issuer vouches for it.
    """

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: E.164.
    phone: Mapped[str | None] = mapped_column(Text)
    #: In which letters are written to them; the network's when there is none.
    language: Mapped[str | None] = mapped_column(Text)
    #: When they proved that they read what is sent to the address.
    email_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("phone"),
        CheckConstraint(r"phone ~ '^\+[1-9][0-9]{6,14}$'", name="phone"),
        CheckConstraint("password_hash IS NULL OR email IS NOT NULL OR phone IS NOT NULL", name="password_has_name"),
        Index("uq_users_email_key", text("lower(email)"), unique=True),
        Index("ix_users_name", text("lower(name)"), "id"),
    )


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


class ExternalSubject(Base):
    """The user whom another issuer calls by this subject."""

    __tablename__ = "external_subjects"

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("ix_external_subjects_user_id", "user_id"),)


class Ticket(Base):
    """A secret that was sent to an address: whoever brings it reads what is sent there. Only a hash of it is here.

    Without a user it was asked for in a name that nobody has, and is good for nothing.
    """

    __tablename__ = "tickets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    purpose: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    #: The new address that a user wants to have.
    email: Mapped[str | None] = mapped_column(Text)
    #: The member for which the user is to act.
    member_id: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Codes that were tried and wrong.
    tries: Mapped[int] = mapped_column(Integer)
    #: Used, or another took its place.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("purpose IN ({})".format(", ".join(f"'{p}'" for p in get_args(Purpose))), name="purpose"),
        CheckConstraint(f"tries BETWEEN 0 AND {MOST_TRIES}", name="tries"),
        CheckConstraint("(purpose = 'email') = (email IS NOT NULL)", name="email"),
        CheckConstraint("(purpose = 'join') = (member_id IS NOT NULL)", name="member_id"),
        Index("uq_tickets_secret_hash", "secret_hash", unique=True, postgresql_where=text("purpose <> 'code'")),
        Index(
            "uq_tickets_open_code",
            "user_id",
            unique=True,
            postgresql_where=text("purpose = 'code' AND ended_at IS NULL"),
        ),
        Index("ix_tickets_user_id_purpose", "user_id", "purpose"),
        Index("ix_tickets_expires_at", "expires_at"),
    )


class Enrolment(Base):
    """What an applicant said to be recognised by, until the application is decided.

    It is there whether the address was new or is somebody's, so that nothing tells the two apart.
    """

    __tablename__ = "enrolments"

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    email_key: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ix_enrolments_email_key", "email_key"),
        Index("ix_enrolments_phone", "phone"),
        Index("ix_enrolments_made_at", "made_at"),
    )


class Attempts(Base):
    """Attempts that failed lately, by a hash of what was tried and the address they came from.

    The empty address counts those from everywhere.
    """

    __tablename__ = "sign_in_attempts"

    account: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    address: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    #: No further attempt before.
    closed_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
