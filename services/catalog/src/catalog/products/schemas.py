"""Products over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from catalog.products.rules import ProductDraft, VariantDraft
from contracts.catalog import ProductKind, StockPolicy, Unit
from contracts.values import Money, PositiveQuantity, Quantity

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]
Sku = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    Field(description="The seller's own number, unique in their list"),
]
Code = Annotated[str, Field(max_length=60)]
Percent = Annotated[int, Field(ge=0, le=100, strict=True, description="Share payable in community credit, per cent")]
CaseSize = Annotated[
    PositiveQuantity, Field(description="Units in a producer's case: whole cases are ordered; one step if left out")
]
Step = Annotated[PositiveQuantity, Field(description="Smallest step of an ordered quantity")]
Minimum = Annotated[PositiveQuantity, Field(description="Least that can be ordered; a whole number of steps")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewStock(_Body):
    """How stock is kept; ``on_hand`` is what there is at first."""

    policy: StockPolicy
    on_hand: Quantity | None = None


class NewVariant(_Body):
    """What is sold. The price is for one of the unit: a kilo, a litre, a piece, an hour."""

    name: Name
    sku: Sku | None = None
    unit: Unit
    price: Money
    stock: NewStock = NewStock(policy="on_demand")
    variable_weight: Annotated[bool, Field(description="Ordered by the piece or by guess, billed by weight")] = False
    credit_share: Percent = 0
    case_size: CaseSize | None = None
    step: Step | None = None
    minimum: Minimum | None = None

    def draft(self) -> VariantDraft:
        return VariantDraft(
            None,
            self.name,
            self.sku,
            self.unit,
            self.price,
            self.case_size,
            self.step,
            self.minimum,
            self.variable_weight,
            self.credit_share,
            self.stock.policy,
            self.stock.on_hand,
        )


class NewProduct(_Body):
    """A product with its variants; not offered until it is published."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same product")] = None
    member_id: Annotated[UUID | None, Field(description="Needed where the user acts for several members")] = None
    kind: ProductKind = "good"
    name: Name
    description: Description = ""
    category: Annotated[Code, Field(examples=["vegetables"])]
    practices: Annotated[list[Code], Field(max_length=20, examples=[["agroecological"]])] = []
    variants: Annotated[list[NewVariant], Field(min_length=1, max_length=50)]

    def draft(self) -> ProductDraft:
        variants = tuple(variant.draft() for variant in self.variants)
        return ProductDraft(self.kind, self.name, self.description, self.category, tuple(self.practices), variants)


class ChangedStock(_Body):
    policy: StockPolicy | None = None
    on_hand: Annotated[Quantity | None, Field(description="Only for a new variant")] = None


class ChangedVariant(_Body):
    """A variant there is (``id``) with what changes, or a new one."""

    id: UUID | None = None
    name: Name | None = None
    sku: Sku | None = None
    unit: Unit | None = None
    price: Money | None = None
    stock: ChangedStock = ChangedStock()
    variable_weight: bool | None = None
    credit_share: Percent | None = None
    case_size: CaseSize | None = None
    step: Step | None = None
    minimum: Minimum | None = None

    def draft(self) -> VariantDraft:
        return VariantDraft(
            self.id,
            self.name,
            self.sku,
            self.unit,
            self.price,
            self.case_size,
            self.step,
            self.minimum,
            self.variable_weight,
            self.credit_share,
            self.stock.policy,
            self.stock.on_hand,
        )


class ChangedProduct(_Body):
    """What is to change. ``variants`` is the whole new list: those left out are not offered any more."""

    kind: ProductKind | None = None
    name: Name | None = None
    description: Description | None = None
    category: Code | None = None
    practices: Annotated[list[Code] | None, Field(max_length=20)] = None
    variants: Annotated[list[ChangedVariant] | None, Field(min_length=1, max_length=50)] = None

    def draft(self) -> ProductDraft:
        return ProductDraft(
            self.kind,
            self.name,
            self.description,
            self.category,
            None if self.practices is None else tuple(self.practices),
            None if self.variants is None else tuple(variant.draft() for variant in self.variants),
        )


class StockView(BaseModel):
    """What is left; the counts behind it only for the owner."""

    policy: StockPolicy
    available: Annotated[Quantity | None, Field(description="Null when made on demand")]
    on_hand: Quantity | None = None
    reserved: Quantity | None = None


class VariantOut(BaseModel):
    id: UUID
    name: str
    sku: str | None
    unit: Unit
    price: Money
    price_from: datetime
    case_size: Quantity
    step: Quantity
    minimum: Quantity
    variable_weight: bool
    credit_share: int
    stock: StockView


class ProducerOut(BaseModel):
    id: UUID
    name: str


class ProductOut(BaseModel):
    """A product as it is now."""

    id: UUID
    member_id: UUID
    producer: ProducerOut
    kind: ProductKind
    name: str
    description: str
    category: str
    practices: list[str]
    status: Literal["draft", "published", "paused", "withdrawn"] = Field(
        description="`paused`: not on offer while its member is suspended, and on offer again by itself afterwards"
    )
    version: int
    created_at: datetime
    changed_at: datetime
    variants: list[VariantOut]


class NewPrice(_Body):
    """A price from a date on; from now if none is given."""

    price: Money
    valid_from: AwareDatetime | None = None


class PriceOut(BaseModel):
    price: Money
    valid_from: datetime
    pending: Annotated[bool, Field(description="Its date has not come yet")]


class TermOut(BaseModel):
    """A word of the catalog: its stable code and its names."""

    code: str
    parent: str | None
    name: Annotated[str, Field(description="In the reader's language")]
    names: dict[str, str]
