"""Departures, as they are sent and answered."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.members import MemberStatus
from contracts.values import Money
from members.departure.rules import How, OpenKind
from members.ledger.rules import Method


class ItemOut(BaseModel):
    """Something that stands open with a member."""

    kind: OpenKind = Field(
        description="`credit`: the network owes it to the member; `debt`: the member owes it; `held`: set aside for orders "
        "that are under way; `invoice`, `loan`, `shares`: settled where they are kept"
    )
    amount: Money
    id: UUID | None = Field(description="The invoice or loan")
    number: str | None = Field(description="The invoice's", examples=["QRO-F-2026-0042"])
    due_on: date | None = Field(description="By when it is to be paid")
    open: bool = Field(description="False for a balance that is kept until it is claimed")


class AgreementOut(BaseModel):
    """What was agreed about a balance or a debt."""

    id: UUID
    how: How
    amount: Money
    due_on: date | None
    reason: str
    at: datetime = Field(description="UTC")
    by: UUID


class LeavingOut(BaseModel):
    """What stands open with a member who leaves, or would if it left now."""

    member_id: UUID
    status: MemberStatus
    since: datetime = Field(description="From when on that is its standing, UTC")
    items: list[ItemOut]
    agreements: list[AgreementOut] = Field(description="In the order in which they were made; the newest counts")
    settled: bool = Field(description="Nothing is left to settle")
    closed_at: datetime | None = Field(description="When the departure was closed, UTC")


class NewSettlement(BaseModel):
    """How some of what stands open is settled."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same settlement")
    how: How = Field(
        description="Of a credit: `pay_out`, `donate` to the network, `keep` until it is claimed. Of a debt: `waive`, or "
        "`agree` on a day for it. Community credit is not paid out"
    )
    amount: Money
    method: Method = Field(default="transfer", description="How it is paid out")
    reason: str = Field(default="", max_length=500, description="Needed to waive a debt or to agree on a day for it")
    due_on: date | None = Field(default=None, description="By when an agreed debt will be paid")
    booked_on: date | None = Field(default=None, description="The day that it counts for; today when left out")
