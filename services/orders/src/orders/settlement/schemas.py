"""A settlement as JSON."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.orders import CycleStatus
from contracts.values import Money, Value


class NewSettlement(Value):
    """How to settle."""

    uncollected: Literal["charge", "release"] | None = Field(
        default=None,
        description="Orders that nobody collected: charge what was allocated to them, or release them. "
        "Needed only where there are any",
    )


class MemberAmount(BaseModel):
    """What a member is charged, has paid, or is owed."""

    member_id: UUID
    amount: Money


class FeeAmount(BaseModel):
    """What a fee brings to its payee."""

    name: str
    payee: str = Field(description="network, fund or a member's id")
    amount: Money


class Settlement(BaseModel):
    """A cycle's books. What members are charged is what producers and payees get, together with the adjustments."""

    cycle_id: UUID
    status: CycleStatus
    charges: list[MemberAmount] = Field(description="By member and currency")
    payments: list[MemberAmount] = Field(description="Cash paid at pickup, by member")
    payables: list[MemberAmount] = Field(description="By producer and currency")
    fees: list[FeeAmount] = Field(description="By name and payee")
    adjustments: list[Money] = Field(
        description="Billed but not accepted (or, if negative, accepted but not billed), by currency"
    )
    difference: Money = Field(description="What charges, payables, fees and adjustments leave over: zero")
    differences: list[Money] = Field(description="The same in each currency")
    parts: int = Field(description="Messages in which the ledger was asked for the transfers")
    posted: int = Field(description="How many of them the ledger has")
