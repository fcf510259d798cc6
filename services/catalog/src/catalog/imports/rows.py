"""A row of any format, read: the product and variant that it speaks of, or why it can't be taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from catalog.producers.rules import Place
from catalog.products.rules import Allergens, Conservation, Deposit, NetContent, PieceWeight, Window, Wording
from contracts.catalog import ProductKind, StockPolicy, Unit
from contracts.values import Money
from kit.errors import Invalid


@dataclass(frozen=True)
class Row:
    """What a format doesn't know is None: kept as it is where the variant exists, else the usual value."""

    row: int
    #: Who makes it, by name; empty for the member that imports.
    producer: str
    sku: str | None
    name: str
    variant: str
    unit: Unit
    category: str
    price: Money
    kind: ProductKind | None = None
    description: str | None = None
    practices: tuple[str, ...] | None = None
    #: By language; of those that the row says nothing in nothing changes.
    translations: Mapping[str, Wording] | None = None
    allergens: Allergens | None = None
    conservation: Conservation | None = None
    place: Place | None = None
    case_size: Decimal | None = None
    step: Decimal | None = None
    #: The step of a variant that the row is the first to speak of; one that there is keeps its own.
    first_step: Decimal | None = None
    minimum: Decimal | None = None
    variable_weight: bool | None = None
    credit_share: int | None = None
    policy: StockPolicy | None = None
    on_hand: Decimal | None = None
    net_content: NetContent | None = None
    tax_rate: Decimal | None = None
    #: None: as prices are in this network.
    tax_included: bool | None = None
    deposit: Deposit | None = None
    piece_weight: PieceWeight | None = None
    season: tuple[Window, ...] | None = None
    #: What the row speaks of, where it comes from a list of ours.
    product_id: UUID | None = None
    variant_id: UUID | None = None
    #: False for what the list says is not sold any more.
    listed: bool = True


@dataclass(frozen=True)
class Refusal:
    """Why a row can't be taken; the error's field names its column."""

    row: int
    error: Invalid
