"""Invoices, credit notes and receipts on paper, in the member's language. Amounts are integers of minor units."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import segno
from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace
from segno.helpers import make_epc_qr
from stdnum import iban, iso11649

from contracts.values import Money
from kit.language import LANGUAGES, Texts
from kit.paper import FAMILY, Sheet
from members.dues.references import creditor_reference
from members.settings import Settings

#: Where the right-hand column begins, and how wide it is, in millimetres.
_RIGHT, _RIGHT_WIDTH = 120.0, 80.0
_QR_SIDE = 32.0
#: The code for credit transfers knows amounts from a cent to this (EPC069-12).
_QR_MOST = Decimal("999999999.99")


@dataclass(frozen=True)
class Issuer:
    """The network, as its papers name it. ``account`` is the IBAN, CLABE or number that members pay into."""

    name: str
    legal_name: str = ""
    address: str = ""
    tax_id: str = ""
    account: str = ""
    bic: str = ""
    #: The law's sentence at the foot: an exemption from tax, data protection, the register.
    note: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "Issuer":
        """As the settings say."""
        return cls(
            name=settings.name or settings.legal_name or settings.network,
            legal_name=settings.legal_name,
            address=settings.address.replace("\\n", "\n"),
            tax_id=settings.tax_id,
            account=settings.bank_account,
            bic=settings.bank_bic,
            note=settings.invoice_note,
        )


@dataclass(frozen=True)
class Addressee:
    """The member, as it was when the paper was issued."""

    name: str
    number: str = ""
    tax_id: str = ""
    address: str = ""


@dataclass(frozen=True)
class Item:
    """A line: what it is for, and what it comes to before tax (below zero on a credit note or for a reduction)."""

    text: str
    amount: int


@dataclass(frozen=True)
class Tax:
    """A tax of so many per cent on so much."""

    rate: Decimal
    base: int
    amount: int


@dataclass(frozen=True)
class Paid:
    """Money that was received for it, on a day."""

    on: date
    amount: int


@dataclass(frozen=True)
class InvoicePaper:
    """An invoice or credit note. ``corrects`` is the number of the invoice that a credit note takes back,
    ``cancelled_by`` of the credit note that took this invoice back."""

    kind: Literal["invoice", "credit_note"]
    number: str
    issued_on: date
    currency: str
    items: tuple[Item, ...]
    due_on: date | None = None
    period: tuple[date, date] | None = None
    taxes: tuple[Tax, ...] = ()
    payments: tuple[Paid, ...] = ()
    corrects: str = ""
    cancelled_by: str = ""
    reason: str = ""

    @property
    def net(self) -> int:
        return sum(item.amount for item in self.items)

    @property
    def total(self) -> int:
        return self.net + sum(tax.amount for tax in self.taxes)

    @property
    def open(self) -> int:
        """What is still to be paid; nothing once it is paid or cancelled, or for a credit note."""
        if self.cancelled_by:
            return 0
        return max(0, self.total - sum(paid.amount for paid in self.payments)) if self.kind == "invoice" else 0


@dataclass(frozen=True)
class ReceiptPaper:
    """Money received: for these invoices (number, amount); what is over stays on the member's account. If it did not
    hold, ``reversed_on`` says since when, and ``reason`` why."""

    number: str
    received_on: date
    currency: str
    amount: int
    method: Literal["cash", "transfer", "card", "direct_debit"]
    invoices: tuple[tuple[str, int], ...] = ()
    reference: str = ""
    reversed_on: date | None = None
    reason: str = ""

    @property
    def over(self) -> int:
        return 0 if self.reversed_on else self.amount - sum(amount for _, amount in self.invoices)


@dataclass(frozen=True)
class Writing:
    """How the member reads: texts in its language, dates and amounts as its country writes them."""

    texts: Texts
    language: str
    locale: Locale

    @classmethod
    def of(cls, texts: Texts, language: str, country: str) -> "Writing":
        """Where there are no texts in the language (yet), in Spanish, the networks' first."""
        spoken = language if language in LANGUAGES else LANGUAGES[0]
        try:
            return cls(texts, spoken, Locale.parse(f"{spoken}_{country}"))
        except (UnknownLocaleError, ValueError):
            return cls(texts, spoken, Locale.parse(spoken))

    def money(self, minor: int, currency: str) -> str:
        """Such as ``60,00 €`` or ``$1,250.00``; a community credit with its code."""
        return format_currency(Money.of_minor(minor, currency).amount, currency, locale=self.locale)

    def day(self, day: date) -> str:
        return format_date(day, format="long", locale=self.locale)

    def short_day(self, day: date) -> str:
        return format_date(day, format="medium", locale=self.locale)

    def percent(self, rate: Decimal) -> str:
        return format_decimal(rate, locale=self.locale)


def invoice_pdf(
    paper: InvoicePaper, issuer: Issuer, member: Addressee, writing: Writing, printed_at: datetime
) -> bytes:
    """The invoice or credit note as a PDF, with how to pay while something is open."""
    w = writing
    name = (
        w.texts.say(w.language, "Invoice {number}", {"number": paper.number})
        if paper.kind == "invoice"
        else w.texts.say(w.language, "Credit note {number}", {"number": paper.number})
    )
    facts = [w.texts.say(w.language, "Date: {day}", {"day": w.day(paper.issued_on)})]
    if paper.period:
        since, until = (w.short_day(day) for day in paper.period)
        facts.append(w.texts.say(w.language, "Period: {since} – {until}", {"since": since, "until": until}))
    if paper.due_on and paper.kind == "invoice":
        facts.append(w.texts.say(w.language, "To be paid by: {day}", {"day": w.day(paper.due_on)}))
    if paper.cancelled_by:
        facts.append(w.texts.say(w.language, "Cancelled by credit note {number}", {"number": paper.cancelled_by}))
    if paper.corrects:
        facts.append(w.texts.say(w.language, "Corrects invoice {number}", {"number": paper.corrects}))
    if paper.reason:
        facts.append(w.texts.say(w.language, "Reason: {reason}", {"reason": paper.reason}))
    sheet = _begun(issuer, member, w, name=name, facts=facts, printed_at=printed_at)
    _items(sheet, paper, w)
    _totals(sheet, _invoice_totals(paper, w))
    if paper.open:
        _how_to_pay(sheet, paper, issuer, w)
    _note(sheet, issuer)
    return bytes(sheet.output())


def receipt_pdf(
    paper: ReceiptPaper, issuer: Issuer, member: Addressee, writing: Writing, printed_at: datetime
) -> bytes:
    """The receipt as a PDF."""
    w = writing
    facts = [
        w.texts.say(w.language, "Received on: {day}", {"day": w.day(paper.received_on)}),
        w.texts.say(w.language, "Paid by: {method}", {"method": _method(paper, w)}),
    ]
    if paper.reference:
        facts.append(w.texts.say(w.language, "Reference: {reference}", {"reference": paper.reference}))
    if paper.reversed_on:
        facts.append(w.texts.say(w.language, "Reversed on: {day}", {"day": w.day(paper.reversed_on)}))
        facts.append(w.texts.say(w.language, "Reason: {reason}", {"reason": paper.reason}))
    name = w.texts.say(w.language, "Receipt {number}", {"number": paper.number})
    sheet = _begun(issuer, member, w, name=name, facts=facts, printed_at=printed_at)
    rows = [
        (w.texts.say(w.language, "Invoice {number}", {"number": number}), w.money(amount, paper.currency))
        for number, amount in paper.invoices
    ]
    if paper.over > 0:
        rows.append((w.texts.say(w.language, "Kept on your account"), w.money(paper.over, paper.currency)))
    _table(sheet, (w.texts.say(w.language, "For"), w.texts.say(w.language, "Amount")), rows)
    _totals(sheet, [(w.texts.say(w.language, "Received"), w.money(paper.amount, paper.currency), True)])
    _note(sheet, issuer)
    return bytes(sheet.output())


def _method(paper: ReceiptPaper, w: Writing) -> str:
    match paper.method:
        case "cash":
            return w.texts.say(w.language, "cash")
        case "transfer":
            return w.texts.say(w.language, "bank transfer")
        case "card":
            return w.texts.say(w.language, "card")
        case "direct_debit":
            return w.texts.say(w.language, "direct debit")


def _begun(
    issuer: Issuer, member: Addressee, w: Writing, *, name: str, facts: list[str], printed_at: datetime
) -> Sheet:
    """A sheet with who writes and what it is at its head, and to whom below."""
    sheet = Sheet(f"{issuer.name} · {name}", printed_at)
    top = sheet.get_y()
    left_width = _RIGHT - sheet.l_margin - 6
    legal = "" if issuer.legal_name == issuer.name else issuer.legal_name
    tax_id = w.texts.say(w.language, "Tax id: {tax_id}", {"tax_id": issuer.tax_id}) if issuer.tax_id else ""
    _block(sheet, issuer.name, [legal, issuer.address, tax_id], left=sheet.l_margin, width=left_width, size=16)
    left_end = sheet.get_y()
    sheet.set_y(top)
    _block(sheet, name, facts, left=_RIGHT, width=_RIGHT_WIDTH, size=13)
    sheet.set_y(max(left_end, sheet.get_y()) + 8)
    number = w.texts.say(w.language, "Member {number}", {"number": member.number}) if member.number else ""
    tax_id = w.texts.say(w.language, "Tax id: {tax_id}", {"tax_id": member.tax_id}) if member.tax_id else ""
    sheet.text_line(w.texts.say(w.language, "To"), 8)
    _block(sheet, member.name, [number, tax_id, member.address], left=sheet.l_margin, width=left_width, size=12)
    sheet.ln(8)
    return sheet


def _block(sheet: Sheet, title: str, lines: list[str], *, left: float, width: float, size: int) -> None:
    sheet.set_x(left)
    sheet.set_font(FAMILY, "B", size)
    sheet.multi_cell(width, size * 0.45, title, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
    sheet.set_font(FAMILY, "", 10)
    for line in filter(None, lines):
        sheet.multi_cell(width, 5, line, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)


def _items(sheet: Sheet, paper: InvoicePaper, w: Writing) -> None:
    headings = (w.texts.say(w.language, "Description"), w.texts.say(w.language, "Amount"))
    _table(sheet, headings, [(item.text, w.money(item.amount, paper.currency)) for item in paper.items])


def _table(sheet: Sheet, headings: tuple[str, str], rows: list[tuple[str, str]]) -> None:
    """Two columns; the headings are repeated on each page, and no row is torn."""
    sheet.set_font(FAMILY, "", 10)
    with sheet.table(
        col_widths=(75, 25),
        line_height=6,
        text_align=("LEFT", "RIGHT"),
        borders_layout="HORIZONTAL_LINES",
        headings_style=FontFace(emphasis="BOLD"),
        padding=(0.5, 1),
    ) as table:
        for row in (headings, *rows):
            table.row(row)
    sheet.ln(2)


def _invoice_totals(paper: InvoicePaper, w: Writing) -> list[tuple[str, str, bool]]:
    """Label, amount, and whether it stands out."""
    rows: list[tuple[str, str, bool]] = []
    if paper.taxes:
        rows.append((w.texts.say(w.language, "Net"), w.money(paper.net, paper.currency), False))
    for tax in paper.taxes:
        told = {"rate": w.percent(tax.rate), "base": w.money(tax.base, paper.currency)}
        label = w.texts.say(w.language, "Tax {rate} % on {base}", told)
        rows.append((label, w.money(tax.amount, paper.currency), False))
    rows.append((w.texts.say(w.language, "Total"), w.money(paper.total, paper.currency), True))
    for paid in paper.payments:
        label = w.texts.say(w.language, "Paid on {day}", {"day": w.short_day(paid.on)})
        rows.append((label, w.money(-paid.amount, paper.currency), False))
    if paper.kind == "invoice" and (paper.payments or not paper.open):
        rows.append((w.texts.say(w.language, "Still to pay"), w.money(paper.open, paper.currency), True))
    return rows


def _totals(sheet: Sheet, rows: list[tuple[str, str, bool]]) -> None:
    """The sums, kept together on one page where a page can hold them."""
    height = 6 * len(rows)
    if sheet.will_page_break(height) and height < sheet.eph:
        sheet.add_page()
    for label, amount, strong in rows:
        sheet.set_font(FAMILY, "B" if strong else "", 10)
        sheet.set_x(_RIGHT - 30)
        sheet.cell(_RIGHT_WIDTH - 10, 6, label)
        sheet.cell(0, 6, amount, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _how_to_pay(sheet: Sheet, paper: InvoicePaper, issuer: Issuer, w: Writing) -> None:
    """Account and reference; for euros a code that a bank's app reads, too."""
    reference = creditor_reference(paper.number)
    lines = [w.texts.say(w.language, "Amount: {amount}", {"amount": w.money(paper.open, paper.currency)})]
    if issuer.account:
        payee = {"payee": issuer.legal_name or issuer.name}
        lines.append(w.texts.say(w.language, "Payable to: {payee}", payee))
        account = iban.format(issuer.account) if iban.is_valid(issuer.account) else issuer.account
        lines.append(w.texts.say(w.language, "Account: {account}", {"account": account}))
    if issuer.account and issuer.bic:
        lines.append(w.texts.say(w.language, "BIC: {bic}", {"bic": issuer.bic}))
    lines.append(w.texts.say(w.language, "Reference: {reference}", {"reference": paper.number}))
    code = _code(paper, issuer, reference)
    if code is not None:
        lines.append(w.texts.say(w.language, "Or, structured: {reference}", {"reference": iso11649.format(reference)}))
    if sheet.will_page_break(_QR_SIDE + 16):
        sheet.add_page()
    sheet.ln(6)
    top = sheet.get_y()
    title = w.texts.say(w.language, "How to pay")
    _block(sheet, title, lines, left=sheet.l_margin, width=_RIGHT - sheet.l_margin, size=12)
    end = sheet.get_y()
    if code is not None:
        left = sheet.w - sheet.r_margin - _QR_SIDE
        _draw(sheet, code, left, top)
        sheet.set_xy(left - 20, top + _QR_SIDE + 3)
        sheet.set_font(FAMILY, "", 8)
        sheet.cell(_QR_SIDE + 20, 4, w.texts.say(w.language, "Scan with your bank's app"), align="R")
        end = max(end, top + _QR_SIDE + 7)
    sheet.set_xy(sheet.l_margin, end)


def _code(paper: InvoicePaper, issuer: Issuer, reference: str) -> segno.QRCode | None:
    """The EPC's code for a credit transfer in euros; None where there is nothing that could be paid by one."""
    amount = Money.of_minor(paper.open, paper.currency).amount
    if paper.currency != "EUR" or not iban.is_valid(issuer.account) or not 0 < amount <= _QR_MOST:
        return None
    return make_epc_qr(
        name=(issuer.legal_name or issuer.name)[:70],
        iban=iban.compact(issuer.account),
        amount=amount,
        reference=reference,
        bic=issuer.bic or None,
    )


def _draw(sheet: Sheet, code: segno.QRCode, left: float, top: float) -> None:
    """The dark squares as such, sharp at any size."""
    rows = list(code.matrix_iter(border=0))
    side = _QR_SIDE / len(rows)
    sheet.set_fill_color(0)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                # A hair wider than it is, lest a printer leaves white lines between neighbours.
                sheet.rect(left + x * side, top + y * side, side * 1.02, side * 1.02, style="F")


def _note(sheet: Sheet, issuer: Issuer) -> None:
    if issuer.note:
        sheet.ln(8)
        sheet.text_line(issuer.note, 8)
