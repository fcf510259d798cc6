"""Recalls over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.recalls import RecallSeverity
from contracts.values import Quantity

Answer = Literal["eaten", "kept", "returned", "discarded"]


class NewAnswer(BaseModel):
    """What has become of what the member got."""

    model_config = ConfigDict(extra="forbid")

    member_id: Annotated[
        UUID | None, Field(description="Needed where the user acts for several members, and from a coordinator")
    ] = None
    answer: Answer
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""


class RecalledLineOut(BaseModel):
    """What a line of an order got of a lot."""

    order_id: UUID
    order: Annotated[str | None, Field(description="The order's number")]
    line_id: UUID
    product: str
    lot: str
    quantity: Quantity
    unit: str
    collected_at: datetime | None


class ReachedOut(BaseModel):
    """A member that got some of it."""

    member_id: UUID
    name: str
    number: str
    answer: Annotated[Answer | None, Field(description="Null: nothing has been heard from them yet")]
    note: str
    answered_at: datetime | None
    lines: list[RecalledLineOut]


class RecallOut(BaseModel):
    """A recall of lots."""

    id: UUID
    number: Annotated[str, Field(examples=["QRO-R-2026-0001"])]
    severity: RecallSeverity
    reason: str
    advice: str
    issued_at: datetime
    closed_at: datetime | None
    reached: Annotated[int | None, Field(description="Members that got some; null for who is not a coordinator")]
    answered: Annotated[int | None, Field(description="Those of them that have answered")]


class RecallList(BaseModel):
    """A recall and whom it reaches; for a family, what it got itself."""

    id: UUID
    number: str
    severity: RecallSeverity
    reason: str
    advice: str
    issued_at: datetime
    closed_at: datetime | None
    members: list[ReachedOut]
