"""Tables of bank accounts, statements and their lines, of mandates and direct debits (migration 0007 guards them)."""

from datetime import date, datetime
from typing import Any
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
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from members.base import Base
from members.dues.models import InvoiceRow
from members.membership.models import Member


class BankAccount(Base):
    """An account of the network at a bank."""

    __tablename__ = "bank_accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    #: IBAN, CLABE or the bank's own, letters and digits alone.
    number: Mapped[str] = mapped_column(Text)
    bic: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    #: How its CSV is read; None until the treasurer says.
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("number", "currency"),)


class BankStatement(Base):
    """A statement that was taken in. The same one again is this one."""

    __tablename__ = "bank_statements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(BankAccount.id))
    number: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    opening: Mapped[int | None] = mapped_column(BigInteger)
    closing: Mapped[int | None] = mapped_column(BigInteger)
    #: Closing less opening and lines; nothing where the file is whole.
    difference: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[date | None] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    #: Lines in the file, and how many of them had come by an earlier one.
    lines: Mapped[int] = mapped_column(Integer)
    known: Mapped[int] = mapped_column(Integer)
    taken_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    taken_by: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("account_id", "digest"),
        CheckConstraint("format IN ('csv', 'camt053')", name="format"),
        CheckConstraint("known BETWEEN 0 AND lines", name="known"),
    )


class BankLineRow(Base):
    """A movement of a bank account: there once, whatever files have it. What the bank said of it never changes."""

    __tablename__ = "bank_lines"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(BankAccount.id))
    statement_id: Mapped[UUID] = mapped_column(ForeignKey(BankStatement.id))
    identity: Mapped[str] = mapped_column(Text)
    booked_on: Mapped[date] = mapped_column(Date)
    value_on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    end_to_end_id: Mapped[str] = mapped_column(Text)
    bank_reference: Mapped[str] = mapped_column(Text)
    counterparty: Mapped[str] = mapped_column(Text)
    counterparty_account: Mapped[str] = mapped_column(Text)
    mandate_reference: Mapped[str] = mapped_column(Text)
    batch: Mapped[str] = mapped_column(Text)
    reversal: Mapped[bool] = mapped_column(Boolean)
    return_reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    #: Who may have paid, for what and why: the best first. Empty once it is booked: they may name other members.
    proposals: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    #: What it was booked as, while it is booked: a member's payment, the network's own, a transfer that was in the books
    #: already, direct debits collected, one that came back.
    booked_as: Mapped[str | None] = mapped_column(Text)
    #: The transfer by which it was booked; for direct debits an id of its own.
    booking_id: Mapped[UUID | None]
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey(Member.id))
    #: How often it was booked; each booking has an id of its own.
    bookings: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("account_id", "identity"),
        UniqueConstraint("booking_id"),
        CheckConstraint("amount <> 0", name="amount"),
        CheckConstraint("state IN ('booked', 'proposed', 'unmatched', 'ignored', 'not_ours')", name="state"),
        CheckConstraint("booked_as IN ('member', 'network', 'transfer', 'collection', 'return')", name="booked_as"),
        CheckConstraint("(state = 'booked') = (booked_as IS NOT NULL)", name="booked"),
        CheckConstraint("(booked_as IS NULL) = (booking_id IS NULL)", name="booking"),
        Index("ix_bank_lines_statement_id", "statement_id"),
        Index("ix_bank_lines_state", "state", "booked_on", "id"),
        Index(
            "ix_bank_lines_payer", "counterparty_account", postgresql_where=sql("booked_as = 'member' AND amount > 0")
        ),
    )


class BankLineFact(Base):
    """What was done with a line; rows are added and never changed."""

    __tablename__ = "bank_line_facts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey(BankLineRow.id))
    #: The state that it has since then.
    state: Mapped[str] = mapped_column(Text)
    booked_as: Mapped[str | None] = mapped_column(Text)
    booking_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[UUID | None]

    __table_args__ = (Index("ix_bank_line_facts_line_id", "line_id"),)


class MandateRow(Base):
    """A member's mandate for direct debits."""

    __tablename__ = "sepa_mandates"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    reference: Mapped[str] = mapped_column(Text)
    iban: Mapped[str] = mapped_column(Text)
    bic: Mapped[str] = mapped_column(Text)
    holder: Mapped[str] = mapped_column(Text)
    use: Mapped[str] = mapped_column(Text)
    signed_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]
    #: The next collection is the last.
    final: Mapped[bool] = mapped_column(Boolean, server_default="false")
    revoked_on: Mapped[date | None] = mapped_column(Date)
    revoked_why: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("use IN ('recurrent', 'one_off')", name="use"),
        CheckConstraint("(revoked_on IS NULL) = (revoked_why IS NULL)", name="revoked"),
        Index("ix_sepa_mandates_member_id", "member_id"),
        # One that collects at a time; a revoked one makes room.
        Index("uq_sepa_mandates_live", "member_id", unique=True, postgresql_where=sql("revoked_on IS NULL")),
    )


class DirectDebit(Base):
    """A collection: the file that went to the bank, as it went."""

    __tablename__ = "direct_debits"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    collect_on: Mapped[date] = mapped_column(Date)
    total: Mapped[int] = mapped_column(BigInteger)
    file: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[UUID]
    settled_on: Mapped[date | None] = mapped_column(Date)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("settled_on IS NULL OR withdrawn_on IS NULL", name="ended"),
    )


class DebitItem(Base):
    """What is collected by one mandate, for one or more invoices."""

    __tablename__ = "direct_debit_items"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    debit_id: Mapped[UUID] = mapped_column(ForeignKey(DirectDebit.id))
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey(MandateRow.id))
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    end_to_end_id: Mapped[str] = mapped_column(Text)
    sequence: Mapped[str] = mapped_column(Text)
    #: The name of its batch in the file (PmtInfId), by which a statement may speak of it.
    batch: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    #: The payment by which it was booked, also after it came back.
    payment_id: Mapped[UUID | None]
    returned_on: Mapped[date | None] = mapped_column(Date)
    return_reason: Mapped[str | None] = mapped_column(Text)
    #: The bank's lines that told of its collection and of its coming back.
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey(BankLineRow.id))
    return_line_id: Mapped[UUID | None] = mapped_column(ForeignKey(BankLineRow.id))

    __table_args__ = (
        UniqueConstraint("end_to_end_id"),
        UniqueConstraint("return_line_id"),
        UniqueConstraint("payment_id"),
        UniqueConstraint("debit_id", "mandate_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("sequence IN ('FRST', 'RCUR', 'OOFF', 'FNAL')", name="sequence"),
        CheckConstraint("state IN ('collecting', 'paid', 'returned', 'withdrawn')", name="state"),
        CheckConstraint("state <> 'paid' OR payment_id IS NOT NULL", name="paid"),
        CheckConstraint("(state = 'returned') = (return_reason IS NOT NULL)", name="returned"),
        Index("ix_direct_debit_items_mandate_id", "mandate_id"),
        Index("ix_direct_debit_items_member_id", "member_id"),
        Index("ix_direct_debit_items_line_id", "line_id"),
    )


class DebitInvoice(Base):
    """An invoice in a direct debit, and what was open of it. ``live`` while it may still be collected by it."""

    __tablename__ = "direct_debit_invoices"

    item_id: Mapped[UUID] = mapped_column(ForeignKey(DebitItem.id), primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(InvoiceRow.id), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    live: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        # An invoice is in one live collection at most.
        Index("uq_direct_debit_invoices_live", "invoice_id", unique=True, postgresql_where=sql("live")),
    )
