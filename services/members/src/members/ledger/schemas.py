"""Accounts and transfers, as they are sent and answered."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Money


class NewDeposit(BaseModel):
    """Money that a member pays in."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same deposit")
    amount: Money
    method: Literal["cash", "transfer", "card"] = Field(description="How it was paid", examples=["cash"])
    note: str = Field(default="", max_length=200, examples=["Receipt 118"])


class NewLimit(BaseModel):
    """What a member may owe."""

    model_config = ConfigDict(extra="forbid")

    credit_limit: Money


class NewReversal(BaseModel):
    """Why a transfer is undone."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=200, examples=["Booked to the wrong member"])


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
    reverses: UUID | None = Field(description="The transfer that it undoes")


class BalanceOut(BaseModel):
    """What a member has in a currency."""

    currency: str = Field(examples=["MXN"])
    balance: Money = Field(description="Below zero when the member owes")
    held: Money = Field(description="Set aside for orders")
    credit_limit: Money = Field(description="What the member may owe")
    available: Money = Field(description="Balance less what is held, plus the credit limit")


class BalancesOut(BaseModel):
    """One for each currency of the network."""

    items: list[BalanceOut]


class EntryOut(BaseModel):
    """A line of a statement."""

    transfer_id: UUID
    at: datetime = Field(description="UTC")
    amount: Money = Field(description="What came in; below zero, what went out")
    balance: Money = Field(description="The balance after it")
    counterparty: str = Field(description="The account on the other side", examples=["network:sales"])
    cause: str = Field(examples=["order"])
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
    past_limits: Money = Field(description="What members stand past their limits by, all together")


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
