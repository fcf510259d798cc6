"""A variant as a cycle offers it: with the price that a member pays there, and what that consists of."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.values import plain
from kit.language import Texts
from orders.cycles.rules.explained import explained_document, made_of, share_documents
from orders.cycles.rules.fees import PricePart, Tariff, unit_price
from orders.cycles.rules.hubs import HubFee, HubOffer
from orders.cycles.rules.money import money


@dataclass(frozen=True, slots=True)
class SoldVariant:
    """A published variant; `price` is the producer's, in minor units of the network's currency."""

    id: UUID
    product_id: UUID
    producer_id: UUID
    producer_name: str
    name: str
    variant_name: str
    kind: str
    description: str
    category: str
    practices: tuple[str, ...]
    unit: str
    price: int
    case_size: Decimal
    step: Decimal
    minimum: Decimal
    variable_weight: bool
    credit_share: int
    stock_policy: str
    #: What else is shown of it, as JSON: tax, deposit, content, allergens, season, session.
    extras: Mapping[str, Any] = field(default_factory=dict)


def part_document(part: PricePart, currency: str) -> dict[str, Any]:
    """A part of a price as JSON."""
    return {"name": part.name, "payee": part.payee, "amount": money(part.minor, currency)}


@dataclass(frozen=True, slots=True)
class Told:
    """Beside a variant, what an offer's price is explained by; ``texts`` says it in every language."""

    tariff: Tariff
    diagnosis: Mapping[str, Any] | None
    texts: Texts


def offer_document(variant: SoldVariant, told: Told) -> dict[str, Any]:
    """All that is shown of an offer at the variant's own price, but what is left of it."""
    return {
        "variant_id": str(variant.id),
        "product_id": str(variant.product_id),
        "name": variant.name,
        "variant": variant.variant_name,
        "kind": variant.kind,
        "description": variant.description,
        "category": variant.category,
        "practices": list(variant.practices),
        "producer": {"id": str(variant.producer_id), "name": variant.producer_name},
        "unit": variant.unit,
        **_price_document(variant, told, variant.price),
        "hub_offer": None,
        "case_size": plain(variant.case_size),
        "step": plain(variant.step),
        "minimum": plain(variant.minimum),
        "variable_weight": variant.variable_weight,
        "credit_share": variant.credit_share,
        "stock_policy": variant.stock_policy,
        **variant.extras,
    }


def hub_document(variant: SoldVariant, told: Told, offer: HubOffer) -> dict[str, Any]:
    """What is shown otherwise where this hub offer holds."""
    return {
        **_price_document(variant, told, offer.price, offer.fees),
        "hub_offer": {
            "id": str(offer.id),
            "pickup_point_id": None if offer.pickup_point_id is None else str(offer.pickup_point_id),
            "cycle_id": None if offer.cycle_id is None else str(offer.cycle_id),
            "exclusive": offer.exclusive,
        },
    }


def _price_document(variant: SoldVariant, told: Told, price: int, fees: Sequence[HubFee] = ()) -> dict[str, Any]:
    """A unit's price with fees, what it consists of, and how the producer's part is made up."""
    currency, diagnosis = told.tariff.currency, told.diagnosis
    producer = PricePart(variant.producer_name, str(variant.producer_id), 0)
    total, parts = unit_price(told.tariff, price, variant.unit, producer, fees)
    breakdown = [part_document(part, currency) for part in parts]
    explained = None
    if diagnosis is not None:
        shares = made_of(diagnosis, price, Decimal(1), parts[0].minor)
        breakdown[0]["made_of"] = share_documents(shares, currency)
        explained = explained_document(diagnosis, price, currency, told.texts)
    return {"price": money(total, currency), "breakdown": breakdown, "explained": explained}


def sort_key(variant: SoldVariant) -> str:
    """Offers stand by category, then by name, whatever the accents and capitals."""
    text = f"{variant.category} {variant.name} {variant.variant_name}"
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
