"""Foodsoft's article list since version 5: semicolons, 18 columns by place, units by the names that Foodsoft gives them.

Prices are net: Foodsoft charges (price + deposit) with tax. A case is an order unit with its content as its ratio, and
then the price is for what is in it. Foodsoft wants names of 4 to 60 letters, and its own units of at most 15.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from catalog.exports.listed import Listed, bare, paid
from catalog.products.rules import Product, Variant
from catalog.products.vocabulary import CATEGORIES
from contracts.catalog import Unit
from contracts.values import plain
from kit.sheets import Cell


@dataclass(frozen=True)
class _Words:
    """What a Foodsoft in one language calls its units, and how it says yes and no."""

    units: Mapping[Unit, str]
    case: str
    yes: str
    no: str


_WORDS = {
    "es": _Words({"KGM": "Kilogramos", "LTR": "Litros", "HUR": "Hora", "H87": "Pieza"}, "Paquete", "Sí", "No"),
    "en": _Words({"KGM": "kilogram", "LTR": "litre", "HUR": "hour", "H87": "Piece"}, "Package", "Yes", "No"),
}
HEADER = (
    "avail.",
    "Order number",
    "Name",
    "orderable from supplier per (unit)",
    "Custom unit",
    "Content",
    "Minimum order quantity",
    "billed per (unit)",
    "members can order per (amount)",
    "members can order per (unit)",
    "Price (net)",
    "per (price unit)",
    "VAT",
    "Deposit",
    "Note",
    "Category",
    "Origin",
    "Manufacturer",
)
_SHORTEST_NAME, _LONGEST_NAME, _LONGEST_UNIT, _LONGEST_NOTE = 4, 60, 15, 255
_MICRO, _CENT = Decimal("0.000001"), Decimal("0.01")


def rows(listed: Sequence[Listed], language: str) -> Iterator[Sequence[Cell]]:
    """A row for each variant on the list, available if it is on sale."""
    words = _WORDS.get(language, _WORDS["en"])
    names: set[str] = set()
    for one in listed:
        product, term = one.product, CATEGORIES[one.product.category]
        for variant in product.offered:
            sold_by, order_unit, custom, ratio = _units(variant, words)
            net, deposit = _net(variant)
            yield (
                words.yes if product.status == "published" and variant.in_season else words.no,
                variant.sku or str(variant.id),
                _unlike(names, _name(product, variant, named=bool(custom) and len(product.offered) == 1)),
                order_unit,
                custom,
                ratio,
                None,
                sold_by,
                bare(variant.step),
                sold_by,
                net,
                sold_by,
                bare(variant.tax_rate or Decimal(0)),
                deposit,
                product.description[:_LONGEST_NOTE],
                term.es if language == "es" else term.en,
                product.place.name[:_LONGEST_NOTE] if product.place else None,
                one.producer,
            )


def _units(variant: Variant, words: _Words) -> tuple[str | None, str | None, str | None, str | None]:
    """What it is sold by, the order unit, a unit of the seller's own instead, and what the order unit holds."""
    unit = words.units[variant.unit]
    if variant.case_size > variant.step and variant.case_size != 1:
        return unit, words.case, None, f"{plain(variant.case_size)} {unit}"
    if variant.unit == "H87" and variant.step == 1 and len(variant.name) <= _LONGEST_UNIT:
        return None, None, variant.name, None
    return unit, unit, None, None


def _name(product: Product, variant: Variant, *, named: bool) -> str:
    """The product's name, with the variant's where its unit does not say it or there is another."""
    if named and len(product.name) >= _SHORTEST_NAME:
        return product.name[:_LONGEST_NAME]
    room = max(_LONGEST_NAME - len(variant.name) - 2, _SHORTEST_NAME)
    return f"{product.name[:room]}, {variant.name}"[:_LONGEST_NAME]


def _unlike(names: set[str], name: str) -> str:
    """The name, with a number where there is one like it: Foodsoft tells a supplier's articles apart by their names."""
    found, number = name, 2
    while found.casefold() in names:
        found, number = f"{name[: _LONGEST_NAME - 5]} ({number})", number + 1
    names.add(found.casefold())
    return found


def _net(variant: Variant) -> tuple[Decimal, Decimal]:
    """Price and deposit without their tax. The deposit has cents, as Foodsoft keeps it; the price has what that leaves."""
    factor = 1 + (variant.tax_rate or Decimal(0)) / 100
    charged = variant.deposit.price.amount if variant.deposit else Decimal(0)
    deposit = (charged / factor).quantize(_CENT, ROUND_HALF_EVEN)
    return ((paid(variant) + charged) / factor - deposit).quantize(_MICRO, ROUND_HALF_EVEN), deposit
