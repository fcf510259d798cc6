"""Use cases of collections: what is gathered, the file for the bank, and what became of each direct debit."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberStatus
from kit import mail
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id
from kit.language import Texts
from kit.mail import Letter
from members.banking import pain
from members.banking.pain import Collected, Creditor
from members.banking.repository import debits as repository
from members.banking.repository import known
from members.banking.rules import accounts
from members.banking.rules import debits as rules
from members.banking.rules.debits import Item, Mandate
from members.banking.rules.matching import Match
from members.banking.service import booking
from members.banking.service.mandates import check_euro
from members.dues.documents import Writing
from members.dues.repository import invoices as invoice_rows
from members.dues.rules.invoices import Invoice
from members.dues.rules.payments import NewPayment
from members.dues.service import payments as dues
from members.membership import rules as membership_rules
from members.membership import service as membership
from members.settings import Settings

_LETTERS = UUID("5be1cb0e-6d3e-4a0e-9d0f-0a0c3f2f9a51")


#: Whoever may still owe is told, whatever its standing.
_TOLD: tuple[MemberStatus, ...] = ("active", "in_arrears", "suspended", "left", "excluded")


@dataclass(frozen=True)
class Debit:
    """A collection. ``count`` direct debits; ``settled_on`` once none of them is waited for any more."""

    id: UUID
    number: str
    collect_on: date
    total: int
    made_at: datetime
    settled_on: date | None
    withdrawn_on: date | None
    count: int


@dataclass(frozen=True)
class Left:
    """An invoice that was asked for and is not collected, and why, as a code."""

    invoice_id: UUID
    number: str
    why: str


@dataclass(frozen=True)
class Gathered:
    """What became of what was asked for."""

    debit: Debit
    left: tuple[Left, ...]


def creditor(settings: Settings) -> Creditor:
    """Who collects, as the settings say. Raises Conflict, naming the setting that is missing or wrong."""
    wanted = {
        "TRAMA_CREDITOR_ID": (settings.creditor_id, accounts.creditor_id),
        "TRAMA_BANK_ACCOUNT": (settings.bank_account, accounts.iban),
    }
    if settings.bank_bic or settings.debit_format == "pain.008.001.02":
        wanted["TRAMA_BANK_BIC"] = (settings.bank_bic, accounts.bic)
    read = {}
    for name, (value, check) in wanted.items():
        try:
            read[name] = check(value, "")
        except Invalid:
            raise Conflict("creditor_not_set", "Collecting needs the setting {setting}", setting=name) from None
    name = settings.legal_name or settings.name or settings.network
    return Creditor(name, read["TRAMA_BANK_ACCOUNT"], read.get("TRAMA_BANK_BIC", ""), read["TRAMA_CREDITOR_ID"])


async def collect(
    work: Work,
    settings: Settings,
    texts: Texts,
    *,
    debit_id: UUID | None,
    collect_on: date,
    invoice_ids: Collection[UUID] | None,
    by: UUID,
) -> Gathered:
    """Gathers what is open of members with a mandate (or these invoices), makes the file, tells the members.

    One direct debit for each mandate. The same id twice is the same collection. Raises NotFound, Invalid, Conflict.
    """
    check_euro(settings)
    payee = creditor(settings)
    if debit_id is not None and (row := await repository.debit(work.connection, debit_id)) is not None:
        return Gathered(_debit(row), ())
    rules.check_collect_on(
        collect_on, work.today, lead_days=settings.debit_lead_days, notice_days=settings.debit_notice_days
    )
    mandates = {mandate.member_id: mandate for mandate in await repository.live_mandates(work.connection)}
    invoices = await _wanted(work, mandates, invoice_ids)
    taken = await repository.collected(work.connection, [invoice.id for invoice in invoices])
    sorted_out = {invoice.id: _why_not(invoice, mandates, taken, collect_on) for invoice in invoices}
    good = [invoice for invoice in invoices if sorted_out[invoice.id] is None]
    left = tuple(
        Left(invoice.id, invoice.number, why) for invoice in invoices if (why := sorted_out[invoice.id]) is not None
    )
    if not good:
        raise Conflict(
            "nothing_to_collect", "There is nothing to collect", extra={"left": [_told(one) for one in left]}
        )
    order = _Order(debit_id or new_id(), payee, collect_on, tuple(good), mandates)
    made = await _store(work, settings, order, by=by)
    await _announce(work, settings, texts, made, payee)
    return Gathered(made, left)


def _told(left: Left) -> dict[str, str]:
    return {"invoice_id": str(left.invoice_id), "number": left.number, "why": left.why}


async def _wanted(work: Work, mandates: dict[UUID, Mandate], invoice_ids: Collection[UUID] | None) -> list[Invoice]:
    """The invoices that were asked for, or all that is open of members with a mandate; the oldest first."""
    if invoice_ids is None:
        owed = await known.owed(work.connection, "EUR")
        invoice_ids = [one.id for one in owed if one.member_id in mandates]
    found = await invoice_rows.lock(work.connection, ids=invoice_ids)
    missing = set(invoice_ids) - {invoice.id for invoice in found}
    if missing:
        place = next(place for place, one in enumerate(invoice_ids) if one in missing)
        raise NotFound("invoice_unknown", "There is no such invoice", field=f"/invoice_ids/{place}")
    return sorted(found, key=lambda invoice: (invoice.due_on, invoice.number))


def _why_not(invoice: Invoice, mandates: dict[UUID, Mandate], taken: Collection[UUID], collect_on: date) -> str | None:
    """Why an invoice is not collected, as a code."""
    if invoice.open == 0:
        return "nothing_open"
    if invoice.currency != "EUR":
        return "other_currency"
    if invoice.id in taken:
        return "collected_already"
    if invoice.member_id not in mandates:
        return "no_mandate"
    return mandates[invoice.member_id].why_not(collect_on)


@dataclass(frozen=True)
class _Order:
    """What goes into a file."""

    id: UUID
    creditor: Creditor
    collect_on: date
    invoices: tuple[Invoice, ...]
    mandates: dict[UUID, Mandate]


async def _store(work: Work, settings: Settings, order: _Order, *, by: UUID) -> Debit:
    series = f"{settings.number_prefix}-D-{work.today.year}"
    number = membership_rules.number(series, await membership.next_in_series(work, series))
    grouped: dict[UUID, list[Invoice]] = {}
    for invoice in order.invoices:
        grouped.setdefault(invoice.member_id, []).append(invoice)
    collected = {
        member_id: _collected(order.mandates[member_id], own, f"{number}-{place}")
        for place, (member_id, own) in enumerate(grouped.items(), start=1)
    }
    parts = list(collected.values())
    try:
        file = await asyncio.to_thread(pain.build, order.creditor, parts, order.collect_on, settings.debit_format)
    except pain.FileInvalid as error:
        raise Conflict("file_invalid", "The bank would refuse the file: {why}", why=str(error)) from error
    items, rows = [], []
    for member_id, one in collected.items():
        item_id = new_id()
        items.append(
            {
                "id": item_id,
                "debit_id": order.id,
                "mandate_id": order.mandates[member_id].id,
                "member_id": member_id,
                "end_to_end_id": one.end_to_end_id,
                "sequence": one.sequence,
                "batch": file.batches[one.end_to_end_id],
                "amount": one.amount,
                "state": "collecting",
            }
        )
        rows += [
            {"item_id": item_id, "invoice_id": invoice.id, "amount": invoice.open, "live": True}
            for invoice in grouped[member_id]
        ]
    values = {
        "id": order.id,
        "number": number,
        "collect_on": order.collect_on,
        "total": sum(one.amount for one in parts),
        "file": file.content,
        "made_at": work.now,
        "made_by": by,
    }
    await repository.add_debit(work.connection, values, items, rows)
    return await debit(work.connection, order.id)


def _collected(mandate: Mandate, invoices: Sequence[Invoice], end_to_end_id: str) -> Collected:
    return Collected(
        end_to_end_id=end_to_end_id,
        holder=mandate.holder,
        iban=mandate.iban,
        bic=mandate.bic,
        mandate_reference=mandate.reference,
        signed_on=mandate.signed_on,
        sequence=mandate.sequence(),
        amount=sum(invoice.open for invoice in invoices),
        text=" ".join(invoice.number for invoice in invoices),
    )


async def _announce(work: Work, settings: Settings, texts: Texts, made: Debit, payee: Creditor) -> None:
    """Tells each member what will be collected, when, by which mandate and by whom: the scheme asks for it."""
    items = await repository.items(work.connection, debit_id=made.id)
    members = {member.id: member for member in await membership.everybody(work.connection, work.now, _TOLD)}
    for item in items:
        member = members.get(item.member_id)
        if member is None or not member.email:
            continue
        w = Writing.of(texts, member.language, settings.country)
        told = {
            "name": member.name,
            "amount": w.money(item.amount, "EUR"),
            "day": w.day(made.collect_on),
            "invoices": ", ".join(invoice.number for invoice in item.invoices),
            "account": accounts.masked(item.iban),
            "mandate": item.mandate_reference,
            "creditor": payee.creditor_id,
            "network": payee.name,
        }
        subject = w.texts.say(w.language, "{network} collects {amount} on {day}", told)
        text = w.texts.say(
            w.language,
            "Hello {name},\n\non {day} we will collect {amount} from your account {account} for {invoices}.\n\n"
            "Mandate: {mandate}\nCreditor identifier: {creditor}\n\n"
            "If something is wrong, write to us before that day.\n\n{network}\n",
            told,
        )
        await mail.post(work, Letter(to=member.email, subject=subject, text=text, id=uuid5(_LETTERS, str(item.id))))


async def settle(work: Work, settings: Settings, debit_id: UUID, *, on: date, by: UUID) -> Debit:
    """Books every direct debit that is still waited for as paid on that day. Raises NotFound, Invalid, Conflict."""
    before = await _locked(work, debit_id)
    if before.withdrawn_on is not None:
        raise Conflict("debit_withdrawn", "This collection was withdrawn")
    if on < before.collect_on:
        raise Invalid("settled_too_soon", "Not before {earliest}", field="/on", earliest=before.collect_on.isoformat())
    waiting = [
        item for item in await repository.items(work.connection, debit_id=debit_id) if item.state == "collecting"
    ]
    if waiting:
        everything = Match(None, (), (), tuple(item.id for item in waiting))
        await booking.lock(work, settings, "EUR", [everything])
        still = await booking.open_of(work, waiting)
        payments = [
            NewPayment(
                id=booking.payment_of_item(item.id),
                member_id=item.member_id,
                currency="EUR",
                amount=item.amount,
                method="direct_debit",
                paid_on=on,
                reference=item.end_to_end_id,
                invoice_ids=still[item.id],
            )
            for item in waiting
        ]
        await dues.receive(work, settings, payments, by=by)
        await repository.set_paid(work.connection, {item.id: booking.payment_of_item(item.id) for item in waiting})
        await repository.settle(work.connection, [debit_id], on)
    return await debit(work.connection, debit_id)


async def give_back(
    work: Work, settings: Settings, debit_id: UUID, item_id: UUID, *, reason: str, on: date, by: UUID
) -> Item:
    """One direct debit came back, or was turned down: what it paid is owed again. Raises NotFound, Invalid, Conflict."""
    await _locked(work, debit_id)
    rules.check_return(reason)
    item = await _item(work, debit_id, item_id)
    rules.check_state(item.state, ("collecting", "paid"))
    await repository.lock_mandates(work.connection, [item.mandate_id])
    await booking.return_item(work, settings, item, on=on, reason=reason, by=by)
    await repository.settle(work.connection, [debit_id], on)
    return await _item(work, debit_id, item_id)


async def _item(work: Work, debit_id: UUID, item_id: UUID) -> Item:
    found = [item for item in await repository.items(work.connection, ids=[item_id]) if item.debit_id == debit_id]
    if not found:
        raise NotFound("debit_item_unknown", "There is no such direct debit")
    return found[0]


async def withdraw(work: Work, debit_id: UUID) -> Debit:
    """A file that was not handed in: its invoices can be collected by another. Raises NotFound, Conflict."""
    await _locked(work, debit_id)
    items = await repository.items(work.connection, debit_id=debit_id)
    if any(item.state in ("paid", "returned") for item in items):
        raise Conflict("debit_under_way", "The bank has begun to collect it; let single ones come back instead")
    await repository.withdraw(work.connection, debit_id, work.today)
    return await debit(work.connection, debit_id)


async def _locked(work: Work, debit_id: UUID) -> Debit:
    row = await repository.debit(work.connection, debit_id, lock=True)
    if row is None:
        raise _unknown()
    return _debit(row)


async def debit(connection: AsyncConnection, debit_id: UUID) -> Debit:
    """Raises NotFound."""
    row = await repository.debit(connection, debit_id)
    if row is None:
        raise _unknown()
    return _debit(row)


async def items(connection: AsyncConnection, debit_id: UUID) -> list[Item]:
    """The direct debits of a collection. Raises NotFound."""
    await debit(connection, debit_id)
    return await repository.items(connection, debit_id=debit_id)


async def file(connection: AsyncConnection, debit_id: UUID) -> tuple[str, bytes]:
    """A collection's number and its file, as it was made. Raises NotFound."""
    row = await repository.file(connection, debit_id)
    if row is None:
        raise _unknown()
    return row[0], row[1]


async def page(connection: AsyncConnection, *, before: UUID | None, limit: int) -> list[Debit]:
    """Collections, the newest first. One more than ``limit`` if there are more."""
    return [_debit(row) for row in await repository.page(connection, before=before, limit=limit)]


def _debit(row: Row[Any]) -> Debit:
    values = row._asdict()
    values.pop("made_by")
    return Debit(**values)


def _unknown() -> NotFound:
    return NotFound("debit_unknown", "There is no such collection")
