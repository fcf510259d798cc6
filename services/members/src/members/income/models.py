"""Tables of purposes, contributions, subsidies and spending. Amounts are in the currency's smallest unit.

``received`` and ``spent`` are counted by the database when a receipt or a spending is written (migration 0008).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
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
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.ledger.models import TransferRow
from members.membership.models import Member


class Purpose(Base):
    """What money is used for. The code stays; names may change."""

    __tablename__ = "purposes"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_es: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("code ~ '^[a-z][a-z0-9_-]{0,29}$'", name="code"),)


class Contribution(Base):
    """What a member or somebody else means to give, and what came of it."""

    __tablename__ = "contributions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey(Member.id))
    giver: Mapped[str | None] = mapped_column(Text)
    anonymous: Mapped[bool] = mapped_column(Boolean)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    pledged_on: Mapped[date] = mapped_column(Date)
    expected_on: Mapped[date] = mapped_column(Date)
    purpose: Mapped[str | None] = mapped_column(ForeignKey(Purpose.code))
    note: Mapped[str] = mapped_column(Text)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    received: Mapped[int] = mapped_column(BigInteger, server_default="0")
    spent: Mapped[int] = mapped_column(BigInteger, server_default="0")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("id", "purpose", "currency"),
        CheckConstraint("(member_id IS NULL) <> (giver IS NULL)", name="giver"),
        CheckConstraint("amount > 0 AND amount < 1000000000000000", name="amount"),
        CheckConstraint("received >= 0", name="received"),
        CheckConstraint("spent >= 0 AND spent <= received", name="spent"),
        Index("ix_contributions_member_id", "member_id"),
        Index("ix_contributions_expected_on", "expected_on"),
    )


class Subsidy(Base):
    """What a public body or somebody else granted for a purpose, under conditions."""

    __tablename__ = "subsidies"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    grantor: Mapped[str] = mapped_column(Text)
    #: Whether the report names the grantor; a public one always.
    named: Mapped[bool] = mapped_column(Boolean)
    programme: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(ForeignKey(Purpose.code))
    granted: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    granted_on: Mapped[date] = mapped_column(Date)
    spend_by: Mapped[date | None] = mapped_column(Date)
    justify_by: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    received: Mapped[int] = mapped_column(BigInteger, server_default="0")
    spent: Mapped[int] = mapped_column(BigInteger, server_default="0")
    version: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("id", "purpose", "currency"),
        CheckConstraint("kind IN ('public', 'private')", name="kind"),
        CheckConstraint("named OR kind = 'private'", name="named"),
        CheckConstraint("granted > 0 AND granted < 1000000000000000", name="granted"),
        CheckConstraint("received >= 0 AND received <= granted", name="received"),
        CheckConstraint("spent >= 0 AND spent <= granted", name="spent"),
        CheckConstraint("withdrawn_on IS NULL OR (received = 0 AND spent = 0)", name="withdrawn"),
        CheckConstraint("justify_by >= spend_by", name="deadlines"),
    )


class Instalment(Base):
    """When how much of a subsidy is expected; together they are what was granted."""

    __tablename__ = "subsidy_instalments"

    subsidy_id: Mapped[UUID] = mapped_column(ForeignKey(Subsidy.id), primary_key=True)
    due_on: Mapped[date] = mapped_column(Date, primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_subsidy_instalments_due_on", "due_on"),
    )


class Condition(Base):
    """What the grantor asks for."""

    __tablename__ = "subsidy_conditions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subsidy_id: Mapped[UUID] = mapped_column(ForeignKey(Subsidy.id))
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (Index("ix_subsidy_conditions_subsidy_id", "subsidy_id"),)


class ConditionFact(Base):
    """A condition was met, or turned out not to be; the newest counts. Rows are added and never changed."""

    __tablename__ = "condition_facts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    condition_id: Mapped[UUID] = mapped_column(ForeignKey(Condition.id))
    met: Mapped[bool] = mapped_column(Boolean)
    met_on: Mapped[date] = mapped_column(Date)
    evidence: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]

    __table_args__ = (Index("ix_condition_facts_condition_id_id", "condition_id", "id"),)


class Reminder(Base):
    """A letter about a deadline was written: once for each of the days ahead that letters are written."""

    __tablename__ = "subsidy_reminders"

    #: The subsidy or the condition.
    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    deadline: Mapped[str] = mapped_column(Text, primary_key=True)
    due_on: Mapped[date] = mapped_column(Date, primary_key=True)
    days: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Receipt(Base):
    """Money that came in for a contribution or a subsidy, or that an earlier receipt was wrong about (``reverses``)."""

    __tablename__ = "receipts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    contribution_id: Mapped[UUID | None] = mapped_column(ForeignKey(Contribution.id))
    subsidy_id: Mapped[UUID | None] = mapped_column(ForeignKey(Subsidy.id))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    received_on: Mapped[date] = mapped_column(Date)
    method: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    reverses: Mapped[UUID | None] = mapped_column(ForeignKey("receipts.id"))
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey(TransferRow.id))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("transfer_id"),
        CheckConstraint("(contribution_id IS NULL) <> (subsidy_id IS NULL)", name="source"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("method IN ('cash', 'transfer', 'card', 'balance')", name="method"),
        Index("uq_receipts_reverses", "reverses", unique=True, postgresql_where=sql("reverses IS NOT NULL")),
        Index("ix_receipts_contribution_id", "contribution_id"),
        Index("ix_receipts_subsidy_id", "subsidy_id"),
        Index("ix_receipts_received_on", "received_on"),
    )


class Spending(Base):
    """Money used for a purpose, or that an earlier entry was wrong about (``reverses``)."""

    __tablename__ = "spendings"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(ForeignKey(Purpose.code))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    spent_on: Mapped[date] = mapped_column(Date)
    payee: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    #: The number on the payee's invoice.
    document: Mapped[str | None] = mapped_column(Text)
    paid_from: Mapped[str] = mapped_column(Text)
    subsidy_id: Mapped[UUID | None]
    contribution_id: Mapped[UUID | None]
    reverses: Mapped[UUID | None] = mapped_column(ForeignKey("spendings.id"))
    #: Written by the database with the entry that reverses this one.
    reversed_by: Mapped[UUID | None] = mapped_column(ForeignKey("spendings.id", deferrable=True, initially="DEFERRED"))
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey(TransferRow.id))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("transfer_id"),
        ForeignKeyConstraint(
            ["subsidy_id", "purpose", "currency"],
            [Subsidy.id, Subsidy.purpose, Subsidy.currency],
            name="fk_spendings_subsidy",
        ),
        ForeignKeyConstraint(
            ["contribution_id", "purpose", "currency"],
            [Contribution.id, Contribution.purpose, Contribution.currency],
            name="fk_spendings_contribution",
        ),
        CheckConstraint("subsidy_id IS NULL OR contribution_id IS NULL", name="one_charge"),
        CheckConstraint("amount > 0 AND amount < 1000000000000000", name="amount"),
        CheckConstraint("paid_from IN ('bank', 'cash')", name="paid_from"),
        Index("uq_spendings_reverses", "reverses", unique=True, postgresql_where=sql("reverses IS NOT NULL")),
        Index(
            "uq_spendings_document",
            sql("lower(payee)"),
            sql("lower(document)"),
            unique=True,
            postgresql_where=sql("reverses IS NULL AND reversed_by IS NULL AND document IS NOT NULL"),
        ),
        Index("ix_spendings_subsidy_id", "subsidy_id"),
        Index("ix_spendings_contribution_id", "contribution_id"),
        Index("ix_spendings_spent_on", "spent_on"),
    )
