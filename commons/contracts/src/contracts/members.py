"""What the members service says."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.envelope import Fact, Topic
from contracts.values import Money

MemberKind = Literal[
    "household",
    "person",
    "producer",
    "transformer",
    "trader",
    "cooperative",
    "enterprise",
    "professional",
    "association",
    "public_body",
]
MemberStatus = Literal["applied", "active", "in_arrears", "suspended", "left", "excluded", "declined"]
#: The kinds that offer goods or services of their own; their users have the role ``producer``.
OFFERING_KINDS: frozenset[MemberKind] = frozenset(
    {"producer", "transformer", "trader", "cooperative", "enterprise", "professional"}
)


class MemberState(Fact):
    """A member as the other services need to know it."""

    member_id: UUID
    number: str | None = None
    kind: MemberKind
    name: str
    status: MemberStatus
    email: str | None = None
    language: str = "es"


class MemberAdmitted(MemberState):
    topic: ClassVar[Topic] = Topic("members", "member", "admitted", 1, "int")


class MemberChanged(MemberState):
    """Standing or particulars changed."""

    topic: ClassVar[Topic] = Topic("members", "member", "changed", 1, "int")


class MemberApplied(MemberState):
    """Somebody asks to belong."""

    topic: ClassVar[Topic] = Topic("members", "member", "applied", 1, "int")


class MemberLeft(MemberState):
    """The membership ended, by the member's own wish (``left``) or not (``excluded``): said in place of ``changed``."""

    topic: ClassVar[Topic] = Topic("members", "member", "left", 1, "int")


class MemberErased(Fact):
    """Whatever is personal about this member must go; what the books need stays, without a name."""

    topic: ClassVar[Topic] = Topic("members", "member", "erased", 1, "int")
    member_id: UUID


class StandingChanged(Fact):
    """A membership passed from one standing to another. The subject is the member, the version the member's.

    Said beside the event that carries the whole member, for those who follow standings and nothing else.
    """

    topic: ClassVar[Topic] = Topic("members", "standing", "changed", 1, "int")
    member_id: UUID
    before: MemberStatus
    after: MemberStatus
    since: datetime


DecisionMatter = Literal["admission", "loan", "initiative"]


class OptionCount(BaseModel):
    """What an option of a ballot came to."""

    option: str
    votes: int
    weight: int


class DecisionTaken(Fact):
    """A vote was counted. Whoever the matter belongs to acts on it; the subject is the proposal."""

    topic: ClassVar[Topic] = Topic("members", "decision", "taken", 1, "int")
    proposal_id: UUID
    title: str
    #: What the proposal is about, if it is tied to something: an application, a loan, an initiative of the directory.
    matter: DecisionMatter | None = None
    matter_id: UUID | None = None
    outcome: Literal["accepted", "rejected", "no_quorum"]
    #: The options that were chosen; more than one where several seats or projects were to be filled.
    chosen: list[str] = Field(default_factory=list)
    #: Options that came out equal where there was a seat for one of them: a run-off decides.
    tied: list[str] = Field(default_factory=list)
    entitled: int
    voted: int
    counts: list[OptionCount]


class LoanApplied(Fact):
    """A member asks the community fund for a loan. The subject is the loan."""

    topic: ClassVar[Topic] = Topic("members", "loan", "applied", 1, "int")
    loan_id: UUID
    member_id: UUID
    amount: Money
    purpose: str


class LoanWithdrawn(Fact):
    """Who asked for a loan does not want it any more: there is nothing left to vote on. The subject is the loan."""

    topic: ClassVar[Topic] = Topic("members", "loan", "withdrawn", 1, "int")
    loan_id: UUID


class LoanDisbursed(Fact):
    """The community fund lent something; to whom is not said. The subject is the loan."""

    topic: ClassVar[Topic] = Topic("members", "loan", "disbursed", 1, "int")
    loan_id: UUID
    amount: Money
    disbursed_on: date


class FundsHeld(Fact):
    """Money and credit for an order are set aside. The subject is the order, the version the order's."""

    topic: ClassVar[Topic] = Topic("members", "funds", "held", 1, "int")
    order_id: UUID
    member_id: UUID
    holds: list[Money]


class Shortfall(BaseModel):
    """How much of a currency was asked of an account, and how much it could give."""

    needed: Money
    available: Money


class FundsRefused(Fact):
    topic: ClassVar[Topic] = Topic("members", "funds", "refused", 1, "int")
    order_id: UUID
    member_id: UUID
    code: Literal["not_enough_funds", "member_not_active"]
    shortfalls: list[Shortfall] = Field(default_factory=list)


class SettlementPosted(Fact):
    """One part of a cycle's settlement is in the ledger. The subject is the part."""

    topic: ClassVar[Topic] = Topic("members", "settlement", "posted", 1, "int")
    part_id: UUID
    cycle_id: UUID
    part: int
    parts: int


RequestStatus = Literal["open", "paid", "declined", "withdrawn", "expired"]


class PaymentMade(Fact):
    """One member paid another. The subject is the payment: the ledger's transfer."""

    topic: ClassVar[Topic] = Topic("members", "payment", "made", 1, "int")
    payment_id: UUID
    payer_id: UUID
    payee_id: UUID
    amount: Money
    text: str


class PaymentRequestState(Fact):
    """A payment that its payee asks for. The subject is the request; paid, the payment has the same id."""

    request_id: UUID
    payer_id: UUID
    payee_id: UUID
    amount: Money
    text: str
    status: RequestStatus
    expires_at: datetime


class PaymentRequested(PaymentRequestState):
    topic: ClassVar[Topic] = Topic("members", "payment_request", "made", 1, "int")


class PaymentAnswered(PaymentRequestState):
    """A request was paid, declined or withdrawn, or expired."""

    topic: ClassVar[Topic] = Topic("members", "payment_request", "answered", 1, "int")
