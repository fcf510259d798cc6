"""Payments: money received, what it pays, and money that did not hold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberStatus
from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from members.dues.repository import invoices as invoice_rows
from members.dues.repository import payments as repository
from members.dues.rules import invoices as invoice_rules
from members.dues.rules import payments as rules
from members.dues.rules.invoices import Invoice
from members.dues.rules.payments import Allocated, NewPayment, Payment
from members.dues.service import invoices as invoice_cases
from members.dues.service import issuing, undoing
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.ledger.rules import Transfer
from members.membership import service as membership
from members.membership.service import Owed
from members.settings import Settings


async def receive(work: Work, settings: Settings, new: Sequence[NewPayment], *, by: UUID | None) -> list[Payment]:
    """Books money received from members, each payment once: the same id twice is the same payment. Each pays the
    invoices that it names, else what its member owes in its currency, the oldest first; what is over stays on the
    member's account.

    A fixed number of statements however many payments there are; call it once in a transaction. Raises NotFound for a
    member or invoice that is none, Invalid and Conflict for what can't be booked.
    """
    standings = await _check(work, settings, new)
    locked = await invoice_rows.lock(
        work.connection,
        ids={invoice_id for payment in new for invoice_id in payment.invoice_ids},
        unpaid_of={payment.member_id for payment in new if not payment.invoice_ids},
    )
    # Who left and asks to belong again pays what it owes all the same.
    owing = {invoice.member_id for invoice in locked}
    for member_id, standing in standings.items():
        if member_id not in owing:
            invoice_rules.check_billable(standing)
    incoming = {payment.id: rules.receipt(payment) for payment in new}
    keys = {key for transfer in incoming.values() for key in (transfer.debit, transfer.credit)}
    keys |= {rules.network_account(rules.DUES, payment.currency) for payment in new}
    await ledger.take(work, settings, keys)
    known = {payment.id: payment for payment in await repository.payments(work.connection, list(incoming))}
    fresh = [payment for payment in new if payment.id not in known]
    for payment in new:
        if payment.id in known:
            rules.check_same(known[payment.id], payment)
    if fresh:
        await _book(work, settings, fresh, incoming, locked, by=by)
    found = {payment.id: payment for payment in await repository.payments(work.connection, list(incoming))}
    return [found[payment.id] for payment in new]


async def _check(work: Work, settings: Settings, new: Sequence[NewPayment]) -> dict[UUID, MemberStatus]:
    """The standing of those who pay."""
    standings = await membership.standings(work.connection, {payment.member_id for payment in new}, work.now)
    for payment in new:
        ledger_rules.check_currency(payment.currency, ledger.currencies(settings), "/amount/currency")
        rules.check_amount(payment.amount)
        rules.check_paid_on(payment.paid_on, work.today)
        if payment.member_id not in standings:
            raise NotFound("member_unknown", "There is no such member")
    return standings


async def _book(
    work: Work,
    settings: Settings,
    fresh: Sequence[NewPayment],
    incoming: dict[UUID, Transfer],
    locked: Sequence[Invoice],
    *,
    by: UUID | None,
) -> None:
    state = {invoice.id: invoice for invoice in locked}
    transfers: list[Transfer] = []
    allocations: list[Allocated] = []
    for payment in fresh:
        transfers.append(incoming[payment.id])
        targets = _targets(payment, list(state.values()))
        for invoice_id, part in rules.share(payment.amount, [(target.id, target.open) for target in targets]):
            made, transfer = rules.allocation(
                state[invoice_id],
                part,
                source=f"payment/{payment.id}",
                payment_id=payment.id,
                booked_on=payment.paid_on,
            )
            allocations.append(made)
            transfers.append(transfer)
            state[invoice_id] = replace(state[invoice_id], allocated=state[invoice_id].allocated + part)
    # In one statement: what pays an invoice must not first lift a debt that stands on the account.
    await ledger.book(work, transfers, by=by, field="/paid_on")
    numbers = await issuing.take_numbers(work, settings, "R", len(fresh))
    rows = [
        Payment(
            id=payment.id,
            number=number,
            member_id=payment.member_id,
            currency=payment.currency,
            amount=payment.amount,
            method=payment.method,
            paid_on=payment.paid_on,
            reference=payment.reference,
            transfer_id=incoming[payment.id].id,
            received_at=work.now,
        )
        for payment, number in zip(fresh, numbers, strict=True)
    ]
    await repository.add_payments(work.connection, rows, now=work.now, by=by)
    await repository.add_allocations(work.connection, allocations, now=work.now, by=by)
    touched = {made.invoice_id for made in allocations}
    await _clear(work, [state[invoice_id] for invoice_id in touched])


def _targets(payment: NewPayment, invoices: Sequence[Invoice]) -> list[Invoice]:
    if not payment.invoice_ids:
        own = [invoice for invoice in invoices if invoice.member_id == payment.member_id]
        return rules.oldest_first([invoice for invoice in own if invoice.currency == payment.currency and invoice.open])
    named = invoice_cases.found_all(payment.invoice_ids, invoices, payment.member_id)
    for place, invoice in enumerate(named):
        invoice_rules.check_payable(invoice, f"/invoice_ids/{place}")
        rules.check_currency(payment.currency, invoice)
    return named


async def _clear(work: Work, invoices: Sequence[Invoice]) -> None:
    paid = sorted(invoice.id for invoice in invoices if invoice.open == 0)
    if paid:
        await membership.cleared(work, paid)


async def pay_from_account(
    work: Work, settings: Settings, actor: Actor, invoice_id: UUID, *, amount: Money | None, allocation_id: UUID | None
) -> Invoice:
    """Pays an invoice, or a part of it, from what lies on its member's account, and never beyond its limit. The same
    ``allocation_id`` twice is the same payment. Raises NotFound, Invalid, Conflict."""
    locked = await invoice_rows.lock(work.connection, ids=[invoice_id])
    if not locked or not (actor.acts_for(locked[0].member_id) or actor.has(invoice_cases.READER)):
        raise invoice_cases.unknown()
    invoice = locked[0]
    source = f"account/{allocation_id or new_id()}"
    account = rules.member_account(invoice.member_id, invoice.currency)
    keys = {account, rules.network_account(rules.DUES, invoice.currency)}
    accounts = await ledger.ready(work, settings, keys)
    same = rules.allocation(invoice, 1, source=source, payment_id=None, booked_on=work.today)[0].id
    if any(
        made.id == same for made in await repository.standing_allocations(work.connection, invoice_ids=[invoice_id])
    ):
        return invoice
    invoice_rules.check_payable(invoice)
    if amount is not None:
        rules.check_currency(amount.currency, invoice)
    paid = rules.amount_to_pay(invoice, None if amount is None else amount.minor, accounts[account].available)
    made, transfer = rules.allocation(invoice, paid, source=source, payment_id=None, booked_on=work.today)
    await ledger.book(work, [transfer], by=actor.user_id)
    await repository.add_allocations(work.connection, [made], now=work.now, by=actor.user_id)
    await _clear(work, [replace(invoice, allocated=invoice.allocated + paid)])
    return await invoice_cases.invoice(work.connection, invoice_id)


async def reverse(
    work: Work, settings: Settings, payment_id: UUID, *, reason: str, on: date | None, by: UUID
) -> Payment:
    """Takes back a payment that did not hold, such as a bounced cheque: what it paid is owed again. Raises NotFound;
    Conflict for a second time or a day in a closed period; Invalid for a day before the payment or to come."""
    await repository.lock(work.connection, payment_id)
    before = await payment(work.connection, payment_id)
    if before.reversed_on is not None:
        raise Conflict("payment_reversed", "This payment has been reversed already")
    rules.check_reversed_on(on or work.today, before.paid_on, work.today)
    paid = await repository.standing_allocations(work.connection, payment_id=payment_id)
    locked = await invoice_rows.lock(work.connection, ids={made.invoice_id for made in paid})
    opened = await undoing.undo(work, settings, locked, payment=before, reason=reason, on=on, by=by)
    owed = [
        Owed(invoice.member_id, invoice.id, invoice.arrears_from)
        for invoice in locked
        if invoice.id in opened and invoice.open == 0
    ]
    await membership.owe_all(work, settings, owed)
    return await payment(work.connection, payment_id)


async def payment(connection: AsyncConnection, payment_id: UUID) -> Payment:
    """Raises NotFound."""
    found = await repository.payments(connection, [payment_id])
    if not found:
        raise _unknown()
    return found[0]


async def visible(connection: AsyncConnection, actor: Actor, payment_id: UUID) -> Payment:
    """A payment, to its member and the treasurer. Raises NotFound: others learn nothing."""
    found = await payment(connection, payment_id)
    if not actor.acts_for(found.member_id) and not actor.has(invoice_cases.READER):
        raise _unknown()
    return found


async def page(
    connection: AsyncConnection, actor: Actor, *, member_id: UUID | None, before: UUID | None, limit: int
) -> list[Payment]:
    """Payments, the newest first: one's own, or everybody's to the treasurer. One more than ``limit`` if there are.

    Raises NotFound for another's member."""
    only = None if actor.has(invoice_cases.READER) else actor.member_ids
    if member_id is not None:
        membership.check_visible(actor, member_id, invoice_cases.READER)
        only = frozenset({member_id})
    return await repository.page(connection, only=only, before=before, limit=limit + 1)


def _unknown() -> NotFound:
    return NotFound("payment_unknown", "There is no such payment")
