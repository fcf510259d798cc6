"""Tables of proposals and votes. What may be written in them when, the database holds itself (migration 0011)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.membership.models import Member

_UNDER_WAY = "announced_at IS NOT NULL AND counted_at IS NULL AND cancelled_at IS NULL"


class ProposalRow(Base):
    """What is put to the vote. Its state is not here: it follows from dates and facts."""

    __tablename__ = "proposals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    majority: Mapped[str | None] = mapped_column(Text)
    ballot: Mapped[str] = mapped_column(Text)
    #: ``[{"key": …, "text": …}]``, in their order.
    options: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    max_choices: Mapped[int] = mapped_column(Integer)
    seats: Mapped[int] = mapped_column(Integer)
    quorum_percent: Mapped[int | None] = mapped_column(Integer)
    quorum_number: Mapped[int | None] = mapped_column(Integer)
    kinds: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    in_arrears: Mapped[bool]
    weights: Mapped[dict[str, int]] = mapped_column(JSONB)
    delegation: Mapped[bool]
    matter: Mapped[str | None] = mapped_column(Text)
    matter_id: Mapped[UUID | None]
    opens_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closes_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Nobody's where an application opened it by itself.
    made_by: Mapped[UUID | None]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Member.id))
    announced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the roll was frozen, and with how many members.
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    entitled: Mapped[int | None] = mapped_column(Integer)
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_by: Mapped[UUID | None]
    cancelled_because: Mapped[str | None] = mapped_column(Text)
    counted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: Grows with each change.
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("method IN ('consent', 'majority', 'approval')", name="method"),
        CheckConstraint("majority IN ('simple', 'absolute', 'two_thirds')", name="majority"),
        CheckConstraint("ballot IN ('open', 'secret')", name="ballot"),
        CheckConstraint("matter IN ('admission', 'loan', 'initiative')", name="matter"),
        CheckConstraint("(majority IS NOT NULL) = (method = 'majority')", name="majority_of"),
        CheckConstraint(
            "max_choices BETWEEN 1 AND jsonb_array_length(options) AND seats BETWEEN 1 AND jsonb_array_length(options)"
            " AND (method = 'approval' OR (max_choices = 1 AND seats = 1))",
            name="choices",
        ),
        CheckConstraint(
            "(quorum_percent BETWEEN 1 AND 100 AND quorum_number IS NULL)"
            " OR (quorum_percent IS NULL AND (quorum_number IS NULL OR quorum_number >= 1))",
            name="quorum",
        ),
        CheckConstraint("ballot = 'open' OR (weights = '{}' AND NOT delegation)", name="secret"),
        CheckConstraint("(matter IS NULL) = (matter_id IS NULL)", name="matter_of"),
        CheckConstraint("opens_at < closes_at", name="dates"),
        CheckConstraint("announced_at IS NULL OR opens_at IS NOT NULL", name="announced"),
        CheckConstraint(
            "(opened_at IS NULL) = (entitled IS NULL) AND (opened_at IS NULL OR announced_at IS NOT NULL)",
            name="opened",
        ),
        CheckConstraint(
            "(counted_at IS NULL) = (result IS NULL) AND (counted_at IS NULL OR opened_at IS NOT NULL)", name="counted"
        ),
        CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_because IS NULL) AND (cancelled_at IS NULL OR counted_at IS NULL)",
            name="cancelled",
        ),
        Index(
            "uq_proposals_under_way",
            "matter",
            "matter_id",
            unique=True,
            postgresql_where=sql("matter IN ('admission', 'loan') AND counted_at IS NULL AND cancelled_at IS NULL"),
        ),
        Index("ix_proposals_matter_id", "matter_id", postgresql_where=sql("matter_id IS NOT NULL")),
        Index("ix_proposals_waiting", "closes_at", postgresql_where=sql(_UNDER_WAY)),
    )


class Signature(Base):
    """A member wants this to be put to the vote."""

    __tablename__ = "proposal_signatures"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey(ProposalRow.id), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id), primary_key=True)
    signed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    signed_by: Mapped[UUID]


class RollRow(Base):
    """A member who may vote, as the register had it when voting opened."""

    __tablename__ = "electoral_roll"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey(ProposalRow.id), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    weight: Mapped[int] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("weight > 0", name="weight"),)


def _on_roll() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["proposal_id", "member_id"], [RollRow.proposal_id, RollRow.member_id])


class BallotRow(Base):
    """An open ballot as it was cast. Of a member's ballots the one with the highest place counts."""

    __tablename__ = "ballots"

    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str] = mapped_column(Text)
    cast_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    cast_by: Mapped[UUID]

    __table_args__ = (_on_roll(),)


class Mark(Base):
    """A member voted secretly: nobody says when, by whom or what."""

    __tablename__ = "voted_secretly"

    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (_on_roll(),)


class BoxedBallot(Base):
    """A secret ballot while voting goes on; who has its receipt can change it."""

    __tablename__ = "ballot_box"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey(ProposalRow.id), primary_key=True)
    receipt_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str] = mapped_column(Text)


class CountedBallot(Base):
    """A secret ballot as it was counted, written with all the others in the order of the hashes."""

    __tablename__ = "counted_ballots"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey(ProposalRow.id), primary_key=True)
    receipt_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str] = mapped_column(Text)


class DelegationRow(Base):
    """A member said who votes for it (nobody any more, without a delegate), in one proposal or, without one, in all."""

    __tablename__ = "delegations"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    delegate_id: Mapped[UUID | None] = mapped_column(ForeignKey(Member.id))
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey(ProposalRow.id))
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    said_by: Mapped[UUID]

    __table_args__ = (
        CheckConstraint("member_id <> delegate_id", name="another"),
        Index("ix_delegations_member_id_proposal_id_id", "member_id", "proposal_id", "id"),
    )


class RepresentationRow(Base):
    """A delegation that was in force at closing, kept with the count."""

    __tablename__ = "representations"

    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    delegate_id: Mapped[UUID]

    __table_args__ = (_on_roll(),)


class LetterRow(Base):
    """A member was told."""

    __tablename__ = "proposal_letters"

    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (_on_roll(), CheckConstraint("kind IN ('opened', 'reminder')", name="kind"))
