"""Days on which the euro's payment system is closed (T2, formerly TARGET): weekends and six holidays.

The European Central Bank's long-term calendar: New Year's Day, Good Friday, Easter Monday, 1 May, 25 and 26 December.
"""

from datetime import date, timedelta

_FIXED = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def is_target_day(day: date) -> bool:
    """Whether payments in euros are settled on that day."""
    sunday = easter(day.year)
    moving = {sunday - timedelta(days=2), sunday + timedelta(days=1)}
    return day.weekday() < 5 and (day.month, day.day) not in _FIXED and day not in moving


def target_days_after(day: date, count: int) -> date:
    """The day on which so many target days have passed since then."""
    found = day
    while count > 0:
        found += timedelta(days=1)
        count -= is_target_day(found)
    return found


def next_target_day(day: date) -> date:
    """That day, or the first target day after it."""
    return day if is_target_day(day) else target_days_after(day, 1)
