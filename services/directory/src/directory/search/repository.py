"""The statements that find entries: two at most, whatever is asked and however much there is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from directory.entities.models import Entity
from directory.entities.rules import EARTH
from directory.search.rules import Asked, Box, Point
from kit.seeking import SHORTEST_PART, Known
from kit.spelling import near

type Shape = Literal["item", "feature"]
type Key = str | float | int

#: Where the list goes on: the last row's sort key, and its id.
type Place = tuple[Key, UUID]

_WORDS = text("""
    SELECT term, begins,
        ARRAY(SELECT word FROM words WHERE endings @@ CAST(part AS tsquery) AND NOT starts_with(word, term)
              ORDER BY length(word), word LIMIT 30) AS within,
        ARRAY(SELECT word FROM words WHERE words.near && asked.near ORDER BY word LIMIT 60) AS near
    FROM jsonb_to_recordset(CAST(:terms AS jsonb)) AS asked(term text, part text, near text[]),
        LATERAL (SELECT EXISTS (
            SELECT FROM words WHERE word >= term COLLATE "C" AND word < (term || :last) COLLATE "C"
        ) AS begins) AS beginning
""")
#: Sorts after every letter.
_LAST = chr(0x10FFFF)

_PROFILE = (
    *("name", "description", "country", "city", "postcode", "street", "house_number", "website", "image"),
    *("opening_hours", "activities", "keywords", "offers", "qualifiers", "source", "owner_id", "published_at"),
)
#: Written out, for the partial indexes to apply.
_PUBLISHED = literal_column("entities.status = 'published'", Boolean)
_MAP_POINT: ColumnElement[Any] = literal_column("point(entities.lon, entities.lat)")


@dataclass(frozen=True)
class Wanted:
    """Which entries, and in what order they are read."""

    asked: Asked | None
    boxes: Sequence[Box]
    near: Point | None
    activity: str | None
    after: Place | None
    limit: int


async def known_words(connection: AsyncConnection, terms: Sequence[str]) -> Mapping[str, Known]:
    """What the words of all published profiles have to do with each term."""
    asked = [
        {"term": term, "part": f"'{term}':*" if len(term) >= SHORTEST_PART else None, "near": near(term)}
        for term in terms
    ]
    found = await connection.execute(_WORDS, {"terms": json.dumps(asked), "last": _LAST})
    return {row.term: Known(row.begins, row.within, row.near) for row in found}


@dataclass(frozen=True)
class Found:
    """A page as JSON that the database built, and where the next one starts, if there is more."""

    items: str
    next: Place | None

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return self.items == "[]"


async def page(connection: AsyncConnection, wanted: Wanted, shape: Shape) -> Found:
    """The entries asked for, in a stable order: nearest first, else best first, else by name."""
    items, more, key, entity_id = (await connection.execute(page_statement(wanted, shape))).one()
    return Found(items, (key, UUID(entity_id)) if more else None)


def page_statement(wanted: Wanted, shape: Shape) -> Select[str, bool, Any, str]:
    """The one statement of a page."""
    key = _sort_key(wanted)
    conditions = [_PUBLISHED, *_conditions(wanted)]
    if wanted.after is not None:
        last_key, last_id = wanted.after
        conditions.append(
            tuple_(key, Entity.id) > tuple_(literal(last_key, key.type), literal(last_id, Entity.id.type))
        )
    shown = (Entity.id, Entity.lat, Entity.lon, *(Entity.__table__.c[name] for name in _PROFILE))
    one_more = literal(wanted.limit + 1, Integer)
    rows = select(key.label("key"), *shown).where(*conditions).order_by(key, Entity.id).limit(one_more).subquery()
    number = func.row_number().over(order_by=(rows.c.key, rows.c.id)).label("number")
    page = select(rows, number).subquery()
    limit = literal(wanted.limit, Integer)
    build = _feature if shape == "feature" else _item
    items = func.json_agg(aggregate_order_by(build(page.c, wanted), page.c.number)).filter(page.c.number <= limit)
    last = page.c.number == limit
    return select(
        func.coalesce(cast(items, Text), "[]"),
        func.count() > limit,
        func.max(page.c.key).filter(last),
        func.max(cast(page.c.id, Text)).filter(last),
    )


def _sort_key(wanted: Wanted) -> ColumnElement[Any]:
    if wanted.near is not None:
        space = func.cube(cast(literal(list(wanted.near.in_space()), ARRAY(Double)), ARRAY(Double)))
        return Entity.place.op("<->", return_type=Double())(space)
    if wanted.asked is not None:
        return _rank(wanted.asked)
    return Entity.__table__.c.name_key


def _rank(asked: Asked) -> ColumnElement[int]:
    """Small is good: the name itself, then words of the name, of what it does and where; short names before long."""
    rank = case(
        (Entity.name_key == asked.name, -900),
        (_matches(asked.whole_in_name, "head"), -600),
        (_matches(asked.begins_name, "head"), -500),
        (_matches(asked.in_name, "head"), -400),
        (_matches(asked.in_head, "head"), -300),
        else_=-100,
    )
    return rank + func.least(Entity.name_words, 90, type_=Integer)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.near is not None:
        conditions.append(Entity.place.is_not(None))
    if wanted.asked is not None:
        conditions.append(_matches(wanted.asked.any))
    if wanted.boxes:
        conditions.append(or_(*(_MAP_POINT.op("<@", return_type=Boolean())(_corners(box)) for box in wanted.boxes)))
    if wanted.activity is not None:
        conditions.append(Entity.activities.contains([wanted.activity]))
    return conditions


def _matches(query: str, part: str = "document") -> ColumnElement[bool]:
    return Entity.__table__.c[part].op("@@", return_type=Boolean())(cast(literal(query, Text), TSQUERY))


def _corners(box: Box) -> ColumnElement[Any]:
    west, south, east, north = (literal(edge, Double) for edge in (box.west, box.south, box.east, box.north))
    return func.box(func.point(west, south), func.point(east, north))


def _profile(row: ReadOnlyColumnCollection[str, Any], wanted: Wanted) -> list[ColumnElement[Any]]:
    named: list[ColumnElement[Any]] = []
    for name in _PROFILE:
        named += [literal_column(f"'{name}'"), row[name]]
    if wanted.near is not None:
        # From the chord through the earth to the way over its surface.
        metres = 2 * EARTH * func.asin(func.least(1.0, row.key / (2 * EARTH)))
        named += [literal_column("'distance'"), cast(func.round(metres), Integer)]
    return named


def _item(row: ReadOnlyColumnCollection[str, Any], wanted: Wanted) -> ColumnElement[Any]:
    point = func.json_build_object(literal_column("'lat'"), row.lat, literal_column("'lon'"), row.lon)
    return func.json_build_object(
        literal_column("'id'"),
        row.id,
        *_profile(row, wanted),
        literal_column("'location'"),
        case((row.lat.is_not(None), point)),
    )


def _feature(row: ReadOnlyColumnCollection[str, Any], wanted: Wanted) -> ColumnElement[Any]:
    point = func.json_build_object(
        literal_column("'type', 'Point', 'coordinates'"), func.json_build_array(row.lon, row.lat)
    )
    return func.json_build_object(
        literal_column("'type', 'Feature', 'id'"),
        row.id,
        literal_column("'geometry'"),
        case((row.lat.is_not(None), point)),
        literal_column("'properties'"),
        func.json_build_object(*_profile(row, wanted)),
    )
