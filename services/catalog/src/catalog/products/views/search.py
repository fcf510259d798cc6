"""A search: from what was typed to a page, in two statements, or three for the first page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.products.models import Product
from catalog.products.rules import searching
from catalog.products.views.filters import PUBLISHED, Sought, conditions, page_of
from catalog.products.views.lists import Found, Rank, listing, ranked_query
from kit import seeking
from kit.seeking import Known

#: So many are ranked; of more than that, nobody looks for the best, and they come by name.
MOST_RANKED = 5_000

#: Best first; the same where every word was taken for mistyped; by name, where too many answer.
Order = Literal["best", "loose", "broad"]

_WORDS = text("""
    SELECT term,
        EXISTS (SELECT FROM words WHERE word >= term COLLATE "C" AND word < (term || :last) COLLATE "C") AS begins,
        ARRAY(SELECT word FROM words WHERE words.near && asked.near ORDER BY word LIMIT 60) AS near
    FROM jsonb_to_recordset(CAST(:terms AS jsonb)) AS asked(term text, near text[])
""")
#: Sorts after every letter.
_LAST = chr(0x10FFFF)


@dataclass(frozen=True)
class Place:
    """Where a search goes on."""

    order: Order
    rank: Rank


async def known_words(connection: AsyncConnection, terms: Sequence[str]) -> Mapping[str, Known]:
    """What the words of all products have to do with each term."""
    wanted = [{"term": term, "near": searching.keys(term)} for term in terms]
    rows = await connection.execute(_WORDS, {"terms": json.dumps(wanted), "last": _LAST})
    return {row.term: Known(row.begins, (), row.near) for row in rows}


async def understood(
    connection: AsyncConnection, q: str, sought: Sought, order: Order | None = None
) -> tuple[Sought, Order] | None:
    """What somebody asks for who typed ``q``, and the order that its answers come in; None if no word is in it.

    Where nothing answers, every word is taken for mistyped.
    """
    terms = seeking.terms(q)
    if not terms:
        return None
    known = await known_words(connection, terms)
    best = replace(sought, asked=searching.asked(q, terms, known))
    if order is None:
        found = await _count(connection, best)
        order = "loose" if not found else "best" if found <= MOST_RANKED else "broad"
    if order == "broad":
        best = replace(best, broad=True)
    if order == "loose":
        best = replace(sought, asked=searching.asked(q, terms, known, loose=True))
    return best, order


async def _count(connection: AsyncConnection, sought: Sought) -> int:
    """How many answer; one more than are ranked stands for more."""
    some = (
        select(Product.id)
        .join(Producer, Producer.member_id == Product.member_id)
        .where(PUBLISHED, *conditions(sought).values())
        .limit(page_of(MOST_RANKED + 1))
    )
    count: int = (await connection.execute(select(func.count()).select_from(some.subquery()))).scalar_one()
    return count


async def find(connection: AsyncConnection, q: str, sought: Sought, after: Place | None, limit: int) -> list[Found]:
    """The products on offer that answer ``q``."""
    meant = await understood(connection, q, sought, after.order if after else None)
    if meant is None:
        return []
    sought, order = meant
    if order == "broad" or sought.asked is None:
        page = await listing(connection, sought, after.rank[1:] if after else None, limit)
        return [Found(one.json, (order, 0, *one.key)) for one in page]
    rows = await connection.execute(ranked_query(sought, sought.asked, after.rank if after else None, limit))
    return [Found(row.json, (order, row.rank, row.sort_name, row.id)) for row in rows]


def place_of(cursor: Sequence[Any]) -> Place:
    """Where a search goes on, out of its cursor. Raises ValueError for another list's."""
    order, rank, name, id_ = cursor
    if order not in ("best", "loose", "broad") or rank not in range(5):
        raise ValueError("not a place in a search")
    return Place(order, (int(rank), str(name), UUID(str(id_))))
