"""The fund and its loans, as they are sent and answered."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from contracts.values import Money, plain
from members.fund.rules.loans import MOST_INSTALMENTS, FactKind, LoanStatus, Verdict
from members.fund.rules.money import ContributionKind, MovementKind, PaidBy, PayOut
from members.fund.rules.schedule import Every, Method


def _decimal_text(value: object) -> object:
    if not isinstance(value, str | Decimal):
        raise PydanticCustomError("decimal_string", 'Write it as a decimal string, such as "12.50"')
    return value


Percent = Annotated[
    Decimal,
    BeforeValidator(_decimal_text, json_schema_input_type=str),
    Field(ge=0, le=100, decimal_places=2, allow_inf_nan=False, examples=["6.5"]),
    PlainSerializer(plain, return_type=str),
]


class Closed(BaseModel):
    """What is sent: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class TermsIn(Closed):
    """On what conditions the fund lends."""

    max_amount: Money = Field(description="What a member may owe the fund in all")
    max_months: int = Field(ge=1, le=120, description="Months within which a loan is paid back", examples=[24])
    fund_share: Annotated[Percent, Field(gt=0)] = Field(
        description="Per cent of the fund that one loan may take", examples=["25"]
    )
    yearly_rate: Annotated[Percent, Field(le=60)] = Field(
        description="Interest, or a fee by another name, in per cent a year on what is owed; 0 for none", examples=["6"]
    )
    method: Method = Field(
        description="`equal_principal`: the same principal each time. `annuity`: the same sum each time",
        examples=["annuity"],
    )
    months_belonging: int = Field(ge=0, le=120, description="Months that a member must have belonged", examples=[6])
    grace_days: int = Field(ge=0, le=90, description="Days after an instalment's day before arrears", examples=[10])
    approvals: int = Field(ge=1, le=20, description="Members of the committee who must agree", examples=[2])
    guarantors: int = Field(ge=0, le=10, description="Guarantors that a loan needs", examples=[1])
    reserve: Percent = Field(description="Per cent of the members' deposits that is not lent", examples=["20"])
    notice_days: int = Field(ge=0, le=366, description="Days from a notice until a deposit is paid back", examples=[30])


class TermsOut(TermsIn):
    """The conditions in force; each loan keeps those under which it was asked for."""

    model_config = ConfigDict(extra="ignore")

    version: int = Field(examples=[1])


class NewContribution(Closed):
    """What a member puts into the fund."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same contribution")
    member_id: UUID = Field(description="Whose money it is")
    amount: Money
    kind: ContributionKind = Field(
        description="`gift` stays in the fund; `deposit` is the member's, paid back after notice", examples=["deposit"]
    )
    paid_by: PaidBy = Field(
        default="balance",
        description="`balance`: out of the member's account. The others are money that comes in now: treasurer",
        examples=["cash"],
    )
    paid_on: date | None = Field(default=None, description="The day that it counts for; today when left out")
    note: str = Field(default="", max_length=200, examples=["Aportación de enero"])


class MovementOut(BaseModel):
    """What moved into the fund, or, below zero, out of it."""

    id: UUID = Field(description="The transfer that it is in the ledger")
    kind: MovementKind = Field(examples=["deposit"])
    member_id: UUID = Field(description="Whose money it is")
    amount: Money
    on_date: date = Field(description="The day that it counts for")
    note: str = Field(description="What was written with it")
    at: datetime = Field(description="When it was booked, UTC")
    reverses: UUID | None = Field(description="The contribution that it undoes")
    reversed_by: UUID | None = Field(description="What undid it")


class Why(Closed):
    """Why."""

    reason: str = Field(min_length=1, max_length=500, examples=["Booked to the wrong member"])


class NewNotice(Closed):
    """A member's wish to have deposits back."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same notice")
    member_id: UUID = Field(description="Whose deposits")
    amount: Money


class PayBack(Closed):
    """How a deposit is paid back."""

    pay_out: PayOut = Field(
        default="balance", description="It stays on the member's account, or leaves by bank or cash", examples=["bank"]
    )
    paid_on: date | None = Field(default=None, description="The day that it counts for; today when left out")


class NoticeOut(BaseModel):
    """A notice."""

    id: UUID = Field(description="The notice")
    member_id: UUID = Field(description="Whose deposits")
    amount: Money
    payable_from: date = Field(description="The first day on which it can be paid back")
    at: datetime = Field(description="When it was given, UTC")
    paid: bool | None = Field(description="true when paid, false when taken back, null while it waits")
    ended_on: date | None = Field(description="When it was paid or taken back")


class PlanIn(Closed):
    """How a loan is to be paid back."""

    instalments: int = Field(ge=1, le=MOST_INSTALMENTS, examples=[12])
    every: Every = Field(description="From one instalment to the next", examples=["month"])
    first_due: date = Field(description="The day of the first; the others follow from it")


class NewLoan(Closed):
    """An application for a loan."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same application")
    member_id: UUID = Field(description="Who borrows")
    amount: Money
    purpose: str = Field(min_length=3, max_length=1000, examples=["A second-hand mill for the maize"])
    plan: PlanIn
    guarantors: list[UUID] = Field(
        default_factory=list, max_length=10, description="Members who stand in; each must agree"
    )


class Answer(Closed):
    """A guarantor's answer."""

    member_id: UUID = Field(description="The member that was asked to stand in")
    accepts: bool = Field(examples=[True])


class NewApproval(Closed):
    """What a member of the committee says."""

    verdict: Verdict = Field(default="approve", examples=["approve"])
    reason: str = Field(default="", max_length=500, examples=["Good plan, and paid back the last one early"])


class Reason(Closed):
    """Why, if one wants to say."""

    reason: str = Field(default="", max_length=500)


class NewDisbursement(Closed):
    """How the money leaves the fund."""

    disbursed_on: date | None = Field(default=None, description="The day that it counts for; today when left out")
    pay_out: PayOut = Field(
        default="balance", description="It stays on the member's account, or leaves by bank or cash", examples=["bank"]
    )
    first_due: date | None = Field(default=None, description="When it is not as in the application")


class NewRepayment(Closed):
    """Money that is paid back."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same repayment")
    amount: Money = Field(description="At most what ends the loan: `payoff`")
    paid_on: date | None = Field(default=None, description="The day that it counts for; today when left out")
    paid_by: PaidBy = Field(
        default="balance",
        description="`balance`: out of the member's account. The others are money that comes in now: treasurer",
        examples=["cash"],
    )


class NewSchedule(Closed):
    """A new plan for what is owed."""

    plan: PlanIn
    agreed_on: date | None = Field(default=None, description="The day that it counts from; today when left out")
    yearly_rate: Annotated[Percent, Field(le=60)] | None = Field(
        default=None, description="As before when left out; never higher"
    )
    reason: str = Field(min_length=1, max_length=500, examples=["Hail took half of the harvest"])


class NewWriteOff(Closed):
    """A decision not to expect a loan back any more."""

    decided_on: date | None = Field(default=None, description="Today when left out")
    reason: str = Field(min_length=1, max_length=500, examples=["Assembly of 14 March"])


class InstalmentOut(BaseModel):
    """What falls due on a day."""

    no: int = Field(examples=[1])
    due_on: date = Field(description="Its day")
    principal: Money = Field(description="Without what was paid ahead of its turn")
    interest: Money
    paid_principal: Money
    paid_interest: Money
    open: Money = Field(description="What is still to be paid")
    overdue: bool = Field(description="Whether its day, and the days of grace, are over")


class ScheduleOut(BaseModel):
    """A plan that was agreed on."""

    version: int = Field(examples=[1])
    agreed_on: date = Field(description="The day that it counts from")
    principal: Money
    carried_interest: Money = Field(description="Interest that was due under the plan before")
    yearly_rate: Percent
    reason: str = Field(description="Why it took the place of the one before")


class RepaymentOut(BaseModel):
    """A repayment, and where it went."""

    id: UUID = Field(description="The repayment")
    amount: Money
    interest: Money
    principal: Money
    paid_on: date = Field(description="The day that it counts for")
    paid_by: PaidBy = Field(examples=["cash"])
    reversed: bool = Field(description="Whether it was undone and counts no more")


class GuarantorOut(BaseModel):
    """A member who stands in."""

    member_id: UUID = Field(description="The member that stands in")
    name: str = Field(examples=["Panadería El Horno"])
    accepts: bool | None = Field(description="null until it answers")


class ApprovalOut(BaseModel):
    """What a member of the committee said."""

    by: UUID = Field(description="The user who said it")
    verdict: Verdict = Field(examples=["approve"])
    reason: str = Field(description="In their words")
    at: datetime = Field(description="UTC")


class LoanFactOut(BaseModel):
    """Something that happened to a loan."""

    kind: FactKind = Field(examples=["approved"])
    on_date: date = Field(description="The day that it counts for")
    reason: str = Field(description="Why, or the title of the vote that decided")
    by: UUID | None = Field(description="null for what a vote decided")
    proposal_id: UUID | None = Field(description="The vote that decided")


class LoanOut(BaseModel):
    """A loan."""

    id: UUID = Field(description="The loan")
    number: str = Field(examples=["QRO-P-2026-0003"])
    member_id: UUID = Field(description="Who borrows")
    member_name: str = Field(examples=["Familia Hernández Luna"])
    amount: Money
    purpose: str = Field(examples=["A second-hand mill for the maize"])
    plan: PlanIn
    yearly_rate: Percent
    method: Method = Field(examples=["annuity"])
    status: LoanStatus = Field(description="Follows from what happened")
    in_arrears: bool = Field(description="Whether an instalment is past its day and the days of grace")
    outstanding: Money = Field(description="Principal that is owed")
    overdue: Money = Field(description="What should have been paid")
    payoff: Money = Field(description="What ends the loan today")
    next_due: date | None = Field(description="The day of the oldest instalment that is not paid")
    applied_at: datetime = Field(description="UTC")


class LoanDetail(LoanOut):
    """A loan with all that happened to it."""

    approvals_needed: int = Field(description="Members of the committee who must say the same", examples=[2])
    guarantors: list[GuarantorOut] = Field(description="Those whom the borrower named")
    approvals: list[ApprovalOut] = Field(description="What the committee said so far")
    facts: list[LoanFactOut] = Field(description="What happened to it, oldest first")
    schedules: list[ScheduleOut] = Field(description="Oldest first; the last one counts")
    instalments: list[InstalmentOut] = Field(description="Before the money has left: as if it left today")
    repayments: list[RepaymentOut] = Field(description="Oldest first, reversed ones too")


class RepaymentTaken(BaseModel):
    """What a repayment left."""

    id: UUID = Field(description="The repayment")
    loan: LoanDetail


class PositionOut(BaseModel):
    """Where the fund stands: gifts + deposits + from_cycles − withdrawals − lent + repaid = balance."""

    currency: str = Field(examples=["MXN"])
    gifts: Money = Field(description="What members gave, ever")
    deposits: Money = Field(description="What members deposited, ever")
    withdrawals: Money = Field(description="What was paid back of deposits, ever")
    from_cycles: Money = Field(description="What other pieces brought, such as the solidarity fee of order cycles")
    lent: Money = Field(description="Ever")
    repaid: Money = Field(description="Principal, ever")
    balance: Money = Field(description="What lies in the fund's account")
    deposits_owed: Money = Field(description="What members may ask back")
    interest: Money = Field(description="Received; it lies in an account of its own")
    outstanding: Money = Field(description="Principal lent and not back yet")
    in_arrears: Money = Field(description="Of it, principal past its day and the days of grace")
    written_off: Money = Field(description="Lent, and not expected back any more")
    approved: Money = Field(description="Agreed to, and not lent yet")
    reserve: Money = Field(description="The part of the deposits that is not lent")
    free: Money = Field(description="What can be lent now")
    loans: int = Field(description="Ever lent")
    loans_running: int = Field(description="Not paid back yet")
    loans_in_arrears: int = Field(description="With an instalment past its day and the days of grace")
    applications: int = Field(description="Waiting for a decision")


class MonthOut(BaseModel):
    """What a month brought, and the balance at its end."""

    month: date = Field(description="Its first day", examples=["2026-03-01"])
    gifts: Money
    deposits: Money
    withdrawals: Money
    from_cycles: Money
    lent: Money
    repaid: Money
    balance: Money


class FundOut(BaseModel):
    """Where the fund stands, and how it got there."""

    now: PositionOut
    months: list[MonthOut] = Field(description="Those in which something moved, oldest first")
