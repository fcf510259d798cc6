"""Whether an offer is what somebody looks for, and why.

All that a want says must hold: its category (or a wider one that the offer was filed under), its kind and practices, a
place within its radius, a price up to its highest; and of its words at least one. What an offer does not say, such as its
place, is not held against it.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from catalog.wants.rules.words import common
from contracts.catalog import ProductKind, Unit
from contracts.values import Location

CategoryFit = Literal["same", "under", "wider"]
_EARTH_KM = 6371.0


@dataclass(frozen=True)
class Looked:
    """What somebody looks for."""

    want_id: UUID
    member_id: UUID
    kind: ProductKind | None
    words: tuple[str, ...]
    category: str | None
    practices: tuple[str, ...]
    unit: Unit | None
    max_price: Decimal | None
    location: Location | None
    radius_km: int | None


@dataclass(frozen=True)
class Offered:
    """What somebody offers, as far as it is matched. Its category comes with those that it stands under."""

    product_id: UUID
    member_id: UUID
    kind: ProductKind
    words: tuple[str, ...]
    category: str
    wider: frozenset[str]
    practices: frozenset[str]
    #: Unit and price of what is sold.
    prices: tuple[tuple[Unit, Decimal], ...]
    location: Location | None


@dataclass(frozen=True)
class Fit:
    """Why an offer is what somebody looks for. ``score`` orders a member's matches, the best first."""

    want_id: UUID
    product_id: UUID
    seeker_id: UUID
    provider_id: UUID
    category: CategoryFit | None
    words: tuple[str, ...]
    practices: tuple[str, ...]
    distance_km: Decimal | None
    score: int


def fit(looked: Looked, offered: Offered, wider_than_wanted: Collection[str]) -> Fit | None:
    """The fit, or none. ``wider_than_wanted`` are the categories that the wanted one stands under."""
    if looked.member_id == offered.member_id or looked.kind not in (None, offered.kind):
        return None
    category = _category(looked, offered, wider_than_wanted)
    words = common(looked.words, offered.words)
    if (looked.category is not None and category is None) or (looked.words and not words):
        return None
    if not looked.words and category not in ("same", "under"):
        return None
    if not offered.practices.issuperset(looked.practices) or not _affordable(looked, offered):
        return None
    away = distance_km(looked.location, offered.location)
    if away is not None and looked.radius_km is not None and away > looked.radius_km:
        return None
    return Fit(
        looked.want_id,
        offered.product_id,
        looked.member_id,
        offered.member_id,
        category,
        words,
        looked.practices,
        away,
        _score(len(words), len(looked.words), category, away),
    )


def _category(looked: Looked, offered: Offered, wider_than_wanted: Collection[str]) -> CategoryFit | None:
    if looked.category is None:
        return None
    if looked.category == offered.category:
        return "same"
    if looked.category in offered.wider:
        return "under"
    return "wider" if offered.category in wider_than_wanted else None


def _affordable(looked: Looked, offered: Offered) -> bool:
    """Prices count in the wanted unit, or in any where none is wanted; where none can be compared, it may be."""
    if looked.max_price is None:
        return True
    comparable = [price for unit, price in offered.prices if looked.unit in (None, unit)]
    return not comparable or min(comparable) <= looked.max_price


def _score(common_words: int, wanted_words: int, category: CategoryFit | None, away: Decimal | None) -> int:
    """Up to 60 for words, 30 for the category, 10 for being near."""
    words = round(60 * common_words / wanted_words) if wanted_words else 30
    near = 0 if away is None else 10 if away <= 5 else 6 if away <= 20 else 3 if away <= 100 else 0
    return words + {"same": 30, "under": 25, "wider": 10, None: 0}[category] + near


def distance_km(one: Location | None, other: Location | None) -> Decimal | None:
    """Along a great circle, by the haversine, in kilometres with one decimal; None where a place is not known."""
    if one is None or other is None:
        return None
    lat1, lon1, lat2, lon2 = (math.radians(value) for value in (one.lat, one.lon, other.lat, other.lon))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return Decimal(str(round(2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half))), 1)))
