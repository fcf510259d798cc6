"""Recalls over HTTP."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.lots.rules.lots import Lot
from catalog.recalls.rules import Recall
from contracts.recalls import RecallSeverity
from contracts.values import Quantity

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class NewRecall(BaseModel):
    """Lots to be taken back."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same recall")] = None
    lots: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=60)]],
        Field(min_length=1, max_length=50, description="Ids or numbers", examples=[["QRO-L-2026-0042"]]),
    ]
    severity: Annotated[RecallSeverity, Field(description="`recall`: not to be eaten; `warning`: to be known")]
    reason: Annotated[Words, Field(examples=["Listeria in the milk of 12 March"])]
    advice: Annotated[Words, Field(examples=["Don't eat it; bring it back on Saturday"])]


class Closing(BaseModel):
    """What came of it."""

    model_config = ConfigDict(extra="forbid")

    outcome: Words


class GoodOut(BaseModel):
    """A lot that is recalled, as anyone may know it."""

    lot: str
    product: str
    producer: str


class PublicRecallOut(BaseModel):
    """A recall, as anyone may read it."""

    id: UUID
    number: Annotated[str, Field(examples=["QRO-R-2026-0001"])]
    severity: RecallSeverity
    reason: str
    advice: str
    issued_at: datetime
    closed_at: datetime | None
    outcome: str

    @classmethod
    def of(cls, recall: Recall) -> Self:
        return cls.model_validate(recall, from_attributes=True)


class RecallOut(PublicRecallOut):
    """A recall with its goods and, for who manages it, how far it reaches."""

    version: int
    goods: list[GoodOut]
    members: Annotated[int | None, Field(description="Members that got some; null for the public")] = None
    orders: int | None = None
    lines: int | None = None


class LotReachedOut(BaseModel):
    """A lot of a recall: named, or made of one that was."""

    id: UUID
    number: str
    name: str
    unit: str
    balance: Annotated[Quantity, Field(description="What is still here: to be held back")]
    place: str
    producer: str | None
    best_before: date | None
    named: bool
    packed: Annotated[Quantity, Field(description="What went to members")]
    members: int


class ReachOut(BaseModel):
    """Whom a recall would reach."""

    members: int
    orders: int
    lines: int
    lots: list[str]
    left: Annotated[list[str], Field(description="Numbers of those lots of which something is still here")]

    @classmethod
    def of(cls, lots: list[Lot], lines: list[tuple[UUID, UUID]]) -> Self:
        return cls(
            members=len({member_id for member_id, _ in lines}),
            orders=len({order_id for _, order_id in lines}),
            lines=len(lines),
            lots=[lot.number for lot in lots],
            left=[lot.number for lot in lots if lot.balance],
        )
