"""What a product is, and what it may be: true without a database or a clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from catalog.producers.rules import Standing, fold
from catalog.products.vocabulary import CATEGORIES, PRACTICES
from contracts.catalog import ProductKind, StockPolicy, Unit
from contracts.values import LARGEST_QUANTITY, Money
from kit.errors import Conflict, Invalid

#: ``paused`` was on offer when its member was suspended, and is again when that ends.
Status = Literal["draft", "published", "paused", "withdrawn"]

MOST_VARIANTS = 50
#: Finest step that is weighed and counted by default, by unit.
STEPS: dict[Unit, Decimal] = {
    "KGM": Decimal("0.1"),
    "LTR": Decimal("0.1"),
    "H87": Decimal(1),
    "HUR": Decimal("0.25"),
}
FINEST = Decimal("0.001")


@dataclass(frozen=True)
class Variant:
    """What is sold: its price is for one of ``unit``; sizes and steps count in that unit."""

    id: UUID
    name: str
    sku: str | None
    unit: Unit
    price: Money
    price_from: datetime
    case_size: Decimal
    step: Decimal
    minimum: Decimal
    variable_weight: bool
    credit_share: int
    policy: StockPolicy
    #: Not offered any more; kept because old orders and movements speak of it.
    retired: bool = False


@dataclass(frozen=True)
class Product:
    """A product with its variants in the order that its owner gave them."""

    id: UUID
    member_id: UUID
    kind: ProductKind
    name: str
    description: str
    category: str
    practices: tuple[str, ...]
    status: Status
    version: int
    variants: tuple[Variant, ...]

    @property
    def offered(self) -> tuple[Variant, ...]:
        return tuple(variant for variant in self.variants if not variant.retired)

    @property
    def search_text(self) -> str:
        """What a search looks into, folded: names in both languages, so that either finds it."""
        terms = [CATEGORIES[self.category], *(PRACTICES[code] for code in self.practices)]
        words = [self.name, self.description, *(f"{term.es} {term.en}" for term in terms)]
        return fold(" ".join([*words, *(variant.name for variant in self.offered)]))


@dataclass(frozen=True)
class Terms:
    """What the network's settings say about prices."""

    currency: str
    credit_currency: str | None


def check(product: Product, terms: Terms) -> None:
    """Raises Invalid, with the JSON pointer of the field, for a product that can't be offered as it is."""
    for error in faults(product, terms):
        raise error


def faults(product: Product, terms: Terms) -> Iterator[Invalid]:
    """Everything that is wrong with a product, each with the JSON pointer of the field."""
    if product.category not in CATEGORIES:
        yield Invalid("unknown_category", "No such category; GET /v1/categories lists them", field="/category")
    for place, code in enumerate(product.practices):
        if code not in PRACTICES:
            yield Invalid(
                "unknown_practice",
                "No such practice; one of {practices}",
                field=f"/practices/{place}",
                practices=", ".join(sorted(PRACTICES)),
            )
        elif code in product.practices[:place]:
            yield Invalid("repeated", "Named twice", field=f"/practices/{place}")
    if not 1 <= len(product.offered) <= MOST_VARIANTS:
        yield Invalid("variant_count", "A product has 1 to {most} variants", field="/variants", most=MOST_VARIANTS)
    seen: set[str] = set()
    for place, variant in enumerate(product.offered):
        if fold(variant.name) in seen:
            yield Invalid("repeated", "Named twice", field=f"/variants/{place}/name")
        seen.add(fold(variant.name))
        yield from _variant_faults(variant, terms, f"/variants/{place}")


def _variant_faults(variant: Variant, terms: Terms, at: str) -> Iterator[Invalid]:
    if variant.price.currency != terms.currency:
        yield Invalid(
            "wrong_currency", "Prices are in {currency} here", field=f"{at}/price/currency", currency=terms.currency
        )
    if variant.price.amount <= 0:
        yield Invalid("price_not_positive", "A price must be more than zero", field=f"{at}/price/amount")
    if not 0 <= variant.credit_share <= 100:
        yield Invalid("not_a_percentage", "A whole number from 0 to 100", field=f"{at}/credit_share")
    elif variant.credit_share and terms.credit_currency is None:
        yield Invalid("no_community_credit", "This network has no community credit", field=f"{at}/credit_share")
    for name, size in (("step", variant.step), ("minimum", variant.minimum), ("case_size", variant.case_size)):
        if not 0 < size < LARGEST_QUANTITY or size != size.quantize(FINEST):
            yield Invalid("size_out_of_range", "More than zero, at most three decimals", field=f"{at}/{name}")
            return
    if variant.minimum % variant.step:
        yield Invalid("not_a_multiple", "Must be a whole number of steps", field=f"{at}/minimum")
    if variant.case_size % variant.step:
        yield Invalid("not_a_multiple", "Must be a whole number of steps", field=f"{at}/case_size")


def sizes(
    unit: Unit, case_size: Decimal | None, step: Decimal | None, minimum: Decimal | None
) -> tuple[Decimal, Decimal, Decimal]:
    """Case size, step and minimum, with what is usual for the unit where nothing is said.

    Where nobody speaks of cases a case is one step, so that all that is ordered is ordered from the producer; the step
    is as fine as the case needs.
    """
    if step is None:
        fits = case_size is None or case_size % STEPS[unit] == 0
        step = STEPS[unit] if fits else FINEST
    return step if case_size is None else case_size, step, step if minimum is None else minimum


@dataclass(frozen=True)
class VariantDraft:
    """What somebody says of a variant; None where nothing is said. With an ``id`` it speaks of one there is."""

    id: UUID | None = None
    name: str | None = None
    sku: str | None = None
    unit: Unit | None = None
    price: Money | None = None
    case_size: Decimal | None = None
    step: Decimal | None = None
    minimum: Decimal | None = None
    variable_weight: bool | None = None
    credit_share: int | None = None
    policy: StockPolicy | None = None
    on_hand: Decimal | None = None


@dataclass(frozen=True)
class ProductDraft:
    """What somebody says of a product; None where nothing is said. ``variants`` is the whole list if it is there."""

    kind: ProductKind | None = None
    name: str | None = None
    description: str | None = None
    category: str | None = None
    practices: tuple[str, ...] | None = None
    variants: tuple[VariantDraft, ...] | None = None


def made(draft: ProductDraft, product_id: UUID, member_id: UUID, now: datetime, new_id: Callable[[], UUID]) -> Product:
    """A new product, not yet published."""
    variants = tuple(
        with_draft(None, variant, now, new_id(), f"/variants/{place}")
        for place, variant in enumerate(draft.variants or ())
    )
    return Product(
        product_id,
        member_id,
        draft.kind or "good",
        draft.name or "",
        draft.description or "",
        draft.category or "",
        draft.practices or (),
        "draft",
        1,
        variants,
    )


def changed(product: Product, draft: ProductDraft, now: datetime, new_id: Callable[[], UUID]) -> Product:
    """The product as the draft wants it, with the next version; the same object if that changes nothing.

    Variants that the draft's list leaves out are retired. Raises Invalid for one that is not this product's.
    """
    said = {
        name: value
        for name in ("kind", "name", "description", "category", "practices")
        if (value := getattr(draft, name)) is not None
    }
    variants = product.variants if draft.variants is None else _relisted(product, draft.variants, now, new_id)
    after = replace(product, **said, variants=variants)
    return product if after == product else replace(after, version=product.version + 1)


def _relisted(
    product: Product, drafts: tuple[VariantDraft, ...], now: datetime, new_id: Callable[[], UUID]
) -> tuple[Variant, ...]:
    known = {variant.id: variant for variant in product.offered}
    listed = []
    for place, draft in enumerate(drafts):
        at = f"/variants/{place}"
        if draft.id is not None and draft.id not in known:
            raise Invalid("unknown_variant", "This product has no such variant", field=f"{at}/id")
        before = known.pop(draft.id) if draft.id is not None else None
        if before is not None and draft.on_hand is not None:
            raise Invalid("use_movements", "What there is changes by movements", field=f"{at}/stock/on_hand")
        listed.append(with_draft(before, draft, now, before.id if before else new_id(), at))
    gone = [replace(variant, retired=True) for variant in product.variants if variant.retired or variant.id in known]
    return (*listed, *gone)


def with_draft(before: Variant | None, draft: VariantDraft, now: datetime, variant_id: UUID, at: str) -> Variant:
    """A variant as the draft says, the rest as it was or is usual. Raises Invalid for what a new one needs."""
    if before is None:
        for name in ("name", "unit", "price"):
            if getattr(draft, name) is None:
                raise Invalid("missing", "This is needed", field=f"{at}/{name}")
    elif draft.unit not in (None, before.unit):
        # What was counted and ordered of it was counted in its unit.
        raise Invalid("unit_kept", "A variant keeps its unit; list another one", field=f"{at}/unit")
    unit = draft.unit or (before.unit if before else "H87")
    price = draft.price or (before.price if before else None)
    if price is None:
        raise Invalid("missing", "This is needed", field=f"{at}/price")
    case_size, step, minimum = sizes(
        unit,
        _first(draft.case_size, before.case_size if before else None),
        _first(draft.step, before.step if before else None),
        _first(draft.minimum, before.minimum if before else None),
    )
    return Variant(
        id=variant_id,
        name=draft.name or (before.name if before else ""),
        sku=_first(draft.sku, before.sku if before else None),
        unit=unit,
        price=price,
        price_from=before.price_from if before is not None and before.price == price else now,
        case_size=case_size,
        step=step,
        minimum=minimum,
        variable_weight=_first(draft.variable_weight, before.variable_weight if before else None) or False,
        credit_share=_first(draft.credit_share, before.credit_share if before else None) or 0,
        policy=draft.policy or (before.policy if before else "on_demand" if draft.on_hand is None else "tracked"),
    )


def _first[T](said: T | None, before: T | None) -> T | None:
    return before if said is None else said


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
