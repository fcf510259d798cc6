"""Proposals and ballots, as they are sent and answered."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.members import DecisionMatter, MemberKind
from members.decisions.rules.proposals import BallotKind, Majority, Method, State


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OptionIn(Sent):
    """Something that can be chosen."""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", examples=["mill"], description="Stands on the ballots")
    text: str = Field(min_length=1, max_length=500, examples=["A mill for amaranth"])


class QuorumIn(Sent):
    """How many must take part, themselves or through a delegate."""

    percent: int | None = Field(default=None, ge=1, le=100, examples=[20], description="Of the members on the roll")
    number: int | None = Field(default=None, ge=1, examples=[12], description="Members")


class ProposalIn(Sent):
    """What is to be put to the vote."""

    title: str = Field(min_length=1, max_length=200, examples=["Buy a mill"])
    text: str = Field(default="", max_length=20_000, description="What is proposed, and why")
    method: Method = Field(
        description="`consent`: passes if nobody objects; `majority`: yes, no or abstain; `approval`: choose options",
        examples=["majority"],
    )
    majority: Majority | None = Field(
        default=None,
        description="`simple` (more yes than no, the default), `absolute` (more than half of the roll), `two_thirds` "
        "(of yes and no)",
    )
    ballot: BallotKind = Field(
        default="open", description="`open`: members see after the count who voted what; `secret`: nobody does"
    )
    options: list[OptionIn] = Field(default_factory=list, max_length=50, description="With `approval` only")
    max_choices: int | None = Field(default=None, ge=1, le=50, description="Options that one ballot may choose")
    seats: int | None = Field(default=None, ge=1, le=50, description="Options that are taken, by weight; 1 if left out")
    quorum: QuorumIn = Field(default_factory=QuorumIn)
    kinds: list[MemberKind] | None = Field(
        default=None, min_length=1, max_length=10, description="Kinds of member that vote; all when left out"
    )
    matter: DecisionMatter | None = Field(
        default=None, description="What kind of thing it decides about", examples=["initiative"]
    )
    matter_id: UUID | None = Field(default=None, description="That thing's id")
    opens_at: AwareDatetime | None = Field(
        default=None,
        description="Not before this; when it is announced, if left out",
        examples=["2026-03-01T09:00:00-06:00"],
    )
    closes_at: AwareDatetime = Field(examples=["2026-03-08T20:00:00-06:00"])


class NewProposal(ProposalIn):
    """A proposal, drafted."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same proposal")
    proposed_by: UUID | None = Field(
        default=None, description="The member who brings it, where members may; left out by coordinators"
    )


class NewSignature(Sent):
    member_id: UUID = Field(description="A member for which you act")


class Cancelling(Sent):
    reason: str = Field(min_length=1, max_length=500, examples=["The seller has withdrawn"])


class RunOff(Sent):
    opens_at: AwareDatetime | None = Field(default=None, description="When it is announced, if left out")
    closes_at: AwareDatetime


class OptionOut(BaseModel):
    key: str = Field(examples=["yes"])
    text: str = Field(description="As people call it, in your language", examples=["Yes"])


class QuorumOut(BaseModel):
    percent: int | None
    number: int | None


class ProposalOut(BaseModel):
    """A proposal."""

    id: UUID
    title: str = Field(examples=["Buy a mill"])
    text: str
    state: State = Field(description="Follows from dates and facts", examples=["open"])
    method: Method
    majority: Majority | None
    ballot: BallotKind
    options: list[OptionOut]
    max_choices: int
    seats: int
    quorum: QuorumOut
    kinds: list[MemberKind] | None = Field(description="Kinds of member that vote; null for all")
    in_arrears: bool = Field(description="Whether members in arrears vote")
    weights: dict[str, int] = Field(description="Votes of a member by kind; one where it is silent")
    delegation: bool = Field(description="Whether another member may vote for one")
    matter: DecisionMatter | None
    matter_id: UUID | None
    proposed_by: UUID | None = Field(description="The member who brings or asks it; null for the coordinators'")
    proposer: str | None = Field(description="That member's name", examples=["Familia Hernández Luna"])
    signatures: int
    opens_at: datetime | None = Field(description="In the network's zone", examples=["2026-03-01T09:00:00-06:00"])
    closes_at: datetime = Field(description="In the network's zone", examples=["2026-03-08T20:00:00-06:00"])
    zone: str = Field(examples=["America/Mexico_City"])
    entitled: int | None = Field(description="Members on the roll, once it is frozen")
    voted: int = Field(description="Members who have voted themselves so far")
    outcome: Literal["accepted", "rejected", "no_quorum"] | None = Field(description="Once it is counted")
    cancelled_because: str | None


class BallotIn(Sent):
    """A vote."""

    choices: list[str] = Field(
        max_length=50,
        description="One answer; with `approval` as many as allowed, none is a blank ballot",
        examples=[["yes"]],
    )
    reason: str = Field(
        default="", max_length=2_000, description="Needed for an objection. On a secret ballot, words may give you away"
    )
    receipt: str | None = Field(
        default=None,
        max_length=80,
        description="Secret ballots: yours, to change the vote; or one that you draw for the first, to be able to send "
        "it again if the answer is lost",
        examples=["K7QX-2MZD-A4PB-WWTC-6E3N-HJ5R-YLSF-OUVG"],
    )


class BallotOut(BaseModel):
    """A ballot as it was cast."""

    choices: list[str] | None = Field(description="Null for a secret one that you look at without its receipt")
    reason: str | None
    cast_at: datetime | None = Field(description="UTC; null for a secret one: nobody keeps it")
    receipt: str | None = Field(
        default=None,
        description="Of a secret ballot: keep it. Who has it can see and change the ballot; nobody else can",
    )


class ReceiptIn(Sent):
    receipt: str = Field(max_length=80, examples=["K7QX-2MZD-A4PB-WWTC-6E3N-HJ5R-YLSF-OUVG"])


class ReceiptOut(BaseModel):
    """The ballot of a receipt."""

    choices: list[str]
    reason: str
    counted: bool = Field(description="True once it has been counted; false while it lies in the box")
    hash: str = Field(description="SHA-256 of the receipt, hexadecimal: stands beside it in the list of ballots")


class RollOut(BaseModel):
    """A member on the roll."""

    member_id: UUID
    name: str
    number: str | None
    kind: MemberKind
    weight: int
    voted: bool


class CountedBallotOut(BaseModel):
    """A ballot that was counted."""

    member_id: UUID | None = Field(description="Null for a secret one")
    name: str | None = Field(description="Null for a secret one")
    receipt_hash: str | None = Field(description="SHA-256 of its receipt, hexadecimal; null for an open one")
    choices: list[str]
    reason: str
    cast_at: datetime | None


class CountOut(BaseModel):
    option: str
    text: str = Field(description="In your language")
    votes: int = Field(description="Members")
    weight: int = Field(description="Their votes; the same unless kinds weigh differently")


class ResultOut(BaseModel):
    """The count with its arithmetic."""

    proposal_id: UUID
    outcome: Literal["accepted", "rejected", "no_quorum"]
    because: str = Field(
        description="In your language",
        examples=["Accepted: 12 in favour, 3 against; at least 4 in favour were needed."],
    )
    entitled: int = Field(description="Members on the roll")
    entitled_weight: int = Field(description="Their votes")
    voted: int = Field(description="Members who voted themselves")
    represented: int = Field(description="Members for whom a delegate voted")
    lost: int = Field(description="Delegations that led to nobody who voted, or in a circle")
    longest_chain: int = Field(description="Delegations between a vote and who cast it, at most")
    present: int = Field(description="`voted` and `represented`: who took part")
    weight_cast: int = Field(description="Votes on all ballots that count")
    quorum_needed: int
    quorum_met: bool
    threshold: int | None = Field(description="Weight of `yes` that was needed; null with other methods")
    counts: list[CountOut]
    chosen: list[str]
    tied: list[str] = Field(description="Came out equal where a seat was left for one of them: call a run-off")
    counted_at: datetime


class RecountOut(BaseModel):
    """A second count, beside the first."""

    same: bool
    result: ResultOut
    recount: ResultOut


class DelegationIn(Sent):
    delegate_id: UUID = Field(description="The member who votes for this one")


class DelegationOut(BaseModel):
    member_id: UUID
    delegate_id: UUID
    proposal_id: UUID | None = Field(description="Null: in all votes where the member has said nothing in particular")
