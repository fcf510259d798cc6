"""Tables of share capital. Values are in the currency's smallest unit.

``share_holdings`` is written by the database from the register's entries, and its CHECKs are what nobody can transfer
or redeem past (migration 0008).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.membership.models import Member


class ShareValue(Base):
    """What a share is worth from a date on; rows are added and never changed."""

    __tablename__ = "share_values"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]

    __table_args__ = (UniqueConstraint("valid_from"), CheckConstraint("amount > 0", name="amount"))


class Operation(Base):
    """Something that happened to shares; rows are added and never changed."""

    __tablename__ = "share_operations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The order in which they were recorded.
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    #: Who gets what is transferred.
    to_member_id: Mapped[UUID | None] = mapped_column(ForeignKey(Member.id))
    shares: Mapped[int] = mapped_column(Integer)
    dated: Mapped[date] = mapped_column(Date)
    #: How it was paid in or out.
    method: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    reverses: Mapped[UUID | None] = mapped_column(ForeignKey("share_operations.id"))
    #: The ledger's transfers of it.
    transfers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("seq"),
        CheckConstraint("kind IN ('subscribed', 'paid', 'transferred', 'redeemed', 'reversed')", name="kind"),
        CheckConstraint("(kind = 'transferred') = (to_member_id IS NOT NULL)", name="to_member"),
        CheckConstraint("to_member_id <> member_id", name="not_to_oneself"),
        CheckConstraint("shares > 0", name="shares"),
        CheckConstraint("(kind = 'reversed') = (reverses IS NOT NULL)", name="reverses"),
        Index("uq_share_operations_reverses", "reverses", unique=True, postgresql_where=sql("reverses IS NOT NULL")),
        Index("ix_share_operations_member_id_seq", "member_id", "seq"),
        Index("ix_share_operations_to_member_id_seq", "to_member_id", "seq"),
    )


class Entry(Base):
    """What an operation changes of a member's shares of one value; rows are added and never changed."""

    __tablename__ = "share_entries"

    operation_id: Mapped[UUID] = mapped_column(ForeignKey(Operation.id), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    currency: Mapped[str] = mapped_column(Text)
    value: Mapped[int] = mapped_column(BigInteger)
    subscribed: Mapped[int] = mapped_column(Integer)
    paid: Mapped[int] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("value > 0", name="value"),)


class Holding(Base):
    """A member's shares of one value, as they follow from the register."""

    __tablename__ = "share_holdings"

    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id), primary_key=True)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    subscribed: Mapped[int] = mapped_column(Integer)
    paid: Mapped[int] = mapped_column(Integer)
    #: When the member first had one of this value: the oldest go first.
    since: Mapped[date] = mapped_column(Date)

    __table_args__ = (CheckConstraint("paid >= 0 AND paid <= subscribed", name="held"),)
