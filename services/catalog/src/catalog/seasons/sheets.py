"""Gaps and gluts as a spreadsheet: a row a crop, place and week."""

from collections.abc import Callable, Iterator, Sequence

from catalog.seasons import rules
from catalog.seasons.service import Balance
from contracts.values import plain

#: What there is a column for.
COLUMNS = ("Crop or product", "Unit", "Place", "Week", "Planned", "Producers", "Demand", "Basis", "Difference")


def rows(balances: Sequence[Balance], say: Callable[[str], str]) -> Iterator[list[str]]:
    for one in balances:
        for week in one.weeks:
            yield [
                one.name,
                one.unit,
                one.place.name if one.place else "",
                rules.iso(week.week),
                plain(week.planned.quantity),
                str(week.planned.producers),
                "" if week.demand.quantity is None else plain(week.demand.quantity),
                say(week.demand.basis),
                "" if week.difference is None else plain(week.difference),
            ]
