"""Share capital, as it is sent and answered."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Money
from members.shares.rules import MOST, Kind, PaidBy, PaidOut

Shares = Annotated[int, Field(ge=1, le=MOST, strict=True, description="How many, whole", examples=[5])]
Dated = Annotated[date | None, Field(description="Today when left out", examples=["2026-03-07"])]


class Asked(BaseModel):
    """Who wants what to happen to how many shares."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same operation")
    member_id: UUID = Field(description="Whose shares")
    shares: Shares
    dated: Dated = None
    note: str = Field(default="", max_length=200)


class NewShareSubscription(Asked):
    """A member takes on shares, to be paid."""


class NewSharePayment(Asked):
    """Subscribed shares are paid."""

    method: PaidBy = Field(description="`balance`: out of the member's own account", examples=["transfer"])


class NewShareTransfer(Asked):
    """Paid shares go to another member."""

    to_member_id: UUID = Field(description="Who gets them")


class NewShareRedemption(Asked):
    """The network takes paid shares back."""

    method: PaidOut = Field(description="`balance`: it stays on the member's own account", examples=["transfer"])


class WhySharesReversed(BaseModel):
    """Why an operation is undone."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=200, examples=["The wrong member"])


class NewShareValue(BaseModel):
    """What a share is worth from a day on."""

    model_config = ConfigDict(extra="forbid")

    value: Money
    valid_from: date = Field(examples=["2026-01-01"])


class ShareValueOut(BaseModel):
    """What a share subscribed from a day on is worth."""

    valid_from: date
    value: Money


class ShareValuesOut(BaseModel):
    """What a share was and is worth, oldest first."""

    items: list[ShareValueOut]


class ShareEntryOut(BaseModel):
    """What an operation changed of a member's shares of one value."""

    member_id: UUID
    member_number: str | None = Field(examples=["LEO-2026-0042"])
    member_name: str
    value: Money = Field(description="Of each share")
    subscribed: int = Field(description="More or, below zero, fewer shares subscribed")
    paid: int = Field(description="More or, below zero, fewer shares paid")


class ShareOperationOut(BaseModel):
    """A line of the register."""

    id: UUID
    number: str = Field(examples=["LEO-SH-2026-0007"])
    kind: Kind
    member_id: UUID
    to_member_id: UUID | None
    shares: int
    dated: date
    method: Literal["cash", "transfer", "card", "balance"] | None
    note: str
    entries: list[ShareEntryOut]
    reverses: UUID | None = Field(description="The operation that it undoes")
    reversed: bool = Field(description="Another operation undid this one")


class ShareLotOut(BaseModel):
    """A member's shares of one value."""

    value: Money = Field(description="Of each share")
    subscribed: int
    paid: int
    since: date = Field(description="When the member first had one of this value")


class ShareHoldingsOut(BaseModel):
    """A member's shares."""

    member_id: UUID
    subscribed: int
    paid: int = Field(description="Of those subscribed: what can be transferred or redeemed")
    capital: Money = Field(description="What the paid shares come to")
    unpaid: Money = Field(description="What is still to be paid for the others")
    lots: list[ShareLotOut] = Field(description="By value, oldest first")
