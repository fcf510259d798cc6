"""Invoices: what stands on them, and how they stand. Amounts are integers of minor units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from contracts.members import MemberStatus
from contracts.values import LARGEST_AMOUNT, scale
from kit.errors import Conflict, Invalid
from members.dues.rules.amounts import net_of

#: ``open``: to be paid and not due yet, or due today; ``overdue``: due before today.
InvoiceStatus = Literal["open", "paid", "overdue", "cancelled"]
#: The middle of a paper's number: ``LEO-F-2026-0001`` (*factura*, *abono*, *recibo*).
Paper = Literal["F", "A", "R"]


@dataclass(frozen=True)
class Line:
    """What is asked for. ``amount`` contains the tax, ``net`` does not; ``tax_rate`` is in per cent."""

    text: str
    amount: int
    tax_rate: Decimal | None = None

    @property
    def net(self) -> int:
        return net_of(self.amount, self.tax_rate)

    def stored(self) -> dict[str, Any]:
        rate = None if self.tax_rate is None else str(self.tax_rate)
        return {"text": self.text, "amount": self.amount, "tax_rate": rate}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Line":
        rate = stored["tax_rate"]
        return cls(stored["text"], stored["amount"], None if rate is None else Decimal(rate))


@dataclass(frozen=True)
class Draft:
    """An invoice that is about to be issued."""

    id: UUID
    number: str
    member_id: UUID
    issued_on: date
    due_on: date
    arrears_from: date
    currency: str
    amount: int
    lines: tuple[Line, ...]
    tax_text: str
    note: str
    member_name: str
    member_number: str | None
    member_tax_id: str | None
    plan_id: UUID | None = None
    period_start: date | None = None
    period_end: date | None = None


@dataclass(frozen=True)
class CreditNoteRecord:
    """What took an invoice back."""

    id: UUID
    number: str
    issued_on: date
    reason: str


@dataclass(frozen=True)
class Invoice:
    """An invoice as it was issued, and what was paid of it. ``period_end`` is the day after its period."""

    id: UUID
    number: str
    member_id: UUID
    plan_id: UUID | None
    period_start: date | None
    period_end: date | None
    issued_on: date
    due_on: date
    arrears_from: date
    currency: str
    amount: int
    lines: tuple[Line, ...]
    tax_text: str
    note: str
    member_name: str
    member_number: str | None
    member_tax_id: str | None
    allocated: int
    cancelled_on: date | None
    version: int
    issued_at: datetime
    credit_note: CreditNoteRecord | None

    @property
    def open(self) -> int:
        """What is still to be paid."""
        return 0 if self.cancelled_on else self.amount - self.allocated


def status(*, amount: int, allocated: int, due_on: date, cancelled_on: date | None, today: date) -> InvoiceStatus:
    """How an invoice stands follows from what was paid, and the day."""
    if cancelled_on is not None:
        return "cancelled"
    if allocated == amount:
        return "paid"
    return "overdue" if due_on < today else "open"


def series(prefix: str, paper: Paper, day: date) -> str:
    """What the numbers of a paper begin with in the year of that day, such as ``LEO-F-2026``."""
    return f"{prefix}-{paper}-{day.year}"


def number(of_series: str, count: int) -> str:
    """A paper's number, such as ``LEO-F-2026-0001``."""
    return f"{of_series}-{count:04d}"


def check_lines(lines: Sequence[Line], currency: str, currencies: Sequence[str]) -> int:
    """The sum of an invoice's lines. Raises Invalid, naming the line, unless they are of one currency and the sum is
    more than nothing; a line may take something off."""
    for place, of_line in enumerate(currencies):
        if of_line != currency:
            field = f"/lines/{place}/amount/currency"
            raise Invalid("currency_mismatch", "Must be in {currency}", field=field, currency=currency)
    total = sum(line.amount for line in lines)
    if total <= 0:
        raise Invalid("amount_not_positive", "Must be more than {least}", field="/lines", least=0)
    if total >= LARGEST_AMOUNT.scaleb(scale(currency)):
        raise Invalid("amount_too_large", "Must be less than {limit}", field="/lines", limit=LARGEST_AMOUNT)
    return total


def check_billable(member_status: MemberStatus) -> None:
    """Raises Conflict before admission."""
    if member_status in ("applied", "declined"):
        raise Conflict("member_not_active", "This member has not been admitted")


def check_due(due_on: date, issued_on: date) -> None:
    """Raises Invalid for a day before the invoice's own."""
    if due_on < issued_on:
        raise Invalid("due_before_issue", "Must be {day} or later", field="/due_on", day=issued_on.isoformat())


def check_order(dated: date, last: date | None, field: str = "/issued_on") -> None:
    """Raises Conflict if an invoice of that year bears a later date already."""
    if last is not None and dated < last:
        raise Conflict(
            "invoices_later", "Invoices were issued on {day}; take that day or a later one", field=field, day=str(last)
        )


def check_issue_day(issued_on: date | None, today: date, field: str = "/issued_on") -> None:
    """Raises Invalid for a day that has not come yet."""
    if issued_on is not None and issued_on > today:
        raise Invalid("date_in_future", "Today or a day before", field=field)


def check_payable(invoice: Invoice, field: str | None = None) -> None:
    """Raises Conflict for an invoice of which nothing is to be paid."""
    if invoice.cancelled_on is not None:
        raise Conflict("invoice_cancelled", "Invoice {number} is cancelled", field=field, number=invoice.number)
    if invoice.open == 0:
        raise Conflict("invoice_paid", "Invoice {number} is paid already", field=field, number=invoice.number)
