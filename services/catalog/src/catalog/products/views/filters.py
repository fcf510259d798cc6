"""What a reader of the list asks for, as conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Integer,
    Numeric,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
)
from sqlalchemy.dialects.postgresql import TSQUERY, array

from catalog.products.models import Product
from catalog.products.rules import SOON
from catalog.products.rules.searching import Asked
from catalog.products.vocabulary import CATEGORIES, PRACTICES, below
from contracts.catalog import ProductKind, Unit

#: All year; with a season, and in it; on offer within thirty days; later than that.
Season = Literal["all_year", "now", "soon", "later"]


@dataclass(frozen=True)
class Sought:
    """What a reader of the list asks for; nothing means everything that is on offer."""

    asked: Asked | None = None
    #: Very much answers: whoever reads by name meets it soon, without looking all of it up first.
    broad: bool = False
    category: str | None = None
    producer_id: UUID | None = None
    kind: ProductKind | None = None
    practice: str | None = None
    season: Season | None = None
    in_season: bool | None = None
    unit: Unit | None = None
    allergen_free: tuple[str, ...] = ()
    max_price: Decimal | None = None
    #: Of names and descriptions, where a product has them in it.
    language: str | None = None
    #: What "now" and "soon" go by.
    today: date = date.min


#: What nothing answers.
NOTHING = Sought(asked=Asked("", "", "", "", ""))


def conditions(sought: Sought) -> Mapping[str, ColumnElement[bool]]:
    """A condition for each thing that is asked for, by its name."""
    found = _of_the_product(sought)
    if sought.asked is not None:
        found["q"] = _broadly(sought.asked.any) if sought.broad else matches(sought.asked.any)
    if sought.season is not None:
        found["season"] = _in_season(sought.season, sought.today)
    if sought.in_season is not None:
        later = _code("later")
        found["in_season"] = Product.season != later if sought.in_season else Product.season == later
    if sought.allergen_free:
        found["allergens"] = _without(sought.allergen_free)
    return found


def _of_the_product(sought: Sought) -> dict[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    if sought.category is not None:
        found["category"] = _in_category(sought.category)
    if sought.producer_id is not None:
        found["producer"] = Product.member_id == sought.producer_id
    if sought.kind is not None:
        found["kind"] = Product.kind == _code(sought.kind)
    if sought.practice is not None:
        known = sought.practice in PRACTICES
        found["practice"] = Product.shown_practices.contains(array([_code(sought.practice)])) if known else false()
    if sought.unit is not None:
        found["unit"] = Product.units.contains(array([_code(sought.unit)]))
    if sought.max_price is not None:
        # Written out, too: whether few or nearly all cost less is what decides how to look for them.
        price = bindparam(None, sought.max_price, Numeric, unique=True, literal_execute=True)
        found["price"] = Product.lowest_price <= price
    return found


#: Written out, for the partial indexes to apply whatever the plan.
PUBLISHED: ColumnElement[bool] = literal_column("products.status = 'published'", Boolean)


def _code(value: str) -> BindParameter[str]:
    """A value of a short list, written out: some are common and some are rare, which a plan for any value can't know."""
    return bindparam(None, value, Text, unique=True, literal_execute=True)


def page_of(rows: int) -> BindParameter[int]:
    """The length of a page, written out: a plan for any length would sort everything."""
    return bindparam(None, rows, Integer, unique=True, literal_execute=True)


def matches(query: str, *, head: bool = False) -> ColumnElement[bool]:
    """Whether a product's words (or only those at its head) are as a tsquery asks."""
    column = Product.__table__.c["head" if head else "document"]
    return column.op("@@", return_type=Boolean())(cast(literal(query, Text), TSQUERY))


def _broadly(query: str) -> ColumnElement[bool]:
    """The same as ``matches``, in a form that no index takes and that PostgreSQL expects every other row to be."""
    return case((matches(query), literal_column("true", Boolean)), else_=literal_column("false", Boolean))


def _in_category(category: str) -> ColumnElement[bool]:
    if category not in CATEGORIES:
        return false()
    codes = below(category)
    if len(codes) == 1:
        # Read in the order of names.
        return Product.category == _code(category)
    several = bindparam(None, codes, Text, unique=True, expanding=True, literal_execute=True)
    return Product.category.in_(several)


def _in_season(season: Season, today: date) -> ColumnElement[bool]:
    if season in ("all_year", "now"):
        return Product.season == _code(season)
    near = func.coalesce(Product.next_season <= today + SOON, False)
    return and_(Product.season == _code("later"), near if season == "soon" else ~near)


def season_of(today: date) -> ColumnElement[str]:
    """Which of the seasons that can be asked for a product is in."""
    return case((_in_season("soon", today), _code("soon")), else_=Product.season)


def _without(allergens: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether the owner has declared that none of these is in it, nor may be. No declaration is none."""
    some = [column.overlap(list(allergens)) for column in (Product.contains, Product.may_contain)]
    return and_(Product.contains.is_not(None), *(not_(condition) for condition in some))
