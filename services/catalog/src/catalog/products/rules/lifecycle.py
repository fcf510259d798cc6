"""What becomes of a product by its owner's will, its member's standing, and the calendar."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from catalog.producers.rules import Standing
from catalog.products.rules.products import Product, Status, Variant
from catalog.products.rules.seasons import in_season, next_change
from kit.errors import Conflict


def published(product: Product, producer: Standing | None) -> Product:
    """The product offered to everyone. Raises Conflict if its member's standing does not allow it."""
    if producer is not None and not producer.may_publish:
        raise Conflict("member_not_active", "Only members in good standing can publish")
    return replace(product, status="published", version=product.version + 1)


def withdrawn(product: Product) -> Product:
    """The product not offered any more. Raises Conflict for one that never was."""
    if product.status == "draft":
        raise Conflict("not_published", "Only a published product can be withdrawn")
    return replace(product, status="withdrawn", version=product.version + 1)


def following(product: Product, producer: Standing, *, retell: bool) -> Product:
    """A product that is or was on offer, as its member's standing now wants it: withdrawn with one who is gone, paused
    with one who is suspended, and back on offer with one who is reinstated. ``retell`` if what is told of it changed."""
    if producer.gone:
        return withdrawn(product)
    status: Status = "published" if producer.may_publish else "paused"
    if status == product.status and not (retell and status == "published"):
        return product
    return replace(product, status=status, version=product.version + 1)


def on_day(product: Product, today: date) -> Product:
    """The product with each variant in season or not as of that day. Its version stays."""
    return replace(product, variants=tuple(_on_day(variant, today) for variant in product.variants))


def _on_day(variant: Variant, today: date) -> Variant:
    return replace(
        variant, in_season=in_season(variant.season, today), season_changes_on=next_change(variant.season, today)
    )


def calendar(product: Product) -> tuple[str, date | None]:
    """Whether a product is to be had ``all_year``, ``now`` in its season, or ``later``, and then from which day on."""
    seasonal = [variant for variant in product.listed if variant.season]
    if any(variant.in_season for variant in seasonal):
        return "now", None
    if not seasonal or len(seasonal) < len(product.listed):
        return "all_year", None
    return "later", min((day for variant in seasonal if (day := variant.season_changes_on)), default=None)


def shown(practices: Collection[str], withheld: Mapping[str, str | None]) -> list[str]:
    """The practices that are shown of those that are claimed: not what is withheld, but what stands in its place."""
    codes = (withheld.get(code, code) for code in practices)
    return list(dict.fromkeys(code for code in codes if code is not None))
