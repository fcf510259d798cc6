"""Issuing invoices: numbers, and what is owed from then on."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from kit.database import Work
from members.dues.repository import runs
from members.dues.rules import invoices as rules
from members.dues.rules.invoices import Draft, Paper
from members.membership import service as membership
from members.membership.service import Owed
from members.settings import Settings


async def take_numbers(work: Work, settings: Settings, paper: Paper, count: int) -> list[str]:
    """The next numbers of a paper in the year that it is: without a gap, for they are given back with the transaction.
    Who asks waits for those who asked before, so this comes late."""
    if not count:
        return []
    series = rules.series(settings.number_prefix, paper, work.today)
    last = await membership.next_in_series(work, series, count)
    return [rules.number(series, given) for given in range(last - count + 1, last + 1)]


async def numbered(work: Work, settings: Settings, drafts: Sequence[Draft]) -> list[Draft]:
    """The invoices with their numbers, a range taken at once."""
    numbers = await take_numbers(work, settings, "F", len(drafts))
    return [replace(draft, number=number) for draft, number in zip(drafts, numbers, strict=True)]


async def write(work: Work, settings: Settings, drafts: Sequence[Draft], *, by: UUID | None) -> None:
    """Writes invoices, and what they make their members owe, with a fixed number of statements."""
    await runs.add_invoices(work.connection, drafts, now=work.now, by=by)
    owed = [Owed(draft.member_id, draft.id, draft.arrears_from) for draft in drafts]
    await membership.owe_all(work, settings, owed)
