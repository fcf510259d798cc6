"""Open Food Network's product import: comma-separated, its columns and its words, one row per variant.

There a row sells whole items: ``units`` with a ``unit_type`` or a ``variant_unit_name`` say what one item is, ``price``
is for that item with its tax, and stock counts whole items. It knows its categories by the names that the instance
gives them, asks for a shipping category of that instance, and has no word for deposits.
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal

from catalog.exports.listed import Listed, bare, paid
from catalog.products.rules import Variant
from catalog.products.vocabulary import CATEGORIES
from kit.sheets import Cell

HEADER = (
    "producer",
    "sku",
    "name",
    "display_name",
    "category",
    "description",
    "units",
    "unit_type",
    "variant_unit_name",
    "price",
    "on_hand",
    "available_on",
    "on_demand",
    "shipping_category",
    "tax_category",
)
_TYPES = {"KGM": "kg", "GRM": "g", "LTR": "l", "MLT": "ml"}


def rows(listed: Sequence[Listed], language: str, shipping_category: str) -> Iterator[Sequence[Cell]]:
    """A row for each variant that is on sale."""
    for one in listed:
        product, term = one.product, CATEGORIES[one.product.category]
        for variant in product.offered:
            if not variant.in_season:
                continue
            units, unit_type, unit_name = _item(variant)
            left = one.left_of(variant)
            yield (
                one.producer,
                variant.sku,
                product.name,
                variant.name if variant.name != f"{units} {unit_type or unit_name}" else None,
                term.es if language == "es" else term.en,
                product.description,
                units,
                unit_type,
                unit_name,
                paid(variant),
                None if left is None else max(left.available, Decimal(0)).to_integral_value(ROUND_FLOOR),
                None,
                int(left is None),
                shipping_category,
                None,
            )


def _item(variant: Variant) -> tuple[Decimal, str | None, str | None]:
    """How many of which unit one item is: a weight or volume, else something that is counted, by its name."""
    content = variant.net_content
    if variant.unit in _TYPES:
        return Decimal(1), _TYPES[variant.unit], None
    if content is not None and content.unit in _TYPES:
        return bare(content.quantity), _TYPES[content.unit], None
    return Decimal(1), None, variant.name
