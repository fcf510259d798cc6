"""A row of any format, read: the product and variant that it speaks of, or why it can't be taken."""

from dataclasses import dataclass
from decimal import Decimal

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
    case_size: Decimal | None = None
    step: Decimal | None = None
    minimum: Decimal | None = None
    variable_weight: bool | None = None
    credit_share: int | None = None
    policy: StockPolicy | None = None
    on_hand: Decimal | None = None
    #: False for what the list says is not sold any more.
    listed: bool = True


@dataclass(frozen=True)
class Refusal:
    """Why a row can't be taken; the error's field names its column."""

    row: int
    error: Invalid
