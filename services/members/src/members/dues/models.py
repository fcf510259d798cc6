"""Tables of dues. What an allocation does to its invoice, and what may not change, is in migration 0006."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
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
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.ledger.models import TransferRow
from members.membership.models import Member


class PlanRow(Base):
    """A dues plan; its prices and the kinds that it serves are in tables of their own."""

    __tablename__ = "dues_plans"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    texts: Mapped[dict[str, str]] = mapped_column(JSONB)
    rhythm: Mapped[str] = mapped_column(Text)
    anchor: Mapped[str] = mapped_column(Text)
    start_month: Mapped[int] = mapped_column(Integer)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    pro_rata: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    days_until_due: Mapped[int] = mapped_column(Integer)
    grace_days: Mapped[int] = mapped_column(Integer)
    tax_rate: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    tax_text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)


class PlanKind(Base):
    """A kind that a plan serves; no two plans of the same sort serve it at the same time (an exclusion constraint)."""

    __tablename__ = "dues_plan_kinds"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey(PlanRow.id), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    asks: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)


class PriceRow(Base):
    """A plan's price from a date on; rows are added and never changed."""

    __tablename__ = "dues_prices"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey(PlanRow.id))
    valid_from: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    set_by: Mapped[UUID]

    __table_args__ = (Index("ix_dues_prices_plan_id", "plan_id", "valid_from", "id"),)


class ChoiceRow(Base):
    """A plan chosen for a member, for a time; no two at once (an exclusion constraint)."""

    __tablename__ = "dues_choices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey(PlanRow.id))
    since: Mapped[date] = mapped_column(Date)
    before: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[UUID | None]


class ExemptionRow(Base):
    """What a member is asked for instead, for a time; no two at once (an exclusion constraint)."""

    __tablename__ = "dues_exemptions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    since: Mapped[date] = mapped_column(Date)
    before: Mapped[date | None] = mapped_column(Date)
    #: None where nothing is asked.
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[UUID | None]


class BillingRow(Base):
    """A period of a member that was billed, or exempt; rows are added, once each, and never changed."""

    __tablename__ = "dues_billings"

    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id), primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey(PlanRow.id), primary_key=True)
    period_start: Mapped[date] = mapped_column(Date, primary_key=True)
    period_end: Mapped[date] = mapped_column(Date)
    once: Mapped[bool] = mapped_column(Boolean)
    currency: Mapped[str] = mapped_column(Text)
    #: What the plan asks, before any exemption.
    price: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    exemption_id: Mapped[UUID | None] = mapped_column(ForeignKey(ExemptionRow.id))
    made_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class InvoiceRow(Base):
    """An invoice, as it was issued. Whether it is open, paid or overdue follows from amounts and dates."""

    __tablename__ = "invoices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    plan_id: Mapped[UUID | None]
    period_start: Mapped[date | None] = mapped_column(Date)
    period_end: Mapped[date | None] = mapped_column(Date)
    issued_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    #: The first day on which it makes the member one in arrears.
    arrears_from: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    tax_text: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    member_name: Mapped[str] = mapped_column(Text)
    member_number: Mapped[str | None] = mapped_column(Text)
    member_tax_id: Mapped[str | None] = mapped_column(Text)
    #: What was paid of it, moved by the allocations.
    allocated: Mapped[int] = mapped_column(BigInteger, server_default="0")
    cancelled_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    issued_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("member_id", "plan_id", "period_start"),
        ForeignKeyConstraint(
            ["member_id", "plan_id", "period_start"],
            [BillingRow.member_id, BillingRow.plan_id, BillingRow.period_start],
        ),
        CheckConstraint("allocated BETWEEN 0 AND amount", name="allocated"),
        CheckConstraint("cancelled_on IS NULL OR allocated = 0", name="cancelled_unpaid"),
        Index("ix_invoices_member_id", "member_id", "id"),
        Index("ix_invoices_open", "due_on", postgresql_where=sql("allocated < amount AND cancelled_on IS NULL")),
        Index("ix_invoices_issued_on", "issued_on"),
    )


class CreditNote(Base):
    """Takes back an invoice as a whole."""

    __tablename__ = "credit_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(InvoiceRow.id))
    issued_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    issued_by: Mapped[UUID]

    __table_args__ = (UniqueConstraint("number"), UniqueConstraint("invoice_id"))


class PaymentRow(Base):
    """Money that a member paid in; rows are added and never changed."""

    __tablename__ = "payments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(Text)
    paid_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(Text)
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey(TransferRow.id))
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    received_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("transfer_id"),
        Index("ix_payments_member_id", "member_id", "id"),
    )


class PaymentReversal(Base):
    """A payment that did not hold: a cheque that bounced, a debit that was returned."""

    __tablename__ = "payment_reversals"

    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id), primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey(TransferRow.id))
    reversed_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    reversed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reversed_by: Mapped[UUID]

    __table_args__ = (UniqueConstraint("transfer_id"),)


class Allocation(Base):
    """What was paid of an invoice, by a payment or (without one) from the member's account, or that it was undone."""

    __tablename__ = "allocations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(InvoiceRow.id))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey(PaymentRow.id))
    amount: Mapped[int] = mapped_column(BigInteger)
    booked_on: Mapped[date] = mapped_column(Date)
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey(TransferRow.id))
    undoes: Mapped[UUID | None] = mapped_column(ForeignKey("allocations.id"))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("transfer_id"),
        UniqueConstraint("undoes"),
        Index("ix_allocations_invoice_id", "invoice_id"),
        Index("ix_allocations_payment_id", "payment_id"),
    )


class InvoiceLetter(Base):
    """A letter about an invoice that was sent: the invoice itself, or a reminder so many days after it was due."""

    __tablename__ = "invoice_letters"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(InvoiceRow.id), primary_key=True)
    occasion: Mapped[str] = mapped_column(Text, primary_key=True)
    days: Mapped[int] = mapped_column(Integer, primary_key=True)
    sent_to: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
