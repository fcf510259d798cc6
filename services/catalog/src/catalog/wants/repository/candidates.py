"""Which products, and which wants, may be what the other is: by their indexes, so that it costs what is found."""

import json
from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text

from catalog.products.rules import searching
from catalog.products.vocabulary import CATEGORIES, below, path
from catalog.wants.repository.wants import want_of
from catalog.wants.rules.matching import Looked, Offered
from catalog.wants.rules.words import all_keys, same, spellings, telling
from contracts.catalog import ProductKind
from contracts.values import Location
from kit.database import Work

#: Products that are looked at for a want, and wants for a product: the newest.
MOST_PRODUCTS = 400
MOST = 1_000

_OFFERED = text("""
SELECT products.id, products.member_id, products.kind, products.name, products.translations, products.category,
       products.shown_practices, coalesce(products.place, producer_pages.place) AS place,
       coalesce(array_agg(variants.name) FILTER (WHERE variants.id IS NOT NULL), '{}') AS variants,
       coalesce(array_agg(variants.unit) FILTER (WHERE variants.id IS NOT NULL), '{}') AS units,
       coalesce(array_agg(variants.price) FILTER (WHERE variants.id IS NOT NULL), '{}') AS prices
FROM products
LEFT JOIN producer_pages ON producer_pages.member_id = products.member_id
LEFT JOIN variants ON variants.product_id = products.id AND NOT variants.retired AND session_starts_at IS NULL
WHERE products.id = ANY(CAST(:ids AS uuid[])) AND products.status = 'published'
GROUP BY products.id, producer_pages.place
""")


async def offered(work: Work, product_ids: Collection[UUID]) -> dict[UUID, Offered]:
    """These products, those of them that are on offer, as they are matched."""
    rows = await work.execute(_OFFERED, {"ids": list(product_ids)})
    return {row.id: _offered(row) for row in rows}


def _offered(row: Any) -> Offered:
    names = [row.name, *(wording["name"] for wording in row.translations.values()), *row.variants]
    location = (row.place or {}).get("location")
    return Offered(
        product_id=row.id,
        member_id=row.member_id,
        kind=cast("ProductKind", row.kind),
        words=telling(names),
        category=row.category,
        wider=frozenset(term.code for term in path(row.category)) if row.category in CATEGORIES else frozenset(),
        practices=frozenset(row.shown_practices),
        prices=tuple(zip(row.units, row.prices, strict=True)),
        location=None if location is None else Location(lat=location["lat"], lon=location["lon"]),
    )


_WANTS = text("""
SELECT asked.product_id, found.*
FROM jsonb_to_recordset(CAST(:products AS jsonb)) AS asked(product_id uuid, keys text[], categories text[])
CROSS JOIN LATERAL (
    (SELECT * FROM wants WHERE id = ANY(ARRAY(
        SELECT want_id FROM (SELECT DISTINCT want_id FROM want_keys WHERE key = ANY(asked.keys) OFFSET 0) AS worded
        ORDER BY want_id DESC LIMIT :most)))
    UNION ALL
    (SELECT * FROM (SELECT * FROM wants
                    WHERE status = 'open' AND NOT worded AND category = ANY(asked.categories) OFFSET 0) AS wordless
     ORDER BY id DESC LIMIT :most)
) AS found
""")


async def wanted(work: Work, products: Collection[Offered]) -> dict[UUID, list[Looked]]:
    """By product, the open wants that may be for it: one statement."""
    asked = [
        {"product_id": str(one.product_id), "keys": all_keys(one.words), "categories": sorted(one.wider)}
        for one in products
    ]
    found: dict[UUID, list[Looked]] = {}
    for row in await work.execute(_WANTS, {"products": json.dumps(asked), "most": MOST}):
        found.setdefault(row.product_id, []).append(want_of(row).looked)
    return found


_KNOWN = text("""
SELECT DISTINCT word FROM unnest(CAST(:keys AS text[])) AS one(key) JOIN words ON words.near @> ARRAY[one.key]
""")
_BY_WORDS = text("""
SELECT id FROM (
    SELECT id FROM products WHERE status = 'published' AND document @@ CAST(:query AS tsquery) OFFSET 0
) AS found ORDER BY id DESC LIMIT :most
""")
_BY_WORDS_IN = text("""
SELECT id FROM (
    SELECT id, category FROM products WHERE status = 'published' AND document @@ CAST(:query AS tsquery) OFFSET 0
) AS found WHERE category = ANY(CAST(:categories AS text[])) ORDER BY id DESC LIMIT :most
""")
_BY_CATEGORY = text("""
SELECT id FROM products WHERE status = 'published' AND category = ANY(CAST(:categories AS text[]))
ORDER BY id DESC LIMIT :most
""")


async def for_want(work: Work, looked: Looked) -> list[UUID]:
    """Products that may be what somebody looks for: two statements."""
    if not looked.words:
        categories = below(looked.category or "")
        rows = await work.execute(_BY_CATEGORY, {"categories": categories, "most": MOST_PRODUCTS})
        return list(rows.scalars())
    query = " | ".join(f"'{word}':AB" for word in await _written(work, looked.words))
    params: dict[str, Any] = {"query": query, "most": MOST_PRODUCTS}
    if looked.category is None:
        return list((await work.execute(_BY_WORDS, params)).scalars())
    # The wanted category, those under it, and those that it stands under.
    wider = [term.code for term in path(looked.category)]
    params["categories"] = sorted({*below(looked.category), *wider})
    return list((await work.execute(_BY_WORDS_IN, params)).scalars())


async def _written(work: Work, words: Sequence[str]) -> list[str]:
    """How the words, or others that are the same, stand in the index."""
    spelt = {spelling for word in words for spelling in spellings(word)}
    keys = sorted({key for spelling in spelt for key in searching.keys(spelling)})
    known = (await work.execute(_KNOWN, {"keys": keys})).scalars()
    return sorted(spelt | {one for one in known if any(same(word, one) for word in words)})


def wider_of(looked: Looked) -> frozenset[str]:
    """The categories that a wanted one stands under, but for itself."""
    if looked.category is None or looked.category not in CATEGORIES:
        return frozenset()
    return frozenset(term.code for term in path(looked.category)[1:])
