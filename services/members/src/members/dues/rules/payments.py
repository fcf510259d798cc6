"""Payments: what they pay of which invoice, and how that is booked. Amounts are integers of minor units.

Cash basis (docs/decisions/0011): an invoice is no entry in the ledger. Money that comes in moves from ``network:bank`` or
``network:cash`` to the member, and what it pays of invoices from there to ``network:dues``; what is over stays with the
member. The transfers' ids follow from what they book, so that booked again they are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid5

from contracts.values import Money
from kit.errors import Conflict, Invalid
from members.dues.rules.invoices import Invoice
from members.ledger.rules import AccountKey, Owner, Transfer

Method = Literal["cash", "transfer", "card", "direct_debit"]
#: The network's account that money paid in by each method comes out of.
PAID_INTO: dict[Method, str] = {"cash": "cash", "transfer": "bank", "card": "bank", "direct_debit": "bank"}
#: The network's account that dues come to.
DUES = "dues"

_TRANSFERS = UUID("8f0b3c1e-2b55-4d0e-9d7c-6f6f3a0c5d11")


@dataclass(frozen=True)
class NewPayment:
    """Money received from a member. It pays the invoices named, else what the member owes, the oldest first."""

    id: UUID
    member_id: UUID
    currency: str
    amount: int
    method: Method
    paid_on: date
    reference: str = ""
    invoice_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Part:
    """What a payment pays of an invoice."""

    invoice_id: UUID
    number: str
    amount: int


@dataclass(frozen=True)
class Payment:
    """Money received, and what it pays now. What is over lies on the member's account, or was used from there."""

    id: UUID
    number: str
    member_id: UUID
    currency: str
    amount: int
    method: Method
    paid_on: date
    reference: str
    transfer_id: UUID
    received_at: datetime
    parts: tuple[Part, ...] = ()
    reversed_on: date | None = None
    reversal_reason: str | None = None

    @property
    def excess(self) -> int:
        """What it does not pay of invoices; nothing once it is reversed."""
        return 0 if self.reversed_on else self.amount - sum(part.amount for part in self.parts)


@dataclass(frozen=True)
class Allocated:
    """Something paid of an invoice, or (below zero) undone."""

    id: UUID
    invoice_id: UUID
    payment_id: UUID | None
    amount: int
    booked_on: date
    transfer_id: UUID
    undoes: UUID | None = None


def share(amount: int, invoices: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """What an amount pays of invoices (id, what is open), each as far as it goes, in their order."""
    shares = []
    for invoice_id, left in invoices:
        part = min(amount, left)
        if part > 0:
            shares.append((invoice_id, part))
            amount -= part
    return shares


def oldest_first(invoices: Sequence[Invoice]) -> list[Invoice]:
    return sorted(invoices, key=lambda invoice: (invoice.due_on, invoice.issued_on, invoice.number))


def member_account(member_id: UUID, currency: str) -> AccountKey:
    return AccountKey(Owner.member(member_id), currency)


def network_account(name: str, currency: str) -> AccountKey:
    return AccountKey(Owner.network(name), currency)


def receipt(payment: NewPayment) -> Transfer:
    """The money coming in."""
    return Transfer(
        id=uuid5(_TRANSFERS, f"payment/{payment.id}"),
        debit=network_account(PAID_INTO[payment.method], payment.currency),
        credit=member_account(payment.member_id, payment.currency),
        amount=payment.amount,
        cause="payment",
        cause_id=payment.id,
        text=payment.reference,
        booked_on=payment.paid_on,
    )


def allocation(
    invoice: Invoice, amount: int, *, source: str, payment_id: UUID | None, booked_on: date
) -> tuple[Allocated, Transfer]:
    """Pays of an invoice from the member's account. ``source`` names what pays, for the ids that follow from it."""
    name = f"{source}/invoice/{invoice.id}"
    transfer = Transfer(
        id=uuid5(_TRANSFERS, name),
        debit=member_account(invoice.member_id, invoice.currency),
        credit=network_account(DUES, invoice.currency),
        amount=amount,
        cause="dues",
        cause_id=invoice.id,
        text=invoice.number,
        booked_on=booked_on,
    )
    made = Allocated(uuid5(_TRANSFERS, f"allocation/{name}"), invoice.id, payment_id, amount, booked_on, transfer.id)
    return made, transfer


def undone(made: Allocated, invoice: Invoice, *, reason: str, booked_on: date) -> tuple[Allocated, Transfer]:
    """Gives back to the member's account what was paid of an invoice."""
    transfer = Transfer(
        id=uuid5(_TRANSFERS, f"undo/{made.id}"),
        debit=network_account(DUES, invoice.currency),
        credit=member_account(invoice.member_id, invoice.currency),
        amount=made.amount,
        cause="dues",
        cause_id=invoice.id,
        text=reason,
        beyond_limit=True,
        reverses=made.transfer_id,
        booked_on=booked_on,
    )
    undo = Allocated(
        id=uuid5(_TRANSFERS, f"undone/{made.id}"),
        invoice_id=made.invoice_id,
        payment_id=made.payment_id,
        amount=-made.amount,
        booked_on=booked_on,
        transfer_id=transfer.id,
        undoes=made.id,
    )
    return undo, transfer


def returned(payment: Payment, *, reason: str, booked_on: date) -> Transfer:
    """The money going out again, whatever became of it: what was spent of it meanwhile is owed."""
    return Transfer(
        id=uuid5(_TRANSFERS, f"return/{payment.id}"),
        debit=member_account(payment.member_id, payment.currency),
        credit=network_account(PAID_INTO[payment.method], payment.currency),
        amount=payment.amount,
        cause="payment",
        cause_id=payment.id,
        text=reason,
        beyond_limit=True,
        reverses=payment.transfer_id,
        booked_on=booked_on,
    )


def check_amount(amount: int) -> None:
    """Raises Invalid for an amount that is not more than nothing."""
    if amount <= 0:
        raise Invalid("amount_not_positive", "Must be more than {least}", field="/amount/amount", least=0)


def check_paid_on(paid_on: date, today: date, field: str = "/paid_on") -> None:
    """Raises Invalid for a day that has not come yet."""
    if paid_on > today:
        raise Invalid("date_in_future", "Today or a day before", field=field)


def check_reversed_on(reversed_on: date, paid_on: date, today: date) -> None:
    """Raises Invalid for a day before the payment, or one that has not come yet."""
    check_paid_on(reversed_on, today, "/reversed_on")
    if reversed_on < paid_on:
        raise Invalid("reversed_before_paid", "Must be {day} or later", field="/reversed_on", day=paid_on.isoformat())


def check_currency(currency: str, invoice: Invoice) -> None:
    """Raises Invalid for money of another currency than the invoice's."""
    if currency != invoice.currency:
        raise Invalid("currency_mismatch", "Must be in {currency}", field="/amount/currency", currency=invoice.currency)


def check_same(known: Payment, again: NewPayment) -> None:
    """The same id twice is the same payment. Raises Conflict if it is not."""
    if (known.member_id, known.currency, known.amount, known.method, known.paid_on) != (
        again.member_id,
        again.currency,
        again.amount,
        again.method,
        again.paid_on,
    ):
        raise Conflict("id_taken", "There is another payment with this id; take a new one", field="/id")


def amount_to_pay(invoice: Invoice, amount: int | None, available: int) -> int:
    """What is paid of an invoice from the account: what was said, or all that is open. Raises Invalid for more than is
    open, Conflict for more than the account can give."""
    if amount is not None:
        check_amount(amount)
        if amount > invoice.open:
            raise Invalid(
                "amount_too_large", "Only {open} are open", field="/amount/amount", open=_shown(invoice.open, invoice)
            )
    wanted = invoice.open if amount is None else amount
    if wanted > available:
        raise Conflict(
            "not_enough_funds",
            "The account can give {available}, and {needed} are needed",
            available=_shown(max(0, available), invoice),
            needed=_shown(wanted, invoice),
        )
    return wanted


def _shown(minor: int, invoice: Invoice) -> str:
    return f"{Money.of_minor(minor, invoice.currency).amount} {invoice.currency}"
