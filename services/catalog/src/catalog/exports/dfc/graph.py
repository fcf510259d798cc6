"""Products on offer as the nodes of a Data Food Consortium catalogue.

A product is a SuppliedProduct whose variants are SuppliedProducts, too, each with the CatalogItem that lists it and the
Offer that prices it: as Open Food Network writes and reads them. Prices and quantities have no address of their own,
which is how the consortium's connector finds them. Hours and community credit have no word there: services, knowledge
and what is paid in credit are left out. What has no word but has to be known (traces of allergens) is in the description.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from catalog.exports.dfc.words import ALLERGENS, MONIES, OTHER_MONIES, PGS, UNITS, Profile, product_type
from catalog.exports.listed import Listed, paid
from catalog.photos.rules import addresses
from catalog.products.rules import Product, Variant
from catalog.products.vocabulary import ALLERGENS as TERMS
from catalog.products.vocabulary import CATEGORIES, PRACTICES
from contracts.values import plain

type Node = dict[str, Any]


@dataclass(frozen=True)
class Addresses:
    """Where things are; the same things have the same address in every answer and both versions."""

    base: str

    def enterprise(self, member_id: UUID) -> str:
        return f"{self.base}/v1/dfc/enterprises/{member_id}"

    def catalog(self, member_id: UUID) -> str:
        return f"{self.enterprise(member_id)}#catalog"

    def product(self, product_id: UUID) -> str:
        return f"{self.base}/v1/dfc/products/{product_id}"

    def variant(self, product_id: UUID, variant_id: UUID) -> str:
        return f"{self.product(product_id)}#{variant_id}"

    def item(self, product_id: UUID, variant_id: UUID) -> str:
        return f"{self.product(product_id)}#item-{variant_id}"

    def offer(self, product_id: UUID, variant_id: UUID) -> str:
        return f"{self.product(product_id)}#offer-{variant_id}"

    def photo(self, photo_id: UUID) -> str:
        return f"{self.base}{addresses(photo_id)['large']}"

    def practice(self, code: str) -> str:
        return f"{self.base}/v1/practices#{code}"


@dataclass(frozen=True)
class Telling:
    """How a catalogue is told: in which version, at which addresses, with which words for what has none there."""

    profile: Profile
    at: Addresses
    #: The network's language, and what is said in it of traces, with a place for the ``{allergens}``.
    language: str
    traces: str
    #: The practices that a producer's certificate in force stands for.
    certified: Mapping[UUID, frozenset[str]] = field(default_factory=dict)


def nodes(listed: Sequence[Listed], telling: Telling) -> list[Node]:
    """The graph of these products: who makes them, their catalogues, the products, what is named in them."""
    goods = [one for one in listed if one.product.kind == "good" and _sold(one.product)]
    graph: list[Node] = []
    by_producer: dict[UUID, list[Listed]] = {}
    for one in goods:
        by_producer.setdefault(one.product.member_id, []).append(one)
    for member_id, theirs in by_producer.items():
        graph += enterprise(member_id, theirs, telling)
    for one in goods:
        graph += _product(one, telling)
    return [*graph, *_named(goods, telling)]


def _sold(product: Product) -> list[Variant]:
    return [variant for variant in product.offered if variant.in_season and variant.unit in UNITS]


def enterprise(member_id: UUID, theirs: Sequence[Listed], telling: Telling) -> Iterator[Node]:
    """A producer and its catalogue, with so much of it as these products are."""
    at = telling.at
    sold = [(one.product.id, variant.id) for one in theirs for variant in _sold(one.product)]
    items = [at.item(*ids) for ids in sold]
    yield {
        "@id": at.enterprise(member_id),
        "@type": "dfc-b:Enterprise" if telling.profile == "1.16.0" else "dfc-b:Organization",
        "dfc-b:name": theirs[0].producer,
        **({"dfc-b:hasDescription": theirs[0].story} if theirs[0].story else {}),
        "dfc-b:supplies": [at.variant(*ids) for ids in sold],
        "dfc-b:manages": items,
        "dfc-b:maintains": at.catalog(member_id),
    }
    yield {
        "@id": at.catalog(member_id),
        "@type": "dfc-b:Catalog",
        "dfc-b:maintainedBy": at.enterprise(member_id),
        "dfc-b:lists": items,
    }


def _product(one: Listed, telling: Telling) -> Iterator[Node]:
    product, at = one.product, telling.at
    shared = _shared(one, telling)
    variants = _sold(product)
    yield {
        "@id": at.product(product.id),
        "@type": "dfc-b:SuppliedProduct",
        "dfc-b:name": product.name,
        **shared,
        "dfc-b:hasVariant": [at.variant(product.id, variant.id) for variant in variants],
    }
    for variant in variants:
        yield {
            "@id": at.variant(product.id, variant.id),
            "@type": "dfc-b:SuppliedProduct",
            "dfc-b:name": f"{product.name}, {variant.name}",
            **shared,
            **_allergens(product),
            "dfc-b:hasQuantity": _quantity(variant),
            "dfc-b:isVariantOf": at.product(product.id),
            "dfc-b:referencedBy": at.item(product.id, variant.id),
        }
        yield from _offer(one, variant, at)


def _shared(one: Listed, telling: Telling) -> Node:
    """What is said of a product and of each of its variants."""
    product = one.product
    conservation, type_ = product.conservation, CATEGORIES[product.category].dfc
    description = "\n\n".join(text for text in (product.description, _traces(product, telling)) if text)
    certified = telling.certified.get(product.member_id, frozenset())
    said: Node = {
        "dfc-b:description": description,
        "dfc-b:image": [telling.at.photo(picture.id) for picture in product.photos],
        "dfc-b:hasType": product_type(type_) if type_ else None,
        "dfc-b:hasClaim": [telling.at.practice(code) for code in one.shown_practices],
        "dfc-b:hasCertification": PGS if certified.intersection(one.shown_practices) else None,
        "dfc-b:usageOrStorageCondition": conservation and conservation.note,
        "dfc-b:lifetime": str(conservation.shelf_life_days) if conservation and conservation.shelf_life_days else None,
        "rdfs:label": [
            {"@value": wording.name, "@language": tag} for tag, wording in sorted(product.translations.items())
        ],
    }
    return {name: value for name, value in said.items() if value}


def _traces(product: Product, telling: Telling) -> str:
    terms = [TERMS[code] for code in (product.allergens.may_contain if product.allergens else ())]
    names = [term.es if telling.language == "es" else term.en for term in terms]
    return telling.traces.format(allergens=", ".join(names)) if names else ""


def _allergens(product: Product) -> Node:
    found = product.allergens.contains if product.allergens else ()
    if not found:
        return {}
    return {
        "dfc-b:hasAllergenCharacteristic": [
            {"@type": "dfc-b:AllergenCharacteristic", "dfc-b:hasAllergenDimension": ALLERGENS[code]} for code in found
        ]
    }


def _quantity(variant: Variant) -> Node:
    """What one of it holds: a pack's content where that is known, else one of what it is sold by."""
    content = variant.net_content
    unit, value = (content.unit, plain(content.quantity)) if content else (variant.unit, "1")
    return {"@type": "dfc-b:QuantitativeValue", "dfc-b:hasUnit": UNITS[unit], "dfc-b:value": value}


def _offer(one: Listed, variant: Variant, at: Addresses) -> Iterator[Node]:
    ids = (one.product.id, variant.id)
    left = one.left_of(variant)
    # Without a limit there is as much as is asked for.
    limit = {} if left is None else {"dfc-b:stockLimitation": plain(left.available)}
    item: Node = {
        "@id": at.item(*ids),
        "@type": "dfc-b:CatalogItem",
        "dfc-b:references": at.variant(*ids),
        "dfc-b:listedIn": at.catalog(one.product.member_id),
        "dfc-b:managedBy": at.enterprise(one.product.member_id),
        "dfc-b:offeredThrough": at.offer(*ids),
        **limit,
    }
    if variant.sku:
        item["dfc-b:sku"] = variant.sku
    yield item
    price: Node = {
        "@type": "dfc-b:Price",
        "dfc-b:value": str(paid(variant)),
        "dfc-b:hasUnit": money(variant.price.currency),
    }
    if variant.tax_rate is not None:
        price["dfc-b:VATrate"] = plain(variant.tax_rate)
    yield {
        "@id": at.offer(*ids),
        "@type": "dfc-b:Offer",
        "dfc-b:offers": at.item(*ids),
        "dfc-b:hasPrice": price,
        **limit,
    }


def money(currency: str) -> str:
    """The address of a money: the taxonomy's where it has one, else the EU list's."""
    return MONIES.get(currency, f"{OTHER_MONIES}{currency}")


def _named(goods: Iterable[Listed], telling: Telling) -> Iterator[Node]:
    """What is named by an address that the taxonomies don't explain: our practices, and monies they don't know."""
    goods = list(goods)
    for code in sorted({code for one in goods for code in one.shown_practices}):
        term = PRACTICES[code]
        yield {
            "@id": telling.at.practice(code),
            "@type": "skos:Concept",
            "skos:notation": code,
            "skos:prefLabel": [{"@value": term.es, "@language": "es"}, {"@value": term.en, "@language": "en"}],
        }
    monies = {variant.price.currency for one in goods for variant in _sold(one.product)}
    for currency in sorted(monies - MONIES.keys()):
        yield {"@id": money(currency), "@type": "skos:Concept", "skos:notation": currency}
