"""Bank accounts, statements, lines, mandates and direct debits, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Money
from members.banking.rules.lines import State

_Column = Annotated[str, Field(max_length=100)]
_Id = Field(default=None, description="Your own id; sent twice, it is the same thing")


class MappingBody(BaseModel):
    """How the bank's CSV is read: columns by the words of its header, or by their place (1, 2…) if it has none."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    booked_on: Annotated[str, Field(min_length=1, max_length=100, description="Column of the day", examples=["Fecha"])]
    text: Annotated[tuple[_Column, ...], Field(min_length=1, max_length=6, description="Columns of the text, in order")]
    date_format: str = Field(
        default="DD/MM/YYYY", max_length=30, description="Of DD, MM or MMM (ene, feb…), YYYY or YY"
    )
    decimal_mark: Literal[",", "."] = Field(default=",", description="What stands before the cents")
    header: bool = Field(default=True, description="Whether a row names the columns")
    value_on: _Column = Field(default="", description="Column of the value date")
    amount: _Column = Field(default="", description="Column of the amount", examples=["Importe"])
    sign: _Column = Field(default="", description="Column that says whether it came in, where the amount has no sign")
    debit_words: Annotated[tuple[_Column, ...], Field(max_length=10)] = Field(
        default=(), description="What stands in that column for money that went out", examples=[["D", "Cargo"]]
    )
    credit: _Column = Field(default="", description="Column of what came in, where there are two", examples=["Abono"])
    debit: _Column = Field(default="", description="Column of what went out, where there are two", examples=["Cargo"])
    balance: _Column = Field(default="", description="Column of the balance after it", examples=["Saldo"])
    counterparty: _Column = Field(default="", description="Column of the other's name")
    counterparty_account: _Column = Field(default="", description="Column of the other's account")
    bank_reference: _Column = Field(default="", description="Column of the bank's own number of it")
    reference: _Column = Field(default="", description="Column of the payer's structured reference")


class NewAccount(BaseModel):
    """An account of the network at a bank."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = _Id
    name: str = Field(min_length=1, max_length=100, examples=["Cuenta corriente"])
    number: str = Field(min_length=4, max_length=50, description="IBAN, CLABE or the bank's own number")
    bic: str = Field(default="", max_length=20, examples=["CAIXESBBXXX"])
    currency: str | None = Field(default=None, max_length=8, description="The network's own when left out")
    mapping: MappingBody | None = Field(default=None, description="How its CSV is read, if it comes as such")


class AccountChange(BaseModel):
    """What can be changed of an account; its number and currency stay."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    bic: str = Field(default="", max_length=20)
    mapping: MappingBody | None = None


class AccountOut(BaseModel):
    """An account of the network at a bank."""

    id: UUID
    name: str
    number: str = Field(examples=["ES9121000418450200051332"])
    bic: str
    currency: str = Field(examples=["EUR"])
    mapping: MappingBody | None
    version: int


class AccountsOut(BaseModel):
    """All accounts of the network."""

    items: list[AccountOut]


class StatementOut(BaseModel):
    """A statement that was taken in."""

    id: UUID
    account_id: UUID
    number: str = Field(description="As the bank counts it; empty where it does not")
    format: Literal["csv", "camt053"]
    opening: Money | None = Field(description="Null where the file does not tell it")
    closing: Money | None = Field(description="Null where the file does not tell it")
    difference: Money | None = Field(
        description="Closing less opening and lines: nothing where the file is whole; lines of one that is not are never "
        "booked by themselves"
    )
    since: date | None
    until: date | None
    lines: int = Field(description="Lines in the file")
    known: int = Field(description="Lines of them that an earlier file had brought")
    taken_at: datetime = Field(description="UTC")
    states: dict[State, int] = Field(description="How its own lines stand", examples=[{"booked": 12, "unmatched": 1}])


class UploadOut(BaseModel):
    """The statements of a file."""

    statements: list[StatementOut]


class ProposalOut(BaseModel):
    """What a line may be, and why."""

    member_id: UUID | None = Field(description="Null for a batch of several members")
    invoice_ids: list[UUID] = Field(description="Empty: what the member owes, the oldest first")
    items: list[UUID] = Field(description="The direct debits that it tells of")
    transfer_id: UUID | None = Field(description="A transfer recorded by hand before: told, not booked again")
    reasons: list[str] = Field(
        description="reference, account, mandate, number, name, amount, several, part, too_much, recorded, debit, batch, "
        "returned"
    )
    why: str = Field(
        description="The same in words", examples=["The invoice's number is in the text; the amount is right"]
    )
    score: int = Field(description="0 to 100; from 70 on it is certain if no other comes near")


class LineOut(BaseModel):
    """A movement of a bank account."""

    id: UUID
    account_id: UUID
    statement_id: UUID = Field(description="The statement that brought it first")
    booked_on: date = Field(description="The day on which the bank booked it, and for which it counts in the ledger")
    value_on: date | None
    amount: Money = Field(description="Below zero for what went out")
    text: str
    reference: str
    end_to_end_id: str
    bank_reference: str
    counterparty: str
    counterparty_account: str
    return_reason: str = Field(description="Why a direct debit came back, as a code", examples=["AM04"])
    state: State = Field(description="proposed and unmatched wait for the treasurer")
    proposals: list[ProposalOut] = Field(description="At most three, the best first")
    booked_as: Literal["member", "network", "transfer", "collection", "return"] | None
    booking_id: UUID | None = Field(description="The transfer in the ledger; for direct debits an id of its own")
    member_id: UUID | None


class LineFactOut(BaseModel):
    """Something that was done with a line."""

    model_config = ConfigDict(from_attributes=True)

    state: State
    booked_as: Literal["member", "network", "transfer", "collection", "return"] | None
    booking_id: UUID | None
    reason: str
    at: datetime = Field(description="UTC")
    by: UUID | None


class FullLineOut(LineOut):
    """A line with all that was done with it."""

    history: list[LineFactOut]


class LineMatch(BaseModel):
    """What a line is."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(
        default="member",
        max_length=50,
        description="member (paid in, or paid out); debits (a collection of ours); transfer (booked by hand before); "
        "contributions, subsidies, shares, fund, sales, dues, cash or uses:<purpose>",
        examples=["member"],
    )
    member_id: UUID | None = Field(default=None, description="With member")
    invoice_ids: list[UUID] = Field(
        default=[], max_length=50, description="With member: what it pays; else what is owed, the oldest first"
    )
    transfer_id: UUID | None = Field(default=None, description="With transfer")
    direct_debit_id: UUID | None = Field(default=None, description="With debits")
    text: str = Field(default="", max_length=200, description="What it was for")


class Why(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=200, examples=["Booked by hand in January"])


class PutAside(Why):
    """Why nothing is booked for a line."""

    not_ours: bool = Field(default=False, description="Money that came by mistake and is not the network's")


class NewMandate(BaseModel):
    """A mandate for direct debits (SEPA CORE), as it was signed."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = _Id
    iban: str = Field(min_length=5, max_length=50, examples=["ES79 2100 0813 6101 2345 6789"])
    bic: str = Field(default="", max_length=20)
    reference: str = Field(default="", max_length=50, description="Unique (UMR); made of the member's number if empty")
    holder: str = Field(default="", max_length=140, description="Who holds the account; the member if empty")
    use: Literal["recurrent", "one_off"] = "recurrent"
    signed_on: date


class Revocation(Why):
    """The end of a mandate."""

    on: date | None = Field(default=None, description="Today when left out")


class MandateOut(BaseModel):
    """A mandate. Its account is shown in full to the treasurer alone."""

    id: UUID
    member_id: UUID
    reference: str
    iban: str = Field(examples=["ES79 •••• 6789"])
    bic: str
    holder: str
    use: Literal["recurrent", "one_off"]
    signed_on: date
    revoked_on: date | None
    last_used_on: date | None
    used: int = Field(description="How often it was presented")
    next_sequence: Literal["FRST", "RCUR", "OOFF", "FNAL"] | None = Field(
        description="Null if it can't be used any more"
    )


class MandatesOut(BaseModel):
    """A member's mandates, the newest first."""

    items: list[MandateOut]


class NewDebit(BaseModel):
    """What is to be collected."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = _Id
    collect_on: date = Field(
        description="A day on which payments in euros are made, and far enough for bank and members"
    )
    invoice_ids: list[UUID] | None = Field(
        default=None,
        min_length=1,
        max_length=5000,
        description="All that is open of members with a mandate if left out",
    )


class DebitOut(BaseModel):
    """A collection by direct debit."""

    id: UUID
    number: str = Field(examples=["LEO-D-2026-0001"])
    collect_on: date
    total: Money
    count: int = Field(description="Direct debits: one for each mandate")
    made_at: datetime = Field(description="UTC")
    settled_on: date | None = Field(description="Once none of them is waited for")
    withdrawn_on: date | None


class LeftOut(BaseModel):
    """An invoice that is not collected."""

    model_config = ConfigDict(from_attributes=True)

    invoice_id: UUID
    number: str
    why: str = Field(
        description="nothing_open, other_currency, collected_already, no_mandate, mandate_revoked, mandate_lapsed, "
        "mandate_used_up, mandate_not_signed_yet"
    )


class NewDebitOut(DebitOut):
    """A collection that was made now."""

    left: list[LeftOut] = Field(description="What was asked for and is not in it")


class ItemInvoiceOut(BaseModel):
    """An invoice that is collected."""

    id: UUID
    number: str
    amount: Money


class ItemOut(BaseModel):
    """What is collected by one mandate."""

    id: UUID
    member_id: UUID
    mandate_id: UUID
    mandate_reference: str
    iban: str
    holder: str
    end_to_end_id: str
    sequence: Literal["FRST", "RCUR", "OOFF", "FNAL"]
    amount: Money
    invoices: list[ItemInvoiceOut]
    state: Literal["collecting", "paid", "returned", "withdrawn"]
    payment_id: UUID | None
    returned_on: date | None
    return_reason: str | None
    return_reason_text: str | None = Field(description="The reason in words")


class FullDebitOut(DebitOut):
    """A collection with its direct debits."""

    items: list[ItemOut]


class Settlement(BaseModel):
    """When the bank paid."""

    model_config = ConfigDict(extra="forbid")

    on: date | None = Field(default=None, description="The day of collection when left out")


class Return(BaseModel):
    """A direct debit that came back or was turned down."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=4, max_length=4, description="The bank's code (ISO 20022)", examples=["AM04"])
    on: date | None = Field(default=None, description="Today when left out")
