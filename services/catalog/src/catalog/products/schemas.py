"""Products over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from catalog.photos.rules import Size
from catalog.producers.schemas import PlaceBody
from catalog.products.rules import (
    Allergens,
    Conservation,
    Deposit,
    NetContent,
    Picture,
    PieceWeight,
    ProductDraft,
    Terms,
    VariantDraft,
    Window,
    Wording,
)
from contracts.catalog import ContentUnit, ProductKind, StockPolicy, Storage, Unit
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


class TranslationBody(_Body):
    """Name and description in another language."""

    name: Name
    description: Description = ""


Translations = Annotated[
    dict[str, TranslationBody],
    Field(
        description="In other languages than the network's own, by language tag (BCP 47); at most ten",
        examples=[{"en": {"name": "Tomato", "description": "From the lower field"}}],
    ),
]


class AllergensBody(_Body):
    """A declaration: of the fourteen allergens (`GET /v1/allergens`) none is in it but these."""

    contains: Annotated[list[Code], Field(max_length=14, examples=[["milk"]])] = []
    may_contain: Annotated[list[Code], Field(max_length=14, description="As traces", examples=[["nuts"]])] = []

    def value(self) -> Allergens:
        return Allergens(tuple(self.contains), tuple(self.may_contain))


class ConservationBody(_Body):
    """How it is kept."""

    storage: Annotated[Storage | None, Field(description="Where it is kept")] = None
    shelf_life_days: Annotated[
        int | None, Field(ge=1, le=3650, strict=True, description="Days that it keeps from harvest or making")
    ] = None
    note: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=500),
        Field(description="In the owner's words", examples=["Once opened, in the fridge, and eaten within a week"]),
    ] = ""

    def value(self) -> Conservation:
        return Conservation(self.storage, self.shelf_life_days, self.note)


class PictureBody(_Body):
    """A photo of the product's own member, uploaded before (`POST /v1/photos`)."""

    id: UUID
    caption: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=200), Field(examples=["La parcela en octubre"])
    ] = ""


Pictures = Annotated[list[PictureBody], Field(max_length=8, description="The first is the one that lists show")]


class NetContentBody(_Body):
    """What is in one pack, such as 500 g in a jar that is sold by the piece."""

    quantity: PositiveQuantity
    unit: Annotated[ContentUnit, Field(description="Kilo, gram, litre, millilitre or piece", examples=["GRM"])]

    def value(self) -> NetContent:
        return NetContent(self.quantity, self.unit)


class DepositBody(_Body):
    """A returnable container: what is charged for it with each piece, and given back when it is returned."""

    name: Annotated[Name, Field(examples=["Frasco de 500 ml"])]
    price: Money

    def value(self) -> Deposit:
        return Deposit(self.name, self.price)


class PieceWeightBody(_Body):
    """What one piece weighs, in kilos: ordered by the piece, billed by weight."""

    min: PositiveQuantity
    max: PositiveQuantity

    def value(self) -> PieceWeight:
        return PieceWeight(self.min, self.max)


Day = Annotated[str, Field(max_length=10, examples=["06-15", "2026-06-15"])]


class WindowBody(_Body):
    """From one day to another, both included: month and day each year (which may go over the new year), or dates."""

    start: Day
    end: Day

    def value(self) -> Window:
        return Window(self.start, self.end)


Season = Annotated[
    list[WindowBody],
    Field(
        max_length=12,
        description="When it is offered, in the network's zone; all year if empty",
        examples=[[{"start": "06-15", "end": "09-30"}]],
    ),
]
TaxRate = Annotated[Quantity, Field(le=100, description="Tax on it, per cent", examples=["16"])]


class NewStock(_Body):
    """How stock is kept; ``on_hand`` is what there is at first."""

    policy: StockPolicy
    on_hand: Quantity | None = None


class _VariantFields(_Body):
    """What a variant may have, new or changed."""

    name: Name | None = None
    sku: Sku | None = None
    unit: Unit | None = None
    net_content: NetContentBody | None = None
    price: Money | None = None
    tax_rate: TaxRate | None = None
    deposit: DepositBody | None = None
    variable_weight: bool | None = None
    piece_weight: PieceWeightBody | None = None
    credit_share: Percent | None = None
    case_size: CaseSize | None = None
    step: Step | None = None
    minimum: Minimum | None = None
    season: Season | None = None

    def _said(self, terms: Terms) -> dict[str, Any]:
        plain = ("name", "sku", "unit", "price", "case_size", "step", "minimum", "variable_weight", "credit_share")
        said: dict[str, Any] = {name: getattr(self, name) for name in plain}
        values = {name: getattr(self, name) for name in ("net_content", "deposit", "piece_weight")}
        said |= {name: body and body.value() for name, body in values.items()}
        said["tax_rate"] = self.tax_rate
        said["tax_included"] = terms.prices_include_tax
        said["season"] = None if self.season is None else tuple(window.value() for window in self.season)
        emptied = {"net_content", "tax_rate", "deposit", "piece_weight", "season"} & self.model_fields_set
        return {**said, "cleared": frozenset(name for name in emptied if getattr(self, name) is None)}


class NewVariant(_VariantFields):
    """What is sold. The price is for one of the unit: a kilo, a litre, a piece, an hour."""

    name: Name
    unit: Unit
    price: Money
    stock: NewStock = NewStock(policy="on_demand")
    variable_weight: Annotated[bool, Field(description="Ordered by the piece or by guess, billed by weight")] = False
    credit_share: Percent = 0

    def draft(self, terms: Terms) -> VariantDraft:
        return VariantDraft(policy=self.stock.policy, on_hand=self.stock.on_hand, **self._said(terms))


class _ProductFields(_Body):
    """What a product may have, new or changed."""

    translations: Translations | None = None
    allergens: Annotated[AllergensBody | None, Field(description="Null where nothing is declared")] = None
    conservation: ConservationBody | None = None
    place: Annotated[PlaceBody | None, Field(description="Where it is offered, if not where its producer is")] = None
    photos: Pictures | None = None

    def _said(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in ("allergens", "conservation", "place")}
        said: dict[str, Any] = {name: body and body.value() for name, body in values.items()}
        if "translations" in self.model_fields_set:
            said["translations"] = _wordings(self.translations or {})
        if "photos" in self.model_fields_set:
            said["photos"] = tuple(Picture(one.id, one.caption) for one in self.photos or ())
        said["cleared"] = frozenset(name for name in values.keys() & self.model_fields_set if values[name] is None)
        return said


def _wordings(translations: Mapping[str, TranslationBody]) -> dict[str, Wording]:
    return {tag: Wording(body.name, body.description) for tag, body in translations.items()}


class NewProduct(_ProductFields):
    """A product with its variants; not offered until it is published."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same product")] = None
    member_id: Annotated[UUID | None, Field(description="Needed where the user acts for several members")] = None
    kind: ProductKind = "good"
    name: Name
    description: Description = ""
    category: Annotated[Code, Field(examples=["vegetables"])]
    practices: Annotated[list[Code], Field(max_length=20, examples=[["agroecological"]])] = []
    variants: Annotated[
        list[NewVariant], Field(max_length=50, description="At least one, but for what is sold by sessions alone")
    ]

    def draft(self, terms: Terms) -> ProductDraft:
        return ProductDraft(
            self.kind,
            self.name,
            self.description,
            self.category,
            tuple(self.practices),
            tuple(variant.draft(terms) for variant in self.variants),
            **self._said(),
        )


class ChangedStock(_Body):
    policy: StockPolicy | None = None
    on_hand: Annotated[Quantity | None, Field(description="Only for a new variant")] = None


class ChangedVariant(_VariantFields):
    """A variant there is (``id``) with what changes, or a new one. Null takes away what it may be without."""

    id: UUID | None = None
    stock: ChangedStock = ChangedStock()

    def draft(self, terms: Terms) -> VariantDraft:
        return VariantDraft(id=self.id, policy=self.stock.policy, on_hand=self.stock.on_hand, **self._said(terms))


class ChangedProduct(_ProductFields):
    """What is to change; null takes away what it may be without.

    ``variants`` is the whole new list: those left out are not offered any more. Sessions are not among them.
    """

    kind: ProductKind | None = None
    name: Name | None = None
    description: Description | None = None
    category: Code | None = None
    practices: Annotated[list[Code] | None, Field(max_length=20)] = None
    variants: Annotated[list[ChangedVariant] | None, Field(max_length=50)] = None

    def draft(self, terms: Terms) -> ProductDraft:
        return ProductDraft(
            self.kind,
            self.name,
            self.description,
            self.category,
            None if self.practices is None else tuple(self.practices),
            None if self.variants is None else tuple(variant.draft(terms) for variant in self.variants),
            **self._said(),
        )


class StockView(BaseModel):
    """What is left; the counts behind it only for the owner."""

    policy: StockPolicy
    available: Annotated[Quantity | None, Field(description="Null when made on demand")]
    on_hand: Quantity | None = None
    reserved: Quantity | None = None


class SoldOut(BaseModel):
    """What any variant has."""

    id: UUID
    name: str
    unit: Unit
    price: Money
    price_from: datetime
    tax_rate: Annotated[Quantity | None, Field(description="Per cent; null where nothing is said")]
    tax_included: Annotated[bool, Field(description="Whether the price has the tax in it")]
    credit_share: int
    stock: StockView


class NextPrice(BaseModel):
    """A price whose date has not come."""

    price: Money
    valid_from: datetime


class VariantOut(SoldOut):
    sku: str | None
    net_content: NetContentBody | None
    deposit: DepositBody | None
    case_size: Quantity
    step: Quantity
    minimum: Quantity
    variable_weight: bool
    piece_weight: PieceWeightBody | None
    season: list[WindowBody]
    in_season: Annotated[bool, Field(description="Only what is in season can be ordered")]
    season_changes_on: Annotated[date | None, Field(description="The day on which it goes off offer, or comes on")]
    next_price: Annotated[NextPrice | None, Field(description="The next that is set; for the owner alone")] = None


class SessionOut(SoldOut):
    """A dated occasion, sold by the place."""

    starts_at: datetime
    ends_at: datetime
    place: PlaceBody | None


class PictureOut(BaseModel):
    """A photo of a product, with where each size of it is served."""

    id: UUID
    caption: str
    sizes: Annotated[
        dict[Size, str], Field(examples=[{"thumb": "/v1/photos/0198c1de-7a00-7000-8000-000000000000/thumb"}])
    ]


class MakerOut(BaseModel):
    id: UUID
    name: str


class ProductOut(BaseModel):
    """A product as it is now."""

    id: UUID
    member_id: UUID
    producer: MakerOut
    kind: ProductKind
    name: str
    description: str
    translations: dict[str, TranslationBody]
    category: str
    practices: list[str]
    withheld_practices: Annotated[
        list[str], Field(description="Claimed, but not shown to others; for the owner alone")
    ] = []
    allergens: AllergensBody | None
    conservation: ConservationBody | None
    place: Annotated[PlaceBody | None, Field(description="Where it is offered: the producer's, if it has none")]
    photos: list[PictureOut]
    status: Literal["draft", "published", "paused", "withdrawn"] = Field(
        description="`paused`: not on offer while its member is suspended, and on offer again by itself afterwards"
    )
    version: int
    created_at: datetime
    changed_at: datetime
    variants: list[VariantOut]
    sessions: Annotated[list[SessionOut], Field(description="The next ten")]


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


class CategoryOut(TermOut):
    dfc: Annotated[str | None, Field(description="The Data Food Consortium's product type, where one fits")]


class CountedOut(BaseModel):
    """A value that can be filtered by, and how many products have it."""

    value: str
    count: int


class CountedProducerOut(CountedOut):
    name: str


class FacetValuesOut(BaseModel):
    """Counts by what can be filtered by."""

    category: Annotated[list[CountedOut], Field(description="With the categories under each, in the order of the tree")]
    practice: list[CountedOut]
    producer: Annotated[list[CountedProducerOut], Field(description="The hundred with the most")]
    kind: list[CountedOut]
    season: list[CountedOut]
    unit: list[CountedOut]


class FacetsOut(BaseModel):
    """How many products there are; the most first, but for categories."""

    count: Annotated[int, Field(description="Products that pass all filters")]
    complete: Annotated[bool, Field(description="False where there were more products than are counted")]
    by: FacetValuesOut
