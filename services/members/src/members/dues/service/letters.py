"""Letters: the invoice when it is issued, and reminders until it is paid; each once, in the member's language."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from kit import mail
from kit.actor import Actor
from kit.database import Work
from kit.language import Texts
from kit.mail import Attachment, Letter
from members.dues import papers
from members.dues.documents import Writing
from members.dues.repository import invoices as invoice_rows
from members.dues.repository import letters as repository
from members.dues.rules.invoices import Invoice
from members.dues.service import invoices as invoice_cases
from members.settings import Settings

#: Letters that one round writes. A new invoice goes on paper, which takes some tens of milliseconds of computing; its row
#: is locked meanwhile, so the rounds are short.
INVOICES, REMINDERS = 10, 100
#: Of an invoice that is older than this when letters are switched on, none is written.
NEW = timedelta(days=7)

_LETTERS = UUID("4be2a1b6-60f0-4a5e-8a6b-2a7d3f0f4c57")


@dataclass(frozen=True)
class Round:
    """What a round of letters did. ``more`` says that there may be more to write."""

    issued: int
    reminders: int
    more: bool


@dataclass(frozen=True)
class Written:
    """A letter about an invoice: the invoice itself (``issued``), or a reminder ``days`` after it was due."""

    occasion: Literal["issued", "reminder"]
    days: int
    sent_to: str
    sent_at: datetime


async def written(connection: AsyncConnection, actor: Actor, invoice_id: UUID) -> list[Written]:
    """What was written about an invoice, oldest first: to its member and the treasurer. Raises NotFound."""
    await invoice_cases.visible(connection, actor, invoice_id)
    rows = await repository.written(connection, invoice_id)
    return [Written(row.occasion, row.days, row.sent_to, row.sent_at) for row in rows]


async def write(work: Work, settings: Settings, texts: Texts) -> Round:
    """Writes the letters that are due: to who was billed the invoice itself (if the settings say so), and to who has not
    paid a reminder. After a pause only the latest reminder is written of each invoice."""
    issued: Sequence[Row[Any]] = ()
    if settings.dues_send_invoices:
        issued = await repository.issued(work.connection, since=work.today - NEW, now=work.now, limit=INVOICES)
    reminders = await repository.reminders(
        work.connection, stages=settings.dues_reminder_days, today=work.today, now=work.now, limit=REMINDERS
    )
    rows = {row.invoice_id: row for row in (*issued, *reminders)}
    invoices = {invoice.id: invoice for invoice in await invoice_rows.invoices(work.connection, list(rows))}
    for row in issued:
        invoice, writing = invoices[row.invoice_id], Writing.of(texts, row.language, settings.country)
        pdf = await asyncio.to_thread(papers.invoice, invoice, (), settings, writing, work.now)
        paper = Attachment(f"{invoice.number}.pdf", "application/pdf", pdf)
        await _post(work, settings, row, f"{invoice.id}/issued", _issued(invoice, writing), paper)
    for row in reminders:
        invoice, writing = invoices[row.invoice_id], Writing.of(texts, row.language, settings.country)
        said = _reminder(invoice, writing, settings, row.days)
        await _post(work, settings, row, f"{invoice.id}/reminder/{row.days}", said)
    return Round(len(issued), len(reminders), len(issued) == INVOICES or len(reminders) == REMINDERS)


async def _post(
    work: Work, settings: Settings, row: Row[Any], name: str, said: tuple[str, str], *papers: Attachment
) -> None:
    """The letter's id follows from its name: written again it is the same letter."""
    subject, text = said
    signed = f"{text}\n\n{settings.name or settings.network}\n"
    letter = Letter(id=uuid5(_LETTERS, name), to=row.sent_to, subject=subject, text=signed, attachments=papers)
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


def _reminder(invoice: Invoice, writing: Writing, settings: Settings, days: int) -> tuple[str, str]:
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
    how = [writing.texts.say(writing.language, "Reference: {reference}", {"reference": invoice.number})]
    if settings.bank_account:
        how.insert(0, writing.texts.say(writing.language, "Account: {account}", {"account": settings.bank_account}))
    return subject, "\n\n".join((text, "\n".join(how), talk))
