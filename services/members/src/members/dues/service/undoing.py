"""Taking back what was paid of invoices: the money goes back to the member's account."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit.database import Work
from members.dues.repository import payments as repository
from members.dues.rules import payments as rules
from members.dues.rules.invoices import Invoice
from members.dues.rules.payments import Payment
from members.ledger import service as ledger
from members.settings import Settings


async def undo(
    work: Work,
    settings: Settings,
    invoices: Sequence[Invoice],
    *,
    payment: Payment | None = None,
    reason: str,
    on: date | None,
    by: UUID,
) -> set[UUID]:
    """Undoes all that was paid of these invoices, which the caller has locked; with ``payment`` what that one paid, and
    the payment itself. Returns the invoices of which something was taken back."""
    booked_on = on or work.today
    keys = {rules.member_account(invoice.member_id, invoice.currency) for invoice in invoices}
    keys |= {rules.network_account(rules.DUES, invoice.currency) for invoice in invoices}
    transfers = [] if payment is None else [rules.returned(payment, reason=reason, booked_on=booked_on)]
    keys |= {key for transfer in transfers for key in (transfer.debit, transfer.credit)}
    await ledger.take(work, settings, keys)
    known = {invoice.id: invoice for invoice in invoices}
    standing = await repository.standing_allocations(
        work.connection, payment_id=payment.id if payment else None, invoice_ids=None if payment else list(known)
    )
    pairs = [rules.undone(made, known[made.invoice_id], reason=reason, booked_on=booked_on) for made in standing]
    transfers += [transfer for _, transfer in pairs]
    await ledger.book(work, transfers, by=by, field="/reversed_on")
    await repository.add_allocations(work.connection, [made for made, _ in pairs], now=work.now, by=by)
    if payment is not None:
        await repository.add_reversal(
            work.connection, payment.id, transfers[0].id, on=booked_on, reason=reason, now=work.now, by=by
        )
    return {made.invoice_id for made in standing}
