"""The lists of the members as the rows so far have left them, and which variant a row speaks of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from catalog.imports.rows import Refusal, Row
from catalog.producers.rules import fold
from catalog.products.rules import Product, Variant
from catalog.stock.rules import Stock
from kit.errors import Invalid


@dataclass
class Plan:
    """What the rows come to. ``after`` and ``counts`` hold what is to be written, ``before`` what was there."""

    before: dict[UUID, Product]
    after: dict[UUID, Product]
    counts: dict[UUID, Decimal] = field(default_factory=dict)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def changed(self) -> Iterable[tuple[Product | None, Product, dict[UUID, Decimal]]]:
        """Each product that changes, before and after (with its next version), and what was counted of it."""
        for id_, product in self.after.items():
            was = self.before.get(id_)
            counted = {variant.id: self.counts[variant.id] for variant in product.variants if variant.id in self.counts}
            if was is None:
                yield None, product, counted
            elif product != was:
                yield was, replace(product, version=was.version + 1), counted
            elif counted:
                yield was, was, counted


@dataclass
class Lists:
    """The members' lists as the rows so far have left them, and which row spoke of what."""

    plan: Plan
    stock: Mapping[UUID, Stock]
    by_sku: dict[tuple[UUID, str], tuple[UUID, UUID]] = field(default_factory=dict)
    by_name: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    by_id: dict[UUID, UUID] = field(default_factory=dict)
    spoken: dict[UUID, int] = field(default_factory=dict)
    first: dict[UUID, Row] = field(default_factory=dict)

    def index(self, product: Product) -> None:
        self.by_name.setdefault((product.member_id, fold(product.name)), product.id)
        for variant in product.offered:
            self.by_id[variant.id] = product.id
            if variant.sku is not None:
                self.by_sku[product.member_id, variant.sku] = product.id, variant.id


def find(lists: Lists, member_id: UUID, row: Row) -> tuple[Product | None, Variant | None]:
    """What the row speaks of: by our ids where they are this member's, else by the seller's number, else by name."""
    product, variant = _by_id(lists, member_id, row)
    if product is None:
        return _by_words(lists, member_id, row)
    taken = lists.by_sku.get((member_id, row.sku)) if row.sku is not None else None
    if taken is not None and (variant is None or taken[1] != variant.id):
        raise Invalid("number_taken", "Another variant has this number", field="sku")
    return product, variant


def _by_id(lists: Lists, member_id: UUID, row: Row) -> tuple[Product | None, Variant | None]:
    product_id = lists.by_id.get(row.variant_id, row.product_id) if row.variant_id is not None else row.product_id
    product = lists.plan.after.get(product_id) if product_id is not None else None
    if product is None or product.member_id != member_id:
        return None, None
    by_id = next((variant for variant in product.offered if variant.id == row.variant_id), None)
    return product, by_id or next((one for one in product.offered if fold(one.name) == fold(row.variant)), None)


def _by_words(lists: Lists, member_id: UUID, row: Row) -> tuple[Product | None, Variant | None]:
    found = lists.by_sku.get((member_id, row.sku)) if row.sku is not None else None
    if found is not None:
        product = lists.plan.after[found[0]]
        return product, next(variant for variant in product.variants if variant.id == found[1])
    product_id = lists.by_name.get((member_id, fold(row.name)))
    if product_id is None:
        return None, None
    product = lists.plan.after[product_id]
    for variant in product.offered:
        # A variant with a number of its own is another one, though it is called the same.
        if fold(variant.name) == fold(row.variant) and (row.sku is None or variant.sku in (None, row.sku)):
            return product, variant
    return product, None
