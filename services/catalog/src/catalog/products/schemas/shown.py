"""Products as they are shown."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.photos.schemas import PhotoSizes
from catalog.producers.schemas import PlaceBody
from catalog.products.schemas.parts import (
    AllergensBody,
    ConservationBody,
    DepositBody,
    NetContentBody,
    PieceWeightBody,
    TranslationBody,
    WindowBody,
)
from contracts.catalog import ProductKind, StockPolicy, Unit
from contracts.values import Money, Quantity


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
    sizes: PhotoSizes


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
