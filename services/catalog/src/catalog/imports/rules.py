"""What a file would change: each row finds its variant by the seller's number, else by the names; pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.imports.rows import Refusal, Row
from catalog.producers.rules import fold
from catalog.products.rules import FINEST, Product, Terms, Variant, VariantDraft, faults, with_draft
from catalog.stock.rules import Stock
from contracts.values import LARGEST_QUANTITY, plain
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


@dataclass(frozen=True)
class Import:
    """How rows are taken."""

    terms: Terms
    now: datetime
    new_id: Callable[[], UUID]
    publish: bool
    #: What the format calls our fields, where it has another word.
    columns: Mapping[str, str]


@dataclass
class _Lists:
    """The members' lists as the rows so far have left them, and which row spoke of what."""

    plan: Plan
    stock: Mapping[UUID, Stock]
    by_sku: dict[tuple[UUID, str], tuple[UUID, UUID]] = field(default_factory=dict)
    by_name: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    spoken: dict[UUID, int] = field(default_factory=dict)
    first: dict[UUID, Row] = field(default_factory=dict)

    def index(self, product: Product) -> None:
        self.by_name.setdefault((product.member_id, fold(product.name)), product.id)
        for variant in product.offered:
            if variant.sku is not None:
                self.by_sku[product.member_id, variant.sku] = product.id, variant.id


def plan(
    rows: Sequence[tuple[UUID, Row]], products: Iterable[Product], stock: Mapping[UUID, Stock], how: Import
) -> Plan:
    """Goes through the rows, each with the member that it belongs to, in their order."""
    before = {product.id: product for product in products}
    made = Plan(before, dict(before))
    lists = _Lists(made, stock)
    for product in before.values():
        lists.index(product)
    for member_id, row in rows:
        try:
            _take(lists, member_id, row, how)
        except Invalid as error:
            made.refused.append(Refusal(row.row, _in_the_words_of(how, error)))
    return made


def _in_the_words_of(how: Import, error: Invalid) -> Invalid:
    """The error with the format's column as its field, where it names one of our fields by a pointer."""
    if error.field is None or not error.field.startswith("/"):
        return error
    parts = [part for part in error.field.split("/") if part and not part.isdigit()]
    known = [part for part in parts if part not in ("variants", "amount", "currency")]
    name = known[-1] if known else "price"
    params: dict[str, Any] = error.params
    return Invalid(error.code, error.message, field=how.columns.get(name, name), **params)


def _take(lists: _Lists, member_id: UUID, row: Row, how: Import) -> None:
    product, variant = _find(lists, member_id, row)
    if variant is not None and variant.id in lists.spoken:
        raise Invalid("row_repeated", "Row {row} speaks of the same", row=lists.spoken[variant.id])
    if not row.listed:
        _unlist(lists, product, variant)
        return
    if product is not None:
        _agrees(product, variant, lists.first.get(product.id), row)
    with_row, taken = _with_row(product, variant, member_id, row, how)
    if how.publish:
        with_row = replace(with_row, status="published")
    for error in faults(with_row, how.terms):
        raise error
    recounted = _count(lists, variant, taken, row)
    lists.plan.after[with_row.id] = with_row
    lists.index(with_row)
    lists.spoken[taken.id] = row.row
    lists.first.setdefault(with_row.id, row)
    if variant is None:
        lists.plan.created += 1
    elif recounted or with_row != product:
        lists.plan.updated += 1
    else:
        lists.plan.unchanged += 1


def _find(lists: _Lists, member_id: UUID, row: Row) -> tuple[Product | None, Variant | None]:
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


def _unlist(lists: _Lists, product: Product | None, variant: Variant | None) -> None:
    """Takes off offer what the list says is not sold any more."""
    if product is None or variant is None or product.status not in ("published", "paused"):
        lists.plan.unchanged += 1
        return
    if len(product.offered) == 1:
        after = replace(product, status="withdrawn")
    else:
        retired = replace(variant, retired=True)
        others = tuple(one for one in product.variants if one.id != variant.id)
        after = replace(product, variants=(*others, retired))
    lists.plan.after[product.id] = after
    lists.plan.updated += 1


def _agrees(product: Product, variant: Variant | None, first: Row | None, row: Row) -> None:
    """Raises Invalid where rows of one product contradict each other."""
    others = [one for one in product.offered if variant is None or one.id != variant.id]
    if others and fold(row.name) != fold(product.name):
        raise Invalid("differs", "Differs from the product's other variants", field="/name_of_product")
    if first is None:
        return
    pairs = (
        ("category", first.category, row.category),
        ("kind", first.kind, row.kind),
        ("description", first.description, row.description),
        ("practices", first.practices, row.practices),
    )
    for name, said, says in pairs:
        if says and says != said:
            raise Invalid("differs", "Differs from row {row} of the same product", field=f"/{name}", row=first.row)


def _with_row(
    product: Product | None, variant: Variant | None, member_id: UUID, row: Row, how: Import
) -> tuple[Product, Variant]:
    """The product as the row wants it, and the variant in it that the row speaks of."""
    draft = VariantDraft(
        name=row.variant,
        sku=row.sku,
        unit=row.unit,
        price=row.price,
        case_size=row.case_size,
        step=row.step,
        minimum=row.minimum,
        variable_weight=row.variable_weight,
        credit_share=row.credit_share,
        policy=row.policy,
        on_hand=row.on_hand,
        tax_included=how.terms.prices_include_tax,
    )
    taken = with_draft(variant, draft, how.now, variant.id if variant else how.new_id(), "")
    if product is None:
        new = Product(
            how.new_id(),
            member_id,
            row.kind or "good",
            row.name,
            row.description or "",
            row.category,
            row.practices or (),
            "draft",
            1,
            (taken,),
        )
        return new, taken
    if variant is None:
        others = tuple(one for one in product.variants if one not in product.offered)
        variants = (*product.offered, taken, *others)
    else:
        variants = tuple(taken if one.id == taken.id else one for one in product.variants)
    after = replace(
        product,
        name=row.name,
        kind=row.kind or product.kind,
        description=row.description or product.description,
        category=row.category,
        practices=row.practices or product.practices,
        variants=variants,
    )
    return after, taken


def _count(lists: _Lists, before: Variant | None, taken: Variant, row: Row) -> bool:
    """Notes what was counted. True if it is another count than there was. Raises Invalid for one that can't be."""
    there = lists.stock.get(before.id) if before is not None else None
    on_hand = row.on_hand
    if on_hand is not None and not (0 <= on_hand < LARGEST_QUANTITY and on_hand == on_hand.quantize(FINEST)):
        raise Invalid("size_out_of_range", "Zero or more, at most three decimals", field="/on_hand")
    if there is not None and taken.policy == "tracked":
        counted = there.on_hand if on_hand is None else on_hand
        if counted < there.reserved:
            raise Invalid(
                "promised_more",
                "{reserved} are promised already; bring in what is missing first",
                field="/on_hand",
                reserved=plain(there.reserved),
            )
    if on_hand is None or (there is not None and there.on_hand == on_hand):
        return False
    lists.plan.counts[taken.id] = on_hand
    return before is not None
