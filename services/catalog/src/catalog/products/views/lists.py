"""Lists of products, and a single one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, case, literal, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer, ProducerPage
from catalog.products.models import Product
from catalog.products.rules.searching import Asked
from catalog.products.views.documents import JSON, Rows, with_makers, wording
from catalog.products.views.filters import PUBLISHED, Sought, conditions, matches, page_of

#: A place in a list by name.
type Key = tuple[str, UUID]
#: A place among what was found, the best first.
type Rank = tuple[int, str, UUID]


@dataclass(frozen=True)
class Found:
    """A product's JSON text, with the key that the next page starts after."""

    json: str
    key: Sequence[Any]


def _named(query: Rows, after: Key | None, limit: int) -> Rows:
    if after is not None:
        name, id_ = after
        # As one row, so that the index begins right there.
        query = query.where(
            tuple_(Product.sort_name, Product.id) > tuple_(literal(name, Product.sort_name.type), literal(id_))
        )
    return query.order_by(Product.sort_name, Product.id).limit(page_of(limit))


def listing_query(sought: Sought, after: Key | None, limit: int) -> Rows:
    """Published products by name."""
    query = (
        select(JSON["public"], Product.sort_name, Product.id)
        .join(Producer, Producer.member_id == Product.member_id)
        .join(ProducerPage, ProducerPage.member_id == Product.member_id, isouter=True)
        .join(wording(sought.language), true())
        .where(PUBLISHED, *conditions(sought).values())
    )
    return _named(query, after, limit)


def ranked_query(sought: Sought, asked: Asked, after: Rank | None, limit: int) -> Rows:
    """Published products that answer what was asked, the best first; its JSON is made for the page alone."""
    rank = _rank(asked).label("rank")
    hits = (
        select(rank, Product.sort_name, Product.id)
        .join(Producer, Producer.member_id == Product.member_id)
        .where(PUBLISHED, *conditions(sought).values())
    )
    if after is not None:
        row = tuple_(rank, Product.sort_name, Product.id)
        hits = hits.where(
            row > tuple_(literal(after[0], Integer), literal(after[1], Product.sort_name.type), literal(after[2]))
        )
    page = hits.order_by(rank, Product.sort_name, Product.id).limit(page_of(limit)).subquery("hits")
    return (
        with_makers(
            select(JSON["public"], page.c.rank, page.c.sort_name, page.c.id).join(Product, Product.id == page.c.id)
        )
        .join(wording(sought.language), true())
        .order_by(page.c.rank, page.c.sort_name, page.c.id)
    )


def _rank(asked: Asked) -> ColumnElement[int]:
    """Small is good: the name itself, then words of the name, of its variants, category, producer, then the rest."""
    return case(
        (Product.sort_name == asked.name, 0),
        (matches(asked.whole_in_name, head=True), 1),
        (matches(asked.in_name, head=True), 2),
        (matches(asked.in_head, head=True), 3),
        else_=4,
    )


async def listing(connection: AsyncConnection, sought: Sought, after: Key | None, limit: int) -> list[Found]:
    """What is on offer: one statement, however many there are."""
    rows = await connection.execute(listing_query(sought, after, limit))
    return [Found(row.json, (row.sort_name, row.id)) for row in rows]


async def own(
    connection: AsyncConnection,
    member_ids: frozenset[UUID],
    status: str | None,
    after: Key | None,
    limit: int,
) -> list[Found]:
    """The products of some members in any state, with what only their owners see."""
    query = with_makers(select(JSON["owner"], Product.sort_name, Product.id)).join(wording(None), true())
    query = query.where(Product.member_id.in_(member_ids))
    if status is not None:
        query = query.where(Product.status == status)
    rows = await connection.execute(_named(query, after, limit))
    return [Found(row.json, (row.sort_name, row.id)) for row in rows]


@dataclass(frozen=True)
class One:
    """A product's JSON text for its owner and for others, and who may see it."""

    owner_json: str
    public_json: str
    member_id: UUID
    status: str
    version: int


async def one(connection: AsyncConnection, product_id: UUID, language: str | None = None) -> One | None:
    """A product in whatever state."""
    columns = (JSON["owner"].label("owner_json"), JSON["public"].label("public_json"))
    query = with_makers(select(*columns, Product.member_id, Product.status, Product.version))
    row = (
        await connection.execute(query.join(wording(language), true()).where(Product.id == product_id))
    ).one_or_none()
    return None if row is None else One(row.owner_json, row.public_json, row.member_id, row.status, row.version)
