"""This network's own list: whatever the import reads, one row per variant, so that a file sent back changes nothing.

Windows of a season are written ``06-15..09-30``, several with a space between them; of allergens that none is declared
is written ``none``. Names and descriptions in other languages have columns of their own: ``product_en``.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from catalog.exports.listed import Listed, bare
from catalog.products.rules import Product, Variant
from contracts.values import plain
from kit.sheets import Cell

#: Beside those for each language.
COLUMNS = (
    "producer",
    "product_id",
    "variant_id",
    "sku",
    "product",
    "variant",
    "kind",
    "category",
    "practices",
    "description",
    "unit",
    "price",
    "currency",
    "tax_rate",
    "tax_included",
    "stock",
    "on_hand",
    "case_size",
    "step",
    "minimum",
    "variable_weight",
    "credit_share",
    "net_content",
    "net_unit",
    "deposit",
    "deposit_name",
    "piece_min",
    "piece_max",
    "season",
    "contains",
    "may_contain",
    "storage",
    "shelf_life_days",
    "conservation",
    "place",
    "latitude",
    "longitude",
    "status",
)


def header(listed: Iterable[Listed]) -> tuple[str, ...]:
    """The columns, with those of each language that something is said in."""
    return (*COLUMNS, *(f"{name}_{tag}" for tag in _tags(listed) for name in ("product", "description")))


def rows(listed: Sequence[Listed]) -> Iterator[Sequence[Cell]]:
    """A row for each variant that is on the list."""
    names = header(listed)
    for one in listed:
        said = _of_product(one)
        for variant in one.product.offered:
            cells = said | _of_variant(one, variant)
            yield [cells.get(name) for name in names]


def _tags(listed: Iterable[Listed]) -> list[str]:
    return sorted({tag for one in listed for tag in one.product.translations})


def _of_product(one: Listed) -> dict[str, Cell]:
    product = one.product
    worded: dict[str, Cell] = {}
    for tag, wording in product.translations.items():
        worded |= {f"product_{tag}": wording.name, f"description_{tag}": wording.description}
    return {
        "producer": one.producer,
        "product_id": str(product.id),
        "product": product.name,
        "kind": product.kind,
        "category": product.category,
        "practices": " ".join(product.practices),
        "description": product.description,
        "status": product.status,
        **_kept(product),
        **worded,
    }


def _kept(product: Product) -> dict[str, Cell]:
    allergens, conservation, place = product.allergens, product.conservation, product.place
    location = place.location if place else None
    return {
        "contains": (" ".join(allergens.contains) or "none") if allergens else None,
        "may_contain": (" ".join(allergens.may_contain) or "none") if allergens else None,
        "storage": conservation.storage if conservation else None,
        "shelf_life_days": conservation.shelf_life_days if conservation else None,
        "conservation": conservation.note if conservation else None,
        "place": place.name if place else None,
        "latitude": _degrees(location.lat) if location else None,
        "longitude": _degrees(location.lon) if location else None,
    }


def _of_variant(one: Listed, variant: Variant) -> dict[str, Cell]:
    left = one.left_of(variant)
    content, deposit, weight = variant.net_content, variant.deposit, variant.piece_weight
    return {
        "variant_id": str(variant.id),
        "sku": variant.sku,
        "variant": variant.name,
        "unit": variant.unit,
        "price": variant.price.amount,
        "currency": variant.price.currency,
        "tax_rate": None if variant.tax_rate is None else bare(variant.tax_rate),
        "tax_included": int(variant.tax_included),
        "stock": variant.policy,
        "on_hand": bare(left.on_hand) if left else None,
        "case_size": bare(variant.case_size),
        "step": bare(variant.step),
        "minimum": bare(variant.minimum),
        "variable_weight": int(variant.variable_weight),
        "credit_share": variant.credit_share,
        "net_content": bare(content.quantity) if content else None,
        "net_unit": content.unit if content else None,
        "deposit": deposit.price.amount if deposit else None,
        "deposit_name": deposit.name if deposit else None,
        "piece_min": bare(weight.min) if weight else None,
        "piece_max": bare(weight.max) if weight else None,
        "season": " ".join(f"{window.start}..{window.end}" for window in variant.season),
    }


def _degrees(value: float) -> str:
    """To seven decimals, which is a centimetre."""
    return plain(Decimal(f"{value:.7f}"))
