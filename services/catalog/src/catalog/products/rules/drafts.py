"""What somebody says of a product, and the product that it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.producers.rules import Place
from catalog.products.rules.particulars import (
    Allergens,
    Conservation,
    Deposit,
    NetContent,
    Picture,
    PieceWeight,
    Session,
    Wording,
)
from catalog.products.rules.products import Product, Variant, sizes
from catalog.products.rules.seasons import Window
from contracts.catalog import ProductKind, StockPolicy, Unit
from contracts.values import Money
from kit.errors import Invalid


@dataclass(frozen=True)
class VariantDraft:
    """What somebody says of a variant; None where nothing is said. With an ``id`` it speaks of one there is.

    ``cleared`` names what is to have no value any more.
    """

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
    net_content: NetContent | None = None
    tax_rate: Decimal | None = None
    #: How prices are given in this network: with their tax, or without.
    tax_included: bool = True
    deposit: Deposit | None = None
    piece_weight: PieceWeight | None = None
    season: tuple[Window, ...] | None = None
    session: Session | None = None
    cleared: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ProductDraft:
    """What somebody says of a product; None where nothing is said. ``variants`` is the whole list if it is there."""

    kind: ProductKind | None = None
    name: str | None = None
    description: str | None = None
    category: str | None = None
    practices: tuple[str, ...] | None = None
    variants: tuple[VariantDraft, ...] | None = None
    translations: Mapping[str, Wording] | None = None
    allergens: Allergens | None = None
    conservation: Conservation | None = None
    place: Place | None = None
    photos: tuple[Picture, ...] | None = None
    cleared: frozenset[str] = frozenset()


#: What a product may have none of.
_CLEARABLE = ("allergens", "conservation", "place")


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
        draft.translations or {},
        draft.allergens,
        draft.conservation,
        draft.place,
        draft.photos or (),
    )


def changed(product: Product, draft: ProductDraft, now: datetime, new_id: Callable[[], UUID]) -> Product:
    """The product as the draft wants it, with the next version; the same object if that changes nothing.

    Variants that the draft's list leaves out are retired. Raises Invalid for one that is not this product's.
    """
    names = ("kind", "name", "description", "category", "practices", "translations", "photos", *_CLEARABLE)
    said = {name: value for name in names if (value := getattr(draft, name)) is not None}
    said |= dict.fromkeys(draft.cleared.intersection(_CLEARABLE))
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
    return (*listed, *product.sessions, *gone)


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
        net_content=_unless_cleared(draft, "net_content", before),
        tax_rate=_unless_cleared(draft, "tax_rate", before),
        tax_included=before.tax_included if before is not None and before.price == price else draft.tax_included,
        deposit=_unless_cleared(draft, "deposit", before),
        piece_weight=_unless_cleared(draft, "piece_weight", before),
        season=_unless_cleared(draft, "season", before) or (),
        in_season=before.in_season if before else True,
        season_changes_on=before.season_changes_on if before else None,
        session=_first(draft.session, before.session if before else None),
    )


def _unless_cleared(draft: VariantDraft, name: str, before: Variant | None) -> Any:
    if name in draft.cleared:
        return None
    return _first(getattr(draft, name), getattr(before, name) if before else None)


def _first[T](said: T | None, before: T | None) -> T | None:
    return before if said is None else said
