"""SQL of the run: who is to be billed, and the invoices, a batch at a time.

A period is billed by whoever writes it into ``dues_billings`` first. Who comes second waits for the first, and then
finds it there. Everybody writes in the same order, so nobody waits in a circle.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from members.dues.models import InvoiceRow
from members.dues.rules.billing import Bill, Billed, Payer, spans
from members.dues.rules.invoices import Draft
from members.dues.rules.plans import Choice, Exemption

_PAYERS = text("""
SELECT m.id, m.kind, m.name, m.number, m.tax_id, m.language,
    (SELECT jsonb_agg(jsonb_build_array(f.kind, f.effective_on) ORDER BY f.effective_at, f.id) FROM standing_facts AS f
     WHERE f.member_id = m.id AND f.kind <> 'revoked'
       AND NOT EXISTS (SELECT FROM standing_facts AS n WHERE n.corrects = f.id)) AS facts,
    (SELECT jsonb_agg(jsonb_build_array(c.plan_id, c.since, c.before) ORDER BY c.since) FROM dues_choices AS c
     WHERE c.member_id = m.id AND c.before IS DISTINCT FROM c.since) AS choices,
    (SELECT jsonb_agg(jsonb_build_array(e.id, e.since, e.before, e.amount, e.currency) ORDER BY e.since)
     FROM dues_exemptions AS e WHERE e.member_id = m.id) AS exemptions,
    (SELECT jsonb_agg(jsonb_build_array(b.plan_id, b.period_start, b.period_end, b.once)) FROM dues_billings AS b
     WHERE b.member_id = m.id) AS billed
FROM members AS m
WHERE m.number IS NOT NULL AND (CAST(:after AS uuid) IS NULL OR m.id > :after)
ORDER BY m.id LIMIT :limit
""")
_CLAIM = text("""
INSERT INTO dues_billings (member_id, plan_id, period_start, period_end, once, currency, price, amount, exemption_id,
                           made_on, made_at)
SELECT b.member_id, b.plan_id, b.period_start, b.period_end, b.once, b.currency, b.price, b.amount, b.exemption_id,
       :made_on, :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS b (member_id uuid, plan_id uuid, period_start date, period_end date, once boolean, currency text, price bigint,
           amount bigint, exemption_id uuid)
ORDER BY b.member_id, b.plan_id, b.period_start
ON CONFLICT DO NOTHING
RETURNING member_id, plan_id, period_start
""")
_ADD = text("""
INSERT INTO invoices (id, number, member_id, plan_id, period_start, period_end, issued_on, due_on, arrears_from,
                      currency, amount, lines, tax_text, note, member_name, member_number, member_tax_id, issued_at,
                      issued_by)
SELECT i.id, i.number, i.member_id, i.plan_id, i.period_start, i.period_end, i.issued_on, i.due_on, i.arrears_from,
       i.currency, i.amount, i.lines, i.tax_text, i.note, i.member_name, i.member_number, i.member_tax_id, :now, :by
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS i (id uuid, number text, member_id uuid, plan_id uuid, period_start date, period_end date, issued_on date,
           due_on date, arrears_from date, currency text, amount bigint, lines jsonb, tax_text text, note text,
           member_name text, member_number text, member_tax_id text)
""")


async def payers(connection: AsyncConnection, *, after: UUID | None, limit: int) -> list[tuple[Payer, Row[Any]]]:
    """Those who ever belonged, in the order of their ids, with all that their dues depend on and their particulars."""
    rows = await connection.execute(_PAYERS, {"after": after, "limit": limit})
    return [(_payer(row), row) for row in rows]


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _payer(row: Row[Any]) -> Payer:
    return Payer(
        id=row.id,
        kind=row.kind,
        spans=spans((kind, date.fromisoformat(day)) for kind, day in row.facts or ()),
        choices=tuple(
            Choice(UUID(plan_id), date.fromisoformat(since), _day(before))
            for plan_id, since, before in row.choices or ()
        ),
        exemptions=tuple(
            Exemption(UUID(exemption_id), date.fromisoformat(since), _day(before), amount, currency)
            for exemption_id, since, before, amount, currency in row.exemptions or ()
        ),
        billed=tuple(
            Billed(UUID(plan_id), date.fromisoformat(start), date.fromisoformat(end), once)
            for plan_id, start, end, once in row.billed or ()
        ),
    )


async def claim(
    connection: AsyncConnection, bills: Sequence[Bill], *, made_on: date, now: datetime
) -> set[tuple[UUID, UUID, date]]:
    """Writes down what is billed on that day; returns member, plan and first day of those that nobody else had written."""
    rows = [
        {
            "member_id": str(bill.member_id),
            "plan_id": str(bill.plan.id),
            "period_start": bill.period.start.isoformat(),
            "period_end": bill.period.end.isoformat(),
            "once": bill.plan.once,
            "currency": bill.plan.currency,
            "price": bill.charge.price,
            "amount": bill.charge.amount,
            "exemption_id": str(bill.charge.exemption.id) if bill.charge.exemption else None,
        }
        for bill in bills
    ]
    added = await connection.execute(_CLAIM, {"rows": json.dumps(rows), "made_on": made_on, "now": now})
    return {(row.member_id, row.plan_id, row.period_start) for row in added}


async def add_invoices(connection: AsyncConnection, drafts: Sequence[Draft], *, now: datetime, by: UUID | None) -> None:
    """Writes invoices, with one statement."""
    rows = [
        {
            "id": str(draft.id),
            "number": draft.number,
            "member_id": str(draft.member_id),
            "plan_id": str(draft.plan_id) if draft.plan_id else None,
            "period_start": draft.period_start.isoformat() if draft.period_start else None,
            "period_end": draft.period_end.isoformat() if draft.period_end else None,
            "issued_on": draft.issued_on.isoformat(),
            "due_on": draft.due_on.isoformat(),
            "arrears_from": draft.arrears_from.isoformat(),
            "currency": draft.currency,
            "amount": draft.amount,
            "lines": [line.stored() for line in draft.lines],
            "tax_text": draft.tax_text,
            "note": draft.note,
            "member_name": draft.member_name,
            "member_number": draft.member_number,
            "member_tax_id": draft.member_tax_id,
        }
        for draft in drafts
    ]
    await connection.execute(_ADD, {"rows": json.dumps(rows), "now": now, "by": by})


async def last_issued_on(connection: AsyncConnection, year: int) -> date | None:
    """The latest date that an invoice of that year bears."""
    within = InvoiceRow.issued_on.between(date(year, 1, 1), date(year, 12, 31))
    return (await connection.execute(select(func.max(InvoiceRow.issued_on)).where(within))).scalar_one()
