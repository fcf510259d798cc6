"""Tables of the fund and its loans. Rows are added and never changed (migration 0009); what a loan is now follows."""

from datetime import date, datetime
from decimal import Decimal
from typing import get_args
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
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.fund.rules.loans import FactKind
from members.fund.rules.money import MovementKind
from members.fund.rules.schedule import Every, Method
from members.ledger.models import TransferRow
from members.membership.models import Member


def _one_of(column: str, kind: object) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in get_args(kind)))


class FundTerms(Base):
    """On what conditions the fund lends; the newest version counts for new applications."""

    __tablename__ = "fund_terms"

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(Text)
    max_amount: Mapped[int] = mapped_column(BigInteger)
    max_months: Mapped[int] = mapped_column(Integer)
    fund_share: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    yearly_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    method: Mapped[str] = mapped_column(Text)
    months_belonging: Mapped[int] = mapped_column(Integer)
    grace_days: Mapped[int] = mapped_column(Integer)
    approvals: Mapped[int] = mapped_column(Integer)
    guarantors: Mapped[int] = mapped_column(Integer)
    reserve: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    notice_days: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]

    __table_args__ = (
        CheckConstraint("max_amount > 0 AND max_months > 0 AND approvals > 0", name="positive"),
        CheckConstraint("fund_share > 0 AND fund_share <= 100", name="fund_share"),
        CheckConstraint("yearly_rate >= 0 AND yearly_rate <= 60", name="yearly_rate"),
        CheckConstraint("reserve >= 0 AND reserve <= 100", name="reserve"),
        CheckConstraint(_one_of("method", Method), name="method"),
        CheckConstraint(
            "months_belonging >= 0 AND grace_days >= 0 AND guarantors >= 0 AND notice_days >= 0", name="not_negative"
        ),
    )


class Loan(Base):
    """An application: who wants how much, what for, and how it is to be paid back."""

    __tablename__ = "loans"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    #: The one column that may change: it goes when the member's personal data do.
    purpose: Mapped[str] = mapped_column(Text)
    instalments: Mapped[int] = mapped_column(Integer)
    every: Mapped[str] = mapped_column(Text)
    first_due: Mapped[date] = mapped_column(Date)
    terms_version: Mapped[int] = mapped_column(ForeignKey(FundTerms.version))
    applied_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    applied_by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("amount > 0 AND instalments > 0", name="positive"),
        CheckConstraint(_one_of("every", Every), name="every"),
        Index("ix_loans_member_id_id", "member_id", "id"),
    )


class Guarantor(Base):
    """A member that the borrower names as its guarantor."""

    __tablename__ = "loan_guarantors"

    loan_id: Mapped[UUID] = mapped_column(ForeignKey(Loan.id), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id), primary_key=True)

    __table_args__ = (Index("ix_loan_guarantors_member_id", "member_id"),)


class GuarantorAnswer(Base):
    """What that member says to it, once."""

    __tablename__ = "loan_guarantor_answers"

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    accepts: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]

    __table_args__ = (ForeignKeyConstraint(["loan_id", "member_id"], [Guarantor.loan_id, Guarantor.member_id]),)


class LoanVote(Base):
    """What a member of the committee says, once."""

    __tablename__ = "loan_votes"

    loan_id: Mapped[UUID] = mapped_column(ForeignKey(Loan.id), primary_key=True)
    by: Mapped[UUID] = mapped_column(primary_key=True)
    approves: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class LoanFact(Base):
    """Something that happened to a loan."""

    __tablename__ = "loan_facts"

    loan_id: Mapped[UUID] = mapped_column(ForeignKey(Loan.id), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    #: The day for which it counts, in the network's zone.
    on_date: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    #: The vote that decided, if one did.
    proposal_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Nobody's for what a vote decided.
    by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint(_one_of("kind", FactKind), name="kind"),
        # It is decided once, and what was withdrawn or declined is not lent.
        Index(
            "uq_loan_facts_decision", "loan_id", unique=True, postgresql_where=sql("kind IN ('approved', 'declined')")
        ),
        Index(
            "uq_loan_facts_end",
            "loan_id",
            unique=True,
            postgresql_where=sql("kind IN ('declined', 'withdrawn', 'disbursed')"),
        ),
    )


class LoanSchedule(Base):
    """How a loan is paid back from some day on; a later one names the one that it replaces."""

    __tablename__ = "loan_schedules"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey(Loan.id))
    version: Mapped[int] = mapped_column(Integer)
    replaces: Mapped[UUID | None] = mapped_column(ForeignKey("loan_schedules.id"))
    agreed_on: Mapped[date] = mapped_column(Date)
    interest_from: Mapped[date] = mapped_column(Date)
    principal: Mapped[int] = mapped_column(BigInteger)
    #: Interest that was due under the schedule before.
    carried: Mapped[int] = mapped_column(BigInteger)
    yearly_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    method: Mapped[str] = mapped_column(Text)
    grace_days: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("loan_id", "version"),
        UniqueConstraint("replaces"),
        CheckConstraint("(version = 1) = (replaces IS NULL)", name="replaces"),
        CheckConstraint("principal > 0 AND carried >= 0", name="principal"),
        CheckConstraint(_one_of("method", Method), name="method"),
    )


class LoanInstalment(Base):
    """What falls due on a day. Together, those of a schedule repay its principal."""

    __tablename__ = "loan_instalments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey(LoanSchedule.id))
    no: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date)
    principal: Mapped[int] = mapped_column(BigInteger)
    interest: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("schedule_id", "no"),
        CheckConstraint("principal > 0 AND interest >= 0", name="amounts"),
        Index("ix_loan_instalments_due_on", "due_on"),
    )


class LoanPayment(Base):
    """Money paid back."""

    __tablename__ = "loan_payments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    loan_id: Mapped[UUID] = mapped_column(ForeignKey(Loan.id))
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey(LoanSchedule.id))
    amount: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date] = mapped_column(Date)
    paid_by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("seq"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_loan_payments_loan_id_seq", "loan_id", "seq"),
    )


class LoanPaymentPart(Base):
    """What of a payment went to an instalment."""

    __tablename__ = "loan_payment_parts"

    payment_id: Mapped[UUID] = mapped_column(ForeignKey(LoanPayment.id), primary_key=True)
    instalment_id: Mapped[UUID] = mapped_column(ForeignKey(LoanInstalment.id), primary_key=True)
    interest: Mapped[int] = mapped_column(BigInteger)
    principal: Mapped[int] = mapped_column(BigInteger)
    ahead_of: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("interest >= 0 AND principal >= 0 AND interest + principal > 0", name="amounts"),
        Index("ix_loan_payment_parts_instalment_id", "instalment_id"),
    )


class LoanPaymentReversal(Base):
    """A payment that did not come to be, after all."""

    __tablename__ = "loan_payment_reversals"

    payment_id: Mapped[UUID] = mapped_column(ForeignKey(LoanPayment.id), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]


class LoanReminder(Base):
    """A letter that went out about an instalment."""

    __tablename__ = "loan_reminders"

    instalment_id: Mapped[UUID] = mapped_column(ForeignKey(LoanInstalment.id), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (CheckConstraint("kind IN ('coming', 'due', 'arrears')", name="kind"),)


class FundMovement(Base):
    """What a transfer into or out of the fund's account was for. Its id is the transfer's."""

    __tablename__ = "fund_movements"

    id: Mapped[UUID] = mapped_column(ForeignKey(TransferRow.id), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[str] = mapped_column(Text)
    #: The contribution (its own id), notice, loan or payment.
    cause_id: Mapped[UUID]
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    currency: Mapped[str] = mapped_column(Text)
    #: What came into the fund; below zero, what left it.
    amount: Mapped[int] = mapped_column(BigInteger)
    on_date: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)
    reverses: Mapped[UUID | None] = mapped_column(ForeignKey("fund_movements.id"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("seq"),
        UniqueConstraint("reverses"),
        CheckConstraint(_one_of("kind", MovementKind), name="kind"),
        CheckConstraint(
            "amount <> 0 AND (amount < 0) = ((kind IN ('withdrawal', 'disbursement')) = (reverses IS NULL))",
            name="direction",
        ),
        Index("ix_fund_movements_member_id_id", "member_id", "id"),
        Index("ix_fund_movements_cause_id", "cause_id"),
        Index("ix_fund_movements_on_date", "on_date"),
    )


class WithdrawalNotice(Base):
    """A member asks for its deposits back."""

    __tablename__ = "fund_notices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    payable_from: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]

    __table_args__ = (CheckConstraint("amount > 0", name="amount"), Index("ix_fund_notices_member_id", "member_id"))


class NoticeEnd(Base):
    """A notice was paid, or taken back."""

    __tablename__ = "fund_notice_ends"

    notice_id: Mapped[UUID] = mapped_column(ForeignKey(WithdrawalNotice.id), primary_key=True)
    paid: Mapped[bool] = mapped_column(Boolean)
    on_date: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID]
