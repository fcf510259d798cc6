"""What is said of products, in and out alike."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.products.rules import (
    Allergens,
    Conservation,
    Deposit,
    NetContent,
    PieceWeight,
    Window,
)
from contracts.catalog import ContentUnit, Storage
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


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TranslationBody(Body):
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


class AllergensBody(Body):
    """A declaration: of the fourteen allergens (`GET /v1/allergens`) none is in it but these."""

    contains: Annotated[list[Code], Field(max_length=14, examples=[["milk"]])] = []
    may_contain: Annotated[list[Code], Field(max_length=14, description="As traces", examples=[["nuts"]])] = []

    def value(self) -> Allergens:
        return Allergens(tuple(self.contains), tuple(self.may_contain))


class ConservationBody(Body):
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


class PictureBody(Body):
    """A photo of the product's own member, uploaded before (`POST /v1/photos`)."""

    id: UUID
    caption: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=200), Field(examples=["La parcela en octubre"])
    ] = ""


Pictures = Annotated[list[PictureBody], Field(max_length=8, description="The first is the one that lists show")]


class NetContentBody(Body):
    """What is in one pack, such as 500 g in a jar that is sold by the piece."""

    quantity: PositiveQuantity
    unit: Annotated[ContentUnit, Field(description="Kilo, gram, litre, millilitre or piece", examples=["GRM"])]

    def value(self) -> NetContent:
        return NetContent(self.quantity, self.unit)


class DepositBody(Body):
    """A returnable container: what is charged for it with each piece, and given back when it is returned."""

    name: Annotated[Name, Field(examples=["Frasco de 500 ml"])]
    price: Money

    def value(self) -> Deposit:
        return Deposit(self.name, self.price)


class PieceWeightBody(Body):
    """What one piece weighs, in kilos: ordered by the piece, billed by weight."""

    min: PositiveQuantity
    max: PositiveQuantity

    def value(self) -> PieceWeight:
        return PieceWeight(self.min, self.max)


Day = Annotated[str, Field(max_length=10, examples=["06-15", "2026-06-15"])]


class WindowBody(Body):
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
