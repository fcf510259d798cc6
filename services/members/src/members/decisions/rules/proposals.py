"""What a proposal may look like, and what state its dates and facts put it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from contracts.members import DecisionMatter, MemberKind
from kit.errors import Conflict, Invalid

Method = Literal["consent", "majority", "approval"]
Majority = Literal["simple", "absolute", "two_thirds"]
BallotKind = Literal["open", "secret"]
State = Literal["draft", "announced", "open", "closed", "counted", "cancelled"]

#: What can be said where the proposal itself is the question. ``object`` is the one that stops a consent.
ANSWERS: Mapping[Method, tuple[str, ...]] = {
    "consent": ("consent", "stand_aside", "object"),
    "majority": ("yes", "no", "abstain"),
}
#: A vote that ends further away than this is a slip of the finger in the year.
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Option:
    """What can be chosen: ``key`` stands on ballots and in events, ``text`` is for people (empty for yes and no)."""

    key: str
    text: str


@dataclass(frozen=True)
class Quorum:
    """How many must take part: a share of those entitled, or a number; with neither, anybody is enough."""

    percent: int | None = None
    number: int | None = None

    def needed(self, entitled: int) -> int:
        """Members that must take part; a share is rounded up, for half a member can't come."""
        if self.percent is not None:
            return -(-entitled * self.percent // 100)
        return self.number or 0


@dataclass(frozen=True)
class Content:
    """What is put to the vote, and by which rules: it does not change once voting has opened."""

    title: str
    text: str
    method: Method
    majority: Majority | None
    ballot: BallotKind
    options: tuple[Option, ...]
    max_choices: int
    seats: int
    quorum: Quorum
    #: Kinds of member that vote; None for all.
    kinds: tuple[MemberKind, ...] | None
    in_arrears: bool
    #: Votes that a member of a kind has, where it is not one.
    weights: Mapping[str, int]
    delegation: bool
    matter: DecisionMatter | None
    matter_id: UUID | None
    #: Not before this; None until it is announced: at once.
    opens_at: datetime | None
    closes_at: datetime


@dataclass(frozen=True)
class Proposal:
    """A proposal and what has happened to it."""

    id: UUID
    content: Content
    made_at: datetime
    made_by: UUID | None
    #: The member who brought it, if it was not the coordinator.
    proposed_by: UUID | None
    announced_at: datetime | None
    opened_at: datetime | None
    #: Members on the frozen roll.
    entitled: int | None
    cancelled_at: datetime | None
    cancelled_because: str | None
    counted_at: datetime | None
    result: Mapping[str, Any] | None
    version: int

    @property
    def secret(self) -> bool:
        return self.content.ballot == "secret"

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(option.key for option in self.content.options)


@dataclass(frozen=True)
class Seen:
    """A proposal as people look at it."""

    proposal: Proposal
    signatures: int
    #: Members who have cast a ballot themselves.
    voted: int
    #: The name of the member who brings or asks it.
    proposer: str | None


@dataclass(frozen=True)
class Rules:
    """What the network says about its votes (settings)."""

    in_arrears: bool
    weights: Mapping[str, int]
    delegation: bool


@dataclass(frozen=True)
class Asked:
    """What somebody wants to put to the vote, as it was sent."""

    title: str
    text: str
    method: Method
    majority: Majority | None
    ballot: BallotKind
    options: Sequence[Option]
    max_choices: int | None
    seats: int | None
    quorum: Quorum
    kinds: Sequence[MemberKind] | None
    matter: DecisionMatter | None
    matter_id: UUID | None
    opens_at: datetime | None
    closes_at: datetime


def content(asked: Asked, network: Rules, now: datetime) -> Content:
    """What is put to the vote, under the network's rules. Raises Invalid, naming the field.

    A secret ballot is one member, one vote, cast by itself: a weight, or a vote that carries others, would tell whose
    it is.
    """
    _check_dates(asked, now)
    if asked.quorum.percent is not None and asked.quorum.number is not None:
        raise Invalid("quorum_twice", "A share or a number, not both", field="/quorum")
    if (asked.matter is None) != (asked.matter_id is None):
        field = "/matter" if asked.matter is None else "/matter_id"
        raise Invalid("matter_incomplete", "Say both what kind of thing it is about and its id", field=field)
    if asked.majority is not None and asked.method != "majority":
        raise Invalid("majority_without", "Only a vote by majority has one", field="/majority")
    options, max_choices, seats = _options(asked)
    secret = asked.ballot == "secret"
    return Content(
        title=_readable(asked.title, "/title"),
        text=asked.text.strip(),
        method=asked.method,
        majority=(asked.majority or "simple") if asked.method == "majority" else None,
        ballot=asked.ballot,
        options=options,
        max_choices=max_choices,
        seats=seats,
        quorum=asked.quorum,
        kinds=None if asked.kinds is None else tuple(dict.fromkeys(asked.kinds)),
        in_arrears=network.in_arrears,
        weights={} if secret else dict(network.weights),
        delegation=network.delegation and not secret,
        matter=asked.matter,
        matter_id=asked.matter_id,
        opens_at=asked.opens_at,
        closes_at=asked.closes_at,
    )


def _check_dates(asked: Asked, now: datetime) -> None:
    if asked.closes_at <= now:
        raise Invalid("closes_in_the_past", "Must be in the future", field="/closes_at")
    if asked.opens_at is not None and asked.closes_at <= asked.opens_at:
        raise Invalid("closes_before_it_opens", "Must be later than the opening", field="/closes_at")
    if asked.closes_at - now > LONGEST:
        raise Invalid("closes_too_late", "Must be within a year", field="/closes_at")


def _options(asked: Asked) -> tuple[tuple[Option, ...], int, int]:
    answers = ANSWERS.get(asked.method)
    if answers is not None:
        if asked.options:
            raise Invalid(
                "options_given",
                "With this method one answers {answers}; leave the options out",
                field="/options",
                answers=", ".join(answers),
            )
        for name, value in (("max_choices", asked.max_choices), ("seats", asked.seats)):
            if value not in {None, 1}:
                raise Invalid("one_answer", "With this method there is one answer", field=f"/{name}")
        return tuple(Option(key, "") for key in answers), 1, 1
    if len(asked.options) < 2:
        raise Invalid("options_missing", "Approval chooses among at least 2 options", field="/options")
    seen: set[str] = set()
    for place, option in enumerate(asked.options):
        if option.key in seen:
            raise Invalid("option_twice", "This option is there already", field=f"/options/{place}/key")
        seen.add(option.key)
        _readable(option.text, f"/options/{place}/text")
    most = len(asked.options)
    for name, value in (("max_choices", asked.max_choices), ("seats", asked.seats)):
        if value is not None and value > most:
            raise Invalid("more_than_options", "At most {most}: there are no more options", field=f"/{name}", most=most)
    return tuple(asked.options), asked.max_choices or most, asked.seats or 1


def _readable(text: str, field: str) -> str:
    line = " ".join(text.split())
    if not any(letter.isalnum() for letter in line) or not line.isprintable():
        raise Invalid("text_unreadable", "A text that people can read", field=field)
    return line


def state(proposal: Proposal, now: datetime) -> State:
    """Follows from dates and facts; nothing sets it."""
    if proposal.cancelled_at is not None:
        return "cancelled"
    if proposal.counted_at is not None:
        return "counted"
    if proposal.announced_at is None or proposal.content.opens_at is None:
        return "draft"
    if now < proposal.content.opens_at:
        return "announced"
    return "open" if now < proposal.content.closes_at else "closed"


def check_changeable(proposal: Proposal, now: datetime, signatures: int) -> None:
    """Raises Conflict once voting has opened, or somebody has put their name under the text."""
    found = state(proposal, now)
    if found not in {"draft", "announced"}:
        raise Conflict("opened_already", "A proposal can be changed until voting opens", extra={"state": found})
    if signatures:
        raise Conflict("signed_already", "Members have signed this text; cancel it and write another one")


def opening(proposal: Proposal, now: datetime) -> datetime:
    """When voting opens if it is announced now: not before it was asked for. Raises Conflict."""
    found = state(proposal, now)
    if found != "draft":
        raise Conflict("announced_already", "Only a draft can be announced or signed", extra={"state": found})
    if proposal.content.closes_at <= now:
        raise Conflict("closing_passed", "Its closing has passed; set a later one first", field="/closes_at")
    asked = proposal.content.opens_at
    return now if asked is None else max(asked, now)


def check_cancellable(proposal: Proposal, now: datetime) -> None:
    """Raises Conflict once voting has closed: what was voted is counted."""
    found = state(proposal, now)
    if found in {"closed", "counted", "cancelled"}:
        raise Conflict("closed_already", "A proposal can be cancelled until voting closes", extra={"state": found})


def check_open(proposal: Proposal, now: datetime) -> None:
    """Raises Conflict unless votes are taken now."""
    found = state(proposal, now)
    extra = {
        "state": found,
        "opens_at": proposal.content.opens_at and proposal.content.opens_at.isoformat(),
        "closes_at": proposal.content.closes_at.isoformat(),
    }
    if found in {"draft", "announced"}:
        raise Conflict("voting_not_open", "Voting has not opened yet", extra=extra)
    if found == "cancelled":
        raise Conflict("proposal_cancelled", "This proposal was cancelled", extra=extra)
    if found != "open":
        raise voting_closed(extra)


def voting_closed(extra: Mapping[str, Any] | None = None) -> Conflict:
    return Conflict("voting_closed", "Voting has closed", extra=extra)


def may_vote(kinds: Sequence[MemberKind] | None, kind: MemberKind) -> bool:
    """Whether members of this kind are on the roll."""
    return kinds is None or kind in kinds


def weight(weights: Mapping[str, int], kind: str) -> int:
    """Votes of a member of this kind: one, unless the network says otherwise."""
    return weights.get(kind, 1)


def tied_options(proposal: Proposal, tied: Sequence[str], chosen: Sequence[str]) -> tuple[tuple[Option, ...], int]:
    """What a run-off is about: the options that tied, and the seats that were left. Raises Conflict without a tie."""
    if proposal.content.method != "approval" or not tied:
        raise Conflict("no_tie", "There was no tie to decide")
    options = tuple(option for option in proposal.content.options if option.key in tied)
    return options, proposal.content.seats - len(chosen)
