"""Weeks, what is likely to be asked for in them, and whether what is planned meets it."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal
from uuid import UUID

from contracts.catalog import Unit
from kit.errors import Invalid

WEEK = timedelta(weeks=1)
#: A year after a week is the week with the same weekday that is nearest to it.
YEAR = 52 * WEEK
#: Weeks with deliveries that an expectation is the average of, and how far back they are looked for.
RECENT, LOOKED_BACK = 8, 26
#: Weeks that one question may be about.
MOST_WEEKS = 53
#: Less than a tenth beside the demand is as good as met: nobody knows it better.
TOLERANCE = Decimal("0.1")
#: How much last year may bend the average: one odd year is not to decide alone.
LEAST_FACTOR, MOST_FACTOR = Decimal("0.5"), Decimal(2)
FINEST = Decimal("0.001")
NOTHING = Decimal(0)

Basis = Literal["ordered", "expected", "unknown"]
Meets = Literal["gap", "even", "glut", "unknown"]
Quantities = Mapping[date, Decimal]

_ISO = re.compile(r"(\d{4})-W(\d{2})")


def monday(week: str, field: str) -> date:
    """The Monday of a week such as ``2026-W48`` (ISO 8601). Raises Invalid."""
    found = _ISO.fullmatch(week)
    try:
        if found and int(found[1]) > 0:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass
    raise Invalid("not_a_week", "Write a week as 2026-W48 (ISO 8601)", field=field)


def iso(day: date) -> str:
    """The week that a day is in, such as ``2026-W48``."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def week_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks_between(since: date, until: date) -> list[date]:
    """The Mondays of the weeks from one to the other, both counted. Raises Invalid where they are too many or none."""
    count = (until - since) // WEEK + 1
    if not 1 <= count <= MOST_WEEKS:
        raise Invalid(
            "too_many_weeks", "Ask for 1 to {most} weeks, the first one first", field="/until", most=MOST_WEEKS
        )
    return [since + place * WEEK for place in range(count)]


@dataclass(frozen=True)
class Crop:
    """What products of several producers are, so that they can be added up: jitomate, in kilos."""

    id: UUID
    name: str
    unit: Unit


@dataclass(frozen=True)
class Plan:
    """What a producer intends to have of a product, in its unit, by the Monday of the week."""

    id: UUID
    member_id: UUID
    product_id: UUID
    #: The collection centre that it is meant for; None for the network as a whole.
    place_id: UUID | None
    unit: Unit
    note: str
    version: int
    weeks: Quantities


def with_weeks(plan: Plan, said: Mapping[date, Decimal], note: str | None) -> Plan:
    """The plan with these weeks as said, nothing taking a week out; the same object if that changes nothing."""
    weeks = {week: quantity for week, quantity in {**plan.weeks, **said}.items() if quantity}
    after = Plan(
        plan.id,
        plan.member_id,
        plan.product_id,
        plan.place_id,
        plan.unit,
        plan.note if note is None else note,
        plan.version + 1,
        weeks,
    )
    same = (dict(plan.weeks), plan.note) == (weeks, after.note)
    return plan if same else after


@dataclass(frozen=True)
class Demand:
    """What is or was asked for in a week; None where nothing is known."""

    quantity: Decimal | None
    basis: Basis
    #: Weeks that the expectation is the average of, and by how much last year bends it.
    weeks: int = 0
    factor: Decimal = Decimal(1)


def demand(week: date, this_week: date, ordered: Quantities, delivered: Collection[date]) -> Demand:
    """What is likely to be asked for in a week.

    ``ordered`` by week; ``delivered`` are the weeks in which there was a pickup at all, so that a week without one is
    not taken for a week in which nobody wanted anything. A past week is what was ordered. For one to come it is the
    average of the last eight weeks with deliveries; where last year is known, times what these weeks were then against
    the eight before now, at least half and at most double. What is ordered already is the least.
    """
    if week < this_week:
        return Demand(ordered.get(week, NOTHING), "ordered")
    recent = _last(this_week, delivered)
    then = _last(this_week - YEAR, delivered)
    around = [day for day in (week - YEAR - WEEK, week - YEAR, week - YEAR + WEEK) if day in delivered]
    average, base, season = _mean(ordered, recent), _mean(ordered, then), _mean(ordered, around)
    already = ordered.get(week, NOTHING)
    factor = Decimal(1)
    if average is not None and base and season is not None:
        factor = min(max(season / base, LEAST_FACTOR), MOST_FACTOR)
    elif average is None:
        average = season
    if average is None:
        return Demand(already, "ordered") if already else Demand(None, "unknown")
    expected = _rounded(average * factor)
    if already >= expected:
        return Demand(already, "ordered")
    return Demand(expected, "expected", len(recent) or len(around), factor.quantize(Decimal("0.01")))


def _last(before: date, delivered: Collection[date]) -> list[date]:
    weeks = (before - place * WEEK for place in range(1, LOOKED_BACK + 1))
    return [week for week in weeks if week in delivered][:RECENT]


def _mean(ordered: Quantities, weeks: Collection[date]) -> Decimal | None:
    return sum((ordered.get(week, NOTHING) for week in weeks), NOTHING) / len(weeks) if weeks else None


def _rounded(quantity: Decimal) -> Decimal:
    return quantity.quantize(FINEST, ROUND_HALF_EVEN)


def earliest(since: date, this_week: date) -> date:
    """From which week on orders have to be known to answer for weeks from ``since`` on."""
    return min(since, this_week) - YEAR - (LOOKED_BACK + 1) * WEEK


#: What a pack's content is counted in, in the units that plans are made in.
_CONTENT: dict[str, tuple[Unit, Decimal]] = {
    "KGM": ("KGM", Decimal(1)),
    "GRM": ("KGM", Decimal("0.001")),
    "LTR": ("LTR", Decimal(1)),
    "MLT": ("LTR", Decimal("0.001")),
    "H87": ("H87", Decimal(1)),
}


def content_unit(unit: str) -> Unit:
    """The unit of plans that a pack's content is counted in."""
    return _CONTENT[unit][0]


@dataclass(frozen=True)
class Content:
    """What one of a variant's unit holds: a jar of 500 GRM."""

    quantity: Decimal
    unit: str


def in_unit(quantity: Decimal, unit: Unit, content: Content | None, wanted: Unit) -> Decimal | None:
    """A quantity of a variant in the unit that is wanted, by what its packs hold; None where nothing says how much."""
    if unit == wanted:
        return quantity
    if content is None or _CONTENT[content.unit][0] != wanted:
        return None
    return _rounded(quantity * content.quantity * _CONTENT[content.unit][1])


def meets(planned: Decimal, asked: Decimal | None) -> Meets:
    """Whether what is planned meets what is asked for."""
    if asked is None:
        return "unknown"
    if planned < asked * (1 - TOLERANCE):
        return "gap"
    return "glut" if planned > asked * (1 + TOLERANCE) else "even"


@dataclass(frozen=True)
class Planned:
    """What is planned of a thing for a week, by how many producers."""

    quantity: Decimal
    producers: int


@dataclass(frozen=True)
class WeekBalance:
    """A week's plan against its demand. ``difference`` is below zero where something is missing."""

    week: date
    planned: Planned
    demand: Demand
    difference: Decimal | None
    meets: Meets


def balance(
    weeks: Iterable[date],
    this_week: date,
    planned: Mapping[date, Planned],
    ordered: Quantities,
    delivered: Collection[date],
) -> list[WeekBalance]:
    """Week by week, what is planned against what is likely to be asked for."""
    found = []
    for week in weeks:
        plan = planned.get(week, Planned(NOTHING, 0))
        asked = demand(week, this_week, ordered, delivered)
        difference = None if asked.quantity is None else plan.quantity - asked.quantity
        found.append(WeekBalance(week, plan, asked, difference, meets(plan.quantity, asked.quantity)))
    return found


def repeated(field: str) -> Invalid:
    return Invalid("repeated", "Named twice", field=field)
