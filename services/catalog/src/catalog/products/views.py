"""Products as JSON, built in PostgreSQL: the lists are read far more than anything else here."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Label, Select, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.photos.rules import SIZES
from catalog.producers.models import Producer, ProducerPage
from catalog.products.models import Product
from catalog.products.vocabulary import below

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
    'stock', {{stock}})
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
    'kind', products.kind, 'name', products.name, 'description', products.description,
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
_JSON: dict[str, Label[str]] = {
    audience: literal_column(
        _PRODUCT.format(
            variant=_VARIANT.format(stock=stock),
            session=_SESSION.format(stock=stock),
            practices=_PRACTICES[audience],
            sessions=NEXT_SESSIONS,
            addresses=f"json_build_object({_ADDRESSES})",
        )
    ).label("json")
    for audience, stock in _STOCK.items()
}


@dataclass(frozen=True)
class Sought:
    """What a reader of the list asks for; words are folded."""

    words: tuple[str, ...] = ()
    category: str | None = None
    producer_id: UUID | None = None
    kind: str | None = None
    practice: str | None = None


@dataclass(frozen=True)
class Found:
    """A product's JSON text, with the key that the next page starts after."""

    json: str
    key: tuple[str, UUID]


def _page(query: Select[str, str, UUID], after: tuple[str, UUID] | None, limit: int) -> Select[str, str, UUID]:
    if after is not None:
        name, id_ = after
        query = query.where(
            (Product.sort_name > name) | ((Product.sort_name == name) & (Product.id > id_)), Product.sort_name >= name
        )
    return query.order_by(Product.sort_name, Product.id).limit(limit)


async def _read(connection: AsyncConnection, query: Select[str, str, UUID]) -> list[Found]:
    return [Found(row.json, (row.sort_name, row.id)) for row in await connection.execute(query)]


def listing_query(sought: Sought, after: tuple[str, UUID] | None, limit: int) -> Select[str, str, UUID]:
    """Published products by name."""
    query = (
        select(_JSON["public"], Product.sort_name, Product.id)
        .join(Producer, Producer.member_id == Product.member_id)
        .join(ProducerPage, ProducerPage.member_id == Product.member_id, isouter=True)
        .where(Product.status == "published")
    )
    for word in sought.words:
        query = query.where(Product.search_text.contains(word, autoescape=True))
    if sought.category is not None:
        query = query.where(Product.category.in_(below(sought.category)))
    if sought.producer_id is not None:
        query = query.where(Product.member_id == sought.producer_id)
    if sought.kind is not None:
        query = query.where(Product.kind == sought.kind)
    if sought.practice is not None:
        query = query.where(Product.shown_practices.contains([sought.practice]))
    return _page(query, after, limit)


async def listing(
    connection: AsyncConnection, sought: Sought, after: tuple[str, UUID] | None, limit: int
) -> list[Found]:
    """What is on offer: one statement, however many there are."""
    return await _read(connection, listing_query(sought, after, limit))


async def own(
    connection: AsyncConnection,
    member_ids: frozenset[UUID],
    status: str | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Found]:
    """The products of some members in any state, with what only their owners see."""
    query = (
        select(_JSON["owner"], Product.sort_name, Product.id)
        .join(Producer, Producer.member_id == Product.member_id, isouter=True)
        .join(ProducerPage, ProducerPage.member_id == Product.member_id, isouter=True)
        .where(Product.member_id.in_(member_ids))
    )
    if status is not None:
        query = query.where(Product.status == status)
    return await _read(connection, _page(query, after, limit))


@dataclass(frozen=True)
class One:
    """A product's JSON text for its owner and for others, and who may see it."""

    owner_json: str
    public_json: str
    member_id: UUID
    status: str
    version: int


async def one(connection: AsyncConnection, product_id: UUID) -> One | None:
    """A product in whatever state."""
    row = (
        await connection.execute(
            select(
                _JSON["owner"].label("owner_json"),
                _JSON["public"].label("public_json"),
                Product.member_id,
                Product.status,
                Product.version,
            )
            .join(Producer, Producer.member_id == Product.member_id, isouter=True)
            .join(ProducerPage, ProducerPage.member_id == Product.member_id, isouter=True)
            .where(Product.id == product_id)
        )
    ).one_or_none()
    return None if row is None else One(row.owner_json, row.public_json, row.member_id, row.status, row.version)
