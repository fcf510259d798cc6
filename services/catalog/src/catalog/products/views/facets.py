"""How many products there are of each kind, beside what is asked for already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Label, Text, and_, cast, func, literal, null, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.products.models import Product
from catalog.products.views.documents import Rows
from catalog.products.views.filters import Sought, conditions, season_of
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
    """One statement: what can't be left out of any count is the condition of the scan, the rest are flags in it."""
    known = dict(conditions(sought))
    if (in_season := known.pop("in_season", None)) is not None:
        known["season"] = and_(in_season, known["season"]) if "season" in known else in_season
    flags: dict[str, ColumnElement[bool]] = {name: known.pop(name) for name in (*_ONE, *_MANY) if name in known}
    columns: list[Label[Any]] = [
        Product.category.label("category"),
        cast(Product.member_id, Text).label("producer"),
        Product.kind.label("kind"),
        season_of(sought.today).label("season"),
        Product.shown_practices.label("practices"),
        Product.units.label("units"),
        *(func.coalesce(condition, False).label(f"is_{name}") for name, condition in flags.items()),
    ]
    scanned = (
        select(*columns)
        .join(Producer, Producer.member_id == Product.member_id)
        .where(Product.status == "published", *known.values())
        .limit(MOST_COUNTED + 1)
        .cte("scanned")
    )
    counts = [_total(scanned, flags), _scanned(scanned)]
    counts += [_counts(scanned, name, scanned.c[name], flags) for name in _ONE]
    for name, column in _MANY.items():
        each = func.unnest(scanned.c[column]).table_valued("value").render_derived(name=f"each_{name}")
        counts.append(_counts(scanned, name, each.c.value, flags, each))
    return select(union_all(*counts).subquery())


def _flags(scanned: CTE, flags: Mapping[str, Any], but: str | None = None) -> ColumnElement[bool]:
    return and_(true(), *(scanned.c[f"is_{name}"] for name in flags if name != but))


def _total(scanned: CTE, flags: Mapping[str, Any]) -> Rows:
    columns = (literal("total").label("dimension"), cast(null(), Text).label("value"), func.count().label("number"))
    return select(*columns).select_from(scanned).where(_flags(scanned, flags))


def _scanned(scanned: CTE) -> Rows:
    return select(literal("scanned"), cast(null(), Text), func.count()).select_from(scanned)


def _counts(scanned: CTE, name: str, value: Any, flags: Mapping[str, Any], each: Any = None) -> Rows:
    source = scanned if each is None else scanned.join(each, true())
    return (
        select(literal(name), value, func.count())
        .select_from(source)
        .where(_flags(scanned, flags, name))
        .group_by(value)
    )


async def facets(connection: AsyncConnection, sought: Sought) -> Facets:
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
