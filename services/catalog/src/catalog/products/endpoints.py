"""Products over HTTP."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.products import repository, service, views
from catalog.products.rules import Terms
from catalog.products.schemas import (
    CategoryOut,
    ChangedProduct,
    FacetsOut,
    NewPrice,
    NewProduct,
    PriceOut,
    ProductOut,
    TermOut,
)
from catalog.products.vocabulary import ALLERGENS, CATEGORIES, PRACTICES, AllergenCode, Term
from contracts.catalog import ProductKind, Unit
from contracts.values import LARGEST_AMOUNT
from kit.auth import ActorDep, MaybeActorDep
from kit.conditional import PRIVATE, PUBLIC, VersionDep, conditional, version_tag
from kit.database import Work
from kit.errors import NotFound
from kit.paging import Page, PageDep, PageParams, encode_cursor, instant, link_next
from kit.problems import LanguageDep
from kit.routing import DatabaseDep, ReadDep, SettingsDep, WorkDep, service_router
from kit.settings import Settings

products = service_router(prefix="/v1/products", tags=["products"])
variants = service_router(prefix="/v1/variants", tags=["products"])
vocabulary = service_router(prefix="/v1", tags=["products"])
ROUTERS = (products, variants, vocabulary)

#: Counts cost a scan, and a minute more or less says the same.
_A_MINUTE = "public, max-age=60"
#: Words change with a release.
_KEEP = {"cache-control": "public, max-age=3600", "vary": "accept-language"}

Key = tuple[str, UUID]


def terms_of(settings: Settings) -> Terms:
    return Terms(settings.currency, settings.credit_currency, settings.language, settings.prices_include_tax)


def _key(cursor: Sequence[Any]) -> Key:
    name, id_ = cursor
    return str(name), UUID(str(id_))


def _page(request: Request, found: Sequence[views.Found], limit: int, cache_control: str = PUBLIC) -> Response:
    """The rows' JSON put together as it came; one row more than the page says that there is a next."""
    following = encode_cursor(found[limit - 1].key) if len(found) > limit else None
    rows = ",".join(row.json for row in found[:limit])
    body = f'{{"items":[{rows}],"next":{f'"{following}"' if following else "null"}}}'.encode()
    return conditional(request, body, cache_control=cache_control, cursor=following)


async def _answer(work: Work, product_id: UUID, status: int = 200) -> Response:
    """The product as its owner sees it."""
    found = await views.one(work.connection, product_id)
    if found is None:
        raise NotFound("product_not_found", "There is no such product")
    headers = {"etag": version_tag(found.version), "location": f"/v1/products/{product_id}"}
    return Response(found.owner_json, status, headers=headers, media_type="application/json")


Words = Annotated[
    str,
    Query(
        max_length=100,
        description="Words in name, variants, category, practices, producer or description, in any language that the "
        "product is in; accents, number and slips of the finger don't matter",
    ),
]
Language = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$",
        description="Name and description in this language, where the product has them in it",
        examples=["en"],
    ),
]


async def _sought(
    *,
    database: DatabaseDep,
    category: Annotated[str | None, Query(max_length=60, description="With the categories under it")] = None,
    producer_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[ProductKind | None, Query()] = None,
    practice: Annotated[str | None, Query(max_length=60)] = None,
    season: Annotated[
        views.Season | None,
        Query(description="To be had all year; in its season now; soon (within thirty days); later"),
    ] = None,
    in_season: Annotated[bool | None, Query(description="To be had today, or not")] = None,
    unit: Annotated[Unit | None, Query()] = None,
    allergen_free: Annotated[
        list[AllergenCode] | None,
        Query(max_length=14, description="Only what its owner declares to be without, traces too; may be repeated"),
    ] = None,
    max_price: Annotated[
        Decimal | None,
        Query(gt=0, lt=LARGEST_AMOUNT, decimal_places=4, description="Of its cheapest variant, whatever the unit"),
    ] = None,
    language: Language = None,
) -> views.Sought:
    return views.Sought(
        category=category,
        producer_id=producer_id,
        kind=kind,
        practice=practice,
        season=season,
        in_season=in_season,
        unit=unit,
        allergen_free=tuple(allergen_free or ()),
        max_price=max_price,
        language=language,
        today=database.clock().astimezone(database.zone).date(),
    )


SoughtDep = Annotated[views.Sought, Depends(_sought)]


@products.get("", response_model=Page[ProductOut])
async def list_products(
    *,
    request: Request,
    connection: ReadDep,
    page: PageDep,
    sought: SoughtDep,
    q: Words = "",
) -> Response:
    """What is on offer: by name, or what answers ``q`` best first.

    What is out of season is shown, with the day on which it comes; ``in_season`` leaves it out.
    """
    if q.strip():
        after = page.key(views.place_of)
        found = await views.find(connection, q, sought, after, page.limit + 1)
    else:
        found = await views.listing(connection, sought, page.key(_key), page.limit + 1)
    return _page(request, found, page.limit)


@products.get("/facets", response_model=FacetsOut)
async def count_products(*, request: Request, connection: ReadDep, sought: SoughtDep, q: Words = "") -> Response:
    """How many products there are by category, practice, producer, kind, season and unit.

    Takes the same filters as the list. Each count respects all of them but its own, so that the other choices are seen.
    """
    if q.strip():
        meant = await views.understood(connection, q, sought)
        sought = views.NOTHING if meant is None else meant[0]
    counted = FacetsOut.model_validate(await views.counts(connection, sought), from_attributes=True)
    return conditional(request, counted.model_dump_json().encode(), cache_control=_A_MINUTE)


@products.get("/own", response_model=Page[ProductOut])
async def list_own_products(
    *,
    request: Request,
    connection: ReadDep,
    page: PageDep,
    actor: ActorDep,
    status: Annotated[Literal["draft", "published", "paused", "withdrawn"] | None, Query()] = None,
    member_id: Annotated[UUID | None, Query(description="One member's only; any member's for a coordinator")] = None,
) -> Response:
    """The acting members' products, drafts and withdrawn ones too, with their stock."""
    if member_id is not None and not service.may_change(actor, member_id):
        raise NotFound("member_not_found", "There is no such member among yours")
    mine = actor.member_ids if member_id is None else frozenset({member_id})
    found = await views.own(connection, mine, status, page.key(_key), page.limit + 1)
    return _page(request, found, page.limit, PRIVATE)


@products.get("/{product_id}", response_model=ProductOut)
async def read_product(
    product_id: UUID, connection: ReadDep, actor: MaybeActorDep, language: Language = None
) -> Response:
    """A product; drafts and withdrawn ones only for their owner and the coordinators."""
    found = await views.one(connection, product_id, language)
    if found is None or not service.may_see(actor, found.member_id, found.status):
        raise NotFound("product_not_found", "There is no such product")
    mine = service.may_change(actor, found.member_id)
    headers = {"etag": version_tag(found.version), "cache-control": PRIVATE if mine else PUBLIC}
    return Response(found.owner_json if mine else found.public_json, headers=headers, media_type="application/json")


@products.post("", status_code=201, response_model=ProductOut)
async def create_product(body: NewProduct, actor: ActorDep, work: WorkDep, settings: SettingsDep) -> Response:
    """A new draft, of the acting member unless ``member_id`` names another that the user acts for."""
    terms = terms_of(settings)
    product_id = await service.create(
        work, actor, body.draft(terms), terms, product_id=body.id, member_id=body.member_id
    )
    return await _answer(work, product_id, 201)


@products.patch("/{product_id}", response_model=ProductOut)
async def change_product(
    *,
    product_id: UUID,
    body: ChangedProduct,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    version: VersionDep,
) -> Response:
    """Changes what is given. On offer, it is offered as changed at once."""
    terms = terms_of(settings)
    await service.change(work, actor, product_id, body.draft(terms), terms, version=version)
    return await _answer(work, product_id)


@products.post("/{product_id}/publish", response_model=ProductOut)
async def publish_product(product_id: UUID, actor: ActorDep, work: WorkDep) -> Response:
    """Offers the product to everyone."""
    await service.publish(work, actor, product_id)
    return await _answer(work, product_id)


@products.post("/{product_id}/withdraw", response_model=ProductOut)
async def withdraw_product(product_id: UUID, actor: ActorDep, work: WorkDep) -> Response:
    """Takes the product off offer; what was reserved of it stays reserved."""
    await service.withdraw(work, actor, product_id)
    return await _answer(work, product_id)


@variants.post("/{variant_id}/prices", status_code=201)
async def set_price(
    variant_id: UUID, body: NewPrice, actor: ActorDep, work: WorkDep, settings: SettingsDep
) -> Page[PriceOut]:
    """Another price, from now or from a date on. Answers the variant's prices, the newest first."""
    await service.set_price(work, actor, variant_id, body.price, valid_from=body.valid_from, terms=terms_of(settings))
    return await _prices(work.connection, variant_id, PageParams(limit=50, after=None))


@variants.get("/{variant_id}/prices")
async def list_prices(
    *,
    variant_id: UUID,
    actor: ActorDep,
    connection: ReadDep,
    request: Request,
    response: Response,
    page: PageDep,
    pending: Annotated[bool | None, Query(description="Only those to come, or only those that hold or held")] = None,
) -> Page[PriceOut]:
    """The prices that the variant had, has or will have, the newest first; for its owner and the coordinators."""
    member_id = await repository.owner_of_variant(connection, variant_id)
    if member_id is None or not service.may_change(actor, member_id):
        raise NotFound("variant_not_found", "There is no such variant")
    found = await _prices(connection, variant_id, page, pending)
    link_next(request, response, found.next)
    return found


@variants.delete("/{variant_id}/prices", status_code=204)
async def take_back_price(
    variant_id: UUID,
    actor: ActorDep,
    work: WorkDep,
    valid_from: Annotated[AwareDatetime, Query(description="Of the price whose date has not come")],
) -> None:
    """Takes back a price that does not hold yet."""
    await service.take_back_price(work, actor, variant_id, valid_from)


async def _prices(
    connection: AsyncConnection, variant_id: UUID, page: PageParams, pending: bool | None = None
) -> Page[PriceOut]:
    before = page.key(lambda cursor: instant(cursor[0]))
    found = await repository.prices(connection, variant_id, pending=pending, before=before, limit=page.limit + 1)
    following = encode_cursor([found[page.limit - 1].valid_from.isoformat()]) if len(found) > page.limit else None
    return Page(items=[_price_out(entry) for entry in found[: page.limit]], next=following)


def _price_out(entry: repository.PriceEntry) -> PriceOut:
    return PriceOut(price=entry.price, valid_from=entry.valid_from, pending=entry.pending)


@vocabulary.get("/categories")
async def list_categories(language: LanguageDep, response: Response) -> list[CategoryOut]:
    """The categories, each after the one that it stands under."""
    response.headers.update(_KEEP)
    return [CategoryOut(**_term(term, language).model_dump(), dfc=term.dfc) for term in CATEGORIES.values()]


@vocabulary.get("/practices")
async def list_practices(language: LanguageDep, response: Response) -> list[TermOut]:
    """The practices that a product may claim."""
    response.headers.update(_KEEP)
    return [_term(term, language) for term in PRACTICES.values()]


@vocabulary.get("/allergens")
async def list_allergens(language: LanguageDep, response: Response) -> list[TermOut]:
    """The fourteen allergens that have to be declared (EU 1169/2011, Annex II)."""
    response.headers.update(_KEEP)
    return [_term(term, language) for term in ALLERGENS.values()]


def _term(term: Term, language: str) -> TermOut:
    return TermOut(
        code=term.code,
        parent=term.parent,
        name=term.es if language == "es" else term.en,
        names={"es": term.es, "en": term.en},
    )
