"""Issuing invoices: numbers, and what is owed from then on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from kit.database import Work
from members.dues.repository import runs
from members.dues.rules import invoices as rules
from members.dues.rules.invoices import Draft, Paper
from members.membership import service as membership
from members.membership.service import Owed
from members.settings import Settings


async def take_numbers(
    work: Work, settings: Settings, paper: Paper, count: int, *, dated: date | None = None
) -> list[str]:
    """The next numbers of a paper in the year of its date (today's): without a gap, for they are given back with the
    transaction. Who asks waits for those who asked before, so this comes late."""
    if not count:
        return []
    series = rules.series(settings.number_prefix, paper, dated or work.today)
    last = await membership.next_in_series(work, series, count)
    return [rules.number(series, given) for given in range(last - count + 1, last + 1)]


async def numbered(
    work: Work, settings: Settings, drafts: Sequence[Draft], *, dated: date | None = None
) -> list[Draft]:
    """The invoices, which all bear one date (today's), with their numbers, a range taken at once.

    Raises Conflict for an earlier date than an invoice of that year bears already: numbers and dates go up together.
    """
    numbers = await take_numbers(work, settings, "F", len(drafts), dated=dated)
    if numbers and dated is not None and dated < work.today:
        # Nobody else numbers invoices of that year until this transaction ends.
        rules.check_order(dated, await runs.last_issued_on(work.connection, dated.year))
    return [replace(draft, number=number) for draft, number in zip(drafts, numbers, strict=True)]


async def write(work: Work, settings: Settings, drafts: Sequence[Draft], *, by: UUID | None) -> None:
    """Writes invoices, and what they make their members owe, with a fixed number of statements."""
    await runs.add_invoices(work.connection, drafts, now=work.now, by=by)
    owed = [Owed(draft.member_id, draft.id, draft.arrears_from) for draft in drafts]
    await membership.owe_all(work, settings, owed)
