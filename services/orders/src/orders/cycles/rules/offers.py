"""A variant as a cycle offers it: with the price that a member pays there, and what that consists of."""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.values import plain, scale
from orders.cycles.rules.fees import PricePart, Tariff, unit_price


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


def money(minor: int, currency: str) -> dict[str, str]:
    """Money as JSON, just as contracts.values.Money writes it."""
    return {"amount": format(Decimal(minor).scaleb(-scale(currency)), "f"), "currency": currency}


def part_document(part: PricePart, currency: str) -> dict[str, Any]:
    """A part of a price as JSON."""
    return {"name": part.name, "payee": part.payee, "amount": money(part.minor, currency)}


def offer_document(variant: SoldVariant, tariff: Tariff) -> dict[str, Any]:
    """All that is shown of an offer, but what is left of it."""
    producer = PricePart(variant.producer_name, str(variant.producer_id), 0)
    total, parts = unit_price(tariff, variant.price, variant.unit, producer)
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
        "price": money(total, tariff.currency),
        "breakdown": [part_document(part, tariff.currency) for part in parts],
        "case_size": plain(variant.case_size),
        "step": plain(variant.step),
        "minimum": plain(variant.minimum),
        "variable_weight": variant.variable_weight,
        "credit_share": variant.credit_share,
        "stock_policy": variant.stock_policy,
    }


def sort_key(variant: SoldVariant) -> str:
    """Offers stand by category, then by name, whatever the accents and capitals."""
    text = f"{variant.category} {variant.name} {variant.variant_name}"
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
