"""How many products there are of each kind, beside what is asked for already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Label,
    Text,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.products.models import Product
from catalog.products.views.documents import Rows
from catalog.products.views.filters import PUBLISHED, Sought, conditions, page_of, season_of
from catalog.products.vocabulary import CATEGORIES, below

Dimension = Literal["category", "practice", "producer", "kind", "season", "unit"]
#: What a product has several of, and what it has one of.
_MANY: Mapping[Dimension, str] = {"practice": "practices", "unit": "units"}
_ONE: tuple[Dimension, ...] = ("category", "producer", "kind", "season")
#: So many products are counted at most: what bounds the cost.
MOST_COUNTED = 100_000
#: Producers that are told, those with the most first.
MOST_PRODUCERS = 100


@dataclass(frozen=True)
class Counted:
    """A value of a dimension, and how many products have it."""

    value: str
    count: int
    name: str | None = None


@dataclass(frozen=True)
class Facets:
    """All counts. ``complete`` is false where there were more products than are counted."""

    count: int
    complete: bool
    by: Mapping[Dimension, list[Counted]]


def facets_query(sought: Sought) -> Rows:
    """One statement: what can't be left out of any count is the condition of the scan, the rest are flags in it.

    What was scanned is put together once by all that is counted, so that each count is of few rows.
    """
    known = dict(conditions(sought))
    if (in_season := known.pop("in_season", None)) is not None:
        known["season"] = and_(in_season, known["season"]) if "season" in known else in_season
    flags: dict[str, ColumnElement[bool]] = {name: known.pop(name) for name in (*_ONE, *_MANY) if name in known}
    columns: list[Label[Any]] = [
        Product.category.label("category"),
        Product.member_id.label("producer"),
        Product.kind.label("kind"),
        season_of(sought.today).label("season"),
        Product.shown_practices.label("practices"),
        Product.units.label("units"),
        *(func.coalesce(condition, False).label(f"is_{name}") for name, condition in flags.items()),
    ]
    scanned = (
        select(*columns)
        .join(Producer, Producer.member_id == Product.member_id)
        .where(PUBLISHED, *known.values())
        .limit(page_of(MOST_COUNTED + 1))
        .subquery("scanned")
    )
    alike = select(*scanned.c, func.count().label("number")).group_by(*scanned.c).cte("alike")
    counts = [_sum(alike, "total", _flags(alike, flags)), _sum(alike, "scanned", true())]
    counts += [_counts(alike, name, cast(alike.c[name], Text), flags) for name in _ONE]
    for name, column in _MANY.items():
        each = func.unnest(alike.c[column]).table_valued("value").render_derived(name=f"each_{name}")
        counts.append(_counts(alike, name, each.c.value, flags, each))
    return select(union_all(*counts).subquery())


def _flags(alike: CTE, flags: Mapping[str, Any], but: str | None = None) -> ColumnElement[bool]:
    return and_(true(), *(alike.c[f"is_{name}"] for name in flags if name != but))


def _number(alike: CTE) -> Label[int]:
    return cast(func.coalesce(func.sum(alike.c.number), 0), BigInteger).label("number")


def _sum(alike: CTE, name: str, condition: ColumnElement[bool]) -> Rows:
    columns = (literal(name).label("dimension"), cast(null(), Text).label("value"), _number(alike))
    return select(*columns).select_from(alike).where(condition)


def _counts(alike: CTE, name: str, value: Any, flags: Mapping[str, Any], each: Any = None) -> Rows:
    source = alike if each is None else alike.join(each, true())
    query = select(literal(name), value, _number(alike)).select_from(source)
    return query.where(_flags(alike, flags, name)).group_by(value)


async def counts(connection: AsyncConnection, sought: Sought) -> Facets:
    """Counts by category, practice, producer, kind, season and unit of what is on offer.

    Each respects all that is asked for but its own, so that the other choices are seen. Two statements.
    """
    by: dict[str, dict[str, int]] = {name: {} for name in (*_ONE, *_MANY)}
    totals = {}
    for row in await connection.execute(facets_query(sought)):
        if row.value is None:
            totals[row.dimension] = row.number
        else:
            by[row.dimension][row.value] = row.number
    names = await _names(connection, sorted(by["producer"], key=lambda id_: (-by["producer"][id_], id_)))
    counted: dict[Dimension, list[Counted]] = {
        name: [Counted(value, count) for value, count in sorted(by[name].items(), key=lambda item: (-item[1], item[0]))]
        for name in (*_ONE, *_MANY)
    }
    counted["category"] = _with_wider(by["category"])
    counted["producer"] = [Counted(id_, by["producer"][id_], name) for id_, name in names.items()]
    return Facets(totals["total"], totals["scanned"] <= MOST_COUNTED, counted)


def _with_wider(counts: Mapping[str, int]) -> list[Counted]:
    """A category counts what is under it, as the filter finds it."""
    totals = {code: sum(counts.get(each, 0) for each in below(code)) for code in CATEGORIES}
    return [Counted(code, count) for code, count in totals.items() if count]


async def _names(connection: AsyncConnection, ids: list[str]) -> dict[str, str]:
    most = ids[:MOST_PRODUCERS]
    rows = await connection.execute(
        select(Producer.member_id, Producer.name).where(Producer.member_id.in_([UUID(id_) for id_ in most]))
    )
    names = {str(row.member_id): row.name for row in rows}
    return {id_: names[id_] for id_ in most}
