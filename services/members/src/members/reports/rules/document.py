"""A transparency report as it is answered and kept. It names no member, and reads the same in any language: what has a
name has it in each."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from contracts.values import Money, Value

Names = Annotated[dict[str, str], Field(description="By language", examples=[{"es": "Formación", "en": "Training"}])]


class Part(Value):
    """A part of a line, such as the public subsidies."""

    source: str = Field(examples=["public"])
    names: Names
    expected: Money | None
    received: Money


class Line(Value):
    """Where money came from."""

    source: str = Field(description="Stable code", examples=["dues"])
    names: Names
    accounts: list[str] = Field(description="The network's accounts that it adds up", examples=[["dues"]])
    expected: Money | None = Field(description="What was to come in these days; null where nothing says so")
    received: Money = Field(description="What came, less what was given back; below zero if more was given back")
    parts: list[Part] = Field(default=[], description="What it consists of, where that is known")


class Use(Value):
    """What money was used for."""

    purpose: str = Field(examples=["training"])
    names: Names
    accounts: list[str] = Field(examples=[["uses-training"]])
    used: Money


class SubsidyLine(Value):
    """A subsidy: what was granted, came, was spent, and may still be spent."""

    id: UUID
    kind: Literal["public", "private"]
    grantor: str | None = Field(description="Null for a private grantor who did not ask to be named")
    programme: str
    reference: str
    purpose: str
    granted: Money
    received: Money = Field(description="In these days")
    received_through: Money = Field(description="Since it was granted, by the end of these days")
    spent: Money = Field(description="In these days")
    spent_through: Money = Field(description="Since it was granted, by the end of these days")
    left: Money = Field(description="Granted and not spent by the end of these days")
    spend_by: date | None
    justify_by: date | None


class Means(Value):
    """The money there is."""

    bank: Money
    cash: Money
    total: Money


class Left(Value):
    """What is left at the end, and how much of it is for something already."""

    total: Money
    subsidies: Money = Field(description="Received of subsidies and not spent")
    earmarked: Money = Field(description="Received of contributions for a purpose and not spent")
    members: Money = Field(description="What lies on members' accounts; below zero if they owe more")
    free: Money = Field(description="The rest; below zero if more is promised than there is")


class AccountLine(Value):
    """One of the network's accounts, and the one line of the report that it is in."""

    account: str = Field(examples=["dues"])
    line: str = Field(examples=["dues"])
    opening: Money
    came_in: Money
    went_out: Money
    closing: Money


class Reconciliation(Value):
    """Proof that the report is the ledger: what there was, and what came, less what was used, is what there is."""

    opening: Money = Field(description="Bank and cash before the first day")
    income: Money
    apart: Money = Field(description="Capital, the fund, members' accounts and whatever else is no income")
    used: Money
    closing: Money = Field(description="Bank and cash at the end of the last day, as the ledger has them")
    difference: Money = Field(description="Opening + income + apart - used - closing: zero")
    holds: bool = Field(description="The difference is zero")
    accounts: list[AccountLine] = Field(description="Every account of the network, each in one line")


class Bar(Value):
    """A bar of a chart."""

    code: str = Field(examples=["dues"])
    names: Names
    amount: Money
    share: Annotated[str, Field(description="Of the whole series, per cent with one decimal", examples=["41.7"])]


class Series(Value):
    """A chart of bars, longest first."""

    code: Literal["income", "uses"]
    names: Names
    bars: list[Bar]


class TransparencyReport(Value):
    """Where the network's money came from in some days, what it was used for, and what is left."""

    network: str = Field(examples=["Cooperactivas"])
    currency: str = Field(examples=["EUR"])
    since: date = Field(alias="from", examples=["2026-01-01"])
    until: date = Field(description="The last day", examples=["2026-12-31"])
    made_at: datetime = Field(description="UTC")
    income: list[Line]
    income_expected: Money = Field(description="Of the lines that something was expected of")
    income_received: Money
    apart: list[Line] = Field(
        description="Money that came or went and is no income: capital, the fund, members' accounts"
    )
    uses: list[Use]
    used: Money
    subsidies: list[SubsidyLine]
    opening: Means
    closing: Means
    left: Left
    reconciliation: Reconciliation
    chart: list[Series]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)
