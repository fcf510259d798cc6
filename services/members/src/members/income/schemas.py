"""Purposes, contributions, subsidies and spending, as they are sent and answered."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Money
from kit.paging import Page
from members.income.rules import ContributionStatus, PaidFrom, ReceiptMethod, SubsidyKind

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,29}$", examples=["training"])]
Note = Annotated[str, Field(max_length=500)]
Reference = Annotated[str, Field(max_length=200)]
OwnId = Annotated[UUID | None, Field(description="Your own id; sent twice, it is the same thing")]


class Sent(BaseModel):
    """What a client sends: no field that there is not."""

    model_config = ConfigDict(extra="forbid")


class Names(Sent):
    """A name in each of the network's languages."""

    es: str = Field(min_length=1, max_length=80, examples=["Formación"])
    en: str = Field(min_length=1, max_length=80, examples=["Training"])


class NewPurpose(Sent):
    """What money is used for."""

    code: Code = Field(description="Stays as it is: the ledger's account is named after it")
    names: Names


class PurposeChange(Sent):
    """A purpose's names, and whether it is still in use."""

    names: Names
    active: bool = Field(description="What is not in use can't be chosen any more; reports still name it")


class PurposeOut(BaseModel):
    """What money is used for."""

    code: str = Field(examples=["training"])
    names: Names
    active: bool


class PurposesOut(BaseModel):
    """All of them, by code."""

    items: list[PurposeOut]


class NewPledge(Sent):
    """What somebody means to give."""

    id: OwnId = None
    member_id: UUID | None = Field(default=None, description="The member that gives; else `giver`")
    giver: str | None = Field(default=None, min_length=1, max_length=200, examples=["Librería Sandoval"])
    anonymous: bool = Field(default=False, description="Named to the treasurer alone")
    amount: Money
    pledged_on: date | None = Field(default=None, description="Today when left out", examples=["2026-03-07"])
    expected_on: date | None = Field(
        default=None, description="When it should come; the day of the pledge when left out"
    )
    purpose: Code | None = Field(default=None, description="For this purpose alone; for any when left out")
    note: Note = ""


class NewReceipt(Sent):
    """Money that came in."""

    id: OwnId = None
    amount: Money
    received_on: date | None = Field(default=None, description="Today when left out", examples=["2026-03-07"])
    method: ReceiptMethod = Field(description="`balance`: out of the member's own account", examples=["transfer"])
    note: Annotated[str, Field(max_length=200)] = ""


class NewSubsidyReceipt(Sent):
    """Money that a grantor paid."""

    id: OwnId = None
    amount: Money
    received_on: date | None = Field(default=None, description="Today when left out", examples=["2026-03-07"])
    method: Literal["cash", "transfer", "card"] = Field(default="transfer")
    note: Annotated[str, Field(max_length=200)] = ""


class IncomeReceiptOut(BaseModel):
    """Money that came in, or, with `reverses`, that an earlier receipt was wrong about."""

    id: UUID
    number: str = Field(examples=["LEO-IN-2026-0007"])
    amount: Money
    received_on: date
    method: ReceiptMethod
    note: str
    reverses: UUID | None = Field(description="The receipt that it undoes")
    reversed: bool = Field(description="Another receipt undid this one")
    transfer_id: UUID = Field(description="Where it is in the ledger")


class ContributionOut(BaseModel):
    """What somebody means to give, and what came of it."""

    id: UUID
    member_id: UUID | None
    giver: str | None = Field(description="The giver's name; null for a giver who is not to be named")
    anonymous: bool
    amount: Money = Field(description="What was pledged")
    received: Money
    spent: Money = Field(description="Charged to it, if it is for a purpose")
    pledged_on: date
    expected_on: date
    purpose: str | None
    status: ContributionStatus
    note: str


class FullContributionOut(ContributionOut):
    """With its receipts, in the order they were recorded."""

    receipts: list[IncomeReceiptOut]


class NewInstalment(Sent):
    """How much of a subsidy is expected when."""

    due_on: date = Field(examples=["2026-06-30"])
    amount: Money


class NewCondition(Sent):
    """What the grantor asks for."""

    text: str = Field(min_length=1, max_length=500, examples=["Show the logo on every poster"])
    due_on: date | None = None


class NewConditions(Sent):
    """What the grantor asks for besides."""

    conditions: list[NewCondition] = Field(min_length=1, max_length=50)


class NewSubsidy(Sent):
    """What a public body or somebody else granted for a purpose."""

    id: OwnId = None
    kind: SubsidyKind = Field(examples=["public"])
    grantor: str = Field(min_length=1, max_length=200, examples=["Ayuntamiento de León"])
    named: bool = Field(
        default=False, description="A private grantor wants to be named in reports; a public one always is"
    )
    programme: Reference = Field(default="", examples=["Fomento de la economía social"])
    reference: Reference = Field(default="", examples=["AYTO-2026/114"])
    purpose: Code
    granted: Money
    granted_on: date = Field(examples=["2026-02-01"])
    spend_by: date | None = Field(default=None, description="The last day for which spending counts")
    justify_by: date | None = Field(default=None, description="When the spending must be justified")
    instalments: list[NewInstalment] = Field(
        default=[], max_length=60, description="Together what was granted; all on the day of the grant when left out"
    )
    conditions: list[NewCondition] = Field(default=[], max_length=50)
    note: Note = ""


class SubsidyChange(Sent):
    """What may change of a subsidy: texts, and deadlines that were moved. Money moves by receipts and spendings."""

    programme: Reference = ""
    reference: Reference = ""
    named: bool = False
    spend_by: date | None = None
    justify_by: date | None = None
    note: Note = ""


class Judgement(Sent):
    """Whether a condition is met, and what shows it."""

    met_on: date | None = Field(default=None, description="Today when left out")
    evidence: Note = Field(default="", examples=["Photographs of the posters, folder 12"])


class SubsidyInstalmentOut(BaseModel):
    """How much of a subsidy is expected when."""

    due_on: date
    amount: Money


class ConditionOut(BaseModel):
    """What the grantor asks for, and whether it was met."""

    id: UUID
    text: str
    due_on: date | None
    met: bool
    met_on: date | None
    evidence: str


class SubsidyOut(BaseModel):
    """A subsidy."""

    id: UUID
    kind: SubsidyKind
    grantor: str
    named: bool = Field(description="Whether reports name the grantor")
    programme: str
    reference: str
    purpose: str
    granted: Money
    received: Money
    spent: Money = Field(description="Charged to it")
    left: Money = Field(description="What may still be spent of it, until `spend_by`")
    granted_on: date
    spend_by: date | None
    justify_by: date | None
    withdrawn_on: date | None
    instalments: list[SubsidyInstalmentOut]
    conditions: list[ConditionOut]
    note: str


class FullSubsidyOut(SubsidyOut):
    """With its receipts, in the order they were recorded."""

    receipts: list[IncomeReceiptOut]


class NewSpending(Sent):
    """Money used for a purpose."""

    id: OwnId = None
    purpose: Code
    amount: Money
    spent_on: date | None = Field(default=None, description="Today when left out", examples=["2026-03-07"])
    payee: str = Field(min_length=1, max_length=200, examples=["Imprenta Moderna"])
    text: str = Field(default="", max_length=500, examples=["300 leaflets"])
    document: str | None = Field(
        default=None, min_length=1, max_length=60, description="The invoice's number: booked once for each payee"
    )
    paid_from: PaidFrom = Field(description="The network's account that paid", examples=["bank"])
    subsidy_id: UUID | None = Field(default=None, description="The subsidy that pays for it")
    contribution_id: UUID | None = Field(
        default=None, description="The contribution for this purpose that pays for it; general funds when left out"
    )


class SpendingOut(BaseModel):
    """Money used for a purpose, or, with `reverses`, that an earlier entry was wrong about."""

    id: UUID
    number: str = Field(examples=["LEO-EX-2026-0003"])
    purpose: str
    amount: Money
    spent_on: date
    payee: str
    text: str
    document: str | None
    paid_from: PaidFrom
    subsidy_id: UUID | None
    contribution_id: UUID | None
    reverses: UUID | None = Field(description="The entry that it undoes")
    reversed_by: UUID | None = Field(description="The entry that undid this one")
    transfer_id: UUID = Field(description="Where it is in the ledger")


class WhyIncomeReversed(Sent):
    """Why an entry is undone."""

    reason: str = Field(min_length=1, max_length=200, examples=["The wrong invoice"])


ContributionPage = Page[ContributionOut]
SubsidyPage = Page[SubsidyOut]
SpendingPage = Page[SpendingOut]
