"""Tables of the ledger. Balances and entries are written by the database when a transfer is (migrations 0002, 0013)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.membership.models import Member


class AccountRow(Base):
    """What an owner has and owes in a currency, in its smallest unit."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey(Member.id))
    name: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    posted: Mapped[int] = mapped_column(BigInteger, server_default="0")
    held: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: None for the network's own accounts, which have no limit.
    credit_limit: Mapped[int | None] = mapped_column(BigInteger)
    #: How far the account stands past its limit by what had to be booked all the same.
    excess: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: What may be accumulated; None for no such limit.
    balance_limit: Mapped[int | None] = mapped_column(BigInteger)
    #: The same as ``excess``, past this one.
    surplus: Mapped[int] = mapped_column(BigInteger, server_default="0")

    __table_args__ = (
        UniqueConstraint("member_id", "currency"),
        UniqueConstraint("name", "currency"),
        CheckConstraint("(member_id IS NULL) <> (name IS NULL)", name="owner"),
        CheckConstraint("(member_id IS NULL) = (credit_limit IS NULL)", name="limited"),
        CheckConstraint("held >= 0 AND credit_limit >= 0 AND excess >= 0", name="not_negative"),
        CheckConstraint("posted - held >= -credit_limit - excess", name="within_limit"),
        CheckConstraint("balance_limit IS NULL OR member_id IS NOT NULL", name="ceiling_of_members"),
        CheckConstraint("balance_limit >= 0 AND surplus >= 0", name="ceiling_not_negative"),
        CheckConstraint("posted <= balance_limit + surplus", name="within_ceiling"),
    )


class TransferRow(Base):
    """A transfer: posted, or pending (a hold) until it is posted or voided. Nothing else about it ever changes."""

    __tablename__ = "transfers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Accounts of this currency: what books a transfer finds both, or it is refused.
    debit_id: Mapped[UUID]
    credit_id: Mapped[UUID]
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text)
    beyond_limit: Mapped[bool] = mapped_column(Boolean)
    cause: Mapped[str] = mapped_column(Text)
    cause_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(Text)
    reverses: Mapped[UUID | None] = mapped_column(ForeignKey("transfers.id"))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID | None]
    #: The date that it counts for; a hold's, the day on which it was made until it is posted.
    booked_on: Mapped[date] = mapped_column(Date, server_default=sql("(now() AT TIME ZONE 'UTC')::date"))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: How a voided hold ended.
    ended: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        CheckConstraint("amount > 0 AND amount < 1000000000000000", name="amount"),
        CheckConstraint("status IN ('pending', 'posted', 'voided')", name="status"),
        CheckConstraint("(status = 'pending') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(status = 'voided') = (ended IS NOT NULL)", name="ended"),
        CheckConstraint(
            "booked_on <= (coalesce(closed_at, made_at) AT TIME ZONE 'UTC')::date + 1",
            name="not_ahead",
        ),
        # A transfer is reversed at most once.
        Index("uq_transfers_reverses", "reverses", unique=True, postgresql_where=sql("reverses IS NOT NULL")),
        # An order holds at most once of an account.
        Index("uq_transfers_pending", "cause_id", "debit_id", unique=True, postgresql_where=sql("status = 'pending'")),
        Index("ix_transfers_expires_at", "expires_at", postgresql_where=sql("status = 'pending'")),
        Index("ix_transfers_settled", "cause_id", postgresql_where=sql("ended = 'settled'")),
        Index("ix_transfers_booked_on", "booked_on", postgresql_using="brin"),
    )


class EntryRow(Base):
    """One side of a posted transfer, with the balance after it: an account's statement, page by page."""

    __tablename__ = "entries"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Grows with each entry of an account.
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    transfer_id: Mapped[UUID]
    #: What came in, or, below zero, went out.
    amount: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)


class AccountDay(Base):
    """What came in and went out of one of the network's own accounts by the day it counts for, written with entries."""

    __tablename__ = "account_days"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    booked_on: Mapped[date] = mapped_column(Date, primary_key=True)
    came_in: Mapped[int] = mapped_column(BigInteger)
    went_out: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("came_in >= 0 AND went_out >= 0", name="not_negative"),)


class Closing(Base):
    """From now on the books are closed through this date; the newest row holds, and none is ever changed."""

    __tablename__ = "closings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    through: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("kind IN ('closed', 'reopened')", name="kind"),
        CheckConstraint("through <= (at AT TIME ZONE 'UTC')::date", name="past"),
        CheckConstraint("kind = 'closed' OR reason <> ''", name="reason"),
    )


class LimitChange(Base):
    """Limits of an account that somebody set; rows are added and never changed."""

    __tablename__ = "limit_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(AccountRow.id))
    credit_limit: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]
    balance_limit: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_limit_changes_account_id", "account_id"),)


class DefaultLimit(Base):
    """The limits with which accounts of members of a kind open from then on; the newest row of each holds."""

    __tablename__ = "default_limits"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    credit_limit: Mapped[int] = mapped_column(BigInteger)
    balance_limit: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]

    __table_args__ = (
        CheckConstraint("credit_limit >= 0 AND balance_limit >= 0", name="not_negative"),
        Index("ix_default_limits_kind_currency_id", "kind", "currency", "id"),
    )
