"""Letters: the invoice when it is issued, and reminders until it is paid; each once, in the member's language."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row

from kit import mail
from kit.database import Work
from kit.language import Texts
from kit.mail import Attachment, Letter
from members.dues import papers
from members.dues.documents import Writing
from members.dues.repository import invoices as invoice_rows
from members.dues.repository import letters as repository
from members.dues.rules.invoices import Invoice
from members.settings import Settings

#: Letters of each sort that one round writes.
ROUND = 50
#: Of an invoice that is older than this when letters are switched on, none is written.
NEW = timedelta(days=7)

_LETTERS = UUID("4be2a1b6-60f0-4a5e-8a6b-2a7d3f0f4c57")


@dataclass(frozen=True)
class Round:
    """What a round of letters did. ``more`` says that there may be more to write."""

    issued: int
    reminders: int
    more: bool


async def write(work: Work, settings: Settings, texts: Texts) -> Round:
    """Writes the letters that are due: to who was billed the invoice itself (if the settings say so), and to who has not
    paid a reminder. After a pause only the latest reminder is written of each invoice."""
    issued: Sequence[Row[Any]] = ()
    if settings.dues_send_invoices:
        issued = await repository.issued(work.connection, since=work.today - NEW, now=work.now, limit=ROUND)
    reminders = await repository.reminders(
        work.connection, stages=settings.dues_reminder_days, today=work.today, now=work.now, limit=ROUND
    )
    rows = {row.invoice_id: row for row in (*issued, *reminders)}
    invoices = {invoice.id: invoice for invoice in await invoice_rows.invoices(work.connection, list(rows))}
    for row in issued:
        await _post(work, settings, texts, row, invoices[row.invoice_id], reminder=False)
    for row in reminders:
        await _post(work, settings, texts, row, invoices[row.invoice_id], reminder=True)
    return Round(len(issued), len(reminders), ROUND in (len(issued), len(reminders)))


async def _post(
    work: Work, settings: Settings, texts: Texts, row: Row[Any], invoice: Invoice, *, reminder: bool
) -> None:
    writing = Writing.of(texts, row.language, settings.country)
    paid = [(day, amount) for day, amount in await invoice_rows.paid(work.connection, invoice.id)]
    # Some tens of milliseconds of computing, which others need not wait for.
    pdf = await asyncio.to_thread(papers.invoice, invoice, paid, settings, writing, work.now)
    subject, text = _reminder(invoice, writing, row.days) if reminder else _issued(invoice, writing)
    signed = f"{text}\n\n{settings.name or settings.network}\n"
    occasion = f"{invoice.id}/{'reminder' if reminder else 'issued'}/{row.days}"
    letter = Letter(
        id=uuid5(_LETTERS, occasion),
        to=row.sent_to,
        subject=subject,
        text=signed,
        attachments=(Attachment(f"{invoice.number}.pdf", "application/pdf", pdf),),
    )
    await mail.post(work, letter)


def _said(invoice: Invoice, writing: Writing) -> dict[str, str]:
    return {
        "name": invoice.member_name,
        "number": invoice.number,
        "amount": writing.money(invoice.amount, invoice.currency),
        "open": writing.money(invoice.open, invoice.currency),
        "day": writing.day(invoice.due_on),
    }


def _issued(invoice: Invoice, writing: Writing) -> tuple[str, str]:
    said = _said(invoice, writing)
    subject = writing.texts.say(writing.language, "Invoice {number}", said)
    text = writing.texts.say(
        writing.language,
        "{name}, here is invoice {number} of {amount}, to be paid by {day}. Thank you for making this network possible.",
        said,
    )
    return subject, text


def _reminder(invoice: Invoice, writing: Writing, days: int) -> tuple[str, str]:
    said = _said(invoice, writing)
    subject = writing.texts.say(writing.language, "Reminder: invoice {number}", said)
    if days == 0:
        text = writing.texts.say(
            writing.language, "{name}, invoice {number} is to be paid by {day}. {open} of it are open.", said
        )
    else:
        text = writing.texts.say(
            writing.language, "{name}, invoice {number} was to be paid by {day}. {open} of it are still open.", said
        )
    talk = writing.texts.say(
        writing.language,
        "If you have paid meanwhile, there is nothing to do. If you can't pay now, tell us: we will find a way together.",
    )
    return subject, f"{text}\n\n{talk}"
