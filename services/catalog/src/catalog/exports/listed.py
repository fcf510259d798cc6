"""A product as it goes out: itself, and what is known beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from catalog.products.rules import Product, Variant
from contracts.values import plain, scale


@dataclass(frozen=True)
class Left:
    """How much there is of a tracked variant, in its unit: on the shelf, and not yet promised to anyone."""

    on_hand: Decimal
    available: Decimal


@dataclass(frozen=True)
class Listed:
    """A product with its producer's name and story, the practices of it that are shown, and what is left of its variants."""

    product: Product
    producer: str
    shown_practices: Sequence[str]
    left: Mapping[UUID, Left]
    story: str = ""

    def left_of(self, variant: Variant) -> Left | None:
        """What there is of a tracked variant; None for one that is made to order."""
        return self.left.get(variant.id) if variant.policy == "tracked" else None


def paid(variant: Variant) -> Decimal:
    """What a buyer pays for one of it, the tax included, without the deposit; rounded once, half-even."""
    if variant.tax_included or not variant.tax_rate:
        return variant.price.amount
    taxed = variant.price.amount * (1 + variant.tax_rate / 100)
    return taxed.quantize(Decimal(1).scaleb(-scale(variant.price.currency)), ROUND_HALF_EVEN)


def bare(value: Decimal) -> Decimal:
    """The number without zeros at its end, as people write quantities."""
    return Decimal(plain(value))
