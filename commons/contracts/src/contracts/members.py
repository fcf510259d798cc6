"""What the members service says."""

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
