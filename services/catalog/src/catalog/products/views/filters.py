"""What a reader of the list asks for, as conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Text, and_, case, cast, func, literal, not_
from sqlalchemy.dialects.postgresql import TSQUERY

from catalog.products.models import Product
from catalog.products.rules import SOON
from catalog.products.rules.searching import Asked
from catalog.products.vocabulary import below
from contracts.catalog import ProductKind, Unit

#: All year; with a season, and in it; on offer within thirty days; later than that.
Season = Literal["all_year", "now", "soon", "later"]


@dataclass(frozen=True)
class Sought:
    """What a reader of the list asks for; nothing means everything that is on offer."""

    asked: Asked | None = None
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
        found["q"] = matches(sought.asked.any)
    if sought.season is not None:
        found["season"] = _in_season(sought.season, sought.today)
    if sought.in_season is not None:
        found["in_season"] = (Product.season != "later") if sought.in_season else (Product.season == "later")
    if sought.allergen_free:
        found["allergens"] = _without(sought.allergen_free)
    return found


def _of_the_product(sought: Sought) -> dict[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    if sought.category is not None:
        found["category"] = Product.category.in_(below(sought.category))
    if sought.producer_id is not None:
        found["producer"] = Product.member_id == sought.producer_id
    if sought.kind is not None:
        found["kind"] = Product.kind == sought.kind
    if sought.practice is not None:
        found["practice"] = Product.shown_practices.contains([sought.practice])
    if sought.unit is not None:
        found["unit"] = Product.units.contains([sought.unit])
    if sought.max_price is not None:
        found["price"] = Product.lowest_price <= sought.max_price
    return found


def matches(query: str, *, head: bool = False) -> ColumnElement[bool]:
    """Whether a product's words (or only those at its head) are as a tsquery asks."""
    column = Product.__table__.c["head" if head else "document"]
    return column.op("@@", return_type=Boolean())(cast(literal(query, Text), TSQUERY))


def _in_season(season: Season, today: date) -> ColumnElement[bool]:
    if season in ("all_year", "now"):
        return Product.season == season
    near = func.coalesce(Product.next_season <= today + SOON, False)
    return and_(Product.season == "later", near if season == "soon" else ~near)


def season_of(today: date) -> ColumnElement[str]:
    """Which of the seasons that can be asked for a product is in."""
    return case((_in_season("soon", today), "soon"), else_=Product.season)


def _without(allergens: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether the owner has declared that none of these is in it, nor may be. No declaration is none."""
    some = [column.overlap(list(allergens)) for column in (Product.contains, Product.may_contain)]
    return and_(Product.contains.is_not(None), *(not_(condition) for condition in some))
