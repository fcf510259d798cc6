"""Invoices, credit notes and receipts of this room, as the documents that are printed of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from members.dues import documents
from members.dues.documents import Addressee, InvoicePaper, Issuer, Item, Paid, ReceiptPaper, Tax, Writing
from members.dues.rules.invoices import CreditNoteRecord, Invoice
from members.dues.rules.payments import Payment
from members.membership.rules import MemberRecord
from members.settings import Settings


def invoice(
    found: Invoice,
    paid: Sequence[tuple[date, int]],
    settings: Settings,
    writing: Writing,
    printed_at: datetime,
) -> bytes:
    """The invoice as a PDF, with what was paid of it and how to pay the rest."""
    paper = InvoicePaper(
        kind="invoice",
        number=found.number,
        issued_on=found.issued_on,
        due_on=found.due_on,
        currency=found.currency,
        items=_items(found, 1),
        taxes=_taxes(found, 1),
        period=_period(found),
        payments=tuple(Paid(day, amount) for day, amount in paid),
        cancelled_by=found.credit_note.number if found.credit_note else "",
    )
    return _print(paper, found, settings, writing, printed_at)


def credit_note(
    found: Invoice, note: CreditNoteRecord, settings: Settings, writing: Writing, printed_at: datetime
) -> bytes:
    """The credit note as a PDF: the invoice's lines, taken back."""
    paper = InvoicePaper(
        kind="credit_note",
        number=note.number,
        issued_on=note.issued_on,
        currency=found.currency,
        items=_items(found, -1),
        taxes=_taxes(found, -1),
        corrects=found.number,
        reason=note.reason,
    )
    return _print(paper, found, settings, writing, printed_at)


def receipt(found: Payment, member: MemberRecord, settings: Settings, writing: Writing, printed_at: datetime) -> bytes:
    """The receipt of a payment as a PDF."""
    paper = ReceiptPaper(
        number=found.number,
        received_on=found.paid_on,
        currency=found.currency,
        amount=found.amount,
        method=found.method,
        invoices=tuple((part.number, part.amount) for part in found.parts),
        reference=found.reference,
        reversed_on=found.reversed_on,
        reason=found.reversal_reason or "",
    )
    to = Addressee(name=member.name, number=member.number or "", tax_id=member.tax_id or "")
    return documents.receipt_pdf(paper, Issuer.of(settings), to, writing, printed_at)


def _print(paper: InvoicePaper, found: Invoice, settings: Settings, writing: Writing, printed_at: datetime) -> bytes:
    to = Addressee(name=found.member_name, number=found.member_number or "", tax_id=found.member_tax_id or "")
    said = (found.note, found.tax_text, settings.invoice_note)
    of_network = replace(Issuer.of(settings), note="\n".join(filter(None, said)))
    return documents.invoice_pdf(paper, of_network, to, writing, printed_at)


def _items(found: Invoice, sign: int) -> tuple[Item, ...]:
    return tuple(Item(line.text, sign * line.net) for line in found.lines)


def _taxes(found: Invoice, sign: int) -> tuple[Tax, ...]:
    bases: dict[Decimal, tuple[int, int]] = {}
    for line in found.lines:
        if line.tax_rate is not None:
            base, amount = bases.get(line.tax_rate, (0, 0))
            bases[line.tax_rate] = (base + line.net, amount + line.amount - line.net)
    return tuple(Tax(rate, sign * base, sign * amount) for rate, (base, amount) in sorted(bases.items()))


def _period(found: Invoice) -> tuple[date, date] | None:
    if found.period_start is None or found.period_end is None:
        return None
    last = found.period_end - timedelta(days=1)
    # What is asked once is asked for no time.
    return (found.period_start, last) if last > found.period_start else None
