"""What the catalog service says."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.envelope import Fact, Topic
from contracts.values import Money, Quantity

ProductKind = Literal["good", "service", "knowledge"]
StockPolicy = Literal["on_demand", "tracked"]
Unit = Literal["KGM", "LTR", "H87", "HUR"]


class VariantState(BaseModel):
    """What is sold: one pack of a product."""

    variant_id: UUID
    name: str
    unit: Unit
    price: Money
    #: Pieces, kilos… in a producer's case: whole cases are ordered from the producer.
    case_size: Quantity
    #: Smallest step of an ordered quantity.
    step: Quantity
    minimum: Quantity
    variable_weight: bool
    #: Per cent of the price that may be paid in community credit.
    credit_share: int
    stock_policy: StockPolicy


class ProductState(Fact):
    """A product with all its variants, as its owner published it."""

    product_id: UUID
    producer_id: UUID
    producer_name: str
    kind: ProductKind
    name: str
    description: str
    category: str
    practices: list[str]
    variants: list[VariantState]


class ProductPublished(ProductState):
    topic: ClassVar[Topic] = Topic("catalog", "product", "published", 1, "pub")


class ProductWithdrawn(ProductState):
    topic: ClassVar[Topic] = Topic("catalog", "product", "withdrawn", 1, "pub")


class StockChanged(Fact):
    """What is left of a variant. The subject is the variant, the version its stock's."""

    topic: ClassVar[Topic] = Topic("catalog", "stock", "changed", 1, "int")
    variant_id: UUID
    available: Quantity


class StockReserved(Fact):
    """All lines of an order are reserved. The subject is the order, the version the order's."""

    topic: ClassVar[Topic] = Topic("catalog", "reservation", "reserved", 1, "int")
    order_id: UUID


class MissingStock(BaseModel):
    """Why a line could not be reserved."""

    variant_id: UUID
    code: Literal["not_enough_stock", "not_offered"]
    requested: Quantity
    available: Quantity


class StockRefused(Fact):
    """None of an order's lines are reserved, because some could not be."""

    topic: ClassVar[Topic] = Topic("catalog", "reservation", "refused", 1, "int")
    order_id: UUID
    reasons: list[MissingStock]
