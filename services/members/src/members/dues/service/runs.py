"""The run: each member is asked once for each period that began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from kit.database import Work
from kit.errors import Invalid
from kit.ids import new_id
from members.dues.repository import plans as plan_rows
from members.dues.repository import runs
from members.dues.rules import billing
from members.dues.rules.billing import Bill
from members.dues.rules.invoices import Draft, Line, check_issue_day
from members.dues.service import issuing
from members.settings import Settings

#: Members or invoices that one statement takes.
BATCH = 500
#: How far ahead a run may bill.
AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class RunLine:
    """What a run did, or would do, for a member and period."""

    member_id: UUID
    plan_id: UUID
    period_start: date
    period_end: date
    currency: str
    price: int
    amount: int
    invoice_id: UUID | None = None
    number: str | None = None
    exemption_id: UUID | None = None


@dataclass(frozen=True)
class RunReport:
    """``exempt`` were asked for nothing. ``already`` counts the periods that were billed or exempt before."""

    until: date
    dry_run: bool
    issued: list[RunLine]
    exempt: list[RunLine]
    already: int


async def run(
    work: Work,
    settings: Settings,
    *,
    until: date | None = None,
    issued_on: date | None = None,
    dry_run: bool = False,
    by: UUID | None = None,
) -> RunReport:
    """Issues what is missing for the periods that began by ``until``, with numbers without a gap. The invoices bear the
    date ``issued_on`` (today's): an earlier one where books are taken over that were kept elsewhere.

    However often and from however many processes it is started, a period is billed once: who comes second waits, and
    finds it billed. Raises Invalid for a day more than a year ahead, or an issue that has not come yet; Conflict if
    invoices of that year bear a later date.
    """
    check_issue_day(issued_on, work.today)
    dated = issued_on or work.today
    until = until or dated
    if until > work.today + AHEAD:
        last = (work.today + AHEAD).isoformat()
        raise Invalid("date_too_far", "Can't be later than {last}", field="/until", last=last)
    plans = {plan.id: plan for plan in await plan_rows.plans(work.connection)}
    bills: list[Bill] = []
    people: dict[UUID, Row[Any]] = {}
    already, after, more = 0, None, bool(plans)
    while more:
        found = await runs.payers(work.connection, after=after, limit=BATCH)
        for payer, person in found:
            already += sum(1 for billed in payer.billed if billed.start <= until)
            asked = billing.bills(payer, plans, until)
            if asked:
                bills += asked
                people[payer.id] = person
        more = len(found) == BATCH
        after = found[-1][0].id if found else None
    bills.sort(key=lambda bill: (bill.member_id, bill.plan.id, bill.period.start))
    claimed = bills if dry_run else await _claim(work, bills, dated)
    owing = [bill for bill in claimed if bill.charge.amount > 0]
    drafts = [_draft(bill, people[bill.member_id], dated) for bill in owing]
    if not dry_run:
        drafts = await _issue(work, settings, drafts, dated, by)
    return RunReport(
        until=until,
        dry_run=dry_run,
        issued=[
            _line(bill, draft, None if dry_run else draft.number) for bill, draft in zip(owing, drafts, strict=True)
        ],
        exempt=[_line(bill) for bill in claimed if bill.charge.amount == 0],
        already=already + len(bills) - len(claimed),
    )


def _line(bill: Bill, draft: Draft | None = None, number: str | None = None) -> RunLine:
    return RunLine(
        member_id=bill.member_id,
        plan_id=bill.plan.id,
        period_start=bill.period.start,
        period_end=bill.period.end,
        currency=bill.plan.currency,
        price=bill.charge.price,
        amount=bill.charge.amount,
        invoice_id=draft.id if draft and number else None,
        number=number,
        exemption_id=bill.charge.exemption.id if bill.charge.exemption else None,
    )


async def _claim(work: Work, bills: Sequence[Bill], dated: date) -> list[Bill]:
    """Those of them that nobody else has billed. All are claimed before a number is taken, and in one order, so that
    two runs can't wait for each other in a circle."""
    claimed: list[Bill] = []
    for first in range(0, len(bills), BATCH):
        batch = bills[first : first + BATCH]
        won = await runs.claim(work.connection, batch, made_on=dated, now=work.now)
        claimed += [bill for bill in batch if (bill.member_id, bill.plan.id, bill.period.start) in won]
    return claimed


def _draft(bill: Bill, person: Row[Any], issued_on: date) -> Draft:
    plan = bill.plan
    due_on = billing.due_on(plan, bill.period, issued_on)
    return Draft(
        id=new_id(),
        number="",
        member_id=bill.member_id,
        plan_id=plan.id,
        period_start=bill.period.start,
        period_end=bill.period.end,
        issued_on=issued_on,
        due_on=due_on,
        arrears_from=due_on + timedelta(days=plan.grace_days + 1),
        currency=plan.currency,
        amount=bill.charge.amount,
        lines=(Line(plan.text(person.language), bill.charge.amount, plan.tax_rate),),
        tax_text=plan.tax_text,
        note="",
        member_name=person.name,
        member_number=person.number,
        member_tax_id=person.tax_id,
    )


async def _issue(work: Work, settings: Settings, drafts: Sequence[Draft], dated: date, by: UUID | None) -> list[Draft]:
    """The invoices with their numbers, written and owed."""
    issued = await issuing.numbered(work, settings, drafts, dated=dated)
    for first in range(0, len(issued), BATCH):
        await issuing.write(work, settings, issued[first : first + BATCH], by=by)
    return issued
