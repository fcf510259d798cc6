"""What is said when something that was eaten, or is about to be, has to come back."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.catalog import Unit
from contracts.envelope import Fact, Topic
from contracts.values import Quantity

RecallSeverity = Literal["recall", "warning"]


class RecalledLine(BaseModel):
    """An order's line that some of a recalled lot, or of what was made of it, went into."""

    order_id: UUID
    line_id: UUID
    member_id: UUID
    variant_id: UUID
    #: What the family knows it as.
    product: str
    #: The number of the lot that was packed.
    lot: str
    quantity: Quantity
    unit: Unit


class LotRecalled(Fact):
    """A part of a recall, small enough for one message; no member is split over two parts. The subject is the part."""

    topic: ClassVar[Topic] = Topic("catalog", "recall_part", "issued", 1, "int")
    recall_id: UUID
    number: str
    part: int
    severity: RecallSeverity
    reason: str
    #: What to do with it: bring it back, boil it, throw it away.
    advice: str
    issued_at: datetime
    lines: list[RecalledLine]


class RecalledGood(BaseModel):
    """A lot that is recalled, as it may be told to anyone."""

    lot: str
    product: str
    producer_id: UUID
    producer_name: str


class PublicRecall(Fact):
    """A recall as anyone may read it, other networks too that bought of it. The subject is the recall."""

    recall_id: UUID
    number: str
    severity: RecallSeverity
    reason: str
    advice: str
    issued_at: datetime
    goods: list[RecalledGood]


class RecallIssued(PublicRecall):
    topic: ClassVar[Topic] = Topic("catalog", "recall", "issued", 1, "pub")


class RecallClosed(PublicRecall):
    """Whatever could be got back was: nothing more is asked of anybody."""

    topic: ClassVar[Topic] = Topic("catalog", "recall", "closed", 1, "pub")
