"""When a series has its occasions: RFC 5545 section 3.3.10, in the network's own clock time.

Occasions are told in clock time without a zone ("15:00"), and made into instants one by one: so that 15:00 stays 15:00
when clocks change. A time that a clock change leaves out is as much later as the clocks were put forward.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from kit.errors import Invalid

FIELD = "/rule"
#: How far ahead the occasions of a series are there to be booked.
HORIZON = timedelta(weeks=8)
#: Where nothing is left to plan.
FOREVER = datetime.fromisoformat("9999-12-31T00:00")
#: The first occasion comes within so long after the start, or the rule means nothing.
FIRST_WITHIN = timedelta(days=366)
MOST_A_DAY = 6
MOST_TEXT = 300
MOST_COUNT = 1000
MOST_INTERVAL = 99

_FREQUENCIES = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
_DAYS = {name: weekday(place) for place, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
#: The Gregorian calendar repeats every 400 years, days of the week included.
_ERA = 400


@dataclass(frozen=True)
class Rule:
    """A rule that was read and understood."""

    text: str
    parts: tuple[tuple[str, Any], ...]
    until: datetime | None

    def _from(self, start: datetime) -> rrule:
        return rrule(dtstart=start, until=self.until, **dict(self.parts))

    def occasions(
        self, start: datetime, after: datetime, until: datetime, without: Collection[date] = ()
    ) -> list[datetime]:
        """Clock times after ``after``, up to and with ``until``, of a series that begins at ``start``."""
        found = takewhile(lambda at: at <= until, self._from(start))
        return [at for at in found if at > after and at.date() not in without]

    def is_over(self, start: datetime, after: datetime) -> bool:
        """Whether a series that began at ``start`` has no occasion any more after ``after``."""
        return next((at for at in self._from(start) if at > after), None) is None

    def going_on(self, start: datetime, since: datetime) -> "Rule":
        """The rule from ``since`` on, for a series that began at ``start``: what it counts goes on being counted."""
        parts = dict(self.parts)
        if "count" not in parts:
            return self
        past = sum(1 for _ in takewhile(lambda at: at < since, self._from(start)))
        left = max(parts["count"] - past, 0)
        return Rule(
            re.sub(r"COUNT=\d+", f"COUNT={left}", self.text), tuple((parts | {"count": left}).items()), self.until
        )

    def comes_true(self, start: datetime) -> bool:
        """Whether there is an occasion soon after ``start``.

        The library looks for the next one up to the year 9999; for a rule that never comes true that takes minutes.
        So it is asked about the same days of the calendar's last era, where the end of years is near.
        """
        years = (9999 - start.year) // _ERA * _ERA
        late = start.replace(year=start.year + years)
        if self.until is None or self.until - start > FIRST_WITHIN:
            ends = None
        else:
            ends = self.until.replace(year=self.until.year + years)
        first = next(iter(Rule(self.text, self.parts, ends)._from(late)), None)
        return first is not None and first - late <= FIRST_WITHIN


def read(text: str, zone: ZoneInfo) -> Rule:
    """The rule in a text such as ``FREQ=WEEKLY;BYDAY=TU,TH``. Raises Invalid for one that is none, or that asks for
    more than people can hold."""
    plain = text.strip().upper().removeprefix("RRULE:")
    said = _split(plain)
    if said.get("FREQ") not in _FREQUENCIES:
        raise Invalid("rule_too_often", "FREQ is one of {known}", field=FIELD, known=", ".join(_FREQUENCIES))
    if "COUNT" in said and "UNTIL" in said:
        raise Invalid("rule_ends_twice", "Give COUNT or UNTIL, not both", field=FIELD)
    parts = dict(_parsed(name, value) for name, value in said.items())
    if any(day.n for day in parts.get("byweekday", ())) and said["FREQ"] not in ("MONTHLY", "YEARLY"):
        raise _wrong("BYDAY")
    times = len(parts.get("byhour", (0,))) * len(parts.get("byminute", (0,)))
    if times > MOST_A_DAY:
        raise Invalid("too_many_a_day", "At most {most} a day", field=FIELD, most=MOST_A_DAY)
    until = parts.pop("until", None)
    return Rule(plain, tuple(parts.items()), None if until is None else _local(until, zone))


def _split(plain: str) -> dict[str, str]:
    if len(plain) > MOST_TEXT or not plain.isascii():
        raise _unreadable()
    said: dict[str, str] = {}
    for part in plain.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in said:
            raise _unreadable()
        said[name] = value
    return said


def _parsed(name: str, value: str) -> tuple[str, Any]:
    if name not in _READERS:
        known = ", ".join(sorted(_READERS))
        raise Invalid("rule_part_unknown", "A rule is made of {known}", field=FIELD, known=known)
    key, parse = _READERS[name]
    try:
        return key, parse(value)
    except ValueError as error:
        raise _wrong(name) from error


def _wrong(part: str) -> Invalid:
    return Invalid("rule_part_wrong", "{part} can't be read", field=FIELD, part=part)


def _unreadable() -> Invalid:
    return Invalid("rule_unreadable", "Write it like FREQ=WEEKLY;BYDAY=TU,TH", field=FIELD)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"\d{1,4}", value) or not least <= int(value) <= most:
            raise ValueError(value)
        return int(value)

    return parse


def _several(least: int, most: int, *, from_the_end: bool = False) -> Callable[[str], list[int]]:
    def parse(value: str) -> list[int]:
        found = []
        for one in value.split(","):
            if not re.fullmatch(r"[+-]?\d{1,3}" if from_the_end else r"\d{1,2}", one):
                raise ValueError(value)
            if not least <= (abs(int(one)) if from_the_end else int(one)) <= most:
                raise ValueError(value)
            found.append(int(one))
        return sorted(set(found))

    return parse


def _days(value: str) -> list[weekday]:
    found = []
    for one in value.split(","):
        match = _DAY.fullmatch(one)
        if match is None:
            raise ValueError(value)
        day = _DAYS[match[2]]
        found.append(day(int(match[1])) if match[1] else day)
    return found


def _until(value: str) -> tuple[date, time | None, bool]:
    match = _UNTIL.fullmatch(value)
    if match is None:
        raise ValueError(value)
    at = time(int(match[2][:2]), int(match[2][2:4]), int(match[2][4:])) if match[2] else None
    return date(int(match[1][:4]), int(match[1][4:6]), int(match[1][6:])), at, match[3] == "Z"


def _local(until: tuple[date, time | None, bool], zone: ZoneInfo) -> datetime:
    """The end in clock time; a day alone is meant whole."""
    day, at, is_utc = until
    said = datetime.combine(day, at or time(23, 59, 59))
    if not is_utc or not 1 < said.year < 9999:
        return said
    return said.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _weekday(value: str) -> weekday:
    if value not in _DAYS:
        raise ValueError(value)
    return _DAYS[value]


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "FREQ": ("freq", _FREQUENCIES.__getitem__),
    "INTERVAL": ("interval", _whole(1, MOST_INTERVAL)),
    "COUNT": ("count", _whole(1, MOST_COUNT)),
    "UNTIL": ("until", _until),
    "BYDAY": ("byweekday", _days),
    "BYMONTHDAY": ("bymonthday", _several(1, 31, from_the_end=True)),
    "BYMONTH": ("bymonth", _several(1, 12)),
    "BYSETPOS": ("bysetpos", _several(1, 366, from_the_end=True)),
    "BYHOUR": ("byhour", _several(0, 23)),
    "BYMINUTE": ("byminute", _several(0, 59)),
    "WKST": ("wkst", _weekday),
}


def check(rule: Rule, start: datetime) -> None:
    """Raises Invalid for a rule without an occasion in the year after ``start``."""
    if not rule.comes_true(start):
        raise Invalid("rule_never", "This rule has no occasion within a year of its start", field=FIELD)


def instants(clock_times: Collection[datetime], zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Each clock time with its instant in UTC."""
    for at in clock_times:
        yield at, instant(at, zone)


def instant(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant that a clock of the network shows as this; the first of two when clocks are put back."""
    return at.replace(tzinfo=zone, fold=0).astimezone(UTC)


def clock(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock of the network shows at an instant."""
    return at.astimezone(zone).replace(tzinfo=None)
