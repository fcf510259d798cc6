"""When something is to be had: windows of days that come again every year, or of dates.

A window is two days, both included: ``06-15`` to ``09-30`` every year (``11-01`` to ``02-15`` goes over the new year), or
``2026-06-15`` to ``2026-07-02`` once. No windows: all year. Days are the network's, in its zone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kit.errors import Invalid

MOST_WINDOWS = 12
#: What comes on offer within so many days is in season soon.
SOON = timedelta(days=30)
_DAY = timedelta(days=1)
#: A leap year, in which every day of the year is.
_LEAP = "2028-"


@dataclass(frozen=True)
class Window:
    """From one day to another, both included; both with their year, or both without."""

    start: str
    end: str

    @property
    def recurring(self) -> bool:
        return len(self.start) == 5

    def holds(self, day: date) -> bool:
        """Whether the day is in it."""
        text = day.isoformat()[5 if self.recurring else 0 :]
        if self.start <= self.end:
            return self.start <= text <= self.end
        return text >= self.start or text <= self.end

    def edges(self, after: date) -> Iterator[date]:
        """The next days on which it begins, or has ended the day before."""
        if not self.recurring:
            yield date.fromisoformat(self.start)
            yield date.fromisoformat(self.end) + _DAY
            return
        for year in (after.year, after.year + 1):
            yield _on_or_after(year, self.start)
            yield _on_or_after(year, self.end, past=True)


def _on_or_after(year: int, day: str, *, past: bool = False) -> date:
    """The first date of that year that sorts at (or past) the day: 29 February is 1 March in most years."""
    try:
        return date.fromisoformat(f"{year:04}-{day}") + (_DAY if past else timedelta(0))
    except ValueError:
        return date(year, 3, 1)


def in_season(windows: Iterable[Window], day: date) -> bool:
    """Whether it is to be had on that day."""
    windows = tuple(windows)
    return not windows or any(window.holds(day) for window in windows)


def next_change(windows: Sequence[Window], day: date) -> date | None:
    """The first day after ``day`` on which it comes on or goes off offer; None if it never does."""
    now = in_season(windows, day)
    edges = sorted({edge for window in windows for edge in window.edges(day) if edge > day})
    return next((edge for edge in edges if in_season(windows, edge) != now), None)


def season_faults(windows: Sequence[Window], at: str) -> Iterator[Invalid]:
    """What is wrong with windows, each with the pointer of the day."""
    if len(windows) > MOST_WINDOWS:
        yield Invalid("too_many", "At most {most}", field=at, most=MOST_WINDOWS)
        return
    for place, window in enumerate(windows):
        for name, day in (("start", window.start), ("end", window.end)):
            if not _is_day(day):
                yield Invalid(
                    "not_a_day", "A day such as 06-15, or a date such as 2026-06-15", field=f"{at}/{place}/{name}"
                )
                return
        if len(window.start) != len(window.end):
            yield Invalid("days_and_dates", "Both with their year, or both without", field=f"{at}/{place}/end")
        elif not window.recurring and window.end < window.start:
            yield Invalid("ends_before", "Must not be before the start", field=f"{at}/{place}/end")


def _is_day(text: str) -> bool:
    try:
        found = date.fromisoformat(_LEAP + text if len(text) == 5 else text)
    except ValueError:
        return False
    return found.isoformat().endswith(text) and 2000 <= found.year < 2200
