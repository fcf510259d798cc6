"""Tables of members and what happened to their standing."""

from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.members import MemberKind, MemberStatus
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
    #: The standing that others were last told of.
    told: Mapped[str] = mapped_column(Text, server_default="applied")
    #: ISO 3166-1 alpha-2; the network's own where there is none.
    country: Mapped[str | None] = mapped_column(Text)
    #: ``{"street", "town", "postal_code", "country"}``
    address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: ``{"name", "document"}``
    representative: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: What only coordinators see.
    notes: Mapped[str] = mapped_column(Text, server_default="")
    #: Name, number and address folded, for searching.
    search_key: Mapped[str] = mapped_column(Text, server_default="")
    #: The form that the application answered; none where the network had no form of its own.
    form_id: Mapped[int | None] = mapped_column(ForeignKey("application_forms.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(_one_of("kind", MemberKind), name="kind"),
        CheckConstraint(_one_of("told", MemberStatus), name="told"),
    )


class MemberNumber(Base):
    """A number that was ever given, and to whom: nobody else gets it."""

    __tablename__ = "member_numbers"

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ApplicationForm(Base):
    """A version of what a kind is asked when it applies; rows are added and never changed."""

    __tablename__ = "application_forms"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("kind", "version"),
        CheckConstraint(_one_of("kind", MemberKind), name="kind"),
        CheckConstraint("version > 0", name="version"),
    )


class MemberChange(Base):
    """A particular of a member that somebody changed. Kept as it was written, until the member is erased."""

    __tablename__ = "member_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    field: Mapped[str] = mapped_column(Text)
    before: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID | None]

    __table_args__ = (Index("ix_member_changes_member_id_id", "member_id", "id"),)


class Acting(Base):
    """A user acts for a member, or did until it was ended; nothing else is ever changed."""

    __tablename__ = "acting"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: The user who saw to it; nobody's for an application.
    by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("ended_at >= since", name="ends_after_since"),
        Index("ix_acting_member_id", "member_id"),
        Index("uq_acting_now", "user_id", "member_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )


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
    #: The network's day of ``effective_at``.
    effective_on: Mapped[date] = mapped_column(Date)
    #: The fact of the same member that this one takes the place of; of a chain of corrections the last counts.
    corrects: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(_one_of("kind", FactKind), name="kind"),
        CheckConstraint("corrects IS NOT NULL OR kind <> 'revoked'", name="revokes"),
        CheckConstraint("corrects < id", name="corrects"),
        UniqueConstraint("corrects"),
        UniqueConstraint("id", "member_id"),
        ForeignKeyConstraint(["corrects", "member_id"], ["standing_facts.id", "standing_facts.member_id"]),
        Index("ix_standing_facts_member_id_effective_at_id", "member_id", "effective_at", "id"),
    )


class ObligationRow(Base):
    """Something a member owes, such as an invoice. Cleared once, never reopened: what is owed again is a new row."""

    __tablename__ = "obligations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    cause_id: Mapped[UUID]
    #: The first day of being in arrears with it, and the instant at which that day begins in the network.
    arrears_from: Mapped[date] = mapped_column(Date)
    arrears_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    cleared_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("uq_obligations_cause_id", "cause_id", unique=True, postgresql_where=text("cleared_at IS NULL")),
        Index("ix_obligations_member_id", "member_id"),
    )


class Counter(Base):
    """The last number given in a series, such as the members of 2026."""

    __tablename__ = "counters"

    series: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)
