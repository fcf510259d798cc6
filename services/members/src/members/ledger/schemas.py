"""Accounts and transfers, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.members import MemberKind
from contracts.values import Money

#: No network's books begin earlier.
BookDate = Annotated[date, Field(ge=date(1900, 1, 1), examples=["2026-03-07"])]


class NewDeposit(BaseModel):
    """Money that a member pays in."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same deposit")
    amount: Money
    method: Literal["cash", "transfer", "card"] = Field(description="How it was paid", examples=["cash"])
    note: str = Field(default="", max_length=200, examples=["Receipt 118"])
    paid_on: BookDate | None = Field(default=None, description="The date that it counts for; today when left out")


class NewLimit(BaseModel):
    """What a member may owe, and what it may accumulate."""

    model_config = ConfigDict(extra="forbid")

    credit_limit: Money | None = Field(default=None, description="What may be owed; stays as it is when left out")
    balance_limit: Money | None = Field(
        default=None, description="What may be accumulated; null for no limit, stays as it is when left out"
    )


class NewDefaultLimit(BaseModel):
    """What members of a kind may owe and accumulate when their accounts open."""

    model_config = ConfigDict(extra="forbid")

    credit_limit: Money = Field(description="What may be owed")
    balance_limit: Money | None = Field(default=None, description="What may be accumulated; null for no limit")


class DefaultLimitOut(BaseModel):
    """The limits with which accounts of members of a kind open."""

    kind: MemberKind
    currency: str = Field(examples=["TUMIN"])
    credit_limit: Money
    balance_limit: Money | None


class DefaultLimitsOut(BaseModel):
    """What was said for each kind; all others have the network's own."""

    items: list[DefaultLimitOut]


class NewReversal(BaseModel):
    """Why a transfer is undone."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=200, examples=["Booked to the wrong member"])
    booked_on: BookDate | None = Field(
        default=None, description="The date that the reversal counts for; today when left out"
    )


class NewClosing(BaseModel):
    """Through which date the books are to be closed."""

    model_config = ConfigDict(extra="forbid")

    through: BookDate = Field(description="The last date that is closed; it must be over")


class NewReopening(BaseModel):
    """From which date on the books are to be open again, and why."""

    model_config = ConfigDict(extra="forbid")

    open_from: BookDate = Field(description="The first date that is open again")
    reason: str = Field(min_length=1, max_length=500, examples=["An invoice of December came in February"])


class ClosingOut(BaseModel):
    """The books were closed through a date, or opened again after it."""

    id: int
    kind: Literal["closed", "reopened"]
    through: date = Field(description="Closed from then on: this date and all before it", examples=["2025-12-31"])
    at: datetime = Field(description="When that was done, UTC")
    by: UUID = Field(description="The user who did it")
    reason: str


class TransferOut(BaseModel):
    """A transfer: an amount moved from one account to another."""

    id: UUID
    debit: str = Field(description="The account that gives", examples=["network:cash"])
    credit: str = Field(description="The account that gets", examples=["member:01970000-0000-7000-8000-000000000000"])
    amount: Money
    status: Literal["pending", "posted", "voided"]
    cause: str = Field(examples=["deposit"])
    cause_id: UUID = Field(description="The order, deposit, cycle… that it comes from")
    text: str
    booked_on: date | None = Field(description="The date that it counts for", examples=["2026-03-07"])
    reverses: UUID | None = Field(description="The transfer that it undoes")


class BalanceOut(BaseModel):
    """What a member has in a currency."""

    currency: str = Field(examples=["MXN"])
    balance: Money = Field(description="Below zero when the member owes")
    held: Money = Field(description="Set aside for orders")
    credit_limit: Money = Field(description="What the member may owe")
    available: Money = Field(description="Balance less what is held, plus the credit limit")
    balance_limit: Money | None = Field(description="What the member may accumulate; null for no limit")
    room: Money | None = Field(description="What can still come in; null for no limit")


class BalancesOut(BaseModel):
    """One for each currency of the network."""

    items: list[BalanceOut]


class NetworkAccountOut(BaseModel):
    """One of the network's own accounts: what came in less what went out, so cash is below zero by what lies there."""

    name: str = Field(examples=["bank"])
    currency: str = Field(examples=["MXN"])
    balance: Money


class EntryOut(BaseModel):
    """A line of a statement."""

    transfer_id: UUID
    at: datetime = Field(description="When it was booked, UTC")
    booked_on: date = Field(description="The date that it counts for, in the network's zone", examples=["2026-03-07"])
    amount: Money = Field(description="What came in; below zero, what went out")
    balance: Money = Field(description="The balance after it")
    counterparty: str = Field(description="The account on the other side", examples=["network:sales"])
    counterparty_name: str | None = Field(
        description="Who is on the other side, if it is a member", examples=["Familia Hernández Luna"]
    )
    cause: str = Field(examples=["order"])
    cause_text: str = Field(description="The cause in the caller's language", examples=["Pedido"])
    cause_id: UUID = Field(description="The order, deposit, cycle… that it comes from")
    text: str
    reverses: UUID | None = Field(description="The transfer that it undoes")
    reversed_by: UUID | None = Field(description="The transfer that undid it")


class ClaimOut(BaseModel):
    """Something that must be true of the books."""

    claim: str = Field(examples=["The accounts of each currency add up to zero"])
    holds: bool
    exceptions: int = Field(description="How many cases contradict it")


class CurrencyProofOut(BaseModel):
    """A currency's accounts together."""

    currency: str
    accounts: int
    sum: Money = Field(description="Of all balances: zero")
    held: Money
    past_limits: Money = Field(description="What members owe past their limits, all together")
    past_ceilings: Money = Field(description="What members have past what they may accumulate, all together")


class DifferenceOut(BaseModel):
    """An account whose stored balances are not what its transfers come to."""

    account: str
    balance: Money
    entries: Money
    held: Money
    holds: Money


class ProofOut(BaseModel):
    """What the ledger check proved."""

    ok: bool
    claims: list[ClaimOut]
    currencies: list[CurrencyProofOut]
    differences: list[DifferenceOut] = Field(description="At most a hundred")
    transfers: int = Field(description="Posted transfers that were read")
