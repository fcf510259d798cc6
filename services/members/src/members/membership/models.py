"""Tables of members and what happened to their standing."""

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
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from contracts.members import MemberKind
from members.base import Base
from members.identity.models import User
from members.membership.rules import FactKind


def _one_of(column: str, kind: object) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in get_args(kind)))


class Member(Base):
    """Whoever belongs, or asked to. The standing is not here: it follows from the facts."""

    __tablename__ = "members"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Given at admission, never reused.
    number: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    tax_id: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    applied_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Grows with each change that others are told of.
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("number"), CheckConstraint(_one_of("kind", MemberKind), name="kind"))


class Acting(Base):
    """A user acts for a member."""

    __tablename__ = "acting"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id), primary_key=True)

    __table_args__ = (Index("ix_acting_member_id", "member_id"),)


class StandingFact(Base):
    """Something that happened to a membership, in force from ``effective_at``; rows are added and never changed."""

    __tablename__ = "standing_facts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    kind: Mapped[str] = mapped_column(Text)
    effective_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: The user who did it; nobody's for an application by someone not signed in.
    recorded_by: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(_one_of("kind", FactKind), name="kind"),
        Index("ix_standing_facts_member_id_effective_at_id", "member_id", "effective_at", "id"),
    )


class Counter(Base):
    """The last number given in a series, such as the members of 2026."""

    __tablename__ = "counters"

    series: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)
