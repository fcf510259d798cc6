"""A product as JSON, built in PostgreSQL: the lists are read far more than anything else here."""

from typing import Any

from sqlalchemy import FromClause, Label, Select, Text, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from catalog.photos.rules import SIZES
from catalog.producers.models import Producer, ProducerPage
from catalog.products.models import Product

type Rows = Select[*tuple[Any, ...]]

# Quantities are written as contracts.values writes them: no exponent, no zeros at the end. Prices keep their digits.
_SOLD = """
'price', json_build_object('amount', v.price::text, 'currency', v.currency), 'price_from', v.price_from,
'tax_rate', trim_scale(v.tax_rate)::text, 'tax_included', v.tax_included, 'credit_share', v.credit_share
"""
_VARIANT = f"""
json_build_object(
    'id', v.id, 'name', v.name, 'sku', v.sku, 'unit', v.unit,
    'net_content', CASE WHEN v.net_quantity IS NOT NULL THEN
        json_build_object('quantity', trim_scale(v.net_quantity)::text, 'unit', v.net_unit) END,
    {_SOLD},
    'deposit', CASE WHEN v.deposit IS NOT NULL THEN json_build_object(
        'name', v.deposit_name,
        'price', json_build_object('amount', v.deposit::text, 'currency', v.currency)) END,
    'case_size', trim_scale(v.case_size)::text, 'step', trim_scale(v.step)::text,
    'minimum', trim_scale(v.minimum)::text, 'variable_weight', v.variable_weight,
    'piece_weight', CASE WHEN v.piece_min IS NOT NULL THEN
        json_build_object('min', trim_scale(v.piece_min)::text, 'max', trim_scale(v.piece_max)::text) END,
    'season', v.season, 'in_season', v.in_season, 'season_changes_on', v.season_changes_on,
    'stock', {{stock}}{{next_price}})
"""
_SESSION = f"""
json_build_object(
    'id', v.id, 'name', v.name, 'unit', v.unit, {_SOLD},
    'starts_at', v.session_starts_at, 'ends_at', v.session_ends_at, 'place', v.session_place, 'stock', {{stock}})
"""
_LEFT = "CASE WHEN s.policy = 'tracked' THEN trim_scale(s.on_hand - s.reserved)::text END"
_STOCK = {
    "public": f"json_build_object('policy', s.policy, 'available', {_LEFT})",
    "owner": f"""json_build_object('policy', s.policy, 'available', {_LEFT},
                 'on_hand', trim_scale(s.on_hand)::text, 'reserved', trim_scale(s.reserved)::text)""",
}
#: What the next price will be, before its date.
_NEXT_PRICE = {
    "public": "",
    "owner": """, 'next_price', (SELECT json_build_object('price', json_build_object(
                    'amount', p.amount::text, 'currency', p.currency), 'valid_from', p.valid_from)
                 FROM prices p WHERE p.variant_id = v.id AND p.pending ORDER BY p.valid_from LIMIT 1)""",
}
#: Practices as they are shown; and for the owner what is claimed, and what of it is withheld.
_PRACTICES = {
    "public": "'practices', products.shown_practices",
    "owner": """'practices', products.practices, 'withheld_practices', ARRAY(
                SELECT code FROM unnest(products.practices) AS one(code) WHERE code <> ALL (products.shown_practices))""",
}
#: Sessions that a product shows; the room of sessions lists all of them.
NEXT_SESSIONS = 10
_PRODUCT = """
json_build_object(
    'id', products.id, 'member_id', products.member_id,
    'producer', json_build_object('id', products.member_id, 'name', coalesce(producers.name, '')),
    'kind', products.kind, 'name', said.name, 'description', said.description,
    'translations', products.translations,
    'category', products.category, {practices},
    'allergens', CASE WHEN products.contains IS NOT NULL THEN
        json_build_object('contains', products.contains, 'may_contain', products.may_contain) END,
    'conservation', CASE WHEN products.conservation IS NOT NULL THEN
        json_build_object('storage', products.storage, 'shelf_life_days', products.shelf_life_days,
                          'note', products.conservation) END,
    'place', coalesce(products.place, producer_pages.place), 'status', products.status,
    'version', products.version, 'created_at', products.created_at, 'changed_at', products.changed_at,
    'variants', coalesce((SELECT json_agg({variant} ORDER BY v.position)
                          FROM variants v JOIN stock s ON s.variant_id = v.id
                          WHERE v.product_id = products.id AND NOT v.retired AND v.session_starts_at IS NULL), '[]'),
    'sessions', CASE WHEN products.kind = 'good' THEN '[]' ELSE
                coalesce((SELECT json_agg(json ORDER BY starts, id) FROM (
                              SELECT {session} AS json, v.session_starts_at AS starts, v.id
                              FROM variants v JOIN stock s ON s.variant_id = v.id
                              WHERE v.product_id = products.id AND NOT v.retired AND v.session_starts_at IS NOT NULL
                              ORDER BY v.session_starts_at, v.id LIMIT {sessions}) AS coming), '[]') END,
    'photos', CASE WHEN products.photos = '[]' THEN '[]' ELSE (
        SELECT json_agg(json_build_object('id', shown.photo ->> 'id', 'caption', shown.photo ->> 'caption',
                                          'sizes', {addresses}) ORDER BY shown.place)
        FROM jsonb_array_elements(products.photos) WITH ORDINALITY AS shown(photo, place)) END)::text
"""
_ADDRESSES = ", ".join(f"'{size}', '/v1/photos/' || (shown.photo ->> 'id') || '/{size}'" for size in SIZES)
JSON: dict[str, Label[str]] = {
    audience: literal_column(
        _PRODUCT.format(
            variant=_VARIANT.format(stock=stock, next_price=_NEXT_PRICE[audience]),
            session=_SESSION.format(stock=stock),
            practices=_PRACTICES[audience],
            sessions=NEXT_SESSIONS,
            addresses=f"json_build_object({_ADDRESSES})",
        )
    ).label("json")
    for audience, stock in _STOCK.items()
}


def with_makers(query: Rows) -> Rows:
    """The query with what the JSON needs beside the product; products of members nobody has told of stay in it."""
    query = query.join(Producer, Producer.member_id == Product.member_id, isouter=True)
    return query.join(ProducerPage, ProducerPage.member_id == Product.member_id, isouter=True)


def wording(language: str | None) -> FromClause:
    """Name and description as ``said``: in a language, where the product has them in it, else in the network's own.

    ``es-EC`` is content with ``es``.
    """
    own = {name: literal_column(f"products.{name}", Text) for name in ("name", "description")}
    if language is None:
        return select(*(column.label(name) for name, column in own.items())).lateral("said")
    translations = literal_column("products.translations", JSONB)
    tags = dict.fromkeys((language, language.split("-", maxsplit=1)[0]))

    def said(name: str) -> Any:
        found = [
            func.nullif(func.jsonb_extract_path_text(translations, literal(tag, Text), literal(name, Text)), "")
            for tag in tags
        ]
        return func.coalesce(*found, own[name]).label(name)

    return select(said("name"), said("description")).lateral("said")
