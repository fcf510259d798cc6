"""What a file would change: each row finds its variant, and is held to the rules for products; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from catalog.imports.rows import Refusal, Row
from catalog.imports.rules.finding import Lists, Plan, find
from catalog.imports.rules.merging import Import, agrees, with_row
from catalog.products.rules import FINEST, Product, Variant, faults
from catalog.stock.rules import Stock
from contracts.values import LARGEST_QUANTITY, plain
from kit.errors import Invalid


def plan(
    rows: Sequence[tuple[UUID, Row]], products: Iterable[Product], stock: Mapping[UUID, Stock], how: Import
) -> Plan:
    """Goes through the rows, each with the member that it belongs to, in their order."""
    before = {product.id: product for product in products}
    made = Plan(before, dict(before))
    lists = Lists(made, stock)
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
    name = _column(known) if known else "price"
    params: dict[str, Any] = error.params
    return Invalid(error.code, error.message, field=how.columns.get(name, name), **params)


def _column(path: Sequence[str]) -> str:
    """Our own list's column for a field of a product, or of what it has."""
    match path:
        case ["translations", tag]:
            return f"product_{tag.lower()}"
        case ["piece_weight", *rest]:
            return f"piece_{rest[0] if rest else 'min'}"
        case ["deposit" | "season" as whole, *_]:
            return whole
        case _:
            return path[-1]


def _take(lists: Lists, member_id: UUID, row: Row, how: Import) -> None:
    product, variant = find(lists, member_id, row)
    if variant is not None and variant.id in lists.spoken:
        raise Invalid("row_repeated", "Row {row} speaks of the same", row=lists.spoken[variant.id])
    if not row.listed:
        _unlist(lists, product, variant)
        return
    if product is not None:
        agrees(product, variant, lists.first.get(product.id), row)
    changed, taken = with_row(product, variant, member_id, row, how)
    if how.publish:
        changed = replace(changed, status="published")
    for error in faults(changed, how.terms):
        raise error
    recounted = _count(lists, variant, taken, row)
    lists.plan.after[changed.id] = changed
    lists.index(changed)
    lists.spoken[taken.id] = row.row
    lists.first.setdefault(changed.id, row)
    if variant is None:
        lists.plan.created += 1
    elif recounted or changed != product:
        lists.plan.updated += 1
    else:
        lists.plan.unchanged += 1


def _unlist(lists: Lists, product: Product | None, variant: Variant | None) -> None:
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


def _count(lists: Lists, before: Variant | None, taken: Variant, row: Row) -> bool:
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
