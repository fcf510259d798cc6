"""Money that comes in for a contribution or a subsidy. The source is locked by whoever calls."""

from datetime import date
from uuid import UUID

from kit.database import Work
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from members.income import rules
from members.income.repository import contributions as repository
from members.income.rules import Contribution, Receipt, ReceiptMethod, Subsidy
from members.ledger import service as ledger
from members.membership import service as membership
from members.settings import Settings


async def booked(
    work: Work,
    settings: Settings,
    source: Contribution | Subsidy,
    *,
    receipt_id: UUID,
    amount: int,
    method: ReceiptMethod,
    on: date,
    note: str,
    by: UUID,
) -> Receipt:
    """Books the money and gives the receipt its number. Raises Conflict if the member's balance is not enough."""
    is_subsidy = isinstance(source, Subsidy)
    number = await numbered(work, settings, "IN", on)
    transfer = rules.received(
        rules.SUBSIDIES if is_subsidy else rules.CONTRIBUTIONS,
        source.id,
        transfer_id=new_id(),
        payer=None if isinstance(source, Subsidy) else source.member_id,
        amount=amount,
        currency=source.currency,
        method=method,
        on=on,
        text=number,
    )
    keys = (transfer.debit, transfer.credit)
    accounts = await ledger.ready(work, settings, keys)
    if method == "balance" and accounts[transfer.debit].available < amount:
        raise Conflict("not_enough_funds", "The balance is not enough", field="/amount")
    await ledger.book(work, [transfer], by=by, field="/received_on")
    values = {
        "id": receipt_id,
        "number": number,
        "contribution_id": None if is_subsidy else source.id,
        "subsidy_id": source.id if is_subsidy else None,
        "amount": amount,
        "currency": source.currency,
        "received_on": on,
        "method": method,
        "note": note,
        "reverses": None,
        "transfer_id": transfer.id,
        "made_at": work.now,
        "made_by": by,
    }
    await repository.add_receipt(work.connection, values)
    return await receipt(work, receipt_id)


async def receipt(work: Work, receipt_id: UUID) -> Receipt:
    """Raises NotFound."""
    found = await again(work, receipt_id)
    if found is None:
        raise NotFound("receipt_unknown", "There is no such receipt")
    return found


async def again(work: Work, receipt_id: UUID) -> Receipt | None:
    """The receipt that has this id already."""
    row = await repository.receipt(work.connection, receipt_id)
    return Receipt(**row._asdict()) if row else None


def check_same(found: Receipt, source: Contribution | Subsidy, amount: int, on: date, method: ReceiptMethod) -> Receipt:
    """The same id twice is the same receipt. Raises Conflict if it is not."""
    known = (found.contribution_id or found.subsidy_id, found.amount, found.received_on, found.method)
    if known != (source.id, amount, on, method):
        raise Conflict("id_taken", "There is another receipt with this id; take a new one", field="/id")
    return found


async def reversed_by(work: Work, settings: Settings, found: Receipt, *, reason: str, by: UUID) -> Receipt:
    """Undoes a receipt by another that names it, with its transfer. Raises Conflict."""
    rules.check_reversible(found)
    today = work.today
    number = await numbered(work, settings, "IN", today)
    cause = rules.CAUSE_OF_CONTRIBUTION if found.contribution_id else rules.CAUSE_OF_SUBSIDY
    transfer = await ledger.reverse(work, settings, found.transfer_id, reason=reason, by=by, kept_by_caller=cause)
    receipt_id = new_id()
    values = {
        "id": receipt_id,
        "number": number,
        "contribution_id": found.contribution_id,
        "subsidy_id": found.subsidy_id,
        "amount": found.amount,
        "currency": found.currency,
        "received_on": today,
        "method": found.method,
        "note": reason,
        "reverses": found.id,
        "transfer_id": transfer.id,
        "made_at": work.now,
        "made_by": by,
    }
    await repository.add_receipt(work.connection, values)
    return await receipt(work, receipt_id)


async def numbered(work: Work, settings: Settings, letters: str, on: date) -> str:
    """The next number of a year's series, such as ``LEO-IN-2026-0007``: without a gap, never given twice."""
    series = f"{settings.number_prefix}-{letters}-{on.year}"
    return f"{series}-{await membership.next_in_series(work, series):04d}"
