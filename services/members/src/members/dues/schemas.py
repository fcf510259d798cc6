"""Plans, invoices and payments, as they are sent and answered."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from contracts.members import MemberKind
from contracts.values import Money, plain
from members.dues.rules.invoices import InvoiceStatus
from members.dues.rules.payments import Method
from members.dues.rules.plans import Anchor, ProRata, Rhythm

Name = Annotated[str, Field(min_length=1, max_length=120, examples=["Cuota anual de socio"])]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S", examples=["Cheque sin fondos"])]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
#: A rate in per cent.
Rate = Annotated[
    Decimal,
    Field(ge=0, le=100, decimal_places=2, allow_inf_nan=False, description="Per cent", examples=["21"]),
    PlainSerializer(plain, return_type=str),
]
Days = Annotated[int, Field(ge=0, le=366)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChangedPlan(_Asked):
    """What can be changed of a plan. What was billed keeps what it says; other periods or another currency are another
    plan."""

    name: Name
    texts: dict[Literal["es", "en", "qu", "otq"], Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default_factory=dict,
        description="What the invoice says it is for, by language; the name where there is none",
        examples=[{"es": "Cuota anual de socio", "en": "Annual membership dues"}],
    )
    kinds: list[MemberKind] = Field(
        max_length=20,
        description="The kinds of member that it asks. Without any it asks only those for whom it is chosen",
        examples=[["person", "professional"]],
    )
    pro_rata: ProRata = Field(
        default="none",
        description="A first part period is charged whole (`none`), by its days of all days of the period (`days`), "
        "or by the months begun of all its months (`months`); rounded half to even to the currency's smallest unit",
    )
    days_until_due: Days = Field(default=30, description="From the invoice, or the period if that begins later")
    grace_days: Days = Field(default=30, description="After the day it is due, until who has not paid is in arrears")
    tax_rate: Rate | None = Field(default=None, description="Contained in the price; null where there is no tax")
    tax_text: str = Field(
        default="",
        max_length=300,
        description="Said on the invoice",
        examples=["Exenta de IVA (art. 20.Uno.12.º LIVA)"],
    )
    ends_on: Day | None = Field(default=None, description="The last day on which a period of it can begin")


class NewPlan(ChangedPlan):
    """What the network asks of members of some kinds."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same plan")
    rhythm: Rhythm = Field(description="How often it asks; `once` for the day of joining", examples=["annual"])
    anchor: Anchor = Field(
        default="fixed", description="Periods by the calendar (`fixed`), or from the day of joining (`rolling`)"
    )
    start_month: int = Field(
        default=1, ge=1, le=12, description="The month with which a fixed period begins: 9 for a year from September"
    )
    starts_on: Day = Field(description="It asks for no day before this one", examples=["2026-01-01"])
    price: Money = Field(description="Of a whole period, with tax; from the plan's first day on")


class NewPrice(_Asked):
    """Another price."""

    price: Money = Field(description="Of a whole period, with tax")
    valid_from: Day = Field(description="For the periods that begin on that day or later", examples=["2027-01-01"])


class PriceOut(BaseModel):
    """What a whole period costs that begins on that day or later."""

    valid_from: date
    price: Money


class PlanOut(BaseModel):
    """A dues plan."""

    id: UUID
    name: str
    texts: dict[str, str]
    kinds: list[MemberKind]
    rhythm: Rhythm
    anchor: Anchor
    start_month: int
    starts_on: date
    ends_on: date | None
    pro_rata: ProRata
    days_until_due: int
    grace_days: int
    tax_rate: Rate | None
    tax_text: str
    prices: list[PriceOut] = Field(description="By the day from which they hold; of one day, the last one holds")


class NewRun(_Asked):
    """What to bill."""

    until: Day | None = Field(
        default=None, description="Periods that begin by that day; that of issue when left out", examples=["2026-12-31"]
    )
    issued_on: Day | None = Field(
        default=None,
        description="The date that the invoices bear; today's when left out. An earlier one is for books that were kept "
        "elsewhere: no invoice of that year may bear a later one",
    )
    dry_run: bool = Field(default=False, description="Only say what would be issued")


class RunLineOut(BaseModel):
    """A member's period."""

    member_id: UUID
    plan_id: UUID
    period_start: date
    period_end: date = Field(description="Its last day")
    price: Money = Field(description="What the plan asks for it")
    amount: Money = Field(description="What the member is asked for")
    invoice_id: UUID | None = Field(description="Null in a dry run, and where nothing is asked")
    number: str | None = Field(examples=["LEO-F-2026-0001"])
    exemption_id: UUID | None = Field(description="The exemption or solidarity fee that held")


class RunTotal(BaseModel):
    """All that a run issued in a currency."""

    invoices: int
    amount: Money


class RunOut(BaseModel):
    """What a run did."""

    until: date
    dry_run: bool
    issued: list[RunLineOut]
    exempt: list[RunLineOut] = Field(description="Asked for nothing")
    already: int = Field(description="Periods that had been billed or exempt before")
    totals: list[RunTotal]


class NewLine(_Asked):
    """Something that is asked for."""

    text: str = Field(min_length=1, max_length=300, examples=["Taller de poda, 12 de marzo"])
    amount: Money = Field(description="With tax; below zero for a reduction")
    tax_rate: Rate | None = None


class NewInvoiceBody(_Asked):
    """An invoice for anything but the dues of a plan, which the run issues."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same invoice")
    member_id: UUID
    lines: list[NewLine] = Field(min_length=1, max_length=100)
    due_on: Day
    grace_days: Days = Field(default=30, description="After which who has not paid is in arrears")
    tax_text: str = Field(default="", max_length=300)
    note: str = Field(default="", max_length=500)


class LineOut(BaseModel):
    """Something that is asked for."""

    text: str
    net: Money = Field(description="Without tax")
    tax_rate: Rate | None
    amount: Money = Field(description="With tax")


class CreditNoteOut(BaseModel):
    """What took an invoice back."""

    id: UUID
    number: str = Field(examples=["LEO-A-2026-0001"])
    issued_on: date
    reason: str


class InvoiceOut(BaseModel):
    """An invoice, as it was issued, and how it stands now."""

    id: UUID
    number: str = Field(examples=["LEO-F-2026-0001"])
    member_id: UUID
    member_name: str = Field(description="As of the day of issue")
    member_number: str | None
    member_tax_id: str | None
    plan_id: UUID | None = Field(description="Null for an invoice that was not issued by a run")
    period_start: date | None
    period_end: date | None = Field(description="The period's last day")
    issued_on: date
    due_on: date
    arrears_from: date = Field(description="Who has not paid by then is in arrears")
    lines: list[LineOut]
    tax_text: str
    note: str
    amount: Money
    paid: Money
    open: Money = Field(description="Still to be paid")
    status: InvoiceStatus = Field(
        description="Follows from amount, payments and day: `overdue` is open after the day it was due"
    )
    credit_note: CreditNoteOut | None


class Cancellation(_Asked):
    """Why an invoice is taken back."""

    reason: Reason


class FromAccount(_Asked):
    """What to pay from the member's account."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is paid once")
    amount: Money | None = Field(default=None, description="All that is open when left out")


class NewPaymentBody(_Asked):
    """Money received from a member."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same payment")
    amount: Money
    method: Method = Field(examples=["transfer"])
    paid_on: Day | None = Field(default=None, description="The day it was received; today when left out")
    reference: str = Field(default="", max_length=140, examples=["LEO-F-2026-0001"])
    invoice_ids: list[UUID] = Field(
        default_factory=list,
        max_length=50,
        description="What it pays, in this order; when left out, what the member owes, the oldest first",
    )


class PaymentReversalBody(_Asked):
    """Why a payment did not hold."""

    reason: Reason
    reversed_on: Day | None = Field(default=None, description="Today when left out")


class PartOut(BaseModel):
    """What a payment pays of an invoice."""

    invoice_id: UUID
    number: str
    amount: Money


class PaymentOut(BaseModel):
    """Money received, and what it pays."""

    id: UUID
    number: str = Field(examples=["LEO-R-2026-0001"], description="Of the receipt")
    member_id: UUID
    amount: Money
    method: Method
    paid_on: date
    reference: str
    received_at: datetime = Field(description="UTC")
    invoices: list[PartOut] = Field(description="What it pays of which invoice now")
    excess: Money = Field(
        description="Not needed for invoices: it lies on the member's account, or was used from there"
    )
    reversed_on: date | None = Field(description="It did not hold: what it paid is owed again")
    reversal_reason: str | None


class _NewAgreement(_Asked):
    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same")
    since: Day = Field(description="For the periods that begin on that day or later", examples=["2026-01-01"])
    until: Day | None = Field(default=None, description="The last day on which it holds", examples=["2026-12-31"])
    reason: Reason


class NewExemption(_NewAgreement):
    """A member is asked for nothing, or for another amount, for a time."""

    amount: Money | None = Field(
        default=None, description="For a whole period, in place of the price: less, or more; left out, nothing is asked"
    )


class NewChoice(_NewAgreement):
    """A plan for this member, in place of the one that its kind has."""

    plan_id: UUID


class Ending(_Asked):
    """When something ends that was agreed."""

    until: Day = Field(description="The last day on which it holds; the day before `since` if it was never to hold")


class ExemptionOut(BaseModel):
    """An exemption, or a solidarity fee."""

    id: UUID
    member_id: UUID
    since: date
    until: date | None = Field(description="The last day on which it holds")
    amount: Money | None = Field(description="For a whole period; null where nothing is asked")
    reason: str
    made_at: datetime = Field(description="UTC")
    ended_at: datetime | None = Field(description="When it was ended earlier than agreed, UTC")


class ChoiceOut(BaseModel):
    """A plan chosen for a member."""

    id: UUID
    member_id: UUID
    plan_id: UUID
    since: date
    until: date | None = Field(description="The last day on which it holds")
    reason: str
    made_at: datetime = Field(description="UTC")
    ended_at: datetime | None = Field(description="When it was ended earlier than agreed, UTC")


class LetterOut(BaseModel):
    """A letter about an invoice."""

    occasion: Literal["issued", "reminder"]
    days: int = Field(description="How many days after it was due a reminder is written; of several only the latest")
    sent_to: str = Field(examples=["ana@leon.example"])
    sent_at: datetime = Field(description="When it was handed to the post, UTC")


class LettersOut(BaseModel):
    """What a round of letters did."""

    issued: int = Field(description="Letters with a new invoice")
    reminders: int
    more: bool = Field(description="There are more to write: ask again, or leave it to the daily round")


class ExemptFigureOut(BaseModel):
    """Periods for which less, or more, was asked than the plan does."""

    reason: str
    periods: int
    amount: Money = Field(description="What was not asked for; below zero where more was")


class FigureOut(BaseModel):
    """A plan's invoices, or (without a plan) those written by hand, in one currency."""

    plan_id: UUID | None
    name: str = Field(description="Empty for invoices written by hand")
    invoices: int
    billed: Money = Field(description="Of all invoices issued in that time")
    cancelled: Money = Field(description="What of it was taken back by the last day")
    paid: Money = Field(description="What of it was paid by the last day")
    open: Money = Field(description="What of it was still to be paid")
    received: Money = Field(description="Paid in that time, of whatever invoices")
    exempt: list[ExemptFigureOut]


class FiguresOut(BaseModel):
    """What was expected of dues in a time, and what was received."""

    since: date
    until: date
    items: list[FigureOut]
