"""Use cases of spending."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id
from members.income import rules
from members.income.repository import purposes as purposes_repository
from members.income.repository import spendings as repository
from members.income.rules import PaidFrom, Receipt, Spending
from members.income.service import receipts
from members.income.service.contributions import contribution
from members.income.service.purposes import purposes
from members.income.service.subsidies import subsidy
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.membership import rules as membership_rules
from members.settings import Settings


@dataclass(frozen=True)
class Use:
    """What money is used for, and whose money."""

    id: UUID | None
    purpose: str
    amount: Money
    spent_on: date | None
    payee: str
    text: str
    document: str | None
    paid_from: PaidFrom
    subsidy_id: UUID | None
    contribution_id: UUID | None


async def spend(work: Work, settings: Settings, use: Use, *, by: UUID) -> Spending:
    """Books money used for a purpose. The same id twice is the same spending.

    Raises Invalid; Conflict for an invoice that is booked already, more than is left of what it is charged to, another
    purpose than that is for, or after its deadline.
    """
    today = work.today
    spent_on = use.spent_on or today
    amount = rules.positive(use.amount, settings.currency)
    ledger_rules.check_not_ahead(spent_on, today, "/spent_on")
    rules.check_purpose(use.purpose, await purposes(work.connection))
    if use.subsidy_id is not None and use.contribution_id is not None:
        raise Invalid("two_charges", "Charged to a subsidy or to a contribution, not to both", field="/contribution_id")
    payee = membership_rules.plain_name(use.payee, "/payee")
    document = membership_rules.plain_name(use.document, "/document") if use.document is not None else None
    # Who spends for the same purpose waits here, so that each sees what the one before it left.
    await purposes_repository.lock(work.connection, use.purpose)
    if use.id is not None and (row := await repository.spending(work.connection, use.id)):
        return _same(Spending(**row._asdict()), use, amount, spent_on, payee)
    await _check_charge(work, use, amount, spent_on)
    if document is not None and (earlier := await repository.booked(work.connection, payee, document)):
        raise Conflict(
            "document_booked",
            "This document of {payee} is booked already, as {number}",
            field="/document",
            payee=payee,
            number=earlier.number,
            extra={"spending_id": str(earlier.id)},
        )
    spending_id, transfer_id = use.id or new_id(), new_id()
    number = await receipts.numbered(work, settings, "EX", spent_on)
    transfer = rules.used(
        spending_id,
        transfer_id=transfer_id,
        purpose=use.purpose,
        amount=amount,
        currency=use.amount.currency,
        paid_from=use.paid_from,
        on=spent_on,
        text=number,
    )
    await ledger.book(work, [transfer], by=by, field="/spent_on", opening=settings)
    await repository.add(
        work.connection,
        {
            "id": spending_id,
            "number": number,
            "purpose": use.purpose,
            "amount": amount,
            "currency": use.amount.currency,
            "spent_on": spent_on,
            "payee": payee,
            "text": use.text,
            "document": document,
            "paid_from": use.paid_from,
            "subsidy_id": use.subsidy_id,
            "contribution_id": use.contribution_id,
            "reverses": None,
            "transfer_id": transfer_id,
            "made_at": work.now,
            "made_by": by,
        },
    )
    return await spending(work.connection, spending_id)


def _same(found: Spending, use: Use, amount: int, spent_on: date, payee: str) -> Spending:
    known = (found.purpose, found.amount, found.spent_on, found.payee, found.subsidy_id, found.contribution_id)
    if known != (use.purpose, amount, spent_on, payee, use.subsidy_id, use.contribution_id):
        raise Conflict("id_taken", "There is another spending with this id; take a new one", field="/id")
    return found


async def _check_charge(work: Work, use: Use, amount: int, spent_on: date) -> None:
    try:
        if use.subsidy_id is not None:
            source = await subsidy(work.connection, use.subsidy_id, lock=True)
            rules.check_chargeable(source, purpose=use.purpose, spent_on=spent_on, amount=amount)
        elif use.contribution_id is not None:
            given = await contribution(work.connection, use.contribution_id, lock=True)
            rules.check_earmarked(given, purpose=use.purpose, amount=amount)
    except NotFound as error:
        field = "/subsidy_id" if use.subsidy_id is not None else "/contribution_id"
        raise Invalid(error.code, error.message, field=field) from error


async def reverse(work: Work, settings: Settings, spending_id: UUID, *, reason: str, by: UUID) -> Spending:
    """Undoes a spending by an entry that names it: its document may be booked again, and what it was charged to has
    the money back. Raises NotFound, Conflict."""
    await purposes_repository.lock(work.connection, (await spending(work.connection, spending_id)).purpose)
    found = await spending(work.connection, spending_id)
    rules.check_reversible(found)
    if found.subsidy_id is not None:
        await subsidy(work.connection, found.subsidy_id, lock=True)
    if found.contribution_id is not None:
        await contribution(work.connection, found.contribution_id, lock=True)
    today = work.today
    number = await receipts.numbered(work, settings, "EX", today)
    transfer = await ledger.reverse(
        work, settings, found.transfer_id, reason=reason, by=by, kept_by_caller=rules.CAUSE_OF_SPENDING
    )
    reversal_id = new_id()
    await repository.add(
        work.connection,
        {
            "id": reversal_id,
            "number": number,
            "purpose": found.purpose,
            "amount": found.amount,
            "currency": found.currency,
            "spent_on": today,
            "payee": found.payee,
            "text": reason,
            "document": found.document,
            "paid_from": found.paid_from,
            "subsidy_id": found.subsidy_id,
            "contribution_id": found.contribution_id,
            "reverses": found.id,
            "transfer_id": transfer.id,
            "made_at": work.now,
            "made_by": by,
        },
    )
    return await spending(work.connection, reversal_id)


async def reverse_receipt(work: Work, settings: Settings, receipt_id: UUID, *, reason: str, by: UUID) -> Receipt:
    """Undoes a receipt by another that names it. Raises NotFound; Conflict a second time, or once it was spent."""
    found = await receipts.receipt(work, receipt_id)
    if found.subsidy_id is not None:
        await subsidy(work.connection, found.subsidy_id, lock=True)
    if found.contribution_id is not None:
        given = await contribution(work.connection, found.contribution_id, lock=True)
        found = await receipts.receipt(work, receipt_id)
        rules.check_reversible(found)
        rules.check_not_spent(given, found.amount)
    return await receipts.reversed_by(work, settings, await receipts.receipt(work, receipt_id), reason=reason, by=by)


async def spending(connection: AsyncConnection, spending_id: UUID) -> Spending:
    """Raises NotFound."""
    row = await repository.spending(connection, spending_id)
    if row is None:
        raise NotFound("spending_unknown", "There is no such spending")
    return Spending(**row._asdict())


async def page(
    connection: AsyncConnection,
    *,
    since: date | None,
    until: date | None,
    purpose: str | None,
    subsidy_id: UUID | None,
    before: tuple[date, UUID] | None,
    limit: int,
) -> list[Spending]:
    """Newest date first, reversals among them. One more than ``limit`` if there are more."""
    rows = await repository.page(
        connection, since=since, until=until, purpose=purpose, subsidy_id=subsidy_id, before=before, limit=limit
    )
    return [Spending(**row._asdict()) for row in rows]
