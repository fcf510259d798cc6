"""What a product is, and what it may be: true without a database or a clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from catalog.producers.rules import Place, fold
from catalog.products.rules.particulars import (
    Allergens,
    Conservation,
    Deposit,
    NetContent,
    Picture,
    PieceWeight,
    Session,
    Wording,
    allergen_faults,
    picture_faults,
    translation_faults,
)
from catalog.products.rules.seasons import Window, season_faults
from catalog.products.vocabulary import CATEGORIES, PRACTICES
from contracts.catalog import ProductKind, StockPolicy, Unit
from contracts.values import LARGEST_QUANTITY, Money
from kit.errors import Invalid

#: ``paused`` was on offer when its member was suspended, and is again when that ends.
Status = Literal["draft", "published", "paused", "withdrawn"]

MOST_VARIANTS = 50
#: Sessions to come, which don't count as variants: four a week for a year.
MOST_SESSIONS = 200
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
    net_content: NetContent | None = None
    #: Per cent; None where nothing is said.
    tax_rate: Decimal | None = None
    #: Whether the price has the tax in it: as the network's setting was when the price was set.
    tax_included: bool = True
    deposit: Deposit | None = None
    piece_weight: PieceWeight | None = None
    season: tuple[Window, ...] = ()
    #: As of the last day that was looked at; the job for seasons sees to it at the day's change.
    in_season: bool = True
    season_changes_on: date | None = None
    #: Where it is a place in a dated occasion: kept by the room of sessions, not in its owner's list.
    session: Session | None = None

    @property
    def on_sale(self) -> bool:
        """Whether it is to be had, if its product is on offer."""
        return not self.retired and self.in_season


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
    #: By language tag.
    translations: Mapping[str, Wording] = field(default_factory=dict)
    #: None where nothing is declared: that is not the same as none of them.
    allergens: Allergens | None = None
    conservation: Conservation | None = None
    place: Place | None = None
    photos: tuple[Picture, ...] = ()

    @property
    def offered(self) -> tuple[Variant, ...]:
        """The owner's list: not what is retired, nor the places in sessions."""
        return tuple(variant for variant in self.variants if not variant.retired and variant.session is None)

    @property
    def sessions(self) -> tuple[Variant, ...]:
        """The places in sessions to come."""
        return tuple(variant for variant in self.variants if not variant.retired and variant.session is not None)

    @property
    def listed(self) -> tuple[Variant, ...]:
        """All that is not retired, places in sessions too."""
        return tuple(variant for variant in self.variants if not variant.retired)


@dataclass(frozen=True)
class Maker:
    """What a product shows of its owner: the name, and of the practices those that are not withheld."""

    name: str = ""
    #: With what is shown in its place, if something is.
    withheld: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """What the network's settings say about prices."""

    currency: str
    credit_currency: str | None
    #: The network's own, in which names and descriptions are.
    language: str = "es"
    prices_include_tax: bool = True


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
    yield from translation_faults(product.translations, terms.language)
    yield from allergen_faults(product.allergens)
    yield from picture_faults(product.photos)
    if len(product.offered) > MOST_VARIANTS or not (product.offered or product.kind != "good"):
        # A workshop may have its sessions alone.
        yield Invalid("variant_count", "A product has 1 to {most} variants", field="/variants", most=MOST_VARIANTS)
    if product.kind == "good" and product.sessions:
        yield Invalid("has_sessions", "Goods have no sessions; cancel them first", field="/kind")
    seen: set[str] = set()
    for place, variant in enumerate(product.offered):
        if fold(variant.name) in seen:
            yield Invalid("repeated", "Named twice", field=f"/variants/{place}/name")
        seen.add(fold(variant.name))
        yield from variant_faults(variant, terms, f"/variants/{place}")


def variant_faults(variant: Variant, terms: Terms, at: str) -> Iterator[Invalid]:
    """Everything that is wrong with a variant whose pointer is ``at``."""
    yield from _price_faults(variant, terms, at)
    yield from _size_faults(variant, at)
    yield from _particular_faults(variant, terms, at)
    yield from season_faults(variant.season, f"{at}/season")


def _price_faults(variant: Variant, terms: Terms, at: str) -> Iterator[Invalid]:
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


def _size_faults(variant: Variant, at: str) -> Iterator[Invalid]:
    for name, size in (("step", variant.step), ("minimum", variant.minimum), ("case_size", variant.case_size)):
        if not 0 < size < LARGEST_QUANTITY or size != size.quantize(FINEST):
            yield Invalid("size_out_of_range", "More than zero, at most three decimals", field=f"{at}/{name}")
            return
    if variant.minimum % variant.step:
        yield Invalid("not_a_multiple", "Must be a whole number of steps", field=f"{at}/minimum")
    if variant.case_size % variant.step:
        yield Invalid("not_a_multiple", "Must be a whole number of steps", field=f"{at}/case_size")


def _particular_faults(variant: Variant, terms: Terms, at: str) -> Iterator[Invalid]:
    deposit, weight = variant.deposit, variant.piece_weight
    if deposit is not None:
        if variant.unit != "H87":
            yield Invalid("deposit_by_piece", "Only for what is sold by the piece", field=f"{at}/deposit")
        if deposit.price.currency != terms.currency:
            yield Invalid(
                "wrong_currency",
                "Prices are in {currency} here",
                field=f"{at}/deposit/price/currency",
                currency=terms.currency,
            )
        if deposit.price.amount <= 0:
            yield Invalid("price_not_positive", "A price must be more than zero", field=f"{at}/deposit/price/amount")
    if weight is not None:
        if not variant.variable_weight or variant.unit != "KGM":
            yield Invalid(
                "weight_by_kilo", "Only for what is sold by the kilo with variable weight", field=f"{at}/piece_weight"
            )
        if weight.max < weight.min:
            yield Invalid("below_minimum", "Must not be less than the minimum", field=f"{at}/piece_weight/max")


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
